"""The gradients of a mistaken forward pass, so that a mistake costs once.

If a student's forward pass is a known mistake, its backward passes are judged against the gradients of that forward
pass: the right backward pass of the wrong function earns its points. The mistaken function is the course's own edit of
its reference (``mistakes/``), found by comparing numbers. Nothing of the student's runs here.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....assignment.cases import stored
from ....assignment.cases.calls import bn_param, make_cache, quietly
from ....assignment.cases.closeness import is_close, relative_error
from ....assignment.cases.recorded import Calls, Parts, to_array
from ....assignment.cases.tables import CASES, NODES, RESULTS
from ....assignment.saving.installed import FORWARD_OF
from ...mistakes.catalogue import MISTAKES
from ...mistakes.fingerprints import mistaken
from ...mistakes.mistake import Mistake, Variant
from .dual_numbers import bind, contract, seed, split
from .own_graphs import EPS, differentiate, find_change, list_missing

PARAMETERS = {  # the arrays that a forward pass takes
    "batchnorm_forward": ("x", "gamma", "beta"),
    "affine_bn_relu_forward": ("x", "w", "b", "gamma", "beta"),
}
NOISE = 1e-10  # relative to dout
AGREES = 1e-5  # the relative error of an answer that computes in float32


@dataclass(frozen=True)
class MistakenForward:
    """A forward pass with a known mistake.

    Attributes:
        task: the task's name: "batchnorm_forward" or "affine_bn_relu_forward".
        mistake: the task and the id of the known mistake. The sandwich layer may have one of its batch norm.
        number: the number of the variant.
        edits: the edits of the variant.
        function: the forward pass. It also works on duals.
    """

    task: str
    mistake: tuple[str, str]
    number: int
    edits: Variant = field(compare=False, repr=False)
    function: Callable[..., Any] = field(compare=False, repr=False)

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


def find_mistaken_forward(task: str, calls: Calls) -> MistakenForward | None:
    """Find the known mistake that a student's forward pass has, by what it returned in training mode.

    Arguments:
        task: the task of the forward pass, or of a backward pass that takes its cache.
        calls: the recorded calls of the forward pass by case: `Record.calls`, or `Record.forward.calls`.

    Returns:
        The variant of a known mistake with the same ``out`` in all recorded cases; of several, the closest. None if
        there is none, also if ``out`` is right in all cases.
    """
    task = FORWARD_OF.get(task, task)
    outs = {case: _get_out(calls, case) for case in _training_cases(task) if case in calls}
    if not outs or any(out is None for out in outs.values()):
        return None
    with quietly():
        if _is_right(task, outs):
            return None
        errors = [(_error(outs, wanted), number) for number, (_, wanted) in enumerate(_candidates(task))]
    error, number = min(errors)
    return _candidates(task)[number][0] if error <= AGREES else None


def _get_out(calls: Calls, case: str) -> np.ndarray | None:
    """What a forward pass returned as ``out``; None if that is no array."""
    returned = calls[case].returned
    return to_array(returned.items.get(0)) if isinstance(returned, Parts) else None


@functools.cache
def _training_cases(task: str) -> tuple[str, ...]:
    """The cases of a forward pass with one batch in training mode."""
    inputs = {case: stored.inputs(case) for case in CASES[task]}
    return tuple(case for case, given in inputs.items() if "test_mode" not in given and given["x"].ndim == 2)


def _is_right(task: str, outs: dict[str, Any]) -> bool:
    return all(is_close(out, stored.expected(task, case)["out"]) for case, out in outs.items())


def _error(outs: dict[str, Any], wanted: dict[str, np.ndarray]) -> float:
    """The largest relative error over the cases; infinite if shapes differ. Where nan is wanted does not count."""
    worst = 0.0
    for case, out in outs.items():
        want = wanted[case]
        finite = np.isfinite(want)
        if out.shape != want.shape or not np.all(np.isfinite(out[finite])) or not finite.any():
            return np.inf
        worst = max(worst, relative_error(out[finite], want[finite]))
        if worst > AGREES:
            return np.inf
    return worst


@functools.cache
def _candidates(task: str) -> list[tuple[MistakenForward, dict[str, np.ndarray]]]:
    """All variants of known mistakes that change ``out`` in training mode, with their ``out`` by case."""
    found = []
    with quietly():
        for forward in _make_all(task):
            outs = {case: _compute_out(forward, stored.inputs(case)) for case in _training_cases(task)}
            if not _is_right(task, outs):
                found.append((forward, outs))
    return found


def _make_all(task: str) -> Iterator[MistakenForward]:
    """Make every variant of every known mistake of a forward pass. A sandwich has those of its batch norm, too."""
    right = bind(_plain("batchnorm_forward"))
    for mistake, number, edits in _variants(task):
        function = bind(mistaken(mistake, edits), right)
        yield MistakenForward(task, (task, mistake.id), number, edits, function)
    if task == "affine_bn_relu_forward":
        for inner in _make_all("batchnorm_forward"):
            function = bind(_plain(task), inner.function)
            yield MistakenForward(task, inner.mistake, inner.number, inner.edits, function)


def _plain(task: str) -> Callable[..., Any]:
    """The library's function, compiled from its source, without the checks of its arguments."""
    return mistaken(Mistake(task, "none", "", []), ())


