"""What the checks are made of: conditions on arguments, each with an error that says what is wanted."""

import difflib
import operator
from typing import Any

import numpy as np

NUMBERS = (int, float, np.integer, np.floating)
SEQUENCES = (tuple, list)


def as_real_array(name: str, array: Any) -> np.ndarray:
    """The array itself; as float64 if it holds integers or booleans, as float32 if it is float16.

    Raises:
        TypeError: for what is no NumPy array, or an array of something else than real numbers. Subclasses whose
            arithmetic differs are refused: ``np.matrix`` multiplies matrices by ``*``, masked arrays leave entries out.
    """
    if type(array) is np.ndarray and array.dtype.kind == "f" and array.itemsize > 2:
        return array
    if not isinstance(array, np.ndarray) or isinstance(array, np.matrix | np.ma.MaskedArray):
        raise TypeError(f"{name} is a {type(array).__name__}; a NumPy array is wanted, such as np.array({name})")
    if array.dtype.kind in "iub":
        return np.asarray(array, dtype=np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} has dtype {array.dtype}; real numbers are wanted, such as float64")
    return np.asarray(array, dtype=np.float32) if array.itemsize == 2 else array


def is_array(array: Any, shape: tuple[int, ...], dtype: np.dtype) -> bool:
    """Whether it is an array, no subclass, of just this shape and dtype: one that needs no further look."""
    return type(array) is np.ndarray and array.shape == shape and array.dtype == dtype


def is_batch_for(x: Any, w: np.ndarray) -> bool:
    """Whether x is a batch for weights w (D, M): an array (N, D) with N of at least 1, of the dtype of w.

    Not for float16: the layers compute it as float32, so they have to look at it.
    """
    return type(x) is np.ndarray and x.shape == (len(x) or 1, len(w)) and x.dtype == w.dtype and x.itemsize > 2


def is_usual_bn_param(bn_param: Any, gamma: np.ndarray) -> bool:
    """Whether batch norm's settings are only a mode and running statistics of gamma's shape and dtype."""
    return (
        type(bn_param) is dict
        and len(bn_param) == 3
        and "mode" in bn_param
        and is_array(bn_param.get("running_mean"), gamma.shape, gamma.dtype)
        and is_array(bn_param.get("running_var"), gamma.shape, gamma.dtype)
    )


def as_real_matrix(name: str, array: Any, shape: str = "(N, D)") -> np.ndarray:
    """As `as_real_array`; two axes, and at least one entry."""
    array = as_real_array(name, array)
    if array.ndim != 2:
        hint = ""
        if array.ndim == 1:
            hint = f"; {name}[None] is a batch of one example"
        elif array.ndim > 2:
            hint = f"; {name}.reshape(len({name}), -1) flattens each example"
        raise ValueError(f"{name} has shape {array.shape}; {shape} is wanted{hint}")
    return want_entries(name, array)


def want_entries(name: str, array: np.ndarray) -> np.ndarray:
    """The array, which must have an entry: means over nothing are NaN."""
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}, an empty batch; at least one example is wanted")
    return array


def want_shape(name: str, array: Any, shape: tuple[int, ...], why: str) -> None:
    """Raise ValueError unless the array has just this shape: another one might broadcast, silently."""
    found = np.shape(array)
    if found != shape:
        hint = f"; {name}.ravel() has it" if len(shape) == 1 and np.size(array) == shape[0] else ""
        raise ValueError(f"{name} has shape {found}; {shape} is wanted, {why}{hint}")


def want_parts(cache: Any, names: tuple[str, ...], forward: str) -> tuple | list:
    """The parts of a cache, a tuple; its length tells another layer's cache from this one's."""
    if not isinstance(cache, SEQUENCES):
        raise TypeError(
            f"cache is a {type(cache).__name__}; the tuple ({', '.join(names)}) is wanted, {forward}'s second result"
        )
    if len(cache) != len(names):
        raise ValueError(
            f"cache has {len(cache)} parts; {len(names)} are wanted, ({', '.join(names)}), {forward}'s second result. "
            "Is it the cache of another layer?"
        )
    return cache


def want_keys(name: str, settings: Any, known: frozenset[str], needed: tuple[str, ...] = ()) -> None:
    """Raise unless settings is a dictionary with no key but the known ones, and all of the needed."""
    if not isinstance(settings, dict):
        raise TypeError(f"{name} is a {type(settings).__name__}; a dictionary is wanted")
    if not known.issuperset(settings):
        key = next(key for key in settings if key not in known)
        near = difflib.get_close_matches(str(key), known, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"{name} has the unknown key {key!r}; {meant}It may have {', '.join(sorted(known))}")
    for key in needed:
        if key not in settings:
            raise ValueError(f"{name} has no {key!r}; its keys are {sorted(map(str, settings))}")


def want_mode(name: str, mode: Any) -> None:
    """Raise unless a mode is one of the two."""
    if not (isinstance(mode, str) and mode in ("train", "test")):
        raise ValueError(f'{name} is {mode!r}; it must be "train" or "test"')


