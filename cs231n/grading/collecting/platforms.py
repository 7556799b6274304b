"""The table of platforms, and which of them made a download."""

from collections.abc import Iterable
from types import ModuleType

from . import (
    blackboard,
    brightspace,
    canvas,
    github_classroom,
    google_classroom,
    gradescope,
    moodle,
    nbgrader,
)
from .entries import Entry

PLAIN = "plain"
PLAIN_TITLE = "one folder, zip or notebook per student"
# Each has TITLE, recognise(entries) and collect(entries); some have accept(entries), which asks for less, for where the
# instructor names the platform. The first ones have the most telling names.
PLATFORMS: dict[str, ModuleType] = {
    "moodle": moodle,
    "blackboard": blackboard,
    "brightspace": brightspace,
    "gradescope": gradescope,
    "canvas": canvas,
    "nbgrader": nbgrader,
    "github-classroom": github_classroom,
    "google-classroom": google_classroom,
}
FORMATS = (*PLATFORMS, PLAIN)


def guess(entries: list[Entry]) -> str:
    """The platform that made most of what was handed in. "plain" if none made more than half of it.

    Of platforms that fit equally well, the one with the more telling names counts.
    """
    best, most = PLAIN, 0
    for name, platform in PLATFORMS.items():
        names = platform.recognise(entries)
        mine = [entry for entry in entries if entry.name in names]
        if len(mine) > max(most, len(find_others(entries, names))):
            best, most = name, len(mine)
    return best


def find_names(layout: str, entries: list[Entry], told: bool) -> set[str]:
    """The names of the entries that a platform made.

    Arguments:
        told: whether the instructor named the platform.
    """
    platform = PLATFORMS[layout]
    names: set[str] = getattr(platform, "accept", platform.recognise)(entries) if told else platform.recognise(entries)
    return names


def holds_class(entries: list[Entry]) -> bool:
    """Whether a platform made the entries, and for more than one student."""
    layout = guess(entries)
    if layout == PLAIN:
        return False
    names = PLATFORMS[layout].recognise(entries)
    mine = [entry for entry in entries if entry.name in names]
    if layout == "google-classroom":
        return google_classroom.count_names(mine) > 1
    try:
        return len(PLATFORMS[layout].collect(mine)) > 1
    except ValueError:  # a student's own files may look like anything
        return False


def find_others(entries: list[Entry], names: Iterable[str]) -> list[Entry]:
    """The entries that may be handed in, and are not among the names of a platform."""
    return [entry for entry in entries if entry.is_work and entry.name not in names]
