"""Moodle: ``Jane Doe_12345_assignsubmission_file_`` as a folder, or before each file's name.

The number is Moodle's for the participant; the grading worksheet has it as ``Participant 12345``. Text that was typed
has ``onlinetext`` in place of ``file``. Source: ``assign::download_submissions`` in ``mod/assign/locallib.php`` of
https://github.com/moodle/moodle, and the names as instructors' public scripts read them.
"""

import re

from .entries import Entry, Key, Work, drop_empty, group, make_label

TITLE = "a Moodle download"
_NAME = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_.*)?", re.DOTALL)


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that Moodle named."""
    return {entry.name for entry in entries if _find_key(entry)}


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given Moodle's entries. Typed text counts only where there is no file."""
    works = []
    for (name, number), same in group(entries, _find_key).items():
        files = [entry for entry in same if "_assignsubmission_onlinetext" not in entry.name]
        named = "" if name == "Participant" else name  # blind marking
        works.append(Work(make_label(name, number), drop_empty(name=named, platform_id=number), files or same))
    return works


def _find_key(entry: Entry) -> Key | None:
    match = _NAME.fullmatch(entry.name)
    return (match["name"], match["number"]) if match else None