def want_floating(name: str, dtype: Any) -> None:
    """Raise TypeError unless dtype is a floating type: weights of another one would be cut to whole numbers."""
    try:
        known = dtype is not None and np.dtype(dtype).kind == "f"
    except TypeError:
        known = False
    if not known:
        raise TypeError(f"{name} is {dtype!r}; a floating type is wanted, such as np.float32 or np.float64")


def want_number(name: str, value: Any, low: float, high: float = np.inf, *, below: bool = False) -> None:
    """Raise unless value is a finite number with low <= value <= high (or < high, if ``below``)."""
    if type(value) not in (float, int) and not isinstance(value, NUMBERS):
        raise TypeError(f"{name} is {_describe(value)}; a number is wanted")
    if not low <= value <= high or value == np.inf or (below and value == high):
        wanted = f"at least {low} and finite" if high == np.inf else f"in {low}..{high}"
        wanted += f", {high} excluded" if below else ""
        raise ValueError(f"{name} is {value!r}; it must be {wanted}")


def as_whole_number(name: str, value: Any, least: int, none: str = "") -> Any:
    """The value as an int, or None where None means something; a ValueError unless it is an integer >= least."""
    if value is None and none:
        return None
    try:
        result = operator.index(value)
    except TypeError:
        result = least - 1
    if result < least or isinstance(value, (bool, np.bool_)):
        none = none and f", or None {none}"
        raise ValueError(f"{name} is {_describe(value)}; it must be an integer, at least {least}{none}")
    return result


def _describe(value: Any) -> str:
    """A value in an error message: no array in full."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def check_labels(y: Any, n: int, classes: int | None = None, name: str = "y") -> np.ndarray:
    """Labels as an array of shape (n,) of integers in 0..classes-1 (None: any number of classes).

    NumPy takes more, and means something else: shape (N, 1) broadcasts to N x N, -1 is the last class, booleans select.

    Raises:
        ValueError: for another shape, and for labels out of range.
        TypeError: for labels that are not of an integer type, even if their values are whole.
    """
    y = np.asarray(y)
    if y.shape != (n,):
        hint = ""
        if y.shape == (n, 1):
            hint = f"; {name}[:, 0] or {name}.ravel() has it"
        elif y.shape == (n, classes):
            hint = f"; if these are one-hot rows, np.argmax({name}, axis=1) has it"
        raise ValueError(f"{name} has shape {y.shape}; ({n},) is wanted, one label per example{hint}")
    if y.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {y.dtype}; labels must be integers, such as {name}.astype(int)")
    if n and (np.minimum.reduce(y) < 0 or (classes is not None and np.maximum.reduce(y) >= classes)):
        at = int(np.argmax((y < 0) | (y >= classes) if classes is not None else y < 0))
        wanted = "0 or more"
        if classes is not None:
            wanted = f"in 0..{classes - 1}, since there are {classes} scores per example"
        raise ValueError(f"{name}[{at}] is {y[at]}; labels must be {wanted}")
    return y


def as_examples(name: str, X: Any) -> np.ndarray:
    """Examples as an array of real numbers, of whatever shape and dtype.

    Raises:
        TypeError: for text, complex numbers, and lists whose rows differ in length.
    """
    if not isinstance(X, np.ndarray):
        try:
            X = np.asarray(X)
        except ValueError as error:
            raise TypeError(f"{name} cannot be made an array: {error}") from None
    if X.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {X.dtype}; examples of real numbers are wanted")
    return X


def check_finite(X: np.ndarray) -> None:
    """Raise ValueError for inputs, shape (N, D), with NaN or infinity, which would spoil the running statistics."""
    flat = X.ravel(order="K")
    with np.errstate(over="ignore", invalid="ignore"):  # large numbers whose squares overflow are finite all the same
        quick = np.isfinite(np.dot(flat, flat))
    if not quick and not np.isfinite(X).all():
        bad = np.flatnonzero(~np.isfinite(X).all(axis=1))
        raise ValueError(
            f"X has NaN or infinity in {len(bad)} of {len(X)} examples, first in X[{bad[0]}] (in {X.dtype}); "
            "repair them or leave them out"
        )


def check_batch(X: np.ndarray, y: Any, classes: int, normalization: str | None = None) -> None:
    """Refuse a batch that a network could only answer with a wrong number, whoever wrote its layers.

    Arguments:
        X: inputs, shape (N, D), as they go into the first layer.
        y: labels, N integers in 0..classes-1.
        classes: the number of classes, C.
        normalization: the network's.

    Raises:
        ValueError: for labels of another shape or out of range; a single example in training mode
            with batch norm: its variance is 0, so every output is beta, no gradient passes, and the running variance
            moves towards 0. (The layer itself computes it, as CS231n's does. PyTorch refuses, too.)
        TypeError: for labels that are not integers.
    """
    check_labels(y, len(X), classes)
    if normalization == "batchnorm" and len(X) == 1:
        raise ValueError(
            "X has one example; batch norm needs at least two in training mode, since the variance of one is 0. "
            "Use larger batches, or loss(X) without labels for scores"
        )
