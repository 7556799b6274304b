"""Gradescope's export: folders ``submission_12345`` and ``submission_metadata.yml``, which says whose they are.

The file has, for each folder, ``:submitters`` (each with ``:name``, ``:sid``, ``:email``) and ``:created_at``. A group
has several submitters: each gets a row. Source: the keys as instructors' public scripts read them. We found no
description by Gradescope.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from .entries import Entry, Work, drop_empty, make_label, read_text

TITLE = "a Gradescope export"
METADATA = "submission_metadata.yml"
_NAME = re.compile(r"submission_(\d+)")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?")


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that Gradescope named: none without its list."""
    names = {entry.name for entry in entries if _NAME.match(entry.name)}
    return {METADATA, *names} if METADATA in {entry.name for entry in entries} else set()


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given Gradescope's entries.

    Raises:
        ValueError: if the list cannot be read, or names a folder twice.
    """
    said = _read_metadata(next(entry.path for entry in entries if entry.name == METADATA))
    works = []
    for entry in entries:
        if entry.name == METADATA:
            continue
        about = said.get(entry.name, {})
        submitters = about.get(":submitters")
        people = [person for person in submitters if isinstance(person, dict)] if isinstance(submitters, list) else []
        time = _find_time(about.get(":created_at"))
        for person in people or [{}]:
            name, sid, email = (_text(person.get(f":{key}")) for key in ("name", "sid", "email"))
            label = make_label(name, sid or email) if sid or email else make_label(name, entry.name)
            flags = ("group-submission",) if len(people) > 1 else ()
            works.append(Work(label, drop_empty(name=name, id=sid, email=email, submitted=time), [entry], flags))
    return works


def _read_metadata(path: Path | None) -> dict[str, Any]:
    """Read the list, every value as text."""
    try:
        said = yaml.load(read_text(path), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)) if path else {}
    except (OSError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{path} cannot be read ({reason}): export the submissions again, or say --format plain, which takes the "
            "folders' names for the students'"
        ) from None
    return {name: about for name, about in said.items() if isinstance(about, dict)} if isinstance(said, dict) else {}


def _text(value: object) -> str:
    """A value of the list as text. Ruby writes what is missing as ``null``, ``~`` or nothing."""
    return value.strip() if isinstance(value, str) and value not in ("null", "~") else ""


def _find_time(value: object) -> str:
    """A time as Ruby writes it, ``2026-11-20 21:45:10.123456000 Z``, in ISO 8601."""
    match = _TIME.match(_text(value))
    return f"{match[1]}T{match[2]}{(match[3] or '').replace('Z', '+00:00')}" if match else ""
