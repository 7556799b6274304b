"""Brightspace (D2L): ``12345-67890 - Jane Doe - Nov 20, 2026 1145 AM`` as a folder, or before each file's name.

The first number is the student's, the second one the assignment's; in some downloads both are alike for all. There is
a folder for each attempt, and ``index.html`` lists all of them. Source: the names as instructors' public scripts read
them; what the numbers mean is inferred from those. We found no description by D2L.
"""

import re

from ..reading.remarks import shown
from .entries import Entry, Key, Work, drop_empty, find_time, group, make_label

TITLE = "a Brightspace download"
INDEX = "index.html"
NAME = re.compile(
    r"(?P<number>\d+)-(?P<folder>\d+) - (?P<name>.+?) - (?P<time>[^-]*\b20\d\d\b[^-]*?)(?: - .+)?", re.DOTALL
)


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that Brightspace named."""
    names = {entry.name for entry in entries if _find_key(entry)}
    return names | {INDEX} if names else names


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given Brightspace's entries.

    Raises:
        ValueError: if the numbers are the class's, and a name has several attempts: that may be two students.
    """
    groups = group(entries, _find_key)
    numbers = {number for number, _ in groups}
    works = []
    for (number, name), same in groups.items():
        own = number if len(numbers) > 1 or len(groups) == 1 else ""  # else it is the class's
        times = {find_time(entry.name) for entry in same}
        if not own and len(times) > 1:
            raise ValueError(
                f"{shown(same[0].name)} and {shown(same[-1].name)}: all names begin with {number}, so nothing tells "
                f"whether these are two students called {shown(name)}, or two attempts of one. Delete the attempt that "
                f"does not count; or rename the other student's, such as '{shown(name)} 2'"
            )
        identity = drop_empty(name=name, platform_id=own, submitted=max(times))
        works.append(Work(make_label(name, number), identity, same))
    return works


def _find_key(entry: Entry) -> Key | None:
    match = NAME.fullmatch(entry.name)
    return (match["number"], match["name"]) if match and find_time(match["time"]) else None
