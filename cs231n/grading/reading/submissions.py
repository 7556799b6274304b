"""Find the submissions in a folder, one per student."""

import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from .remarks import shown

# Some browsers take a notebook for text or JSON, and save it with another ending.
NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
# These files are not read. The student who handed one in still has a row in the grades, and is told.
OTHER_ENDINGS = (".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".pdf", ".html", ".py")
BESIDE_NOTEBOOKS = ("my_answers", "datasets", "cs231n")  # folders that lie where a student works
# Hidden entries that programs make. Any other hidden entry may be a student's.
MADE_BY_PROGRAMS = re.compile(
    r"__MACOSX|\.(?:_.*|DS_Store|Trash.*|Spotlight-V100|fseventsd|TemporaryItems|git|github|svn|hg|vscode|idea|venv|cache"
    r"|ipynb_checkpoints|virtual_documents|pytest_cache|mypy_cache|ruff_cache|nfs.*|directory|.*\.sw[a-p])"
)


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: the folder's or file's name, printable, in Unicode's composed form (NFC), unique in the folder.
        path: a folder, a .zip, a single notebook, or another file. The grader does not follow a link (flag
            ``"links"``) and does not open a pipe, a socket or a device (flag ``"special-file"``).
        flags: words for the instructor: ``"same-name"``, ``"links"``, ``"special-file"``, ``"hidden"``,
            ``"no-student-name"`` (a notebook of the course lies loose among the submissions).
        identity: what the learning platform says of the student, as far as it does: ``"name"``, ``"id"``, ``"login"``,
            ``"email"``, ``"sis_id"``, ``"platform_id"`` (the platform's own number), ``"submitted"`` (when, in ISO
            8601, with a time zone only if the platform gives one) and ``"late"`` (``"yes"`` if the platform says so).
    """

    student: str
    path: Path
    flags: tuple[str, ...] = ()
    identity: dict[str, str] = field(default_factory=dict, hash=False)


def find_submissions(folder: Path) -> list[Submission]:
    """Find the submissions in a folder, sorted by student.

    Every folder, .zip and notebook directly in it is a submission. So is any other archive or document, although it
    cannot be read, and so is a link, a pipe or a device. Other files are left out, and so is what programs make, such
    as ``__MACOSX`` or ``.git``.

    Two names may differ only in case, in Unicode form or in their ending (``alice`` and ``alice.zip``). Such
    submissions are never merged: both are listed, the later one under its whole name, and both have the flag
    ``"same-name"``.

    Raises:
        ValueError: if there is no such folder, or if it is the folder of a single student.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: name the one that holds one folder (or .zip) per student")
    found = list_submissions(folder)
    _refuse_folder_of_one(folder, found)
    return sorted(tell_apart(found), key=lambda submission: submission.student)


def list_submissions(folder: Path) -> list[Submission]:
    """The submissions in a folder, folders first, as `find_submissions` finds them. Several may have the same name."""
    found = []
    for name, mode in sorted(list_entries(folder), key=lambda entry: (not stat.S_ISDIR(entry[1]), entry[0])):
        student = find_student(name, mode)
        if student:
            found.append(Submission(student, folder / name, _find_flags(name, mode)))
    return found


def tell_apart(found: list[Submission]) -> list[Submission]:
    """The same submissions in the same order, with different names and the flag ``"same-name"`` where they had one."""
    counts = Counter(fold(submission.student) for submission in found)
    taken, seen, submissions = set(counts), set(), []
    for submission in found:
        student, number = submission.student, 1
        key = fold(student)
        if counts[key] > 1:
            if key in seen:
                student = make_printable(submission.path.name)
                while fold(student) in taken:
                    number += 1
                    student = f"{make_printable(submission.path.name)} ({number})"
                taken.add(fold(student))
            seen.add(key)
            submission = replace(submission, student=student, flags=("same-name", *submission.flags))
        submissions.append(submission)
    return submissions


def _refuse_folder_of_one(folder: Path, found: list[Submission]) -> None:
    """Raise ValueError if the folder holds the course's notebooks and nobody's submissions."""
    loose = [submission for submission in found if "no-student-name" in submission.flags]
    if loose and all(submission in loose or submission.path.name in BESIDE_NOTEBOOKS for submission in found):
        raise ValueError(
            f"{folder} holds {loose[0].path.name} itself, so it is one student's: name the folder around it"
        )


def fold(student: str) -> str:
    """A name without differences of case and Unicode form. Some file systems take such names for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", student).casefold())


def list_entries(folder: Path) -> Iterator[tuple[str, int]]:
    """List the names and modes of a folder's entries. A link has the mode of the link itself.

    The mode is 0 for an entry that is there, but about which the system gives an error.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                yield entry.name, entry.stat(follow_symlinks=False).st_mode
            except FileNotFoundError:  # it was deleted just now
                continue
            except OSError:
                yield entry.name, 0


def _find_flags(name: str, mode: int) -> tuple[str, ...]:
    """Return the flags of an entry, see `Submission`."""
    kinds = {"links": stat.S_ISLNK(mode), "hidden": name.startswith(".")}
    kinds["no-student-name"] = stat.S_ISREG(mode) and name in NOTEBOOKS
    kinds["special-file"] = not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
    return tuple(flag for flag, holds in kinds.items() if holds)


def find_student(name: str, mode: int) -> str | None:
    """Return the student whose submission an entry is, or None if it is not a submission."""
    if MADE_BY_PROGRAMS.fullmatch(name):
        return None
    if stat.S_ISDIR(mode):
        return make_printable(name)
    for ending in (".zip", *NOTEBOOK_ENDINGS, *OTHER_ENDINGS):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return make_printable(name[: -len(ending)])
    return None if stat.S_ISREG(mode) else make_printable(name)


def make_printable(name: str) -> str:
    """Make a file's name safe to print and write anywhere, without blanks at the ends."""
    return shown(unicodedata.normalize("NFC", name).strip()) or "_"
