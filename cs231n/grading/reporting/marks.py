"""Marks: the points and comments that a person gives for written answers. They live in ``private/marks.json``.

Nothing that was typed is lost: the file keeps what was merged when, by whom, and what it replaced.
"""

import datetime
import getpass
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...support.whole_files import write_text
from .records import PRIVATE, Record

MARKS = "marks.json"
FORMAT = "cs231n marks 1"  # of this file, and of what written.html gives as a download
MARKED_BEFORE = "marked-before-change"  # the answer is another one now than when it was marked
ABOVE = "mark-above-maximum"  # the question is worth less than when it was marked


Answers = dict[str, list[tuple[str, str, str]]]  # by question: student, the name that is shown, the answer


@dataclass(frozen=True)
class Mark:
    """What a person gave for one written answer.

    Attributes:
        points: None if there are none.
        comment: for the student; "" if there is none.
        answer: the id of the answer that was marked, see `answer_id`; "" if it is not known.
        typed: when it was typed, in UTC, as JavaScript writes it: ``2026-12-01T10:30:00.000Z``.
    """

    points: float | None
    comment: str = ""
    answer: str = ""
    typed: str = ""


@dataclass
class Marks:
    """All marks of a class.

    Attributes:
        token: a random name of the class. Drafts in a browser are kept under it.
        by_student: the marks by student and question.
        history: what was merged: "file", "sha256", "when", "by", and "changes" with the marks before and after.
    """

    token: str
    by_student: dict[str, dict[str, Mark]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    def find(self, student: str, question: str) -> Mark | None:
        """The mark of an answer; None if there is none."""
        return self.by_student.get(student, {}).get(question)


@dataclass(frozen=True)
class Typed:
    """A mark in a file that somebody wants to merge."""

    student: str
    question: str
    mark: Mark


def answer_id(text: str) -> str:
    """A short name of an answer, by its words."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def write_time() -> str:
    """The time now, for `Mark.typed`."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def load_marks(out: Path) -> Marks:
    """The marks of a class. A class without marks gets a new token, which `save_marks` keeps.

    Raises:
        ValueError: if the file is damaged. It is never begun anew, because people have typed what is in it.
        OSError: if it cannot be read.
    """
    path = out / PRIVATE / MARKS
    if not path.exists():
        return Marks(secrets.token_hex(8))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        marks = Marks(found["class"], history=found["history"])
        for entry in found["marks"]:
            student, question = entry.pop("student"), entry.pop("question")
            marks.by_student.setdefault(student, {})[question] = Mark(**entry)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}): restore it from a copy, or mend it") from None
    return marks


def save_marks(out: Path, marks: Marks) -> None:
    """Write the marks of a class."""
    entries = [
        {"student": student, "question": question, **asdict(mark)}
        for student, mine in sorted(marks.by_student.items())
        for question, mark in sorted(mine.items())
    ]
    (out / PRIVATE).mkdir(parents=True, exist_ok=True)
    values = {"format": FORMAT, "class": marks.token, "marks": entries, "history": marks.history}
    write_text(out / PRIVATE / MARKS, json.dumps(values, indent=1) + "\n")


def merge(marks: Marks, found: list[Typed], path: Path) -> str:
    """Put marks from a file among those of the class.

    A mark that is older than the one that is there is left out.

    Arguments:
        marks: are changed.
        found: the marks in the file.
        path: the file.

    Returns:
        A sentence that says what has changed.
    """
    changes, older = [], 0
    for typed in found:
        before = marks.find(typed.student, typed.question)
        now = typed.mark
        if before and (before.points, before.comment, before.answer) == (now.points, now.comment, now.answer):
            continue
        if before and before.typed and now.typed and now.typed < before.typed:
            older += 1
            continue
        marks.by_student.setdefault(typed.student, {})[typed.question] = now
        changes.append(
            {"student": typed.student, "question": typed.question, "before": before and asdict(before)}
            | {"after": asdict(now)}
        )
    new = sum(change["before"] is None for change in changes)
    if changes:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        what = {"file": path.name, "sha256": digest, "when": write_time(), "by": _find_user(), "changes": changes}
        marks.history.append(what)
    parts = [f"{new} new marks", f"{len(changes) - new} that replace earlier ones"]
    parts += [f"{older} older than the mark that is there, left out"] if older else []
    return f"merged {path.name}: {', '.join(parts)}"


def apply_marks(record: Record, mine: dict[str, Mark]) -> None:
    """Put a student's marks into the record.

    Arguments:
        record: is changed.
        mine: the marks, by question.
    """
    record.marks = {}
    for question, mark in mine.items():
        flags = []
        if mark.answer and mark.answer != answer_id(record.written.get(question, "")):
            flags.append(MARKED_BEFORE)
        if mark.points is not None and mark.points > record.by_hand.get(question, mark.points):
            flags.append(ABOVE)
        record.marks[question] = {"points": mark.points, "comment": mark.comment, "flags": flags}


def _find_user() -> str:
    """The name of whoever runs this; "" if the system does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