def _variants(task: str) -> Iterator[tuple[Mistake, int, Variant]]:
    for mistake in MISTAKES:
        if mistake.task == task:
            for number, edits in enumerate(mistake.variants):
                yield mistake, number, edits


def _compute_out(forward: MistakenForward, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """What a mistaken forward pass returns as ``out`` for the inputs of a case."""
    arguments = [inputs[name].astype(np.float64) for name in PARAMETERS[forward.task]]
    return forward(*arguments, dict(bn_param(inputs)))[0]


def own_expected(task: str, forward: MistakenForward, inputs: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """The gradients that a backward pass has to return if it is right for a mistaken forward pass.

    Arguments:
        task: the task of the backward pass.
        forward: from `find_mistaken_forward`.
        inputs: the inputs of a case or of a probe's setting, with ``dout``.

    Returns:
        The gradients by name. A node of the staged backward pass that the mistaken graph does not have is None, see
        `missing_nodes`. None for all if a gradient is not a number, or the forward pass cannot be differentiated.
    """
    wrapped, backward = backward_of(task, forward)
    with quietly():
        try:
            returned = backward(inputs["dout"], make_cache(task, inputs, wrapped))
        except (ArithmeticError, AttributeError, TypeError, ValueError):
            return None
    gradients = returned if isinstance(returned, dict) else dict(zip(RESULTS[task], returned))
    if any(value is not None and not np.all(np.isfinite(value)) for value in gradients.values()):
        return None
    return gradients


def missing_nodes(task: str, forward: MistakenForward) -> tuple[str, ...]:
    """The results that a mistaken forward pass does not define; () but for the staged backward pass.

    Such an item counts as earned if dx, dgamma and dbeta are right.
    """
    return list_missing(forward.mistake[1], forward.number) if task == "batchnorm_backward_staged" else ()


@functools.cache
def backward_of(task: str, forward: MistakenForward) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Make the pair of functions that stands in for the references in a probe with the cache of the own forward pass.

    Arguments:
        task: the task of the backward pass.
        forward: from `find_mistaken_forward`.

    Returns:
        The forward pass, which returns ``out`` and a cache with copies of its arguments; and the backward pass, which
        takes ``dout`` and this cache, and returns results in the form of the task. Nodes that are missing are None.
        A gradient that is 0 up to rounding is exactly 0, so that no digits of it can be shown.
    """
    names = PARAMETERS[forward.task]

    def wrapped(*arguments: Any) -> tuple[Any, dict[str, Any]]:
        *arrays, param = arguments
        cache = {**{name: np.array(array) for name, array in zip(names, arrays)}, "bn_param": dict(param)}
        return forward(*arrays, param)[0], cache

    def backward(dout: np.ndarray, cache: dict[str, Any]) -> Any:
        arrays = {name: cache[name] for name in names}
        gradients = _differentiate(forward, arrays, cache["bn_param"], dout)
        if task == "batchnorm_backward_staged":
            nodes = _differentiate_nodes(forward, arrays, cache["bn_param"], dout, gradients)
            return {name: _without_noise(value, dout) for name, value in nodes.items()}
        return tuple(_without_noise(gradients[name], dout) for name in RESULTS[task])

    return wrapped, backward


def _differentiate(
    forward: MistakenForward, arrays: dict[str, np.ndarray], param: dict[str, Any], dout: np.ndarray
) -> dict[str, np.ndarray]:
    """The gradients of ``sum(out * dout)`` with respect to the arrays, by names such as "dx"."""
    out = forward(*seed(arrays).values(), dict(param))[0]
    gradients = split(contract(out, dout, sum(array.size for array in arrays.values())), arrays)
    return {f"d{name}": gradient for name, gradient in gradients.items()}


def _differentiate_nodes(
    forward: MistakenForward, arrays: dict[str, np.ndarray], param: dict[str, Any], dout: np.ndarray,
    gradients: dict[str, np.ndarray],
) -> dict[str, Any]:  # fmt: skip
    """The results of the staged backward pass: the gradients at all nodes, or None at those that are missing."""
    change = find_change(forward.mistake[1], forward.number)
    nodes: dict[str, Any] = {}
    if change is not None:
        eps = dict(forward.edits).get(EPS, EPS)
        nodes = dict(differentiate(change, eps, arrays, dict(param), dout))
    missing = missing_nodes("batchnorm_backward_staged", forward)
    return {name: None if name in missing else nodes.get(name, gradients.get(name)) for name in NODES}


def _without_noise(gradient: np.ndarray | None, dout: np.ndarray) -> np.ndarray | None:
    """Put zeros for a gradient that is nothing but rounding."""
    if gradient is not None and np.linalg.norm(gradient) <= NOISE * np.linalg.norm(dout):  # not so if it is nan
        return np.zeros_like(gradient)
    return gradient
