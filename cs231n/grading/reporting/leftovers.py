"""The files that a killed grader left behind in a folder of grades, see `support.whole_files`."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import psutil

from .records import PRIVATE

PART = re.compile(r".*\.(\d+)\.\d+\.part", re.S)


def remove_unfinished(out: Path) -> None:
    """Remove the files that a grader was writing when it was killed. The folder of pages goes to the students as it is.

    Those of a process that still runs are left alone.
    """
    for folder in (out, *_list(out), *_list(out / PRIVATE)):
        for path in _list(folder):
            found = PART.fullmatch(path.name)
            if found and (int(found[1]) == os.getpid() or not psutil.pid_exists(int(found[1]))):
                with contextlib.suppress(OSError):
                    path.unlink()


def _list(folder: Path) -> Iterator[Path]:
    """The entries of a folder; nothing if it is no folder."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            yield folder / entry.name
