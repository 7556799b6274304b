"""What is kept of every student: the record, and the folder that holds it with the feedback page."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...support.whole_files import write_text


@dataclass
class Record:
    """What is known of one student's submission; the file ``result.json``.

    Attributes:
        student: the name, as in the CSV.
        status: "graded"; "nothing to grade", where no notebook of the course was found; or "failed", where the grader
            itself failed, and tries again at the next run.
        stamp: of what the grades depend on, so that a second run knows what is done.
        seed: the grading seed.
        path: where the submission was.
        points, of: by task, the points earned and possible.
        answered: the tasks for which an answer was found.
        items: by task, pairs of what was looked at and whether it was right.
        checks: by task, what its check said.
        mistakes: by task, the names of the known mistakes that its check recognised.
        probes: by a probe's id, the digits shown (None where nothing was) and those expected.
        by_hand: what the written questions are worth, by name.
        written: the written answers, for a person to grade.
        remarks, flags: sentences for the student, words for the instructor.
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
    """The folder of a student's results; a name that is too long for a file name is cut."""
    name = student
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        name = f"{name[:40]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    return out / "students" / name


def load_record(out: Path, student: str) -> Record | None:
    """The record of a student in a folder of grades; None if there is none that can be read."""
    try:
        return Record(**json.loads((folder_of(out, student) / "result.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # none yet, or of another version
        return None


def write_record(out: Path, record: Record, page: str) -> None:
    """Write a student's record and feedback page into a folder of grades."""
    folder = folder_of(out, record.student)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "feedback.html", page)
    write_text(folder / "result.json", json.dumps(record.to_dict(), indent=1))
