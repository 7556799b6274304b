"""Blackboard: one folder of files, ``HW 1_jdoe_attempt_2026-11-20-13-45-10_hw.ipynb``, and a .txt for each attempt.

The .txt, ``HW 1_jdoe_attempt_2026-11-20-13-45-10.txt``, begins with ``Name: Jane Doe (jdoe)``. Source: the names as an
instructor's script reads them, https://github.com/kwurst/bb-file-cleanup. We found no description by Blackboard.
"""

import re

from .entries import Entry, Key, Work, drop_empty, find_time, group, make_label, read_text

TITLE = "a Blackboard download"
_NAME = re.compile(
    r"(?P<head>.+?)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_.+|(?P<note>\.txt))", re.DOTALL
)  # the head is the assignment and the login
_FIRST_LINE = re.compile(r"Name: (?P<name>.*) \((?P<login>[^()\n]+)\)\s*")


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that Blackboard named."""
    return {entry.name for entry in entries if _find_key(entry)}


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given Blackboard's entries."""
    groups = group(entries, _find_key)
    people = {key: _read_notes(key[0], same) for key, same in groups.items()}
    logins = [login for _, login in people.values()]
    works = []
    for key, same in groups.items():
        files = [entry for entry in same if not _is_note(entry)]
        name, login = people[key]
        label = login if logins.count(login) == 1 else key[0]  # an underscore in the login or the assignment
        time = max(find_time(entry.name.partition("_attempt_")[2][:19]) for entry in same)
        identity = drop_empty(name=name, login=login if label == login else "", submitted=time)
        works.append(Work(make_label(label), identity, files or same))
    return works


def _find_key(entry: Entry) -> Key | None:
    match = None if entry.is_folder else _NAME.fullmatch(entry.name)
    return (match["head"],) if match else None


def _is_note(entry: Entry) -> bool:
    match = _NAME.fullmatch(entry.name)
    return match is not None and match["note"] is not None


def _read_notes(head: str, entries: list[Entry]) -> tuple[str, str]:
    """A student's name and login: from the first line of a .txt, else from the files' names.

    Only the first line is Blackboard's own. A student can write into the rest.
    """
    for entry in entries:
        if _is_note(entry) and entry.path:
            try:
                line = read_text(entry.path).partition("\n")[0]
            except OSError:
                continue
            match = _FIRST_LINE.fullmatch(line)
            if match and head.endswith(f"_{match['login']}"):
                return match["name"], match["login"]
    return "", head.rpartition("_")[2]
