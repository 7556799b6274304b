"""Find the submissions in a folder, one per student."""

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from .remarks import shown

# Some browsers take a notebook for text or JSON, and save it with another ending.
NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
# These files are not read. The student who handed one in still has a row in the grades, and is told.
OTHER_ENDINGS = (".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".pdf", ".html", ".py")


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: the folder's or file's name, printable, in Unicode's composed form (NFC), unique in the folder.
        path: a folder, a .zip, a single notebook, or another file. If `flags` has ``"links"`` it is a link, which the
            grader does not follow.
        flags: words for the instructor: ``"same-name"``, ``"links"``.
    """

    student: str
    path: Path
    flags: tuple[str, ...] = ()


def find_submissions(folder: Path) -> list[Submission]:
    """Find the submissions in a folder, sorted by student.

    Every folder, .zip and notebook directly in it is a submission. So is any other archive or document, although it
    cannot be read. Hidden entries, ``__MACOSX`` and other files are left out.

    Two names may differ only in case, in Unicode form or in their ending (``alice`` and ``alice.zip``). Such
    submissions are never merged: both are listed, the later one under its whole name, and both have the flag
    ``"same-name"``.

    Raises:
        ValueError: if there is no such folder, or if it is the folder of a single student.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: name the one that holds one folder (or .zip) per student")
    of_one = [name for name in NOTEBOOKS if (folder / name).exists()]
    if of_one:
        raise ValueError(f"{folder} holds {of_one[0]} itself, so it is one student's: name the folder around it")
    found: dict[str, list[Submission]] = {}
    for name, mode in sorted(_list_entries(folder), key=lambda entry: (not stat.S_ISDIR(entry[1]), entry[0])):
        student = _find_student(name, mode)
        if student:
            flags = ("links",) if stat.S_ISLNK(mode) else ()
            key = student.casefold()
            found.setdefault(key, []).append(Submission(student, folder / name, flags))
    taken, submissions = set(found), []
    for same in found.values():
        submissions.append(_flag_same_name(same[0], same[0].student) if len(same) > 1 else same[0])
        for submission in same[1:]:
            student, number = _make_printable(submission.path.name), 1
            while student.casefold() in taken:
                number += 1
                student = f"{_make_printable(submission.path.name)} ({number})"
            taken.add(student.casefold())
            submissions.append(_flag_same_name(submission, student))
    return sorted(submissions, key=lambda submission: submission.student)


def _list_entries(folder: Path) -> Iterator[tuple[str, int]]:
    """List the names and modes of a folder's entries. A link has the mode of the link itself."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                yield entry.name, entry.stat(follow_symlinks=False).st_mode
            except OSError:  # it was deleted just now
                continue


def _find_student(name: str, mode: int) -> str | None:
    """Return the student whose submission an entry is, or None if it is not a submission."""
    if name.startswith(".") or name == "__MACOSX":
        return None
    if stat.S_ISDIR(mode):
        return _make_printable(name)
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        return None
    for ending in (".zip", *NOTEBOOK_ENDINGS, *OTHER_ENDINGS):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return _make_printable(name[: -len(ending)])
    return _make_printable(name) if stat.S_ISLNK(mode) else None


def _make_printable(name: str) -> str:
    """Make a file's name safe to print and write anywhere, without blanks at the ends."""
    return shown(unicodedata.normalize("NFC", name).strip()) or "_"


def _flag_same_name(submission: Submission, student: str) -> Submission:
    return Submission(student, submission.path, ("same-name", *submission.flags))
