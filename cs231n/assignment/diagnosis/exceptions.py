"""What check() says about a recorded exception."""

import re

from ... import layers
from ..actions import TASKS
from ..cases.recorded import NOT_RUN, Raised


def describe(raised: Raised, with_hint: bool = True) -> str:
    """Describe an exception in one line: its type, its message, what it means, and the student's own line.

    Arguments:
        raised: the exception.
        with_hint: whether to explain a message about shapes.
    """
    if raised == NOT_RUN:
        return raised.message
    hint = _explain_name(raised) or (explain_broadcast_error(raised.message) if with_hint else "")
    message = f"{raised.message} {hint}".strip()
    line = f", in your line `{raised.line}`" if raised.line else ""
    kind = raised.kind or "Exception"  # a class may have an empty name
    return f"{kind}: {message}{line}" if message else f"{kind}{line}"


def _explain_name(raised: Raised) -> str:
    """Explain that a name is not defined, as after a restart of the kernel; "" for any other error."""
    if raised.kind == "UnboundLocalError":
        return "(this function sets it in another line, but that line did not run before this one)"
    if raised.kind != "NameError" or not callable(vars(layers).get(raised.name)):
        return ""
    own = f", or run the cell of your {raised.name} again)" if raised.name in TASKS else ")"
    return f"(write layers.{raised.name}{own}"


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
