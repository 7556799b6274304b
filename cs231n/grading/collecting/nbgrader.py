"""nbgrader: ``submitted/LOGIN/ASSIGNMENT/``, with the notebooks and ``timestamp.txt``.

Source: "The course directory" in https://nbgrader.readthedocs.io/en/stable/user_guide/philosophy.html.
"""

import re
from pathlib import Path

from ..publishing.nbgrader_source import ASSIGNMENT
from ..reading.remarks import listed
from .entries import Entry, Work, drop_empty, make_label, read_entries, read_text

TITLE = "nbgrader's submitted/"
SUBMITTED = "submitted"
COURSE = {"nbgrader_config.py", "source", "gradebook.db"}  # one of them lies beside it in a course folder
_TIME = re.compile(r"\s*(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(UTC|Z)?\s*")


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that are students' folders: in a folder ``submitted``, or with time stamps."""
    names = accept(entries)
    folders = [entry for entry in entries if entry.name in names]
    stamped = [e for e in folders if any((path / "timestamp.txt").is_file() for path in _list_assignments(e))]
    is_submitted = any(entry.path and entry.path.parent.name == SUBMITTED for entry in folders)
    return names if is_submitted or len(stamped) * 2 > len(folders) else set()


def accept(entries: list[Entry]) -> set[str]:
    """The names of all folders that hold folders, for an instructor who says that they are nbgrader's."""
    return {entry.name for entry in entries if entry.is_folder and _list_assignments(entry)}


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given the students' folders.

    Raises:
        ValueError: if there are several assignments, and none has the name that the course gives it.
    """
    inside = {entry.name: {path.name: path for path in _list_assignments(entry)} for entry in entries}
    names = sorted({name for paths in inside.values() for name in paths})
    if len(names) > 1 and ASSIGNMENT not in names:
        raise ValueError(
            f"the students' folders hold the assignments {listed(names)}, and none is called {ASSIGNMENT}: leave only "
            "the one to grade"
        )
    assignment = ASSIGNMENT if ASSIGNMENT in names else "".join(names[:1])
    works = []
    for entry in entries:
        path = inside[entry.name].get(assignment)
        if path is not None:
            identity = drop_empty(login=entry.name, submitted=_read_stamp(path / "timestamp.txt"))
            works.append(Work(make_label(entry.name), identity, [Entry(path.name, entry.mode, path)]))
    return works


def _list_assignments(entry: Entry) -> list[Path]:
    """The folders in a student's folder; none if there is anything else in it that may be handed in."""
    try:
        found = [inner for inner in read_entries(entry.path) if inner.is_work] if entry.path else []
    except OSError:
        return []
    return [inner.path for inner in found if inner.path] if all(inner.is_folder for inner in found) else []


def _read_stamp(path: Path) -> str:
    """The time in a ``timestamp.txt``, in ISO 8601; "" if there is none."""
    try:
        match = _TIME.fullmatch(read_text(path))
    except OSError:
        return ""
    return f"{match[1]}T{match[2]}{'+00:00' if match[3] else ''}" if match else ""
