"""Comparing a result with the right one, and saying in a few words how it differs."""

import re
from dataclasses import dataclass, field

import numpy as np

TOLERANCE = 1e-5  # wide enough for an answer that works in float32 inside
FLOOR = 0.1  # right results that are zero come out as rounding noise; all fixed inputs have a size of about 1


class Differs(Exception):
    """A property does not hold; the message says how."""


@dataclass
class Results:
    """Everything that a call gave, and should give: a result may be another one's value, or differ by 1/N.

    Attributes:
        got: the results by name, whatever they are.
        want: the right results by name, in the order of returning or computing.
        rows: N, the number of rows of the batch, or None.
    """

    got: dict = field(default_factory=dict)
    want: dict = field(default_factory=dict)
    rows: int | None = None


ALONE = Results()


def error(got, want):
    """Norm of the difference over the norm of the right result, with a floor for results that are zero."""
    return np.linalg.norm(got - want) / (np.linalg.norm(want) + FLOOR)


def close(got, want, tolerance=TOLERANCE):
    """Whether two arrays of one shape agree, norm-wise; nan and inf never agree with a number."""
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
    return got.shape == want.shape and bool(np.all(np.isfinite(got))) and bool(error(got, want) <= tolerance)


def require_same(got, want, name, tolerance=TOLERANCE, results=ALONE):
    """Raise `Differs` unless ``got`` has the shape and the values of ``want``."""
    require_array(got, want, name, results)
    if not close(got, want, tolerance):
        got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
        raise Differs(f"{name} {_another(got, name, results) or describe(got, want, results.rows)}")


def require_array(got, want, name, results=ALONE):
    """Raise `Differs` unless ``got`` is a real floating-point array (or number) of the shape of ``want``."""
    want = np.asarray(want)
    if isinstance(got, (list, tuple, dict, str)):
        raise Differs(f"{name} is {kind_of(got)}; an array of shape {want.shape} is asked for")
    try:
        array = np.asarray(got)
    except ValueError:
        raise Differs(f"{name} is no array: its rows have different lengths") from None
    if got is None and len(results.want) == 1:
        raise Differs(f"{name} is None (is there a return?); an array of shape {want.shape} is asked for")
    if got is None or array.dtype.kind not in "fiub":
        raise Differs(f"{name} is {kind_of(got)}; an array of shape {want.shape} is asked for")
    if array.shape != want.shape:
        note = _about_shape(array, want, name, results)
        raise Differs(f"{name} has shape {array.shape} where {want.shape} is asked for{note and '; ' + note}")
    if array.dtype.kind != "f" and want.dtype.kind == "f":
        raise Differs(f"{name} has dtype {array.dtype}: a floating-point result is asked for")


def kind_of(value):
    """What a result is, where it is not what it should be."""
    return "None" if value is None else with_article(type(value).__name__)


def with_article(name):
    """The name of a type or an exception as it is read out: an int, a float, an ndarray, a uint8."""
    vowel = name[:1] in "aeioAEIOU" or name == "ndarray"
    return f"{'an' if vowel else 'a'} {name}"


def _about_shape(got, want, name, results):
    """What the wrong shape may come from, or an empty string."""
    another = _another(got, name, results)
    return "; ".join(note for note in (another and f"it {another}", _axes(got, want, results.rows)) if note)


def _axes(got, want, rows):
    """What is wrong with the axes, or an empty string."""
    if got.size == want.size and close(got.reshape(want.shape), want, 1e-3):
        return "the numbers are right, only the shape is not"
    if want.ndim == 2 and close(got.T, want, 1e-3):
        return "it is transposed"
    if want.ndim == 1 and got.size == rows:
        return "that is one number per row, as from a sum along each row: a sum over the batch runs over axis 0"
    if want.ndim > 1 and got.shape in (want.shape[1:], (1, *want.shape[1:])):
        right = "the numbers are right, but " if close(np.broadcast_to(got, want.shape), want, 1e-3) else ""
        return f"{right}each of the {len(want)} {'rows' if want.ndim == 2 else 'examples'} is to be there"
    return ""


