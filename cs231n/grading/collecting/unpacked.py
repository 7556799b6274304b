"""Unpack the .zip of a class into the folder of grades, where `explain` finds it later.

Nothing of the archive's paths reaches the file system unchecked: each part of a name becomes the name of a file that
every system can hold. Links are not made, and what a member claims about its size is not believed.
"""

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from ...support.whole_files import write_text
from ..reading.file_names import FORBIDDEN, file_name_of
from ..reading.notebook_files import MAX_NOTEBOOK_BYTES, open_plain
from ..reading.remarks import listed
from ..reading.submissions import MADE_BY_PROGRAMS
from ..reading.unzip import UnzipError, list_members, read_members

MAX_ENTRIES = 60_000  # of a class; of one student there are fewer, see `unzip`
MAX_BYTES = 32 * 2**30  # unpacked
MAX_DEPTH = 12
HANDED_IN = "handed-in"  # in the folder of grades
Say = Callable[[str], None]


def unpack(archive: Path, out: Path, say: Say) -> Path:
    """Unpack a class's .zip into ``OUT/handed-in/downloads/``, or find it there as it was unpacked before.

    Where a member cannot be read, there is an empty file in its place, so that its student has a row.

    Arguments:
        archive: the .zip. A later one of the same name takes the place of an earlier one.
        out: the folder of grades.
        say: a function that is called with every line of text for the instructor.

    Returns:
        folder: the folder with what is in the archive.

    Raises:
        ValueError: if the archive cannot be read, or lists far too much.
        OSError: if the files cannot be written.
    """
    name = file_name_of(archive.name)
    if archive.resolve().is_relative_to((out / HANDED_IN).resolve()):  # it came out of another one, of the same name?
        name += f"~{hashlib.sha256(os.fsencode(archive)).hexdigest()[:10]}"
    home = out / HANDED_IN / "downloads" / name
    info = archive.stat()
    source = json.dumps([str(archive.resolve()), info.st_size, info.st_mtime_ns])
    note = home / "source.json"  # is written last, and says that everything is there
    if not (note.exists() and note.read_text(encoding="utf-8") == source):
        shutil.rmtree(home, ignore_errors=True)
        folder = home / "files"
        folder.mkdir(parents=True)
        try:
            for parts in [_safe_parts(name) for name in list_archive(archive) if name.endswith("/")]:
                folder.joinpath(*parts).mkdir(parents=True, exist_ok=True)
            with open_plain(archive) as file:
                unread = _unpack_members(file, folder)
        except UnzipError as error:
            raise ValueError(f"{archive} {error}: download it again, or unpack it and name the folder") from None
        if unread:
            say(f"could not be unpacked, so that there are empty files in their places: {listed(unread)}")
        write_text(note, source)
    return home / "files"


def list_archive(archive: Path) -> list[str]:
    """The names in a .zip, without what programs make. Empty if it cannot be read."""
    try:
        with open_plain(archive) as file:
            return [name for name in list_members(file, MAX_ENTRIES) if _is_wanted(name)]
    except (OSError, UnzipError):
        return []


def _unpack_members(file: io.FileIO, folder: Path) -> list[str]:
    """Unpack the members of an open archive. Return the names of those that could not be read."""
    unread = []
    for name, content, saved in read_members(file, _is_wanted, MAX_NOTEBOOK_BYTES, MAX_BYTES, MAX_ENTRIES):
        parts = _safe_parts(name)
        if not parts:
            continue
        if not isinstance(content, bytes):
            unread.append(f"{name} ({content})")
            content = b""
        path = _find_place(folder.joinpath(*parts))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if saved:
            os.utime(path, (saved, saved))
    return unread


def _is_wanted(name: str) -> bool:
    return not any(MADE_BY_PROGRAMS.fullmatch(part) for part in name.split("/"))


def _safe_parts(name: str) -> list[str]:
    """The parts of a member's name as names of files that every system can hold. ``..`` is a name like any other."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return [_make_safe(part) for part in [*parts[: MAX_DEPTH - 1], *parts[MAX_DEPTH - 1 :][-1:]]]


def _make_safe(part: str) -> str:
    """A part of a name, with the ending, and the dot of a hidden file, as they were.

    A character that some system refuses is written as in a web address, so that no two students' names become one.

    >>> _make_safe("a: b.ipynb"), _make_safe(".hidden"), _make_safe("..")
    ('a%3A b.ipynb', '.hidden', '_.%2E~f0c42101ab')
    """
    if part.startswith(".") and part.strip("."):
        return f".{_make_safe(part[1:])}"
    stem, dot, ending = part.rpartition(".")
    if not (stem and ending.isalnum() and ending.isascii() and len(ending) < 10):
        stem, dot, ending = part, "", ""
    return f"{file_name_of(FORBIDDEN.sub(_escape, stem))}{dot}{ending}"


def _escape(match: re.Match) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _find_place(path: Path) -> Path:
    """The path, or one beside it if another member has it."""
    place, number = path, 1
    while os.path.lexists(place):
        number += 1
        place = path.with_name(f"{path.stem}~{number}{path.suffix}")
    return place
