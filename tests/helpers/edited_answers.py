"""Wrong answers for the tests of check(): the library's function with pieces of its source replaced."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n import layers
from cs231n.assignment.check import report
from cs231n.grading.mistakes.fingerprints import forward_for, reference


def edit_answer(task: str, *edits: tuple[str, str]) -> Callable | None:
    """Replace pieces of the source of the library's function. Return None if the edits do not fit together."""
    source = inspect.getsource(reference(task))
    for old, new in edits:
        if source.count(old) != 1:
            return None
        source = source.replace(old, new)
    namespace: dict[str, Any] = {"np": np, "layers": layers}
    forward = forward_for(task)
    if forward is not None:
        namespace[forward.__name__] = forward
    try:
        exec(compile(source, "<edited>", "exec"), namespace)
    except SyntaxError:
        return None
    return namespace[task]


def report_on_edits(task: str, *edits: tuple[str, str]) -> list[str]:
    """Edit the library's function as `edit_answer` does. Return the lines of check()'s report on it."""
    function = edit_answer(task, *edits)
    assert function, "the edits do not fit"
    lines, failed = report(task, function)
    assert failed
    return lines
