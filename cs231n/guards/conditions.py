"""The conditions that all checks are built from. Each error says what was given and what is wanted.

``as_...`` converts a value and returns it. ``want_...`` and ``check_...`` raise an error if something is wrong.
``is_...`` returns a boolean.
"""

import difflib
import operator
import warnings
from collections import deque
from typing import Any

import numpy as np

from ..support.articles import add_article

NUMBERS = (int, float, np.integer, np.floating)
SEQUENCES = (tuple, list)
_already_warned: deque[tuple[dict, Any]] = deque(maxlen=64)  # the last settings and keys that `_warn_once` has named


def as_real_array(name: str, array: Any) -> np.ndarray:
    """Return an array of real numbers: float64 for integers and booleans, float32 for float16, else the array itself.

    Raises:
        TypeError: if it is not a NumPy array of real numbers, or if it is of a subclass with other arithmetic:
            ``np.matrix`` multiplies matrices by ``*``, and masked arrays leave entries out.
    """
    if type(array) is np.ndarray and array.dtype.kind == "f" and array.itemsize > 2:
        return array
    if not isinstance(array, np.ndarray) or isinstance(array, np.matrix | np.ma.MaskedArray):
        kind = add_article(type(array).__name__)
        raise TypeError(f"{name} is {kind}; a NumPy array is wanted, such as np.array({name})")
    if array.dtype.kind in "iub":
        return np.asarray(array, dtype=np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} has dtype {array.dtype}; real numbers are wanted, such as float64")
    return np.asarray(array, dtype=np.float32) if array.itemsize == 2 else array


def is_array(array: Any, shape: tuple[int, ...], dtype: np.dtype) -> bool:
    """Whether the value is an array, not of a subclass, with exactly this shape and dtype."""
    return type(array) is np.ndarray and array.shape == shape and array.dtype == dtype


def is_batch_for(x: Any, w: np.ndarray) -> bool:
    """Whether x is a batch for weights w (D, M): an array (N, D) with N of at least 1 and the dtype of w.

    False for float16, which the layers have to convert to float32.
    """
    return type(x) is np.ndarray and x.shape == (len(x) or 1, len(w)) and x.dtype == w.dtype and x.itemsize > 2


def is_usual_bn_param(bn_param: Any, gamma: np.ndarray) -> bool:
    """Whether the settings of batch norm are just a mode and running statistics with gamma's shape and dtype."""
    return (
        type(bn_param) is dict
        and len(bn_param) == 3
        and "mode" in bn_param
        and is_array(bn_param.get("running_mean"), gamma.shape, gamma.dtype)
        and is_array(bn_param.get("running_var"), gamma.shape, gamma.dtype)
    )


def as_real_matrix(name: str, array: Any, shape: str = "(N, D)") -> np.ndarray:
    """Return an array as `as_real_array` does. It must have two axes and at least one entry."""
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
    """Return the array. Raise ValueError if it has no entry: a mean over nothing is NaN."""
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}, an empty batch; at least one example is wanted")
    return array


def want_shape(name: str, array: Any, shape: tuple[int, ...], why: str) -> None:
    """Raise ValueError unless the array has exactly this shape: another shape might broadcast silently."""
    found = np.shape(array)
    if found != shape:
        hint = f"; {name}.ravel() has it" if len(shape) == 1 and np.size(array) == shape[0] else ""
        raise ValueError(f"{name} has shape {found}; {shape} is wanted, {why}{hint}")


def as_parameter(name: str, value: Any) -> Any:
    """Return a parameter that may be an array of real numbers, as `as_real_array` does, or a plain number."""
    return value if isinstance(value, NUMBERS) else as_real_array(name, value)


def want_one_each(name: str, value: Any, size: int, why: str) -> None:
    """Raise ValueError unless value broadcasts to shape (size,): (size,) itself, (1, size), or a single number."""
    shape = np.shape(value)
    if shape not in ((size,), (1, size), (), (1,), (1, 1)):
        want_shape(name, value, (size,), why)


def want_parts(cache: Any, names: tuple[str, ...], forward: str) -> tuple | list:
    """Return the parts of a cache. Raise an error if it is not a tuple, or does not have as many parts as names."""
    if not isinstance(cache, SEQUENCES):
        kind = add_article(type(cache).__name__)
        raise TypeError(f"cache is {kind}; the tuple ({', '.join(names)}) is wanted, {forward}'s second result")
    if len(cache) != len(names):
        raise ValueError(
            f"cache has {len(cache)} parts; {len(names)} are wanted, ({', '.join(names)}), {forward}'s second result. "
            "Is it the cache of another layer?"
        )
    return cache


