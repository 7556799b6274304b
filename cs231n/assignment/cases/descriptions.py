"""Describe how an array differs from the right one of the same shape: a sign, a factor, an offset, some columns.

Every ``_describe_...`` function returns the end of a sentence, or None if its description does not apply.
"""

import numpy as np

from .closeness import is_close, relative_error

NEARLY_ZERO = 1e-6  # an array with a smaller norm counts as 0
MAX_LISTED = 4  # row or column numbers in a message
MAX_LEFT_OUT = 2  # "every row but row 7" is said of up to two rows that are left out


def describe(got: np.ndarray, want: np.ndarray, rows: int | None = None) -> str:
    """Describe how a wrong array differs from the right one, as the end of a sentence.

    The most telling description wins: nan, a sign, a factor, a transposed matrix, an offset per column, some rows or
    columns only. If none applies, the entry that differs most is shown.

    Arguments:
        got: the wrong array, float64.
        want: the right array, float64, of the same shape.
        rows: the number of rows of the batch, if it is known.
    """
    if not np.all(np.isfinite(got)):
        bad = ~np.isfinite(got)
        kinds = " and ".join(k for k, found in (("nan", np.isnan(got)), ("inf", np.isinf(got))) if found.any())
        return f"holds {kinds}{_locate(bad)}" if got.ndim else f"is {got}"
    if np.linalg.norm(want) <= NEARLY_ZERO:
        return f"is {got:.4g}, and should be 0" if not got.ndim else "should be 0 everywhere, and is not"
    if np.linalg.norm(got) <= NEARLY_ZERO:
        return "is 0 everywhere" if got.ndim else "is 0"
    descriptions = (
        _describe_factor(got, want, rows),
        _describe_transposition(got, want),
        _describe_signs(got, want),
        _describe_zeros(got, want),
        _describe_factors(got, want),
        _describe_offset(got, want),
        _describe_order(got, want),
    )
    return next((text for text in descriptions if text), None) or _describe_worst_entry(got, want)


def _describe_worst_entry(got: np.ndarray, want: np.ndarray) -> str:
    if not got.ndim:
        return f"is {_format_pair(float(got), float(want))}"
    wrong = np.abs(got - want) > 1e-6 * np.max(np.abs(want))
    worst = np.unravel_index(np.argmax(np.abs(got - want)), got.shape)
    entry = f"entry [{', '.join(str(int(i)) for i in worst)}] is {_format_pair(got[worst], want[worst])}"
    return f"is wrong{_locate(wrong)}: {entry}"


def _format_pair(got: float, want: float) -> str:
    """Format two different numbers with enough digits to tell them apart."""
    pairs = ((f"{got + 0.0:.{digits}g}", f"{want + 0.0:.{digits}g}") for digits in (4, 7, 10, 17))  # + 0.0: no -0
    return next((f"{a}, and should be {b}" for a, b in pairs if a != b), "wrong in the last digit")


def _describe_factor(got: np.ndarray, want: np.ndarray, rows: int | None) -> str | None:
    factor = float(np.sum(got * want) / np.sum(want * want))
    if not 1e-12 < abs(factor) < 1e12 or not is_close(got, factor * want):
        return None
    whole = min(abs(factor - round(factor)), abs(1 / factor - round(1 / factor))) < 1e-4
    if not whole and not want.ndim:  # any number is a multiple of any other: only whole factors tell anything
        return None
    if f"{factor:.4g}" == "1":
        return None
    if abs(factor + 1) < 1e-6:
        return "has the wrong sign"
    n = rows or (want.shape[0] if want.ndim > 1 else 0)
    known = {n: " (the number of rows)", 1 / n: " (one over the number of rows)"} if n > 2 else {}
    note = next((text for value, text in known.items() if abs(factor / value - 1) < 1e-4), "")
    return f"is {factor:.4g} times what it should be{note}"


def _describe_signs(got: np.ndarray, want: np.ndarray) -> str | None:
    wrong = got * want < 0
    if want.size < 2 or not wrong.any() or not is_close(np.where(wrong, -got, got), want):
        return None
    return f"has the wrong sign{_locate(wrong)}"


def _describe_zeros(got: np.ndarray, want: np.ndarray) -> str | None:
    """Describe an array in which some rows, columns or examples are 0, as after a loop that ends too early."""
    if want.ndim > 2:
        got, want = (array.reshape(len(array), -1) for array in (got, want))
        return _describe_zeros_along(1, "example", got, want)
    if want.ndim < 2:
        return None
    return _describe_zeros_along(1, "row", got, want) or _describe_zeros_along(0, "column", got, want)


def _describe_zeros_along(axis: int, one: str, got: np.ndarray, want: np.ndarray) -> str | None:
    zero = (np.linalg.norm(got, axis=axis) <= NEARLY_ZERO) & (np.linalg.norm(want, axis=axis) > NEARLY_ZERO)
    kept = np.expand_dims(~zero, axis)
    if zero.any() and is_close(got * kept, want * kept):
        return f"is 0 in {_name_places(one, zero)}, and right elsewhere"
    return None


