"""Stamps: hashes of everything that a grade depends on. They tell the next run which grades are still valid."""

import functools
import hashlib
import json
import os
import stat
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from ..publishing.hashes import hash_of, library_sources
from ..publishing.paths import NOTEBOOK_FOLDER
from ..reading.notebook_files import MAX_NOTEBOOK_BYTES, is_opened, open_plain, walk
from ..reading.remarks import Notes
from ..reading.submissions import Submission


def stamp_of(submission: Submission, seed: str) -> str:
    """A hash of what is handed in, the course and the seed. No error of a file stops it.

    Points, marks and overrides are not in it: they are applied to a stored record, and nothing is executed for them.

    Of the files that the reader opens, their content counts and which of them is newer; of the others, name and size.
    """
    found = [_describe_file(path, submission.path) for path in _list_files(submission.path)]
    found.sort(key=lambda pair: pair[0])
    parts = [seed, stamp_of_course(), *(text for _, text in found)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@functools.cache
def stamp_of_course() -> str:
    """A hash of the course: the library, the grader and the notebooks."""
    return hash_of([*library_sources(), *(NOTEBOOK_FOLDER / name for name in NOTEBOOKS)])


def _list_files(path: Path) -> list[Path]:
    """The files of a submission that the reader would find, in the order of their names."""
    if os.path.islink(path) or not os.path.isdir(path):
        return [path]
    return list(walk(path, Notes()))


def _describe_file(path: Path, start: Path) -> tuple[int, str]:
    """When a file was changed (0 if that does not matter), and its name with what counts of it."""
    name = json.dumps(os.path.relpath(path, start))
    try:
        info = os.lstat(path)
        if not is_opened(path.name) or not stat.S_ISREG(info.st_mode):
            return 0, f"{name} {stat.S_IFMT(info.st_mode)} {info.st_size}"
        if info.st_size > MAX_NOTEBOOK_BYTES:  # too much to read here
            return info.st_mtime_ns, f"{name} {info.st_size} {info.st_mtime_ns}"
        with open_plain(path) as file:
            return info.st_mtime_ns, f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        return 0, f"{name} error {error.errno}"
