"""Put a student's files together where a platform scatters them: into a folder of their own among the grades."""

import os
import shutil
import stat
from pathlib import Path

from ..reading.file_names import file_name_of
from ..reading.notebook_files import walk
from ..reading.remarks import Notes
from .entries import Entry
from .unpacked import HANDED_IN


def gather(entries: list[Entry], student: str, out: Path) -> tuple[Path, tuple[str, ...]]:
    """Find one path for what a student handed in.

    A single entry stays where it is. Several are linked (or copied, on another file system) under their names into
    ``OUT/handed-in/students/``. What lay there from an earlier run and is no longer handed in is removed.

    Arguments:
        entries: what the student handed in.
        student: a name that no other student has.
        out: the folder of grades.

    Returns:
        path: the entry, or the folder with all of them.
        flags: words for the instructor about what was left out: ``"links"``, ``"special-file"``,
            ``"unreadable-submission"``.

    Raises:
        OSError: if a file cannot be read or written.
    """
    if len(entries) == 1 and entries[0].path:
        return entries[0].path, ()
    folder = out / HANDED_IN / "students" / file_name_of(student)
    folder.mkdir(parents=True, exist_ok=True)
    notes = Notes()
    wanted: dict[Path, Path] = {}
    for entry in entries:
        target = folder / entry.name
        for source in _list_files(entry, notes):
            wanted[target / source.relative_to(entry.path) if entry.is_folder and entry.path else target] = source
    for path in [path for path in sorted(folder.rglob("*"), reverse=True) if path not in wanted]:
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink()
    for target, source in wanted.items():
        try:
            _place(source, target)
        except PermissionError:
            notes.say(source.name, "unreadable-submission")
    return folder, tuple(notes.flags)


def _list_files(entry: Entry, notes: Notes) -> list[Path]:
    """The regular files of an entry. What is none is noted."""
    if entry.path is None:
        return []
    if entry.is_folder:
        return list(walk(entry.path, notes))
    if stat.S_ISREG(entry.mode):
        return [entry.path]
    notes.say(entry.name, "links" if stat.S_ISLNK(entry.mode) else "special-file")
    return []


def _place(source: Path, target: Path) -> None:
    """Link a file, or copy it with its time, unless it is there already."""
    info = source.lstat()
    try:
        there = target.lstat()
        if (there.st_size, there.st_mtime_ns) == (info.st_size, info.st_mtime_ns):
            return
        target.unlink()
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system, or one without links
        part = target.with_name(f".{target.name[:100]}.part")
        shutil.copy2(source, part, follow_symlinks=False)
        os.replace(part, target)
