"""Compare a result with the right one, and raise `Differs` with a description if it is wrong."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...support.articles import add_article
from .closeness import TOLERANCE, is_close
from .descriptions import describe
from .recorded import Odd, Parts, to_array


class Differs(Exception):
    """A property does not hold. The message says how."""


class WrongForm(Differs):
    """A function returns something else than what its docstring names: that is an error of Python, not a number."""


@dataclass
class Results:
    """All results of a call, together with the right ones.

    With all of them at hand, a description can say that two results are swapped, or that a factor 1/N is missing.

    Attributes:
        got: the recorded results by name, whatever they are.
        want: the right results by name, in the order in which they are returned or computed.
        rows: N, the number of rows of the batch, or None.
        shared: pairs of results that are one array.
    """

    got: dict[str, Any] = field(default_factory=dict)
    want: dict[str, np.ndarray] = field(default_factory=dict)
    rows: int | None = None
    shared: list[tuple[Any, Any]] = field(default_factory=list)


NO_RESULTS = Results()


def require_same(
    got: Any, want: ArrayLike, name: str, tolerance: float = TOLERANCE, results: Results = NO_RESULTS
) -> None:
    """Raise `Differs` unless ``got`` has the shape and the values of ``want``.

    Arguments:
        got: the recorded result, whatever it is.
        want: the right result.
        name: what the message calls the result.
        tolerance: the largest relative error.
        results: all results of the call, for a better message.
    """
    require_array(got, want, name, results)
    if not is_close(got, want, tolerance):
        got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
        raise Differs(f"{name} {_find_same_values(got, name, results) or describe(got, want, results.rows)}")


def require_array(got: Any, want: ArrayLike, name: str, results: Results = NO_RESULTS) -> None:
    """Raise `Differs` unless ``got`` is a real floating-point array (or number) with the shape of ``want``."""
    want = np.asarray(want)
    wanted = f"an array of shape {want.shape}" if want.ndim else "a number"
    if got is None and len(results.want) == 1:
        raise WrongForm(f"{name} is None (is there a return?), but should be {wanted}")
    if got is None or isinstance(got, (Parts, Odd)):
        raise WrongForm(f"{name} is {name_type(got)}, but should be {wanted}")
    array = np.asarray(got)
    if array.shape != want.shape:
        note = _explain_shape(array, want, name, results)
        raise Differs(f"{name} has shape {array.shape}, but should have shape {want.shape}{note and '; ' + note}")
    if array.dtype.kind != "f" and want.dtype.kind == "f":
        raise Differs(f"{name} has dtype {array.dtype}, but should hold floating-point numbers")


def name_type(value: Any) -> str:
    """Name the type of a recorded value, with its article: an int, a list, None."""
    if isinstance(value, Odd) and value.dtype:
        return f"an array of dtype {value.dtype}"
    if isinstance(value, (Odd, Parts)):
        return add_article(value.type_name)
    return "None" if value is None else add_article(type(value).__name__)


def _explain_shape(got: np.ndarray, want: np.ndarray, name: str, results: Results) -> str:
    """Say what may have caused a wrong shape; "" if nothing is known."""
    same_values = _find_same_values(got, name, results)
    notes = (same_values and f"it {same_values}", _explain_axes(got, want, results.rows))
    return "; ".join(note for note in notes if note)


def _explain_axes(got: np.ndarray, want: np.ndarray, rows: int | None) -> str:
    """Say what is wrong with the axes of a result of the wrong shape; "" if nothing is known."""
    if got.size == want.size and is_close(got.reshape(want.shape), want, 1e-3):
        return "the numbers are right, only the shape is not"
    if want.ndim == 2 and is_close(got.T, want, 1e-3):
        return "it is transposed"
    if want.ndim == 1 and got.size == rows:
        return "that is one number per row, as from a sum along each row: a sum over the batch runs over axis 0"
    if want.ndim > 1 and got.shape in (want.shape[1:], (1, *want.shape[1:])):
        right = "the numbers are right, but " if is_close(np.broadcast_to(got, want.shape), want, 1e-3) else ""
        return f"{right}each of the {len(want)} {'rows' if want.ndim == 2 else 'examples'} should be there"
    return ""


def _find_same_values(got: np.ndarray, name: str, results: Results) -> str | None:
    """Find another result whose right values this wrong result has. Return the end of a sentence, or None."""
    names = list(results.want)
    for other in names:
        if other == name or np.linalg.norm(results.want[other]) <= 1e-6 or not is_close(got, results.want[other]):
            continue
        its = to_array(results.got.get(other))
        one_array = (name, other) in results.shared or (other, name) in results.shared
        if one_array and names.index(name) < names.index(other):
            in_place = "did an operation in place, such as +=, write over it?"
            return f"holds what {other} should hold, and the two are one array: {in_place}"
        if its is not None and its.shape == np.shape(results.want[other]) and is_close(its, results.want[other]):
            return f"is the same as {other}"
        return f"holds what {other} should hold: check the order, or the names, of what you return"
    return None
