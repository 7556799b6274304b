"""Find the notebook files of one submission, in a folder or in a .zip. Never open anything outside of it."""

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import jupytext
from .remarks import Notes, listed, shown
from .submissions import BESIDE_NOTEBOOKS, NOTEBOOK_ENDINGS
from .unzip import UnzipError, read_members

MAX_NOTEBOOK_BYTES = 512 * 2**20
MAX_TOTAL_BYTES = 2**30
MAX_NOTEBOOKS = 40
MAX_DEPTH = 8
MAX_FILES = 20_000
TOO_LARGE = "is larger than 512 MB: clear its outputs (Kernel > Restart and clear output) and hand it in again"


@dataclass
class _Budget:
    """How much more of one submission may be read."""

    notebooks: int
    bytes: int


def read_notebook_files(path: Path, notes: Notes) -> Iterator[tuple[str, bytes, float]]:
    """Read the notebooks of a submission, in the order of their names. Some are Python files, see `jupytext`.

    A .zip inside a folder is read as well, since learning platforms put one there. A .zip inside a .zip is not read.
    Hidden entries, ``__MACOSX`` and checkpoints are left out. Links are never followed. Pipes and devices are never
    opened.

    Arguments:
        path: a folder, a .zip, or a single notebook.
        notes: collects what the student is told.

    Yields:
        name, content, saved: the file's name, relative to the submission, its bytes, and when it was changed, in
            seconds (0 if that is not known).
    """
    budget = _Budget(MAX_NOTEBOOKS, MAX_TOTAL_BYTES)
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        notes.say(f"{_describe(error)}: {shown(path.name)} could not be opened.", "unreadable-submission")
        return
    if stat.S_ISDIR(mode):
        files = walk(path, notes)
    elif stat.S_ISREG(mode):
        files = iter([path])
    elif stat.S_ISLNK(mode):
        notes.say(f"{shown(path.name)} is a link: links are not followed, hand in the file itself.", "links")
        return
    else:
        notes.say(f"{shown(path.name)} is a pipe, a socket or a device: it was not opened.", "special-file")
        return
    others = []
    for file in files:
        name = file.relative_to(path).as_posix() if file != path else file.name
        if file.name.lower().endswith(".zip"):
            found = _read_zip(file, name if file != path else "", notes, budget)
        elif file.name.lower().endswith(NOTEBOOK_ENDINGS):
            found = _read_file(file, name, notes, budget)
        elif _may_be_script(name):
            found = _read_file(file, name, Notes(), _Budget(0, jupytext.MAX_BYTES))
        else:
            others.append(name)
            continue
        for name, content, saved in found:
            if _may_be_script(name) and not jupytext.is_notebook(content):
                others.append(name)
                continue
            if budget.notebooks <= 0:
                notes.say(
                    f"There are more than {MAX_NOTEBOOKS} notebooks: {shown(name)} and the rest were not read.",
                    "too-many-notebooks",
                )
                return
            budget.notebooks -= 1
            budget.bytes -= len(content)
            yield name, content, saved
    if budget.notebooks == MAX_NOTEBOOKS and others:
        notes.say(f"No notebook (.ipynb) was found, only {listed(others)}.")


def is_opened(name: str) -> bool:
    """Whether a file with this name is opened. Of the others, only the names are looked at."""
    return name.lower().endswith((".zip", *NOTEBOOK_ENDINGS, jupytext.ENDING))


def _may_be_script(name: str) -> bool:
    """Whether a file may be a notebook that was saved as a Python file, and does not lie in the course's folders."""
    folders = name.split("/")[:-1]
    return name.lower().endswith(jupytext.ENDING) and not any(folder in BESIDE_NOTEBOOKS for folder in folders)


def walk(folder: Path, notes: Notes) -> Iterator[Path]:
    """Find the regular files below a folder, folder by folder, in the order of their names."""
    left = MAX_FILES
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted((entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in entries)
        except OSError as error:
            notes.say(
                f"{_describe(error)}: the folder {shown(here.name)} could not be opened.", "unreadable-submission"
            )
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


def _read_file(file: Path, name: str, notes: Notes, budget: _Budget) -> Iterator[tuple[str, bytes, float]]:
    """Read one notebook file: yield its name and its bytes, or nothing if it cannot be read."""
    limit = min(MAX_NOTEBOOK_BYTES, budget.bytes)
    try:
        with open_plain(file) as stream:
            info = os.fstat(stream.fileno())
            if info.st_size > limit:
                notes.say(f"{shown(name)} {TOO_LARGE}.", "too-large")
                return
            content = stream.read(limit)
    except OSError as error:
        notes.say(f"{_describe(error)}: {shown(name)} could not be read.", "unreadable-notebook")
        return
    yield name, content, info.st_mtime


def _read_zip(file: Path, prefix: str, notes: Notes, budget: _Budget) -> Iterator[tuple[str, bytes, float]]:
    """Read the notebooks in a .zip.

    Arguments:
        prefix: the .zip's own name if it lies in a folder, else "". It is put before the names of its files.
    """
    skipped = []

    def is_wanted(name: str) -> bool:
        parts = name.split("/")
        if any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts):
            return False
        if name.lower().endswith(".zip"):
            skipped.append(name)
        return name.lower().endswith(NOTEBOOK_ENDINGS) or _may_be_script(name)

    try:
        with open_plain(file) as stream:
            found = read_members(stream, is_wanted, MAX_NOTEBOOK_BYTES, budget.bytes)
            yield from _report_unreadable(found, file.name, prefix, notes)
    except UnzipError as error:
        notes.say(f"{shown(file.name)} {error}: it was not read.", error.flag)
    except OSError as error:
        notes.say(f"{_describe(error)}: {shown(file.name)} could not be read.", "unreadable-submission")
    if skipped:
        notes.say(f"{listed(skipped)} lies inside {shown(file.name)}: a .zip in a .zip is not opened.", "nested-zip")


def _report_unreadable(
    found: Iterator[tuple[str, bytes | UnzipError, float]], archive: str, prefix: str, notes: Notes
) -> Iterator[tuple[str, bytes, float]]:
    """Pass on the members of an archive that could be read. Tell the student about the others."""
    for name, content, saved in found:
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            notes.say(
                f"{shown(archive)} holds {shown(name)}, a path that leads out of it; only what the file holds "
                "was read.",
                "path-traversal",
            )
        name = f"{prefix}/{name}" if prefix else name
        if isinstance(content, bytes):
            yield name, content, saved
        else:
            notes.say(f"{shown(name)} {content}: it was not read.", content.flag)


def open_plain(file: Path) -> io.FileIO:
    """Open a regular file for reading.

    Raises:
        OSError: if the file cannot be opened, or is no regular file any more: something may have replaced it since it
            was found.
    """
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    stream = io.FileIO(os.open(file, os.O_RDONLY | flags))
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError("not a plain file")
    return stream


def _describe(error: OSError) -> str:
    """Return the system's words for an error, without the path."""
    return error.strerror or type(error).__name__
