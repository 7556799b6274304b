"""judge(): is the line right that a student has just written? It says so in the same cell, and lets the rest run."""

import textwrap
from typing import Any

import numpy as np

from ...support.articles import add_article
from ..actions import STEPS
from ..cases.raised import find_line, list_frames
from .tally import note_step
from .waiting import Waiting, is_missing, reason_of

FLOOR = 1e-3  # added to the norm of the right value, so that rounding noise agrees with an exact zero
LINE_WIDTH = 100  # of printed texts
STANDS_IN = "the right value stands in for it below"


class Fault(Exception):
    """Stands for a value that cannot be judged. Its message is printed after the value's name."""


def judge(step: str, tolerance: float = 1e-5, stand_in: bool = True, **values: tuple[Any, Any]) -> Any:
    """Compare the values of a step with the right ones, print a line for each, and return the right ones.

    The first printed line says nothing, since JupyterLab shows it while the output is collapsed. A blank or a wrong
    value stops nothing: the right one stands in for it.

    Arguments:
        step: the step's name, for its hint and for progress().
        tolerance: allowed error, as a fraction of the right value's norm.
        stand_in: whether the text says that the right value stands in. It does not where the step is a function.
        values: by name, a pair (the student's value, the right value). The right one comes from a measurement or a
            definition, never from a formula of the course.

    Returns:
        The student's value where it is right, else the right one. A tuple if there are several values.
    """
    print("compare " + ", ".join(values) + ":")
    results, right_so_far, is_wrong = [], True, False
    for name, (yours, right) in values.items():
        problem = find_problem(yours, right, tolerance)
        right_so_far &= problem is None
        is_wrong |= problem is not None and not is_missing(yours) and not is_missing(right)
        say(name, problem, right, stand_in)
        results.append(right if problem else yours)
    finish(step, right_so_far, is_wrong)
    return results[0] if len(results) == 1 else tuple(results)


def finish(step: str, all_right: bool, is_wrong: bool) -> None:
    """Note a step that is done; print the hint of one with a wrong line.

    Arguments:
        step: the step's name.
        all_right: whether all of its values are right.
        is_wrong: whether one was judged, and is wrong. A blank is not wrong.
    """
    if all_right:
        note_step(step)
    elif is_wrong and step in STEPS:
        print(textwrap.fill(f"Rule: {STEPS[step].hint}", LINE_WIDTH, subsequent_indent="      "))


def say(name: str, problem: str | None, right: Any, stand_in: bool = True) -> None:
    """Print what was found about one value."""
    if problem is None:
        print(f"  {name}: ok")
    elif isinstance(right, Waiting):
        print(f"  {name}: not judged yet; {problem}")
    else:
        print(f"  {name}: {problem}; {STANDS_IN}" if stand_in else f"  {name}: {problem}")


def find_problem(yours: Any, right: Any, tolerance: float = 1e-5) -> str | None:
    """Say what is wrong with a value: that it is blank, its kind, its shape, or its numbers. None if it is right.

    It does not say by which factor the numbers are wrong: whoever reads "-1 times" flips the sign and learns nothing.
    """
    if isinstance(right, Waiting):
        return reason_of(right)
    if is_missing(yours):
        return "still empty: put your line in place of ..." if yours is ... else reason_of(yours)
    if isinstance(yours, Exception):
        return describe_error(yours)
    if isinstance(right, str | bool | np.bool_):
        wrong = "not yet" if isinstance(right, bool | np.bool_) else f"{yours!r} is not it"
        return None if _is_same(yours, right) else wrong
    right = np.asarray(right, dtype=np.float64)
    wanted = "an array of numbers" if right.ndim else "one number"
    if yours is None:
        return f"it is None, and {wanted} is wanted (is there a return?)"
    if callable(yours):
        return f"it is a function, and {wanted} is wanted: call it"
    try:
        array = np.asarray(yours)
        if array.dtype.kind not in "biuf":
            raise TypeError
    except (TypeError, ValueError):
        return f"it is {add_article(type(yours).__name__)}, and {wanted} is wanted"
    if array.shape != right.shape:
        return f"its shape is {array.shape}, and {f'shape {right.shape}' if right.ndim else wanted} is wanted"
    if not np.all(np.isfinite(array)):
        return "it holds nan or inf"
    wrong = np.linalg.norm(array - right) > tolerance * (np.linalg.norm(right) + FLOOR)
    return "the shape is right, the numbers are not" if wrong and array.ndim else "not the number" if wrong else None


def describe_error(error: Exception) -> str:
    """Describe an error of a student's function in one line: its type, its message, and the student's own line.

    Arguments:
        error: as it was caught by whoever called the function.
    """
    if isinstance(error, Fault):
        return str(error)
    text = f"{type(error).__name__}: {error}".splitlines()[0].strip()
    if "bitwise_xor" in text:
        text += " (a power is written **)"
    frames = list_frames(error)[1:]  # the first is that of the caller
    own = [entry for entry in frames if entry.tb_frame.f_globals is frames[0].tb_frame.f_globals]
    line = find_line(own)
    return f"{text}, in your line `{line}`" if line else text


def _is_same(yours: Any, right: Any) -> bool:
    """Whether a student's text, or True or False, is the right one. 1 is not True."""
    if isinstance(right, str):
        return isinstance(yours, str) and yours.strip().lower() == right.lower()
    return isinstance(yours, bool | np.bool_) and bool(yours) == bool(right)
