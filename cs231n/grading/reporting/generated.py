"""Files that every run of `grade` makes anew, beside files that a person may have edited.

A hash of each file is kept when it is written. If the file is another one at the next run, then a person has typed in
it: it is set aside under another name before the new one is written.
"""

import datetime
import hashlib
import json
import os
from pathlib import Path

from ...support.whole_files import write_text
from .records import PRIVATE

HASHES = "generated.json"


def write_generated(out: Path, name: str, text: str) -> Path | None:
    """Write a generated file. If a person has edited the last one, set that aside.

    Arguments:
        out: the folder of grades.
        name: the file's name, relative to it, with ``/``.
        text: what it holds.

    Returns:
        Where the edited file lies now; None if the file was as the grader left it.

    Raises:
        OSError: if a file cannot be read or written.
    """
    path, hashes = out / name, _load_hashes(out)
    new, old = _hash(text.encode("utf-8")), _hash(path.read_bytes()) if path.exists() else None
    if old == new and new in hashes.get(name, []):
        return None
    edited = old not in (None, new, *hashes.get(name, []))
    aside = _set_aside(path) if edited else None
    # The old hash stays beside the new one: a grader that is killed here has not edited anything.
    hashes[name] = [new] if edited or old is None else list(dict.fromkeys([old, new]))
    (out / PRIVATE).mkdir(parents=True, exist_ok=True)
    write_text(out / PRIVATE / HASHES, json.dumps(hashes, indent=1) + "\n")
    write_text(path, text)
    return aside


def _load_hashes(out: Path) -> dict[str, list[str]]:
    """The hashes of the files as they were written, by name. Without them, every file counts as edited."""
    try:
        found = json.loads((out / PRIVATE / HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _set_aside(path: Path) -> Path:
    """Rename a file to a name that is free, such as ``grades.edited-2026-12-01.csv``."""
    day = datetime.date.today().isoformat()
    number = 1
    while True:
        again = f"-{number}" if number > 1 else ""
        aside = path.with_name(f"{path.stem}.edited-{day}{again}{path.suffix}")
        if not os.path.lexists(aside):
            os.rename(path, aside)
            return aside
        number += 1


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
