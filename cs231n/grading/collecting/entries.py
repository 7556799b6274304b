"""The entries of a download, and what one student handed in: what all platforms share."""

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..reading.attempts import read_attempt
from ..reading.notebook_files import open_plain
from ..reading.remarks import shown
from ..reading.submissions import MADE_BY_PROGRAMS, find_student, list_entries, make_printable

MAX_METADATA_BYTES = 64 * 2**20
MAX_PART_LETTERS = 55  # of a student's name in the grades, so that the number after it is never cut off
Key = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """An entry of a folder or of a .zip.

    Attributes:
        name: its name.
        mode: the system's mode. A link has that of the link itself.
        path: where it is. None if it lies in a .zip.
    """

    name: str
    mode: int
    path: Path | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_work(self) -> bool:
        """Whether it may be something that a student handed in, and not a list or a program's file."""
        return find_student(self.name, self.mode) is not None


@dataclass
class Work:
    """What one student handed in.

    Attributes:
        student: the name that the grades have for the student. It holds the platform's number, if there is one, so
            that it is the same when another student of that name hands in.
        identity: see `Submission`.
        entries: the files and folders that are the student's.
        flags: words for the instructor.
    """

    student: str
    identity: dict[str, str]
    entries: list[Entry]
    flags: tuple[str, ...] = field(default=())


def read_entries(folder: Path) -> list[Entry]:
    """The entries of a folder in the order of their names, without those that programs make."""
    found = sorted(list_entries(folder))
    return [Entry(name, mode, folder / name) for name, mode in found if not MADE_BY_PROGRAMS.fullmatch(name)]


def group(entries: Iterable[Entry], key_of: Callable[[Entry], Key | None]) -> dict[Key, list[Entry]]:
    """Group entries by a key, in their order. Entries with the key None are left out."""
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        key = key_of(entry)
        if key is not None:
            groups.setdefault(key, []).append(entry)
    return groups


def make_label(*parts: str) -> str:
    """The name that the grades have for a student, of the parts that are not empty, safe to print and to write."""
    return make_printable("_".join(shown(part, MAX_PART_LETTERS) for part in parts if part))


def drop_empty(**identity: str) -> dict[str, str]:
    """An identity without what is empty."""
    return {key: make_printable(value) for key, value in identity.items() if value.strip()}


def find_time(name: str) -> str:
    """The last time in a name, in ISO 8601; "" if there is none.

    >>> find_time("12345-67890 - Jane Doe - Nov 20, 2026 145 PM")
    '2026-11-20T13:45:00'
    """
    times = read_attempt(name).times
    return times[-1].replace(" ", "T") if times else ""


def read_text(path: Path) -> str:
    """Read a small file that a platform made. A link is not followed.

    Raises:
        OSError: if the file cannot be read.
    """
    with open_plain(path) as file:
        parts = []
        left = MAX_METADATA_BYTES
        while left > 0 and (part := file.read(left)):
            parts.append(part)
            left -= len(part)
    return b"".join(parts).decode("utf-8-sig", "replace")
