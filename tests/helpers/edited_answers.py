"""Wrong answers for the tests of check(): the library's function with pieces of its source replaced."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n import layers
from cs231n.assignment.cases.calls import quietly, record_call
from cs231n.assignment.cases.recorded import Calls
from cs231n.assignment.cases.tables import CASES
from cs231n.assignment.cases.variants import SMALL_CASES
from cs231n.assignment.check import report
from cs231n.grading.mistakes.fingerprints import forward_for, reference, source_of


def edit_answer(task: str, *edits: tuple[str, str]) -> Callable | None:
    """Replace pieces of the source of the library's function. Return None if the edits do not fit together."""
    source = source_of(reference(task))
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


def copy_of(task: str) -> Callable:
    """A copy of the library's function. An answer that calls the library's own function is refused."""
    function = edit_answer(task)
    assert function
    return function


def record_cases(task: str, function: Callable) -> Calls:
    """Record the calls of a function on the fixed cases of its task, with the cache of the library's forward pass."""
    cases = (*CASES[task], *SMALL_CASES.get(task, ()))
    with quietly():
        return {case: record_call(task, function, case, forward_for(task)) for case in cases}


def report_on_edits(task: str, *edits: tuple[str, str]) -> list[str]:
    """Edit the library's function as `edit_answer` does. Return the lines of check()'s report on it."""
    function = edit_answer(task, *edits)
    assert function, "the edits do not fit"
    lines, failed = report(task, function)
    assert failed
    return lines