def _another(got, name, results):
    """That a wrong result has the right value of another one: the end of a sentence, or None."""
    names = list(results.want)
    for other in names:
        if other == name or np.linalg.norm(results.want[other]) <= 1e-6 or not close(got, results.want[other]):
            continue
        mine, its = results.got.get(name), results.got.get(other)
        one_array = isinstance(mine, np.ndarray) and isinstance(its, np.ndarray) and np.shares_memory(mine, its)
        if one_array and names.index(name) < names.index(other):
            in_place = "did an operation in place, such as +=, write over it?"
            return f"holds what {other} should hold, and the two are one array: {in_place}"
        if its is not None and np.shape(its) == np.shape(results.want[other]) and close(its, results.want[other]):
            return f"is the same as {other}"
        return f"holds what {other} should hold: check the order, or the names, of what you return"
    return None


def why_no_broadcast(message):
    """What to add to NumPy's complaint that shapes do not go together, such as (N, D) and (N,): a remark, or ""."""
    if "broadcast" not in message:
        return ""
    if re.search(r"\(\d+,\) \(\d+,\)", message):
        return "(is one of them one number per column, and the other one per row? Over the batch means over axis 0)"
    found = re.search(r"\((\d+),(\d+)\) \(\1,\)|\((\d+),\) \(\3,(\d+)\)", message)
    if not found:
        return ""
    n, d = (number for number in found.groups() if number)
    return f"(shapes line up from the right: one number per row would be ({n}, 1), one number per column ({d},))"


def describe(got, want, rows=None):
    """How an array differs from the right one of the same shape: the end of a sentence.

    The most telling description comes first: nan, a sign, a factor, a transposed matrix, an offset per column,
    some rows or columns only; at last the entry that differs most. ``rows`` is the number of rows of the batch.
    """
    if not np.all(np.isfinite(got)):
        bad = ~np.isfinite(got)
        kinds = " and ".join(k for k, found in (("nan", np.isnan(got)), ("inf", np.isinf(got))) if found.any())
        return f"holds {kinds}{_where(bad)}" if got.ndim else f"is {got}"
    if np.linalg.norm(want) <= 1e-6:
        return f"is {got:.4g}, and should be 0" if not got.ndim else "should be 0 everywhere, and is not"
    if np.linalg.norm(got) <= 1e-6:
        return "is 0 everywhere" if got.ndim else "is 0"
    guesses = (_factor(got, want, rows), _transposed(got, want), _signs(got, want), _factors(got, want))
    for text in (*guesses, _offset(got, want), _order(got, want)):
        if text:
            return text
    if not got.ndim:
        return f"is {_both(got, want)}"
    wrong = np.abs(got - want) > 1e-6 * np.max(np.abs(want))
    worst = np.unravel_index(np.argmax(np.abs(got - want)), got.shape)
    entry = f"entry [{', '.join(str(int(i)) for i in worst)}] is {_both(got[worst], want[worst])}"
    return f"is wrong{_where(wrong)}: {entry}"


def _both(got, want):
    """Two different numbers, with enough digits to tell them apart."""
    pairs = ((f"{got + 0.0:.{digits}g}", f"{want + 0.0:.{digits}g}") for digits in (4, 7, 10, 17))  # no -0
    return next((f"{a}, and should be {b}" for a, b in pairs if a != b), "wrong in the last digit")


