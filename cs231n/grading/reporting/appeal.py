"""The command ``explain``, for appeals: it shows the inputs, outputs and expected outputs of a task's probes.

The submission is read and run again in the box, with the seed of its grade. This time the probes show whole arrays.
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...assignment.actions import TASKS
from ..judging.inside import probe
from ..judging.judge import Judge
from ..judging.probes import Probe, make_probes
from ..reading import read_in_child
from ..reading.remarks import plain
from ..reading.submissions import Submission
from .records import Record, load_record

Say = Callable[[str], None]
VARIANT_WORDS = {
    "plain": "", "own": ", after the student's own forward pass", "documented": ", on the documented cache",
}  # fmt: skip


def explain(student: str, task: str, out: Path, unboxed: bool = False, say: Say = print) -> None:
    """Print for every probe of a task: the inputs, the student's output, the expected output, and whether it counted.

    Arguments:
        student: the student's name.
        task: the task's name.
        out: the folder of grades.
        unboxed: True to run without a box.
        say: a function that is called with every line.

    Raises:
        ValueError: if there is no such task, the student has not been graded, or the submission is no longer there.
        box.NoBox: if there is no working box on this machine.
    """
    if task not in TASKS:
        raise ValueError(f"no task is called {task}; the tasks are {', '.join(TASKS)}")
    record = load_record(out, student)
    if record is None:
        raise ValueError(f"{student} has not been graded in {out}")
    if not os.path.lexists(record.path):
        raise ValueError(f"the submission is no longer at {record.path}")
    probes = make_probes(record.seed, task, whole=True)
    shown = run_again(record, task, probes, out, unboxed)
    explain_grade(record, task, say)
    for made in probes:
        explain_probe(record, made, shown.get(made.id), say)


def run_again(record: Record, task: str, probes: list[Probe], out: Path, unboxed: bool) -> dict[str, str | None]:
    """Run the submission's notebook that holds a task. Returns what each probe shows, by the probe's id."""
    with Judge(record.seed, unboxed, hidden=(Path(record.path).parent, out.resolve()), probes=probes) as judge:
        reading = read_in_child(Submission(record.student, Path(record.path)))
        notebook = TASKS[task].notebook
        reading.notebooks = {name: cells for name, cells in reading.notebooks.items() if name == notebook}
        return judge.judge(reading).shown


def explain_grade(record: Record, task: str, say: Say) -> None:
    """Print the points of a task, its items and the remarks about it."""
    points = f"{record.points.get(task, 0):g} of {record.of.get(task, 0):g} points"
    say(f"{record.student}, task {TASKS[task].number}, {task}: {points}, seed {record.seed}")
    say("; ".join(f"{name}: {_right_or_not(right)}" for name, right in record.items.get(task, [])))
    for remark in record.remarks:
        if task in remark:
            say(plain(remark))
    if task not in record.answered:
        say("no answer was found")


def explain_probe(record: Record, made: Probe, shown: str | None, say: Say) -> None:
    """Print the digits of a probe from the grading, and for each setting the inputs and the whole arrays.

    Arguments:
        shown: the arrays that the probe showed when it was run again; None if it showed nothing.
    """
    digits, expected_digits = record.probes.get(made.id, (None, ""))
    say(f"\n=== {made.item}{VARIANT_WORDS[made.variant]}: {_right_or_not(digits == expected_digits)}")
    say(f"digits shown:    {_join_lines(digits)}\ndigits expected: {_join_lines(expected_digits)}")
    outputs = (shown or "nothing was shown").split(probe.SETTING_SEPARATOR)
    expectations = made.expected.split(probe.SETTING_SEPARATOR)
    for number, (setting, expected) in enumerate(zip(made.spec["settings"], expectations)):
        lines = [(text or "").split("\n")[number : number + 1] for text in (digits, expected_digits)]
        second = ", the second of two calls" if "before" in setting else ""
        say(f"--- {setting['case']}{second}: {_right_or_not(lines[0] == lines[1])}")
        for name, array in probe.decode(setting["inputs"]).items():
            say(f"{name} = {np.array2string(array, prefix=f'{name} = ', separator=', ')}")
        say(f"student's {made.spec['output']}:\n{plain(outputs[min(number, len(outputs) - 1)])}")
        say(f"expected {made.spec['output']}:\n{expected}")


def _right_or_not(right: bool) -> str:
    return "right" if right else "NOT right"


def _join_lines(digits: str | None) -> str:
    return plain(" | ".join((digits or "none").splitlines()))
