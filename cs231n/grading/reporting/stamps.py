"""Stamps: hashes of everything that a grade depends on. They tell the next run which grades are still valid."""

import functools
import hashlib
import json
import os
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from ..publishing.hashes import hash_of, library_sources
from ..publishing.paths import NOTEBOOK_FOLDER
from ..reading.submissions import Submission


def stamp_of(submission: Submission, seed: str, worth: dict[str, float]) -> str:
    """A hash of the submission's files (names, sizes, times of change), the course, the seed and the points."""
    parts = [seed, json.dumps(worth), stamp_of_course()]
    if submission.path.is_dir() and not submission.path.is_symlink():
        for folder, folders, files in os.walk(submission.path):
            folders.sort()
            parts += [_stamp_of_file(Path(folder, name), submission.path) for name in sorted(files)]
    else:
        parts.append(_stamp_of_file(submission.path, submission.path.parent))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@functools.cache
def stamp_of_course() -> str:
    """A hash of the course: the library, the grader and the notebooks."""
    return hash_of([*library_sources(), *(NOTEBOOK_FOLDER / name for name in NOTEBOOKS)])


def _stamp_of_file(path: Path, start: Path) -> str:
    info = os.lstat(path)
    return f"{os.path.relpath(path, start)} {info.st_size} {info.st_mtime_ns}"
