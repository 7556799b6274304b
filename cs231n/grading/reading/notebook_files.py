"""Finding the notebook files of one submission, in a folder or in a .zip; nothing outside of it is ever opened."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .remarks import Notes, listed, shown
from .submissions import NOTEBOOK_ENDINGS
from .unzip import UnzipError, members

MAX_NOTEBOOK_BYTES = 512 * 2**20
MAX_TOTAL_BYTES = 2**30
MAX_NOTEBOOKS = 40
MAX_DEPTH = 8
MAX_FILES = 20_000
TOO_LARGE = "is larger than 512 MB: clear its outputs (Kernel > Restart and clear output) and hand it in again"


def notebook_files(path: Path, notes: Notes) -> Iterator[tuple[str, bytes]]:
    """The notebooks below a folder, in a .zip, or the one notebook that a path is, in the order of their names.

    A .zip inside a folder is read, too (learning platforms put one there), a .zip inside a .zip is not. Hidden
    entries, ``__MACOSX`` and checkpoints are left out; links are never followed; pipes and devices never opened.

    Yields:
        name, content: the name is relative to the submission.
    """
    budget = [MAX_NOTEBOOKS, MAX_TOTAL_BYTES]
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        notes.say(f"{_reason(error)}: {shown(path.name)} could not be opened.", "unreadable-submission")
        return
    if stat.S_ISDIR(mode):
        files = _walk(path, notes)
    elif stat.S_ISREG(mode):
        files = iter([path])
    else:
        notes.say(f"{shown(path.name)} is a link or no file at all: links are not followed.", "links")
        return
    others = []
    for file in files:
        name = file.relative_to(path).as_posix() if file != path else file.name
        if file.name.lower().endswith(".zip"):
            found = _from_zip(file, name if file != path else "", notes, budget)
        elif file.name.lower().endswith(NOTEBOOK_ENDINGS):
            found = _from_file(file, name, notes, budget)
        else:
            others.append(name)
            continue
        for name, content in found:
            if budget[0] <= 0:
                notes.say(
                    f"There are more than {MAX_NOTEBOOKS} notebooks: {shown(name)} and the rest were not read.",
                    "too-many-notebooks",
                )
                return
            budget[0] -= 1
            budget[1] -= len(content)
            yield name, content
    if budget[0] == MAX_NOTEBOOKS and others:
        notes.say(f"No notebook (.ipynb) was found, only {listed(others)}.")


def _walk(folder: Path, notes: Notes) -> Iterator[Path]:
    """The plain files below a folder, folder by folder in the order of their names."""
    left = MAX_FILES
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted((entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in entries)
        except OSError as error:
            notes.say(f"{_reason(error)}: the folder {shown(here.name)} could not be opened.", "unreadable-submission")
            continue
        deeper = []
        for name, mode in found:
            left -= 1
            if left < 0:
                notes.say(f"There are more than {MAX_FILES:,} files: the rest was not looked at.", "too-many-files")
                return
            if name.startswith(".") or name == "__MACOSX":
                continue
            if stat.S_ISDIR(mode):
                deeper.append((here / name, depth + 1))
            elif stat.S_ISREG(mode):
                yield here / name
            elif stat.S_ISLNK(mode):
                notes.say(f"{shown(name)} is a link: links are not followed, hand in the file itself.", "links")
            else:
                notes.say(f"{shown(name)} is a pipe, a socket or a device: it was not opened.", "special-file")
        if depth >= MAX_DEPTH and deeper:
            notes.say(
                f"Folders are more than {MAX_DEPTH} deep: {shown(deeper[0][0].name)} was not looked into.",
                "too-many-files",
            )
        else:
            waiting += reversed(deeper)


def _from_file(file: Path, name: str, notes: Notes, budget: list[int]) -> Iterator[tuple[str, bytes]]:
    most = min(MAX_NOTEBOOK_BYTES, budget[1])
    try:
        with _open(file) as stream:
            if os.fstat(stream.fileno()).st_size > most:
                notes.say(f"{shown(name)} {TOO_LARGE}.", "too-large")
                return
            content = stream.read(most)
    except OSError as error:
        notes.say(f"{_reason(error)}: {shown(name)} could not be read.", "unreadable-notebook")
        return
    yield name, content


def _from_zip(file: Path, prefix: str, notes: Notes, budget: list[int]) -> Iterator[tuple[str, bytes]]:
    """The notebooks in a .zip; prefix: its name in front of theirs, if it lies in a folder."""
    skipped = []

    def wanted(name: str) -> bool:
        parts = name.split("/")
        if any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts):
            return False
        if name.lower().endswith(".zip"):
            skipped.append(name)
        return name.lower().endswith(NOTEBOOK_ENDINGS)

    try:
        with _open(file) as stream:
            yield from _checked(members(stream, wanted, MAX_NOTEBOOK_BYTES, budget[1]), file.name, prefix, notes)
    except UnzipError as error:
        notes.say(f"{shown(file.name)} {error}: it was not read.", error.flag)
    except OSError as error:
        notes.say(f"{_reason(error)}: {shown(file.name)} could not be read.", "unreadable-submission")
    if skipped:
        notes.say(f"{listed(skipped)} lies inside {shown(file.name)}: a .zip in a .zip is not opened.", "nested-zip")


def _checked(
    found: Iterator[tuple[str, bytes | UnzipError]], archive: str, prefix: str, notes: Notes
) -> Iterator[tuple[str, bytes]]:
    """The members of an archive that could be read; what there is to say about the others is said."""
    for name, content in found:
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            notes.say(
                f"{shown(archive)} holds {shown(name)}, a path that leads out of it; only what the file holds "
                "was read.",
                "path-traversal",
            )
        name = f"{prefix}/{name}" if prefix else name
        if isinstance(content, bytes):
            yield name, content
        else:
            notes.say(f"{shown(name)} {content}: it was not read.", content.flag)


def _open(file: Path) -> io.FileIO:
    """Open a file that was a plain one when it was found, and must be one still."""
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    stream = io.FileIO(os.open(file, os.O_RDONLY | flags))
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError("not a plain file")
    return stream


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
