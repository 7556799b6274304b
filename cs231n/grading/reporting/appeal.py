"""The command ``explain``, for appeals: a student's code beside what a task's probes asked, got and expected.

The submission is read and run again in the box, with the seed of its grade. The records of the calls hold whole
arrays. For a written question nothing is run: it shows the answer and the rubric.
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...assignment.actions import TASKS, WRITTEN
from ...assignment.cases.differences import Differs
from ...assignment.cases.outputs import name_outputs
from ...assignment.cases.recorded import Call, CallRaised, Calls, to_array
from ...assignment.diagnosis import exceptions
from ..judging.boxes.inside.probe_calls import decode
from ..judging.judge import Judge
from ..judging.probing.probes import Probe, TaskProbes
from ..judging.recorded.vouched import vouch_calls
from ..reading import read_in_child
from ..reading.remarks import plain
from ..reading.submissions import Submission
from .overrides import find_task
from .page_text import clean
from .records import Record, TaskReport, load_record
from .written_page import read_rubric

Say = Callable[[str], None]
VARIANT_WORDS = {
    "plain": "", "own": ", after the student's own forward pass", "documented": ", on the documented cache",
}  # fmt: skip


def explain(student: str, action: str, out: Path, unboxed: bool = False, say: Say = print) -> None:
    """Print what a student's points come from.

    For a task: the code as it was handed in, and for every probe the inputs, the student's output, the expected output,
    and whether it counted. For a written question: the answer and the rubric.

    Arguments:
        student: the student's name.
        action: a task's name or number, or a written question's name: ``softmax_loss``, ``1.3``, ``written-1``.
        out: the folder of grades.
        unboxed: True to run without a box.
        say: a function that is called with every line.

    Raises:
        ValueError: if there is no such task, the student has not been graded, or the submission is no longer there.
        box.NoBox: if there is no working box on this machine.
    """
    name = find_task(action)
    record = load_record(out, student)
    if record is None:
        raise ValueError(f"{student} has not been graded in {out}")
    if name in WRITTEN:
        explain_written(record, name, say)
        return
    if not os.path.lexists(record.path):
        raise ValueError(
            f"the submission is no longer at {record.path}: run grade with the download again (nothing is graded anew)"
        )
    explain_grade(record, name, say)
    made, probed = run_again(record, name, out, unboxed)
    for probe in made.probes.values():
        explain_probe(record, made, probe, probed, say)


def explain_written(record: Record, name: str, say: Say) -> None:
    """Print a written answer, and the rubric of its question."""
    say(f"{record.student}, {name}: up to {record.by_hand.get(name, 0):g} points, given by hand")
    explain_by_hand(record, name, say)
    answer = record.written.get(name, "").strip()
    say(f"\n=== the answer, as handed in\n{clean(answer) if answer else 'no answer was found'}")
    for remark in record.remarks:
        if name in remark:
            say(plain(remark))
    say(f"\n=== the rubric\n{read_rubric()[name]}\n\n{read_rubric()['']}")


def explain_by_hand(record: Record, name: str, say: Say) -> None:
    """Print what a person gave for a task or a written question, and why."""
    mark, override = record.marks.get(name), record.overrides.get(name)
    if mark and mark["points"] is not None:
        say(f"marked: {mark['points']:g}. {plain(mark['comment'])}".rstrip())
    if override:
        before = override["before"]
        said = "" if before is None else f" instead of {before:g}"
        say(f"set by a person: {override['points']:g}{said}. {plain(override['reason'])}".rstrip())


def run_again(record: Record, task: str, out: Path, unboxed: bool) -> tuple[TaskProbes, Calls]:
    """Run the submission's notebook that holds a task. Returns the task's probes, and what they saw, vouched."""
    with Judge(record.seed, unboxed, hidden=(Path(record.path).parent, out.resolve())) as judge:
        reading = read_in_child(Submission(record.student, Path(record.path)))
        notebook = TASKS[task].notebook
        reading.notebooks = {name: cells for name, cells in reading.notebooks.items() if name == notebook}
        run = judge.judge(reading).runs.get(task)
        probed = run.record.probed if run and run.record else {}
        return judge.probes[task], vouch_calls(probed, reading.words, reading.lines)


def explain_grade(record: Record, task: str, say: Say) -> None:
    """Print the points of a task, its items and the remarks about it."""
    points = f"{record.points.get(task, 0):g} of {record.of.get(task, 0):g} points"
    say(f"{record.student}, task {TASKS[task].number}, {task}: {points}, seed {record.seed}")
    explain_by_hand(record, task, say)
    report = record.tasks.get(task, TaskReport())
    say("; ".join(f"{name}: {_right_or_not(right)}" for name, right, _ in report.items))
    for sentence in [*report.remarks, *(remark for remark in record.remarks if task in remark), report.note]:
        if sentence:
            say(plain(sentence))
    if task not in record.answered:
        say("no answer was found")
    if report.code:
        say(f"\n=== the code, as handed in\n{clean(report.code.rstrip())}")


def explain_probe(record: Record, made: TaskProbes, probe: Probe, probed: Calls, say: Say) -> None:
    """Print the digits of a probe from the grading, and for each call the inputs and the whole arrays.

    Arguments:
        made: all probes of the task.
        probed: the records of their calls, when they were run again.
    """
    shown, expected = record.probes.get(probe.id, (None, ""))
    say(f"\n=== {probe.item}{VARIANT_WORDS[probe.variant]}: {_right_or_not(shown == expected)}")
    say(f"digits shown:    {_join_lines(shown)}\ndigits expected: {_join_lines(expected)}")
    item = made.spec["items"][probe.number - 1]
    calls = {call["name"]: call for call in made.spec["calls"]}
    for number, name in enumerate(item["calls"]):
        lines = [(text or "").split("\n")[number : number + 1] for text in (shown, expected)]
        second = ", the second of two calls" if "before" in calls[name] else ""
        say(f"--- {name}{second}: {_right_or_not(lines[0] == lines[1])}")
        for key, array in decode(calls[name]["inputs"]).items():
            say(f"{key} = {np.array2string(array, prefix=f'{key} = ', separator=', ')}")
        got = _describe_result(made.task, calls[name]["case"], probed.get(f"{probe.variant}/{name}"), item["output"])
        say(f"student's {item['output']}:\n{got}")
        say(f"expected {item['output']}:\n{_format(np.asarray(made.want[name][item['output']]))}")


def _describe_result(task: str, case: str, call: Call | None, output: str) -> str:
    """A result of a call as text, or why there is none."""
    if call is None:
        return "the call was not made, or did not end"
    try:
        value = to_array(name_outputs(task, case, call)[output])
    except CallRaised as error:
        return exceptions.describe(error.raised)
    except Differs as difference:
        return str(difference)
    return "no array of numbers" if value is None else _format(value)


def _format(value: np.ndarray) -> str:
    return np.array2string(value + 0.0, precision=7)  # + 0.0: no -0


def _right_or_not(right: bool) -> str:
    return "right" if right else "NOT right"


def _join_lines(digits: str | None) -> str:
    return plain(" | ".join((digits or "none").splitlines()))
