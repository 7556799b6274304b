"""Canvas: one folder of files, ``doejane_12345_678910_hw.ipynb`` or ``doejane_LATE_12345_678911_hw-1.ipynb``.

The first number is the student's, the second one the file's. Anonymous students are ``anon_Xy12z_678910_hw.ipynb`` or
``LATE_anon_Xy12z_678911_hw.ipynb``. Canvas numbers a file again (``-1``) if it is handed in again. Typed text is
``doejane_12345_text.html``. Source: ``get_filename`` and ``add_upload_submission`` in ``lib/content_zipper.rb`` of
https://github.com/instructure/canvas-lms (05e9653c12).
"""

import re
from dataclasses import replace

from .entries import Entry, Key, Work, drop_empty, group, make_label

TITLE = "a Canvas download"
_NAME = re.compile(
    r"(?P<early>LATE_)?(?P<name>anon(?:ymous)?|.+?)(?P<late>_LATE)?_(?P<number>\d+|(?<=anon_)\w{5}|(?<=anonymous_)\w{5}"
    r"|(?<=anonymous_LATE_)\w{5})_(?:(?P<file>\d+)(?P<rest>_.+)|text\.html|link\.html)",
    re.DOTALL,
)


def recognise(entries: list[Entry]) -> set[str]:
    """The names of the entries that Canvas named."""
    return {entry.name for entry in entries if _find_key(entry)}


def collect(entries: list[Entry]) -> list[Work]:
    """What each student handed in, given Canvas's entries."""
    works = []
    for (name, number), same in group(entries, _find_key).items():
        matches = [match for entry in same if (match := _NAME.fullmatch(entry.name))]
        late = any(match["late"] or match["early"] for match in matches)
        identity = drop_empty(name=name, platform_id=number, late="yes" if late else "")
        works.append(Work(make_label(name, number), identity, [_pad_numbers(entry) for entry in same]))
    return works


def _find_key(entry: Entry) -> Key | None:
    match = None if entry.is_folder else _NAME.fullmatch(entry.name)
    return (match["name"], match["number"]) if match else None


def _pad_numbers(entry: Entry) -> Entry:
    """The entry under a name with numbers of at least five digits: `attempts` takes these for a platform's."""
    match = _NAME.fullmatch(entry.name)
    if not match or not match["file"]:
        return entry
    late = "_LATE" if match["late"] or match["early"] else ""
    name = f"{match['name']}{late}_{match['number']:0>5}_{match['file']:0>5}{match['rest']}"
    return replace(entry, name=name)
