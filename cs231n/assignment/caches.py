"""Whose forward pass a backward pass is checked with, and what that forward pass keeps in its cache."""

import inspect

import numpy as np

from .cases import stored
from .cases.calls import batchnorm_cache
from .cases.differences import close
from .properties.property import Answer
from .saving import saved_answers
from .saving.installed import FORWARD_OF, library_function

DOCUMENTED = ("x", "gamma", "beta", "var", "mu", "x_hat", "eps")
IN_WORDS = f"({', '.join(DOCUMENTED)})"


def find_forward(name, function):
    """The forward pass whose cache a backward pass takes: the notebook's, else the saved one, else none.

    Returns:
        notes: lines to print first, where that forward pass is itself wrong.
        forward: the function, or None for the documented cache.
    """
    wanted = FORWARD_OF.get(name)
    if wanted is None:
        return [], None
    for found in (getattr(inspect.unwrap(function), "__globals__", {}).get(wanted), saved_answers.load().get(wanted)):
        if callable(found):
            problem = problem_of_forward(wanted, found)
            if problem is None:
                return [], found
            if problem:
                return [f"note  {problem}"], fallback(name)
    return [], fallback(name)


def fallback(name):
    """Without a right forward pass: the documented cache; for the sandwich layer the library's forward pass."""
    return library_function("affine_bn_relu_forward") if name == "affine_bn_relu_backward" else None


def problem_of_forward(name, forward):
    """None where a forward pass is right in training mode, "" where it is not written, else a sentence."""
    case = "sandwich_train" if name == "affine_bn_relu_forward" else "bn_large_eps"
    try:
        out = Answer(name, forward).run(case).outputs["out"]
        if close(out, stored.expected(name, case)["out"]):
            return None
    except NotImplementedError:
        return ""
    except Exception:
        pass
    instead = "the library's" if name == "affine_bn_relu_forward" else "the documented cache"
    return f"your {name} is not right yet: check({name}) says how. This check goes on with {instead} instead"


def right_but_for_the_cache(name):
    """What to say of a backward pass that is right for the documented cache, and wrong for the student's own."""
    forward = FORWARD_OF[name]
    return (
        f"note  your {name} is right for the documented cache {IN_WORDS}, and is checked with that: the cache of your "
        f"{forward} holds something else. See task 2.1: pack it in that order, or unpack it here as you packed it"
    )


def about_cache(forward):
    """What a right batchnorm_forward keeps in its cache, where that is not what the docstring says: lines to print.

    Any cache is allowed, if the student's backward passes read it; so this is no failure.
    """
    inputs = stored.inputs("bn_large_eps")  # no two of its quantities are equal
    cache = batchnorm_cache(stored.inputs("bn_large_eps"), forward)
    known = {**{name: inputs[name] for name in DOCUMENTED}, **_near(inputs)}
    held = [_name_of(entry, known) for entry in cache] if isinstance(cache, (tuple, list)) else []
    if held == list(DOCUMENTED):
        return []
    wrong = [(got, want) for got, want in zip(held, DOCUMENTED) if got != want]
    if len(held) == len(DOCUMENTED) and len(wrong) <= 4 and all(got for got, _ in wrong):
        texts = ", and ".join(f"{got} where the docstring says {want}" for got, want in wrong)
        return [
            f"note  your cache holds {texts}. A backward pass that unpacks it as {', '.join(DOCUMENTED)} gets wrong "
            "numbers: mend the order, or unpack it in yours"
        ]
    return [f"note  your cache is not the documented {IN_WORDS}: tasks 2.2 to 2.4 have to unpack it as you packed it"]


def _near(inputs):
    """Quantities that are easily taken for those of the documented cache."""
    x, mu, var, eps = (inputs[name] for name in ("x", "mu", "var", "eps"))
    std = np.sqrt(var + eps)
    return {"x - mu": x - mu, "the standard deviation": std, "1 / std": 1 / std, "var + eps": var + eps,
            "sqrt(var)": np.sqrt(var)}  # fmt: skip


def _name_of(entry, known):
    """Which of the known quantities an entry of a cache is, or None; (1, D) is as good as (D,)."""
    try:
        array = np.asarray(entry, dtype=np.float64)
    except Exception:  # a dictionary, or a type of the student's own
        return None
    for name, value in known.items():
        if array.size == value.size and array.ndim >= value.ndim and close(array.reshape(value.shape), value):
            return name
    return None
