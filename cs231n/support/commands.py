"""How the course's commands end. An error or Ctrl-C is one line on stderr, never a traceback."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .whole_files import check_writable

FAILED = 1  # the exit codes
INTERRUPTED = 130  # as shells report a command that Ctrl-C has ended


def run(command: Callable[[], int | None], stopped: str = "stopped") -> int:
    """Run a command to its end, and return its exit code.

    Arguments:
        command: a function that returns an exit code, or None for 0. It may raise SystemExit with a message.
        stopped: the line that Ctrl-C brings: what was written, and how to go on.

    Returns:
        What the command returns; FAILED for an OSError, such as a full disk, and INTERRUPTED for Ctrl-C.
    """
    try:
        code = command() or 0
        sys.stdout.flush()  # if stdout is a file on a full disk, this is where it shows
        return code
    except KeyboardInterrupt:
        return say_stopped(stopped)
    except BrokenPipeError:  # the reader of our output has gone, as in `... | head -1`
        _drop_output()
        return FAILED
    except OSError as error:
        print(f"error: {describe(error)}", file=sys.stderr)
        _drop_output()
        return FAILED


def say_stopped(text: str) -> int:
    """Print the line that Ctrl-C brings, and return the exit code.

    In a process of the command's own, this is the end, so another Ctrl-C is ignored.
    """
    if sys.excepthook is _say_in_one_line:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(text, file=sys.stderr)
    return INTERRUPTED


def describe(error: OSError) -> str:
    """Describe an error of the system with the path that it is about.

    >>> describe(FileNotFoundError(2, "No such file or directory", "a.txt"))
    'a.txt: No such file or directory'
    """
    path = error.filename2 or error.filename
    if error.strerror and path is not None:
        return f"{os.fsdecode(path) if isinstance(path, str | bytes) else path}: {error.strerror}"
    return str(error.strerror or error)


def stop_in_one_line() -> None:
    """From here on, a Ctrl-C that nobody catches is one line, too: imports may take seconds.

    Call this only in a module that runs as a command, before its other imports.
    """

    sys.excepthook = _say_in_one_line


def _say_in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Take the place of Python's `sys.excepthook`."""
    if not issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    say_stopped("stopped")
    sys.stderr.flush()
    os._exit(INTERRUPTED)  # else Python would end by the signal, with another code


def at_least_one(text: str) -> int:
    """Read a whole number of at least 1 from the command line. Only the digits 0 to 9 count, not other scripts'.

    >>> at_least_one("12")
    12
    """
    value = int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value


def file_to_write(text: str) -> Path:
    """Read a file's path from the command line. Refuse it now, not after minutes of work, if we cannot write there."""
    try:
        check_writable(text)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        why = error.strerror if isinstance(error, OSError) else error
        raise argparse.ArgumentTypeError(f"cannot write {text!r}: {why}") from None
    return Path(text)


def _drop_output() -> None:
    """Send what is still in stdout's buffer nowhere. Python would try again at its end, and print the error again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
