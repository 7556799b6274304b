"""Finding the submissions in a folder: one per student."""

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from .remarks import shown

# Browsers save a notebook that they take for text or JSON under these names, too.
NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
# Nothing of these is read, but whoever hands in one keeps a row in the grades, and is told.
OTHER_ENDINGS = (".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".pdf", ".html", ".py")


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: the folder's or file's name, printable, in Unicode's composed form (NFC), unique in the folder.
        path: a folder, a .zip or a single notebook; where `flags` has ``"links"``, a link, which nobody follows.
        flags: words for the instructor: ``"same-name"``, ``"links"``.
    """

    student: str
    path: Path
    flags: tuple[str, ...] = ()


def find_submissions(folder: Path) -> list[Submission]:
    """The submissions in a folder, sorted by student.

    Every folder, every .zip and every notebook directly in it is one, and so is another archive or document,
    though nothing can be read from it. Hidden entries, ``__MACOSX`` and other files are left out.

    Names that differ in nothing but case or Unicode form (a macOS disk takes them for one), or ending (``alice``
    and ``alice.zip``), are never merged: both are listed, the later one under its whole name, and both are
    flagged ``"same-name"``.

    Raises:
        ValueError: when there is no such folder, or it is one student's.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: name the one that holds one folder (or .zip) per student")
    of_one = [name for name in NOTEBOOKS if (folder / name).exists()]
    if of_one:
        raise ValueError(f"{folder} holds {of_one[0]} itself, so it is one student's: name the folder around it")
    found: dict[str, list[Submission]] = {}
    for name, mode in sorted(_entries(folder), key=lambda entry: (not stat.S_ISDIR(entry[1]), entry[0])):
        student = _student(name, mode)
        if student:
            flags = ("links",) if stat.S_ISLNK(mode) else ()
            key = student.casefold()
            found.setdefault(key, []).append(Submission(student, folder / name, flags))
    taken, submissions = set(found), []
    for same in found.values():
        submissions.append(_flagged(same[0], same[0].student) if len(same) > 1 else same[0])
        for submission in same[1:]:
            student, number = _printable(submission.path.name), 1
            while student.casefold() in taken:
                number += 1
                student = f"{_printable(submission.path.name)} ({number})"
            taken.add(student.casefold())
            submissions.append(_flagged(submission, student))
    return sorted(submissions, key=lambda submission: submission.student)


def _entries(folder: Path) -> Iterator[tuple[str, int]]:
    """Names and modes of a folder's entries; a link has the mode of the link."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                yield entry.name, entry.stat(follow_symlinks=False).st_mode
            except OSError:  # deleted just now
                continue


def _student(name: str, mode: int) -> str | None:
    """The student whose submission an entry is; None if it is none."""
    if name.startswith(".") or name == "__MACOSX":
        return None
    if stat.S_ISDIR(mode):
        return _printable(name)
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        return None
    for ending in (".zip", *NOTEBOOK_ENDINGS, *OTHER_ENDINGS):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return _printable(name[: -len(ending)])
    return _printable(name) if stat.S_ISLNK(mode) else None


def _printable(name: str) -> str:
    """A file's name as text that can be printed and written anywhere, without blanks at the ends."""
    return shown(unicodedata.normalize("NFC", name).strip()) or "_"


def _flagged(submission: Submission, student: str) -> Submission:
    return Submission(student, submission.path, ("same-name", *submission.flags))
