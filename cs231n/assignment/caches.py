"""The cache that a backward pass is judged with, and notes about a forward pass that keeps an unusual cache."""

from typing import Any

import numpy as np

from .actions import TASKS
from .cases import stored
from .cases.closeness import is_close
from .cases.differences import Differs
from .cases.orders import REORDERED_CASE
from .cases.outputs import are_all_right, name_outputs
from .cases.recorded import NOT_RUN, Call, CallRaised, Parts, Record, to_array
from .cases.tables import FAR_CASES, INTEGER_CASES
from .cases.variants import compute_slopes
from .saving.installed import FORWARD_OF

DOCUMENTED_CACHE = ("x", "gamma", "beta", "var", "mu", "x_hat", "eps")
DOCUMENTED_TEXT = f"({', '.join(DOCUMENTED_CACHE)})"
MAX_NAMED_ENTRIES = 4  # the note names up to this many unexpected cache entries
FORWARD_CASES = {"batchnorm_forward": "bn_large_eps", "affine_bn_relu_forward": "sandwich_train"}

DEFAULT_EPS_CASES = {"batchnorm_forward": ("bn_plain", "bn_constant")}


def is_forward_right(forward: Record, case: str | None = None) -> bool:
    """Whether the output of a recorded forward pass is right in training mode: in a case, or in the usual one."""
    case = case or FORWARD_CASES[forward.task]
    returned = forward.calls[case].returned
    out = to_array(returned.items.get(0)) if isinstance(returned, Parts) else None
    return out is not None and is_close(out, stored.expected(forward.task, case)["out"])


def was_cut_short(forward: Record) -> bool:
    """Whether the record of a forward pass ended before the calls that tell whether it is right."""
    cases = (FORWARD_CASES[forward.task], *DEFAULT_EPS_CASES.get(forward.task, ()))
    return any(forward.calls[case].raised == NOT_RUN for case in cases)


def has_right_defaults(forward: Record) -> bool:
    """Whether a recorded forward pass is right where no eps is given, too."""
    return all(is_forward_right(forward, case) for case in DEFAULT_EPS_CASES.get(forward.task, ()))


def find_spoilt_cases(forward: Record) -> tuple[str, ...]:
    """The cases with integers, or with features far from zero, in which a forward pass is wrong itself."""
    cases = (INTEGER_CASES[forward.task], FAR_CASES[forward.task])
    return tuple(case for case in cases if not is_forward_right(forward, case))


def _get_cache(forward: Record) -> Any:
    returned = forward.calls[FORWARD_CASES[forward.task]].returned
    return returned.items.get(1) if isinstance(returned, Parts) else None


def has_documented_order(forward: Record) -> bool:
    """Whether the cache of a forward pass looks like the documented one, although its numbers may be wrong."""
    cache = _get_cache(forward)
    if forward.task != "batchnorm_forward" or not isinstance(cache, Parts) or len(cache.items) != len(DOCUMENTED_CACHE):
        return False
    if cache.type_name == "dict":  # its backward pass reads it by keys
        return False
    inputs = stored.inputs(FORWARD_CASES[forward.task])
    for name, entry in zip(DOCUMENTED_CACHE, map(to_array, cache.items.values())):
        if entry is None or entry.size != inputs[name].size:
            return False
        if name in ("x", "gamma", "beta") and not is_close(entry.ravel(), inputs[name].ravel()):
            return False
    return True


def fits_own_forward(record: Record) -> bool:
    """Whether a backward pass returns the numerical gradients of the student's own forward pass, right or wrong."""
    forward = record.forward
    if forward is None or not forward.points:
        return False
    for case, points in forward.points.items():
        try:
            outputs = name_outputs(record.task, case, record.own.get(case, Call(raised=NOT_RUN)))
        except (CallRaised, Differs):
            return False
        for name, values in points.items():
            want, mine = compute_slopes(values), to_array(outputs[f"d{name}"])
            if mine is None or not np.all(np.isfinite(want)) or not is_close(mine, want, 1e-3):
                return False
    return True


def blame_forward(name: str) -> str:
    """Write the note for a backward pass whose forward pass is wrong."""
    forward = FORWARD_OF[name]
    instead = "the library's" if name == "affine_bn_relu_backward" else "the documented cache"
    return f"note  your {forward} is not right yet: check({forward}) says how. This check uses {instead}"


def explain_unjudged(record: Record) -> list[str]:
    """Write the lines for a backward pass that cannot be judged, since its forward pass is wrong."""
    assert record.forward is not None
    forward = FORWARD_OF[record.task]
    own = "" if has_documented_order(record.forward) else "Its cache is your own, so your"
    lines = [
        f"note  your {forward} is not right yet: check({forward}) says how. {own or 'Your'} {record.task} cannot be "
        "judged before it is right"
    ]
    if fits_own_forward(record):
        lines.append(f"note  it does return the gradients of your {forward} as it stands")
    return lines


def blame_cache(name: str) -> str:
    """Write the note for a backward pass that is right for the documented cache, but wrong for the student's own."""
    forward = FORWARD_OF[name]
    return (
        f"note  your {name} is right for the documented cache {DOCUMENTED_TEXT}, and is checked with that: the cache "
        f"of your {forward} holds something else. See task {TASKS[forward].number}: pack it in that order, or unpack "
        "it here as you packed it"
    )


def find_order(record: Record) -> str | None:
    """Find another order of the cache's entries with which a wrong backward pass is right. Describe it, or None."""
    for how, call in record.reordered.items():
        if are_all_right(record.task, REORDERED_CASE, call):
            return (
                f"The formula is right, but the order of the cache is not: with {how}, all results are right. Unpack "
                "the cache in the order in which it was packed"
            )
    return None


def describe_cache(record: Record) -> list[str]:
    """Describe how the cache of a right batchnorm_forward differs from the one in the docstring.

    Any cache is allowed if the student's backward passes can read it. So this is a note, not a failure.

    Returns:
        Lines to print; none for the documented cache.
    """
    inputs = stored.inputs("bn_large_eps")  # all its quantities are different, so each can be recognised
    cache = _get_cache(record)
    known = {**{name: inputs[name] for name in DOCUMENTED_CACHE}, **_lookalikes(inputs)}
    listed = isinstance(cache, Parts) and cache.type_name != "dict"
    held = [_identify(entry, known) for entry in cache.items.values()] if listed else []
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
    array = to_array(entry)
    for name, value in known.items():
        if array is not None and array.size == value.size and array.ndim >= value.ndim:
            if is_close(array.reshape(value.shape), value):
                return name
    return None
