"""For an appeal: what a task's probes asked of a student's answer, what it gave, and what was expected.

The submission is read and run again, in the box, with the seed that it was graded with; this time the probes show
whole arrays.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...assignment.actions import TASKS
from ..judging.inside import probe
from ..judging.judge import Judge
from ..judging.probes import make_probes
from ..reading import read_in_child
from ..reading.remarks import plain
from ..reading.submissions import Submission
from .records import load_record

VARIANTS = {
    "plain": "", "own": ", after the student's own forward pass", "documented": ", on the documented cache",
}  # fmt: skip


def explain(student: str, task: str, out: Path, unboxed: bool = False, say: Callable[[str], None] = print) -> None:
    """Print, for every probe of a task: the inputs, the student's output, the expected one, and whether it counted.

    Arguments:
        student, task: whose answer, and which.
        out: the folder of grades.
        unboxed: see `grade.grade`.
        say: is called with every line.

    Raises:
        ValueError: for an unknown task, a student who has not been graded, or a submission that is no longer there.
    """
    if task not in TASKS:
        raise ValueError(f"no task is called {task}; the tasks are {', '.join(TASKS)}")
    record = load_record(out, student)
    if record is None:
        raise ValueError(f"{student} has not been graded in {out}")
    if not Path(record.path).exists():
        raise ValueError(f"the submission is no longer at {record.path}")
    probes = make_probes(record.seed, task, whole=True)
    with Judge(record.seed, unboxed, hidden=(Path(record.path).parent, out.resolve()), probes=probes) as judge:
        reading = read_in_child(Submission(record.student, Path(record.path)))
        notebook = TASKS[task].notebook
        reading.notebooks = {name: cells for name, cells in reading.notebooks.items() if name == notebook}
        shown = judge.judge(reading).shown
    points = f"{record.points.get(task, 0):g} of {record.of.get(task, 0):g} points"
    say(f"{student}, task {TASKS[task].number}, {task}: {points}, seed {record.seed}")
    say("; ".join(f"{name}: {'right' if right else 'NOT right'}" for name, right in record.items.get(task, [])))
    for remark in record.remarks:
        if task in remark:
            say(plain(remark))
    if task not in record.answered:
        say("no answer was found")
    for made in probes:
        digits, expected_digits = record.probes.get(made.id, (None, ""))
        right = "right" if digits == expected_digits else "NOT right"
        say(f"\n=== {made.item}{VARIANTS[made.variant]}: {right}")
        say(f"digits shown:    {_one_line(digits)}\ndigits expected: {_one_line(expected_digits)}")
        outputs = (shown.get(made.id) or "nothing was shown").split(probe.BETWEEN_WHOLE)
        expectations = made.expected.split(probe.BETWEEN_WHOLE)
        for number, (setting, expected) in enumerate(zip(made.spec["settings"], expectations)):
            lines = [(text or "").split("\n")[number : number + 1] for text in (digits, expected_digits)]
            second = ", the second of two calls" if "before" in setting else ""
            say(f"--- {setting['case']}{second}: {'right' if lines[0] == lines[1] else 'NOT right'}")
            for name, array in probe.decode(setting["inputs"]).items():
                say(f"{name} = {np.array2string(array, prefix=f'{name} = ', separator=', ')}")
            say(f"student's {made.spec['output']}:\n{plain(outputs[min(number, len(outputs) - 1)])}")
            say(f"expected {made.spec['output']}:\n{expected}")


def _one_line(digits):
    return plain(" | ".join((digits or "none").splitlines()))
