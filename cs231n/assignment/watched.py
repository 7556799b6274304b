"""While a student's function runs: say where it is if it takes long, and end it in one line if it is stopped."""

import linecache
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..support.place import in_browser
from .cases.raised import find_student_line, is_own_frame, list_frames

PATIENCE = 8.0  # seconds until a line says where the function is


class CheckFailed(Exception):
    """A check did not pass. A notebook shows this as one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


@contextmanager
def watched(name: str, function: Callable, talk: bool) -> Iterator[None]:
    """Run a check in a ``with`` block.

    Arguments:
        name: the task's name.
        function: the student's function.
        talk: whether a person should be told after some seconds that the function is still running.

    Raises:
        CheckFailed: if the block was stopped, as by the Stop button.
    """
    timer = _start_timer(name, function) if talk else None
    try:
        yield
    except KeyboardInterrupt as error:
        line = find_student_line(function, list_frames(error))
        place = f" at your line `{line}`" if line else ""
        raise CheckFailed(f"{name}: stopped{place}") from None
    finally:
        if timer:
            timer.cancel()


def _start_timer(name: str, function: Callable) -> threading.Timer | None:
    """Start the timer whose line says where the function is. None in a browser, where there are no threads."""
    if in_browser():
        return None
    thread, out = threading.get_ident(), sys.stdout  # the check redirects sys.stdout

    def tell() -> None:
        line = _find_running_line(function, sys._current_frames().get(thread))
        place = f". It is at your line `{line}`" if line else ""
        print(f"note  {name} is still running after {PATIENCE:.0f} s{place}. The Stop button ends it", file=out)

    timer = threading.Timer(PATIENCE, tell)
    timer.daemon = True
    timer.start()
    return timer


def _find_running_line(function: Callable, frame: FrameType | None) -> str:
    """The innermost line of the student's own code that is running now; "" if there is none."""
    while frame is not None:
        if is_own_frame(function, frame):
            return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        frame = frame.f_back
    return ""