def _factor(got, want, rows):
    factor = float(np.sum(got * want) / np.sum(want * want))
    whole = factor and min(abs(factor - round(factor)), abs(1 / factor - round(1 / factor))) < 1e-4
    if factor == 0 or not close(got, factor * want) or not (whole or want.ndim):
        return None  # one number is always some multiple of another
    if f"{factor:.4g}" == "1":
        return None
    if abs(factor + 1) < 1e-6:
        return "has the wrong sign"
    n = rows or (want.shape[0] if want.ndim > 1 else 0)
    known = {n: " (the number of rows)", 1 / n: " (one over the number of rows)"} if n > 2 else {}
    note = next((text for value, text in known.items() if abs(factor / value - 1) < 1e-4), "")
    return f"is {factor:.4g} times what it should be{note}"


def _signs(got, want):
    wrong = got * want < 0
    if want.size < 2 or not wrong.any() or not close(np.where(wrong, -got, got), want):
        return None
    return f"has the wrong sign{_where(wrong)}"


def _factors(got, want):
    if want.ndim != 2:
        return None
    for axis, one in ((0, "column"), (1, "row")):
        factors = np.sum(got * want, axis, keepdims=True) / (np.sum(want * want, axis, keepdims=True) + 1e-30)
        wrong = np.abs(factors.ravel() - 1) > 1e-4
        if want.shape[axis] >= 3 and wrong.any() and close(got, factors * want):
            some = f"{one}{'s' * int(wrong.sum() > 1)} {_list(np.flatnonzero(wrong))}"
            which = f"every {one}" if wrong.all() else some
            reason = f"something that is one number per {one} is missing, or too much"
            return f"is off by a factor of its own in {which}: {reason}"
    return None


def _transposed(got, want):
    square = want.ndim >= 2 and want.shape[-1] == want.shape[-2]
    return "is transposed" if square and close(np.swapaxes(got, -1, -2), want) else None


def _offset(got, want):
    if want.size < 3 or want.ndim not in (1, 2):
        return None
    difference = got - want
    if close(difference, np.full_like(difference, difference.mean())):
        return f"is off by the same number everywhere, {difference.mean():.4g}"
    for axis, one, others in ((0, "column", "rows"), (1, "row", "columns")):
        if want.ndim != 2 or want.shape[axis] < 3:
            continue
        if close(difference, np.ones_like(difference) * difference.mean(axis, keepdims=True)):
            text = f"is off by a constant in every {one}: what is added to, or taken from, all {others} alike is wrong"
            if np.all(np.abs(want.mean(axis)) < 1e-6 * np.max(np.abs(want))):
                text += f". The mean of every {one} is to be 0: that mean has not been taken away"
            return text
    return None


def _order(got, want):
    differ = want.ndim == 2 and error(got, want) > 1e-3
    if differ and close(got[np.lexsort(got.T)], want[np.lexsort(want.T)]):
        return "has the right rows in another order"
    return None


def _where(wrong):
    """Which rows, columns or entries, when it is not all of them."""
    if not wrong.ndim or wrong.all():
        return ""
    if wrong.ndim == 1:
        return f" in entr{'ies' if wrong.sum() > 1 else 'y'} {_list(np.flatnonzero(wrong))} only"
    if wrong.ndim == 2:
        rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
        if len(columns) < wrong.shape[1] and len(columns) <= len(rows):
            return f" in column{'s' * (len(columns) > 1)} {_list(columns)} only"
        if len(rows) < wrong.shape[0]:
            return f" in row{'s' * (len(rows) > 1)} {_list(rows)} only"
        for axis, one in ((1, "row"), (0, "column")):
            if np.all(wrong.sum(axis) == 1):
                return f" in one entry of every {one}"
    elif wrong.shape[-1] == wrong.shape[-2]:
        diagonal = np.broadcast_to(np.eye(wrong.shape[-1], dtype=bool), wrong.shape)
        if not wrong[~diagonal].any():
            return " on the diagonals only"
        if not wrong[diagonal].any():
            return " off the diagonals only"
    return f" in {int(wrong.sum())} of {wrong.size} entries"


def _list(numbers):
    shown = [str(int(number)) for number in numbers[:4]]
    return ", ".join(shown) + (", ..." if len(numbers) > 4 else "")
