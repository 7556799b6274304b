"""The cache that a backward pass is checked with, and notes about a forward pass that keeps an unusual cache."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .cases import stored
from .cases.calls import batchnorm_cache
from .cases.closeness import is_close
from .properties.property import Answer
from .saving import saved_answers
from .saving.installed import FORWARD_OF, library_function

DOCUMENTED_CACHE = ("x", "gamma", "beta", "var", "mu", "x_hat", "eps")
DOCUMENTED_TEXT = f"({', '.join(DOCUMENTED_CACHE)})"
MAX_NAMED_ENTRIES = 4  # the note names up to this many unexpected cache entries


def find_forward(name: str, function: Callable) -> tuple[list[str], Callable | None]:
    """Find the student's forward pass whose cache a backward pass takes.

    The function in the notebook comes first, then the saved answer.

    Arguments:
        name: the task of the backward pass.
        function: the student's backward pass.

    Returns:
        notes: lines to print first, if the student's forward pass is wrong.
        forward: the function, or None. None means: use the documented cache.
    """
    wanted = FORWARD_OF.get(name)
    if wanted is None:
        return [], None
    for found in (getattr(inspect.unwrap(function), "__globals__", {}).get(wanted), saved_answers.load().get(wanted)):
        if callable(found):
            problem = find_problem(wanted, found)
            if problem is None:
                return [], found
            if problem:
                return [f"note  {problem}"], choose_fallback(name)
    return [], choose_fallback(name)


def choose_fallback(name: str) -> Callable | None:
    """Choose what to use if the student has no right forward pass.

    Returns:
        The library's forward pass for the sandwich layer; otherwise None, for the documented cache.
    """
    return library_function("affine_bn_relu_forward") if name == "affine_bn_relu_backward" else None


def find_problem(name: str, forward: Callable) -> str | None:
    """Run a forward pass in training mode, and compare its output with the right one.

    Returns:
        None if the output is right, "" if the function is not written yet, otherwise a sentence.
    """
    case = "sandwich_train" if name == "affine_bn_relu_forward" else "bn_large_eps"
    try:
        out = Answer(name, forward).run(case).outputs["out"]
        if is_close(out, stored.expected(name, case)["out"]):
            return None
    except NotImplementedError:
        return ""
    except Exception:
        pass
    instead = "the library's" if name == "affine_bn_relu_forward" else "the documented cache"
    return f"your {name} is not right yet: check({name}) says how. This check goes on with {instead} instead"


def blame_cache(name: str) -> str:
    """Write the note for a backward pass that is right for the documented cache, but wrong for the student's own."""
    forward = FORWARD_OF[name]
    return (
        f"note  your {name} is right for the documented cache {DOCUMENTED_TEXT}, and is checked with that: the cache "
        f"of your {forward} holds something else. See task 2.1: pack it in that order, or unpack it here as you packed "
        "it"
    )


def describe_cache(forward: Callable) -> list[str]:
    """Describe how the cache of a right batchnorm_forward differs from the one in the docstring.

    Any cache is allowed if the student's backward passes can read it. So this is a note, not a failure.

    Returns:
        Lines to print; none for the documented cache.
    """
    inputs = stored.inputs("bn_large_eps")  # all its quantities are different, so each can be recognised
    cache = batchnorm_cache(stored.inputs("bn_large_eps"), forward)
    known = {**{name: inputs[name] for name in DOCUMENTED_CACHE}, **_lookalikes(inputs)}
    held = [_identify(entry, known) for entry in cache] if isinstance(cache, (tuple, list)) else []
    if held == list(DOCUMENTED_CACHE):
        return []
    wrong = [(got, want) for got, want in zip(held, DOCUMENTED_CACHE) if got != want]
    if len(held) == len(DOCUMENTED_CACHE) and len(wrong) <= MAX_NAMED_ENTRIES and all(got for got, _ in wrong):
        texts = ", and ".join(f"{got} where the docstring says {want}" for got, want in wrong)
        return [
            f"note  your cache holds {texts}. A backward pass that unpacks it as {', '.join(DOCUMENTED_CACHE)} gets "
            "wrong numbers: mend the order, or unpack it in yours"
        ]
    return [
        f"note  your cache is not the documented {DOCUMENTED_TEXT}: tasks 2.2 to 2.4 have to unpack it as you packed it"
    ]


def _lookalikes(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Compute quantities that students often store in place of the documented ones."""
    x, mu, var, eps = (inputs[name] for name in ("x", "mu", "var", "eps"))
    std = np.sqrt(var + eps)
    return {"x - mu": x - mu, "the standard deviation": std, "1 / std": 1 / std, "var + eps": var + eps,
            "sqrt(var)": np.sqrt(var)}  # fmt: skip


def _identify(entry: Any, known: dict[str, np.ndarray]) -> str | None:
    """Find the name of the known quantity that a cache entry equals, or None. Shape (1, D) counts as (D,)."""
    try:
        array = np.asarray(entry, dtype=np.float64)
    except Exception:  # the entry may be a dictionary or an object of the student's own class
        return None
    for name, value in known.items():
        if array.size == value.size and array.ndim >= value.ndim and is_close(array.reshape(value.shape), value):
            return name
    return None
