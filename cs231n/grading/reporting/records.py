"""The record of a student's submission, and the files of a folder of grades.

What students may see lies in the folder ``feedback``, one page for each. The records lie in ``private``.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...support.whole_files import write_text

PUBLIC, PRIVATE = "feedback", "private"  # the two folders in a folder of grades
MAX_NAME_BYTES = 150
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*~\ud800-\udfff]|[. ]$')  # Windows forbids most; ~ is ours
RESERVED = re.compile(r"[. ].*|(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.I | re.S)


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
        error: if the grader failed, the end of its traceback. It is not shown to the student.
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
    error: str = ""

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


def record_path(out: Path, student: str) -> Path:
    """The file with a student's record. It holds the seed and the expected digits, so it is not for students."""
    return out / PRIVATE / file_name_of(student) / "result.json"


def page_path(out: Path, student: str) -> Path:
    """The file with a student's feedback page. Its folder holds nothing but such pages."""
    return out / PUBLIC / f"{file_name_of(student)}.html"


def file_name_of(student: str) -> str:
    """A student's name as the name of a file that every system can hold. Different students get different names.

    A name that will not do is changed and gets a ``~`` and a hash: one that is too long, ends in a dot, begins with
    one (the file would be hidden), has a meaning on Windows, or holds a character that some system refuses.

    >>> file_name_of("Zoë Müller"), file_name_of("../x")
    ('Zoë Müller', '_.._x~d6b96a97d1')
    """
    name = FORBIDDEN.sub("_", student)
    too_long = len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES
    if name == student and name and not too_long and not RESERVED.fullmatch(name):
        return name
    name = name.encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    name = f"_{name}" if RESERVED.fullmatch(name) else name
    return f"{name}~{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def load_record(out: Path, student: str) -> Record | None:
    """A student's record from a folder of grades; None if there is no record, or it cannot be read."""
    try:
        return Record(**json.loads(record_path(out, student).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # there is none yet, or another version of the grader wrote it
        return None


def write_record(out: Path, record: Record, page: str) -> None:
    """Write a student's record and feedback page into a folder of grades. The record comes last: it says "done"."""
    for path, text in (
        (page_path(out, record.student), page),
        (record_path(out, record.student), json.dumps(record.to_dict(), indent=1)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