def _describe_factors(got: np.ndarray, want: np.ndarray) -> str | None:
    """Describe a matrix with another factor in every column or row."""
    if want.ndim != 2:
        return None
    for axis, one in ((0, "column"), (1, "row")):
        factors = np.sum(got * want, axis, keepdims=True) / (np.sum(want * want, axis, keepdims=True) + 1e-30)
        wrong = np.abs(factors.ravel() - 1) > 1e-4
        if want.shape[axis] >= 3 and wrong.any() and is_close(got, factors * want):
            reason = f"something that is one number per {one} is missing, or too much"
            return f"is off by a factor of its own in {_name_places(one, wrong)}: {reason}"
    return None


def _describe_transposition(got: np.ndarray, want: np.ndarray) -> str | None:
    square = want.ndim >= 2 and want.shape[-1] == want.shape[-2]
    return "is transposed" if square and is_close(np.swapaxes(got, -1, -2), want) else None


def _describe_offset(got: np.ndarray, want: np.ndarray) -> str | None:
    """Describe one offset everywhere, or a matrix with another offset in every column or row."""
    if want.size < 3 or want.ndim not in (1, 2):
        return None
    difference = got - want
    if is_close(difference, np.full_like(difference, difference.mean())):
        return f"is off by the same number everywhere, {difference.mean():.4g}"
    for axis, one, others in ((0, "column", "rows"), (1, "row", "columns")):
        if want.ndim != 2 or want.shape[axis] < 3:
            continue
        if is_close(difference, np.ones_like(difference) * difference.mean(axis, keepdims=True)):
            text = f"is off by a constant in every {one}: what is added to, or taken from, all {others} alike is wrong"
            if np.all(np.abs(want.mean(axis)) < 1e-6 * np.max(np.abs(want))):
                text += f". The mean of every {one} should be 0"
            return text
    return None


def _describe_order(got: np.ndarray, want: np.ndarray) -> str | None:
    differ = want.ndim == 2 and relative_error(got, want) > 1e-3
    if differ and is_close(got[np.lexsort(got.T)], want[np.lexsort(want.T)]):
        return "has the right rows in another order"
    return None


def _locate(wrong: np.ndarray) -> str:
    """Say which rows, columns or entries are wrong; "" if all are.

    Arguments:
        wrong: True where an entry is wrong.
    """
    if not wrong.ndim or wrong.all():
        return ""
    if wrong.ndim == 1:
        return _name_wrong_places("entry", wrong)
    found = _locate_in_matrix(wrong) if wrong.ndim == 2 else _locate_on_diagonals(wrong)
    return found or f" in {int(wrong.sum())} of {wrong.size} entries"


def _locate_in_matrix(wrong: np.ndarray) -> str | None:
    rows, columns = np.asarray(wrong.any(axis=1)), np.asarray(wrong.any(axis=0))
    if not columns.all() and columns.sum() <= rows.sum():
        return _name_wrong_places("column", columns)
    if not rows.all():
        return _name_wrong_places("row", rows)
    for axis, one in ((1, "row"), (0, "column")):
        if np.all(wrong.sum(axis) == 1):
            return f" in one entry of every {one}"
    return None


def _locate_on_diagonals(wrong: np.ndarray) -> str | None:
    """Locate the wrong entries in a stack of square matrices, such as Jacobians."""
    if wrong.shape[-1] != wrong.shape[-2]:
        return None
    diagonal = np.broadcast_to(np.eye(wrong.shape[-1], dtype=bool), wrong.shape)
    if not wrong[~diagonal].any():
        return " on the diagonals only"
    if not wrong[diagonal].any():
        return " off the diagonals only"
    return None


def _name_places(one: str, marked: np.ndarray) -> str:
    """Name the marked rows, columns or entries: "row 2", "rows 0 and 3", "every row but row 7", "every row".

    Arguments:
        one: "row", "column" or "entry".
        marked: True for every place to name, shape (n,).
    """
    here, others = np.flatnonzero(marked), np.flatnonzero(~marked)
    if not others.size:
        return f"every {one}"
    if others.size <= MAX_LEFT_OUT < here.size:
        return f"every {one} but {_name_numbers(one, others)}"
    return _name_numbers(one, here)


def _name_numbers(one: str, numbers: np.ndarray) -> str:
    several = "entries" if one == "entry" else f"{one}s"
    return f"{several if numbers.size > 1 else one} {_join_numbers(numbers)}"


def _name_wrong_places(one: str, wrong: np.ndarray) -> str:
    places = _name_places(one, wrong)
    return f" in {places}" if places.startswith("every") else f" in {places} only"


def _join_numbers(numbers: np.ndarray) -> str:
    shown = [str(int(number)) for number in numbers[:MAX_LISTED]]
    if len(numbers) > MAX_LISTED:
        return f"{', '.join(shown)} and {len(numbers) - MAX_LISTED} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