def want_keys(
    name: str, settings: Any, known: frozenset[str], needed: tuple[str, ...] = (), *, only_warn: bool = False
) -> None:
    """Raise an error unless settings is a dictionary that has only known keys and all needed keys.

    With ``only_warn``, an unknown key brings a warning, once for each dictionary. CS231n's layers ignore such a key.
    """
    if not isinstance(settings, dict):
        raise TypeError(f"{name} is {add_article(type(settings).__name__)}; a dictionary is wanted")
    for key in needed:
        if key not in settings:
            near = difflib.get_close_matches(key, map(str, settings), n=1)
            meant = f"; did you mean {key!r} by {near[0]!r}?" if near else ""
            raise ValueError(f"{name} has no {key!r}; its keys are {sorted(map(str, settings))}{meant}")
    if known.issuperset(settings):
        return
    for key in [key for key in settings if key not in known]:
        near = difflib.get_close_matches(str(key), known, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        problem = f"{name} has the unknown key {key!r}; {meant}It may have {', '.join(sorted(known))}"
        if not only_warn:
            raise ValueError(problem)
        _warn_once(settings, key, f"{problem}. The key is ignored")


def _warn_once(settings: dict, key: Any, text: str) -> None:
    """Warn of a key, but not again at every call with the same dictionary."""
    if not any(seen is settings and seen_key == key for seen, seen_key in _already_warned):
        _already_warned.append((settings, key))
        warnings.warn(text, stacklevel=5)  # the line that calls the layer: above are want_keys, the check, its wrapper


def want_mode(name: str, mode: Any) -> None:
    """Raise ValueError unless the mode is ``"train"`` or ``"test"``."""
    if not (isinstance(mode, str) and mode in ("train", "test")):
        raise ValueError(f'{name} is {mode!r}; it must be "train" or "test"')


def want_floating(name: str, dtype: Any) -> None:
    """Raise TypeError unless dtype is a floating type: in an integer type, weights would be cut to whole numbers."""
    try:
        known = dtype is not None and np.dtype(dtype).kind == "f"
    except TypeError:
        known = False
    if not known:
        raise TypeError(f"{name} is {dtype!r}; a floating type is wanted, such as np.float32 or np.float64")


def want_number(name: str, value: Any, low: float, high: float = np.inf, *, below: bool = False) -> None:
    """Raise an error unless value is a finite number with low <= value <= high (value < high if ``below``)."""
    if type(value) not in (float, int) and not isinstance(value, NUMBERS):
        raise TypeError(f"{name} is {_describe(value)}; a number is wanted")
    if not low <= value <= high or value == np.inf or (below and value == high):
        wanted = f"at least {low} and finite" if high == np.inf else f"in {low}..{high}"
        wanted += f", {high} excluded" if below else ""
        raise ValueError(f"{name} is {value!r}; it must be {wanted}")


def as_whole_number(name: str, value: Any, least: int, none: str = "") -> Any:
    """Return the value as an int. Raise ValueError unless it is an integer >= least.

    None is also allowed, and returned, if ``none`` says what it means.
    """
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
    """Describe a value for an error message. Of an array, give only the shape."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def check_labels(y: Any, n: int, classes: int | None = None, name: str = "y") -> np.ndarray:
    """Return labels as an array of shape (n,) of integers in 0..classes-1 (None: any number of classes).

    NumPy itself would compute something wrong: shape (N, 1) broadcasts to (N, N), -1 means the last class, and
    booleans select entries.

    Raises:
        ValueError: if the shape is wrong, or a label is out of range.
        TypeError: if the labels do not have an integer type, even if their values are whole.
    """
    if y is None:
        raise ValueError(
            f"{name} is None; {n} labels are wanted, one per example. Without labels (test mode) there is no loss: "
            "return the scores before this call"
        )
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
    """Return examples as an array of real numbers of any shape and dtype.

    Raises:
        TypeError: if the values are not real numbers, or the rows of a list differ in length.
    """
    if not isinstance(X, np.ndarray):
        try:
            X = np.asarray(X)
        except ValueError as error:
            raise TypeError(f"{name} cannot be made an array: {error}") from None
    if X.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {X.dtype}; examples of real numbers are wanted")
    return X
