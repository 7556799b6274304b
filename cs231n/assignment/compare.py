"""Comparing a result with the right one, and saying in a few words how it differs."""

import numpy as np

TOLERANCE = 1e-5  # wide enough for an answer that works in float32 inside
FLOOR = 0.1  # right results that are zero come out as rounding noise; all fixed inputs have a size of about 1


class Differs(Exception):
    """A property does not hold; the message says how."""


def error(got, want):
    """Norm of the difference over the norm of the right result, with a floor for results that are zero."""
    return np.linalg.norm(got - want) / (np.linalg.norm(want) + FLOOR)


def close(got, want, tolerance=TOLERANCE):
    """Whether two arrays of one shape agree, norm-wise; nan and inf never agree with a number."""
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
    return got.shape == want.shape and bool(np.all(np.isfinite(got))) and bool(error(got, want) <= tolerance)


def require_same(got, want, name, tolerance=TOLERANCE):
    """Raise `Differs` unless ``got`` has the shape and the values of ``want``."""
    require_array(got, want, name)
    if not close(got, want, tolerance):
        raise Differs(f"{name} {describe(np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64))}")


def require_array(got, want, name):
    """Raise `Differs` unless ``got`` is a real floating-point array (or number) of the shape of ``want``."""
    want = np.asarray(want)
    if isinstance(got, (list, tuple, dict, str)):
        raise Differs(f"{name} is {_kind(got)}; an array of shape {want.shape} is asked for")
    try:
        array = np.asarray(got)
    except ValueError:
        raise Differs(f"{name} is no array: its rows have different lengths") from None
    if got is None or array.dtype.kind not in "fiub":
        raise Differs(f"{name} is {_kind(got)}; an array of shape {want.shape} is asked for")
    if array.shape != want.shape:
        right = array.size == want.size and close(array.reshape(want.shape), want, 1e-3)
        numbers = "; the numbers are right, only the shape is not" if right else ""
        raise Differs(f"{name} has shape {array.shape} where {want.shape} is asked for{numbers}")
    if array.dtype.kind != "f" and want.dtype.kind == "f":
        raise Differs(f"{name} has dtype {array.dtype}: a floating-point result is asked for")


def _kind(value):
    return "None" if value is None else f"a {type(value).__name__}"


def describe(got, want):
    """How an array differs from the right one of the same shape: the end of a sentence.

    The most telling description comes first: nan, a sign, a factor, a transposed matrix, an offset per column,
    some rows or columns only; at last the first entry that differs.
    """
    if not np.all(np.isfinite(got)):
        bad = ~np.isfinite(got)
        kinds = " and ".join(k for k, found in (("nan", np.isnan(got)), ("inf", np.isinf(got))) if found.any())
        return f"holds {kinds}{_where(bad)}" if got.ndim else f"is {got}"
    if np.linalg.norm(want) <= 1e-6:
        return f"is {_short(got)}, and should be 0" if not got.ndim else "should be 0 everywhere, and is not"
    if np.linalg.norm(got) <= 1e-6:
        return "is 0 everywhere" if got.ndim else "is 0"
    for text in (_factor(got, want), _transposed(got, want), _factors(got, want), _offset(got, want)):
        if text:
            return text
    if not got.ndim:
        return f"is {_short(got)}, and should be {_short(want)}"
    wrong = np.abs(got - want) > 1e-6 * np.max(np.abs(want))
    first = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else (0,) * got.ndim
    entry = f"entry [{', '.join(map(str, first))}] is {_short(got[first])}, and should be {_short(want[first])}"
    return f"is wrong{_where(wrong)}: {entry}"


def _short(number):
    return f"{float(number):.4g}"


def _factor(got, want):
    factor = float(np.sum(got * want) / np.sum(want * want))
    whole = factor and min(abs(factor - round(factor)), abs(1 / factor - round(1 / factor))) < 1e-4
    if factor == 0 or not close(got, factor * want) or not (whole or want.ndim):
        return None  # one number is always some multiple of another
    if abs(factor + 1) < 1e-6:
        return "has the wrong sign"
    n = want.shape[0] if want.ndim else 0
    known = {n: " (the number of rows)", 1 / n: " (one over the number of rows)"} if n > 2 and want.ndim > 1 else {}
    note = next((text for value, text in known.items() if abs(factor - value) < 1e-6), "")
    return f"is {_short(factor)} times what it should be{note}"


def _factors(got, want):
    if want.ndim != 2 or want.shape[0] < 3:
        return None
    factors = np.sum(got * want, axis=0) / (np.sum(want * want, axis=0) + 1e-30)
    wrong = np.abs(factors - 1) > 1e-4
    if not wrong.any() or not close(got, factors * want):
        return None
    columns = "every column" if wrong.all() else f"column{'s' * int(wrong.sum() > 1)} {_list(np.flatnonzero(wrong))}"
    return (
        f"is off by a factor of its own in {columns}: something that is one number per column is missing, or too much"
    )


def _transposed(got, want):
    square = want.ndim >= 2 and want.shape[-1] == want.shape[-2]
    return "is transposed" if square and close(np.swapaxes(got, -1, -2), want) else None


def _offset(got, want):
    if want.ndim != 2 or want.shape[0] < 3:
        return None
    difference = got - want
    if close(difference, np.ones_like(difference) * difference.mean(axis=0)):
        return "is off by a constant in every column: what is added to, or taken from, all rows alike is wrong"
    return None


def _where(wrong):
    """Which rows or columns, when it is not all of them."""
    if wrong.ndim != 2 or wrong.all():
        return ""
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if len(columns) < wrong.shape[1] and len(columns) <= len(rows):
        return f" in column{'s' * (len(columns) > 1)} {_list(columns)} only"
    if len(rows) < wrong.shape[0]:
        return f" in row{'s' * (len(rows) > 1)} {_list(rows)} only"
    return f" in {int(wrong.sum())} of {wrong.size} entries"


def _list(numbers):
    shown = [str(int(number)) for number in numbers[:4]]
    return ", ".join(shown) + (", ..." if len(numbers) > 4 else "")
