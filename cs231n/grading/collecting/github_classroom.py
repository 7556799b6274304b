"""GitHub Classroom: a folder of clones, ``hw1-jdoe``, in which each is a repository named ASSIGNMENT-LOGIN.

Source: ``gh classroom clone student-repos`` writes ``ASSIGNMENT-submissions/ASSIGNMENT-LOGIN``,
https://docs.github.com/en/education/manage-coursework-with-github-classroom/teach-with-github-classroom.
"""

import os

from .entries import Entry, Work, drop_empty, make_label

TITLE = "clones of GitHub Classroom"
MIN_CLONES = 5  # of so many, what their names have in common is the assignment's
_SUFFIX = "-submissions"


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that are clones and have the assignment's name in common."""
    clones = [entry for entry in entries if entry.is_folder and entry.path and (entry.path / ".git").exists()]
    return {entry.name for entry in clones} if _find_prefix(clones) else set()


def accept(entries: list[Entry]) -> set[str]:
    """The names of all folders, for an instructor who says that they are GitHub Classroom's."""
    return {entry.name for entry in entries if entry.is_folder}


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given the clones. A student's name is the clone's, as it is without a platform."""
    prefix = _find_prefix(entries)
    works = []
    for entry in entries:
        login = entry.name.removeprefix(prefix) if prefix else ""
        works.append(Work(make_label(entry.name), drop_empty(login=login), [entry]))
    return works


def _find_prefix(entries: list[Entry]) -> str:
    """The part that all names begin with, up to a dash. "" if it may be a part of the logins."""
    names = [entry.name for entry in entries]
    folder = entries[0].path.parent.name if entries and entries[0].path else ""
    assignment = f"{folder.removesuffix(_SUFFIX)}-"
    if folder.endswith(_SUFFIX) and all(name.startswith(assignment) and name != assignment for name in names):
        return assignment
    prefix = os.path.commonprefix(names)
    prefix = prefix[: prefix.rfind("-") + 1]
    return prefix if len(names) >= MIN_CLONES else ""
