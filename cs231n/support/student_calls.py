"""Calls of functions that a student writes in a step."""

from collections.abc import Callable
from typing import Any


def call_or_error(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function. Return its result, or the error that it raises.

    Raises:
        Exception: an error that a notebook shows as one line, such as that of an answer which is not written yet. It
            says by itself what to do.
    """
    try:
        return function(*arguments)
    except Exception as error:
        if hasattr(error, "_render_traceback_"):
            raise
        return error
