"""Google Classroom: a folder in Drive, with files ``Jane Doe - hw.ipynb`` or ``Copy of Jane Doe - hw.ipynb``.

Classroom names a copy that it makes for a student ``Jane Doe - hw``. There is no number, so that two students of one
name cannot be told apart: where a name has the same notebook twice, the download is refused. Source: downloads that
were met in use; we found no description by Google.
"""

import re
from collections.abc import Iterable

from ...assignment.actions import NOTEBOOKS
from ..reading.remarks import shown
from . import brightspace
from .entries import Entry, Key, Work, drop_empty, group, make_label

TITLE = "a Google Classroom folder; its names hold no number, so two students of one name cannot be told apart"
_COPY = re.compile(r"(?:(?:Copy of|Kopie von|Copie de|Copia de|Cópia de|Kopia)\s+)+", re.IGNORECASE)
_DASH = " - "


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that Classroom named: none unless most of them name a notebook of the course."""
    names = accept(entries)
    of_course = [name for name in names if _find_notebook(_split(name)[1])]
    return names if len(of_course) * 2 > len(names) else set()


def accept(entries: list[Entry]) -> set[str]:
    """The names of the entries that Classroom may have named, for an instructor who says that it is Classroom's."""
    names = {entry.name for entry in entries if entry.is_work and not entry.is_folder and _split(entry.name)}
    return {name for name in names if not brightspace.NAME.fullmatch(name)}


def count_names(entries: list[Entry]) -> int:
    """How many different names of students there are, at most."""
    return len({_split(entry.name)[0] for entry in entries if _split(entry.name)})


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given Classroom's entries.

    Raises:
        ValueError: if a name has the same file twice.
    """
    known = {_split(entry.name)[0] for entry in entries if entry.name.count(_DASH) == 1}

    def find_key(entry: Entry) -> Key:
        return (_find_name(entry.name, known),)

    works = []
    for (name,), same in group(entries, find_key).items():
        _refuse_twice(name, same)
        works.append(Work(make_label(name), drop_empty(name=name), same))
    return works


def _split(name: str) -> list[str]:
    """The student's name and the file's, split at the first dash; nothing if there is none."""
    before, dash, after = _COPY.sub("", name, count=1).strip().partition(_DASH)
    return [before.strip(), after] if dash and before.strip() and after.strip() else []


def _find_name(file: str, known: Iterable[str]) -> str:
    """The student's name before a file's. If there are several dashes, that before the course's file name.

    Raises:
        ValueError: if several dashes leave it open.
    """
    rest = _COPY.sub("", file, count=1).strip()
    parts = rest.split(_DASH)
    if len(parts) == 2:
        return parts[0].strip()
    for place in range(1, len(parts)):
        if _find_notebook(parts[place], at_start=True):
            return _DASH.join(parts[:place]).strip()
    names = [name for name in known if rest.startswith(f"{name}{_DASH}")]
    if len(names) == 1:
        return names[0]
    raise ValueError(
        f"{shown(file)}: the name of the student ends at one of several dashes, and nothing tells which. Rename the "
        "file to 'NAME - FILE', or put each student's files into a folder of their own"
    )


def _find_notebook(file: str, at_start: bool = False) -> str | None:
    """The course's notebook that a file's name names, if any: by its whole name, or without the number."""
    words = re.sub(r"[\W_]+", "_", _COPY.sub("", file).strip().casefold())
    for notebook in NOTEBOOKS:
        stem = notebook.removesuffix(".ipynb")
        if words.startswith(stem) if at_start else stem in words or stem.partition("_")[2] in words:
            return notebook
    return None


def _refuse_twice(name: str, entries: list[Entry]) -> None:
    """Raise ValueError if one name has a notebook twice: that may be two students."""
    seen: dict[str, str] = {}
    for entry in entries:
        file = _COPY.sub("", entry.name, count=1).strip()[len(name) :]
        plain = re.sub(r"\s*\(\d+\)(?=\.|$)", "", _COPY.sub("", file.replace(_DASH, "", 1)).casefold()).strip()
        notebook = _find_notebook(file) or plain
        if notebook in seen:
            raise ValueError(
                f"{shown(seen[notebook])} and {shown(entry.name)}: nothing tells whether these are two students called "
                f"{shown(name)}, or two versions of one student. Delete the version that does not count; or rename the "
                f"other student's files, such as '{shown(name)} 2 - FILE'"
            )
        seen[notebook] = entry.name
