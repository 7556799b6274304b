"""Kernels that run as another system user, for places where root grades and there is no bubblewrap, such as Gradescope.

The file modes keep that user from the reference, the grader, the submissions and the results. The limits and the
system-call filter of `inside/launcher.py` hold as always. What is missing is a view of its own: the kernel sees the
system's files and the list of processes, and can write to the folders that anybody can write to.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Prints the paths among its arguments that its user can read, or whose files could be opened by name.
TRY_TO_READ = "import os, sys; print(*(p for p in sys.argv[1:] if os.access(p, os.R_OK) or os.access(p, os.X_OK)))"


def helpers_in(library: Path) -> Path:
    """The copy of the files that run in a kernel, in a library's folder."""
    return library / "helpers"


def home_in(private: Path) -> Path:
    """The kernel's home, the only folder in its private one that it can write to."""
    return private / "home"


def open_library(library: Path, helpers: Path) -> None:
    """Let everybody read a library's folder, after copying the files that run in a kernel into it.

    Arguments:
        library: the folder that holds a box's ``cs231n/``.
        helpers: the folder with those files. It lies in the grader, where the user cannot read them.
    """
    shutil.copytree(helpers, helpers_in(library), ignore=shutil.ignore_patterns("__pycache__"))
    for path in (library, *library.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def require_hidden(user: str, hidden: Iterable[Path]) -> None:
    """Try as a user to read what must be hidden.

    Arguments:
        user: the user's name.
        hidden: files and folders.

    Raises:
        ValueError: if there is no such user, the user is root, or can read one of the paths.
        OSError: if we are not root, or the user cannot run Python.
    """
    command = [sys.executable, "-I", "-c", TRY_TO_READ, *map(str, hidden)]
    run = subprocess.run(command, cwd="/", capture_output=True, text=True, **identity(user))
    if run.returncode != 0:
        raise OSError(f"{sys.executable} does not run: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    if run.stdout.strip():
        raise ValueError(f"it can read {run.stdout.strip()}")


def identity(user: str) -> dict[str, Any]:
    """The arguments of `subprocess.Popen` that start a process as a user, without further groups.

    Raises:
        ValueError: if there is no such user, or the user is root.
    """
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise ValueError("there is no such user") from None
    if entry.pw_uid == 0:
        raise ValueError("that is root")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(private: Path, user: str) -> dict[str, Any]:
    """Give a user what belongs to a kernel: a home to write to, and the connection file to read.

    Arguments:
        private: the kernel's private folder. It stays the grader's, with the kernel's sockets.
        user: the user's name.

    Returns:
        The arguments of `identity`.
    """
    who = identity(user)
    private.chmod(0o711)
    home_in(private).mkdir(mode=0o700)
    os.chown(home_in(private), who["user"], who["group"])
    for path in private.glob("*.json"):
        os.chown(path, 0, who["group"])
        path.chmod(0o640)
    return who
