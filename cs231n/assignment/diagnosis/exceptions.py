"""What check() says about an exception: what it means, and which line of the student's code raised it."""

import inspect
import linecache
import re
from collections.abc import Callable
from types import FrameType

from ... import layers
from ..actions import TASKS


def explain_name_error(error: BaseException) -> str:
    """Explain a NameError about a function of the library, as after a restart of the kernel.

    Returns:
        A remark in parentheses; "" for any other error.
    """
    name = getattr(error, "name", None)
    if type(error) is not NameError or name is None or not callable(vars(layers).get(name)):
        return ""
    return f"(write layers.{name}" + (f", or run the cell of your {name} again)" if name in TASKS else ")")


def explain_broadcast_error(message: str) -> str:
    """Explain NumPy's message that two shapes cannot be broadcast together, such as (N, D) and (N,).

    Returns:
        A remark in parentheses; "" for any other message.
    """
    if "broadcast" not in message:
        return ""
    if re.search(r"\(\d+,\) \(\d+,\)", message):
        return "(is one of them one number per column, and the other one per row? Over the batch means over axis 0)"
    found = re.search(r"\((\d+),(\d+)\) \(\1,\)|\((\d+),\) \(\3,(\d+)\)", message)
    if not found:
        return ""
    n, d = (number for number in found.groups() if number)
    return f"(shapes line up from the right: one number per row would be ({n}, 1), one number per column ({d},))"


def list_frames(error: BaseException) -> list[FrameType]:
    """List the frames of an exception's traceback, outermost first."""
    traceback, found = error.__traceback__, []
    while traceback:
        found.append(traceback.tb_frame)
        traceback = traceback.tb_next
    return found


def quote_student_line(function: Callable, error: BaseException) -> str:
    """Quote the line of the student's own code that raised an exception, as the end of a sentence."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    traceback, number = error.__traceback__, None
    while code and traceback:
        if traceback.tb_frame.f_code.co_filename == code.co_filename:
            number = traceback.tb_lineno
        traceback = traceback.tb_next
    line = linecache.getline(code.co_filename, number).strip() if code and number else ""
    return f", in your line `{line}`" if line else ""
