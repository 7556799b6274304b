"""Describe an exception of a student's function as plain data, with the line of the student's own code."""

import inspect
import linecache
from collections.abc import Callable
from types import FrameType, TracebackType

from .recorded import Raised


def describe_exception(function: Callable, error: BaseException) -> Raised:
    """Describe an exception that a student's function raised."""
    frames = list_frames(error)
    is_stub = isinstance(error, NotImplementedError)
    name = getattr(error, "name", None) or (frames[-1].tb_frame.f_code.co_name if is_stub and frames else "")
    message = (str(error).splitlines() or [""])[0].strip()
    return Raised(type(error).__name__, message, find_student_line(function, frames), str(name), is_stub)


def list_frames(error: BaseException) -> list[TracebackType]:
    """List the entries of an exception's traceback, outermost first."""
    traceback, found = error.__traceback__, []
    while traceback:
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def find_student_line(function: Callable, frames: list[TracebackType]) -> str:
    """The innermost line of the student's own code in a traceback.

    Returns:
        The line without its indentation; "" if there is none, or if its source is not known.
    """
    return find_line([entry for entry in frames if is_own_frame(function, entry.tb_frame)])


def find_line(frames: list[TracebackType]) -> str:
    """Find the innermost line of a traceback whose source is known, without its indentation; "" if there is none."""
    lines = (
        linecache.getline(entry.tb_frame.f_code.co_filename, entry.tb_lineno).strip() for entry in reversed(frames)
    )
    return next(filter(None, lines), "")


def is_own_frame(function: Callable, frame: FrameType) -> bool:
    """Whether a frame runs code of the student's: of the answer's cell, or of a helper in the same notebook."""
    answer = inspect.unwrap(function)
    code, namespace = getattr(answer, "__code__", None), getattr(answer, "__globals__", None)
    if code is None or namespace is None:
        return False
    return frame.f_code.co_filename == code.co_filename or frame.f_globals is namespace
