"""The grader's temporary folders, and the removal of those that a killed grader left behind.

A folder holds a file that its process keeps locked. The system releases the lock when the process ends in any way, so a
folder whose file can be locked is nobody's. (A process number would not do: it may be used again, and it means
something else in a container.)
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PREFIX = "cs231n-"
OWNER = ".grader-is-running"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a temporary folder for the block, after removing those that dead graders of this user left behind.

    Raises:
        OSError: if the folder cannot be made.
    """
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        owner = open(folder / f"{OWNER}.new", "wb")
        try:
            _lock(owner)
            if os.name != "nt":
                os.rename(owner.name, folder / OWNER)  # it appears with its lock
            yield folder
        finally:
            owner.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove the temporary folders of this user's graders that were killed. Leave all others alone."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and _is_leftover(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_leftover(folder: Path) -> bool:
    """Whether a folder was made by a grader of this user that has ended."""
    try:
        if os.name == "nt":  # there, an open file cannot be deleted
            os.unlink(folder / f"{OWNER}.new")
            return True
        info = os.lstat(folder)
        if folder.is_symlink() or info.st_uid != os.geteuid():
            return False
        with open(os.open(folder / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as owner:
            return _lock(owner)
    except OSError:  # there is no such file, or its process lives
        return False


def _lock(file: IO[bytes]) -> bool:
    """Try to lock a file. Returns whether it is locked now. Windows needs no lock: see `_is_leftover`."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
