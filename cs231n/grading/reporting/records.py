"""The record of a student's submission, and the folder that holds it beside the feedback page."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...support.whole_files import write_text


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
        points, of: by task, the points earned and possible.
        answered: the tasks for which an answer was found.
        items: by task, a pair for each graded item: its name, and whether it was right.
        checks: by task, the text of its check.
        mistakes: by task, the names of the known mistakes that its check recognised.
        probes: by the probe's id, the digits that were shown (None if nothing was) and the expected digits.
        by_hand: the points of each written question, by name. A person grades them.
        written: the written answers, by name.
        remarks: sentences for the student.
        flags: words for the instructor.
    """

    student: str
    status: str = "graded"
    stamp: str = ""
    seed: str = ""
    path: str = ""
    points: dict[str, float] = field(default_factory=dict)
    of: dict[str, float] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    items: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    probes: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    by_hand: dict[str, float] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Points earned, without the written answers."""
        return round(sum(self.points.values()), 2)

    @property
    def possible(self) -> float:
        """Points that could be earned, without the written answers."""
        return sum(self.of.values())

    def is_right(self, task: str) -> bool:
        """Whether a task earned everything."""
        return all(right for _, right in self.items[task])

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values, for JSON."""
        return asdict(self)


def folder_of(out: Path, student: str) -> Path:
    """The folder of a student's results. If the name is too long for a file name, it is cut and gets a hash."""
    name = student
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        name = f"{name[:40]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    return out / "students" / name


def load_record(out: Path, student: str) -> Record | None:
    """A student's record from a folder of grades; None if there is no record, or it cannot be read."""
    try:
        return Record(**json.loads((folder_of(out, student) / "result.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # there is none yet, or another version of the grader wrote it
        return None


def write_record(out: Path, record: Record, page: str) -> None:
    """Write a student's record and feedback page into a folder of grades."""
    folder = folder_of(out, record.student)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "feedback.html", page)
    write_text(folder / "result.json", json.dumps(record.to_dict(), indent=1))
