"""The record of a student's submission, and the files of a folder of grades.

What students may see lies in the folder ``feedback``, one page for each. The records lie in ``private``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...assignment.actions import TASKS, WRITTEN
from ...assignment.diagnosis.smallest_example import Example
from ...support.whole_files import write_text
from ..reading.file_names import file_name_of

PUBLIC, PRIVATE = "feedback", "private"  # the two folders in a folder of grades


@dataclass
class TaskReport:
    """What there is to say about one task of a submission.

    Attributes:
        items: for each graded item: its name, whether it was right, and what was seen when it was called, in one short
            sentence ("" if it was right).
        lines: what `assess` says about the answer, a line for each property and what is below them.
        mistakes: the ids of the known mistakes that were recognised.
        example: the smallest wrong example, see `example_to_dict`; None if there is none.
        code: the student's cell as handed in.
        remarks: sentences for the student about this task.
        flags: words for the instructor about this task, such as ``"check-and-probes-disagree"``.
        note: why the answer was not judged, or how; "" if there is nothing to say.
    """

    items: list[list[Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    example: dict[str, Any] | None = None
    code: str = ""
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether every item was right."""
        return all(right for _, right, _ in self.items)


@dataclass
class Record:
    """The results of one student's submission. They are stored in the file ``result.json``.

    Attributes:
        student: the name, as in the CSV.
        status: "graded"; "nothing to grade" if no notebook of the course was found; or "failed" if the grader itself
            failed. The next run tries a failed submission again.
        stamp: the hash that tells the next run whether the grade is still valid, see `stamps`.
        seed: the grading seed.
        path: where the submission was.
        points, of: by task, the points earned and possible. A person may have set some, see ``overrides``.
        answered: the tasks for which an answer was found.
        tasks: by task, what there is to say about it.
        probes: by the probe's id, the digits that were shown (None if nothing was) and the expected digits.
        by_hand: the points of each written question, by name. A person grades them.
        written: the written answers, by name.
        marks: what a person gave for the written answers, by name: "points" (None if there are none yet), "comment" and
            "flags". Copied from the file of marks, see `marks`.
        overrides: points that a person set, by task or written question: "points", "reason" and "before", the points
            that they replace (None if there were none). Copied from the instructor's file, see `overrides`.
        remarks: sentences for the student about the files as a whole.
        flags: words for the instructor about the submission as a whole.
        error: if the grader failed, the end of its traceback. It is not shown to the student.
        identity: what the learning platform says of the student, see `Submission`.
    """

    student: str
    status: str = "graded"
    stamp: str = ""
    seed: str = ""
    path: str = ""
    points: dict[str, float] = field(default_factory=dict)
    of: dict[str, float] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    tasks: dict[str, TaskReport] = field(default_factory=dict)
    probes: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    by_hand: dict[str, float] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    error: str = ""
    identity: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Points earned, without the written answers."""
        return round(sum(self.points.values()), 2)

    @property
    def possible(self) -> float:
        """Points that could be earned, without the written answers."""
        return sum(self.of.values())

    @property
    def by_hand_total(self) -> float:
        """Points for the written answers, as far as a person has given them."""
        return round(sum(mark["points"] or 0 for mark in self.marks.values()), 2)

    @property
    def unmarked(self) -> list[str]:
        """The written answers that have no points yet."""
        found = [name for name in self.by_hand if self.written.get(name, "").strip()]
        return [name for name in found if self.marks.get(name, {}).get("points") is None]

    @property
    def all_flags(self) -> list[str]:
        """The flags of the submission, then those of the tasks, such as ``"check-and-probes-disagree:softmax"``."""
        parts = [(name, task.flags) for name, task in self.tasks.items()]
        parts += [(name, mark["flags"]) for name, mark in self.marks.items()]
        return [*self.flags, *(f"{flag}:{name}" for name, flags in parts for flag in flags)]

    def set_worth(self, worth: Mapping[str, float]) -> None:
        """Compute the points from the items that were right. A task's points are spread evenly over its items.

        Arguments:
            worth: the points of every task and written question, by name.
        """
        self.of = {task: worth[task] for task in TASKS} if self.tasks else {}
        self.by_hand = {name: worth[name] for name in WRITTEN} if self.tasks else {}
        shares = {name: sum(right for _, right, _ in task.items) / len(task.items) for name, task in self.tasks.items()}
        self.points = {name: round(worth[name] * share, 2) for name, share in shares.items()}

    def is_right(self, task: str) -> bool:
        """Whether a task earned everything."""
        return self.tasks[task].is_right

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> "Record":
        """The record that `to_dict` made plain. Raises ValueError if another version of the grader made it."""
        _require_fields(cls, values)
        tasks = values["tasks"]
        if not isinstance(tasks, dict):
            raise ValueError("the tasks of a record are a dictionary")
        for task in tasks.values():
            _require_fields(TaskReport, task)
        return cls(**{**values, "tasks": {name: TaskReport(**task) for name, task in tasks.items()}})


def _require_fields(kind: type, values: Any) -> None:
    """Raise ValueError unless the keys of a dictionary are the fields of a class."""
    names = {item.name for item in fields(kind)}
    if not isinstance(values, dict) or set(values) != names:
        raise ValueError(f"not a {kind.__name__} of this version of the grader")


def example_to_dict(example: Example) -> dict[str, Any]:
    """An example as plain values, for `TaskReport.example`: inputs, name, got and want, the arrays as nested lists."""
    got, want = (np.asarray(array, dtype=np.float64).tolist() for array in (example.got, example.want))
    return {"inputs": list(example.inputs), "name": example.name, "got": got, "want": want}


def example_from_dict(values: dict[str, Any]) -> Example:
    """The example that `example_to_dict` made plain."""
    got, want = (np.asarray(values[name], dtype=np.float64) for name in ("got", "want"))
    return Example(list(values["inputs"]), values["name"], got, want)


def record_path(out: Path, student: str) -> Path:
    """The file with a student's record. It holds the seed and the expected digits, so it is not for students."""
    return out / PRIVATE / file_name_of(student) / "result.json"


def page_path(out: Path, student: str) -> Path:
    """The file with a student's feedback page. Its folder holds nothing but such pages."""
    return out / PUBLIC / f"{file_name_of(student)}.html"


def load_record(out: Path, student: str) -> Record | None:
    """A student's record from a folder of grades; None if there is no record, or it cannot be read."""
    try:
        return Record.from_dict(json.loads(record_path(out, student).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # there is none yet, or another version of the grader wrote it
        return None


def write_record(out: Path, record: Record, page: str, page_name: str | None = None) -> None:
    """Write a student's record and feedback page into a folder of grades. The record comes last: it says "done".

    Arguments:
        page_name: the name of the page, if it is not the student's.
    """
    for path, text in (
        (page_path(out, page_name or record.student), page),
        (record_path(out, record.student), json.dumps(record.to_dict(), indent=1)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
