"""record(): call an answer on the fixed cases of its task, and return plain data. `assess` then judges the data."""

import inspect
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import CodeType, FrameType
from typing import Any

import numpy as np

from .actions import TASKS
from .caches import DEFAULT_EPS_CASES, FORWARD_CASES, is_forward_right
from .cases import stored
from .cases.calls import bn_param, quietly, record_call, sandwich_arguments
from .cases.names_used import find_data_read, find_defaults, find_names_kept, has_return
from .cases.orders import record_reordered
from .cases.recorded import Points, Record
from .cases.tables import FAR_CASES, INTEGER_CASES, PARAMETERS
from .cases.variants import iterate_calls, record_points
from .saving import saved_answers
from .saving.installed import FORWARD_OF, is_reference, library_function
from .saving.stubs import is_stub

POINT_CASES = {  # the cases whose numerical gradients go through the student's own function
    "softmax_loss": ("scores_plain",),
    "batchnorm_forward": ("bn_plain", "bn_large_eps"),
    "affine_bn_relu_forward": ("sandwich_train",),
}
POINT_INPUTS = {
    "softmax_loss": ("x",),
    "batchnorm_forward": ("x", "gamma", "beta"),
    "affine_bn_relu_forward": ("x", "w", "b", "gamma", "beta"),
}
BATCHNORM_BACKWARD = ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt")
# Functions of the library that hold an answer, or most of it, beside the answer of the same name.
DIFFERENTIATORS = (
    ("gradient_check", "numerical_gradient"),
    ("gradient_check", "eval_numerical_gradient"),
    ("gradient_check", "eval_numerical_gradient_array"),
    ("assignment.steps.nudge", "nudge"),
)
TWINS = {
    "softmax": (("layers", "softmax_loss"),),
    "softmax_jacobian": DIFFERENTIATORS,
    "softmax_loss": DIFFERENTIATORS,
    "numerical_gradient": DIFFERENTIATORS[1:],
    "affine_backward": (("layer_utils", "affine_relu_backward"), *DIFFERENTIATORS),
    "relu_backward": (("layer_utils", "affine_relu_backward"), *DIFFERENTIATORS),
    "batchnorm_forward": (("layer_utils", "affine_bn_relu_forward"), ("layernorm", "layernorm_forward")),
    **{task: (("layernorm", "layernorm_backward"), *DIFFERENTIATORS) for task in BATCHNORM_BACKWARD},
    "affine_bn_relu_backward": DIFFERENTIATORS,
}


def record(task: str, function: Callable, into: Record | None = None) -> Record:
    """Call an answer on all cases of its task, and record what it does.

    `assess` judges the results. Here they are looked at only to leave out calls that nobody needs. What the function
    prints is hidden.

    Arguments:
        task: the task's name.
        function: the student's function. Its notebook also holds the forward pass whose cache a backward pass takes.
        into: an empty record to fill, call by call. It holds everything so far if a call never ends, and is stopped.

    Returns:
        The record, filled.
    """
    found = Record(task) if into is None else into
    found.names_read, found.names_kept = find_data_read(function), find_names_kept(function)
    found.defaults_used, found.has_return = find_defaults(function, PARAMETERS[task]), has_return(function)
    printed = io.StringIO()
    with quietly(printed):
        forward = _find_forward(task, function) if task in FORWARD_OF else None
        given = library_function(FORWARD_OF[task]) if task == "affine_bn_relu_backward" else None
        if forward is not None:
            found.forward = Record(FORWARD_OF[task])
            _record_forward(found.forward, forward)
        with _noticing(task, function, found.library_calls):  # it makes every call in it slow
            if forward is not None:
                for key, make in iterate_calls(task, function, forward):
                    found.own[key] = make()
            if given is None or _needs_library(found, given):
                for key, make in iterate_calls(task, function, given):
                    found.calls[key] = make()
        if task in BATCHNORM_BACKWARD:
            record_reordered(found, function, forward)
        if task == "softmax_loss":
            _record_points(found.points, task, function)
        if found.calls and given is not None:
            _record_points(found.points, FORWARD_OF[task], given)
    found.printed = bool(printed.getvalue())
    return found


def _needs_library(found: Record, given: Callable) -> bool:
    """Whether a backward pass of the sandwich layer has to be tried with the library's forward pass."""
    return found.forward is None or not (is_forward_right(found.forward) or is_stub(given))


def _find_forward(task: str, function: Callable) -> Callable | None:
    """Find the student's own forward pass: in the notebook, or else the saved one. None if it is not written yet."""
    wanted = FORWARD_OF[task]
    namespace = getattr(inspect.unwrap(function), "__globals__", {})
    for candidate in (namespace.get(wanted), saved_answers.load().get(wanted)):
        if callable(candidate):
            first = record_call(wanted, candidate, FORWARD_CASES[wanted])
            if not (first.raised and first.raised.is_stub):
                return candidate
    return None


def _record_forward(found: Record, forward: Callable) -> None:
    """Record what a backward pass needs to know of its forward pass: where it is right, its cache, its points."""
    for case in list_forward_cases(found.task):
        found.calls[case] = record_call(found.task, forward, case)
    _record_points(found.points, found.task, forward)


def list_forward_cases(task: str) -> list[str]:
    """The cases on which the forward pass beside a backward pass is recorded."""
    return [FORWARD_CASES[task], *DEFAULT_EPS_CASES.get(task, ()), INTEGER_CASES[task], FAR_CASES[task]]


def _record_points(points: Points, task: str, function: Callable) -> None:
    """Record the student's own loss near the inputs of some cases. Its numerical gradient is computed later."""
    for case in POINT_CASES.get(task, ()):
        inputs = stored.inputs(case)
        points[case] = {
            name: record_points(_make_loss(task, function, inputs, name), inputs[name]) for name in POINT_INPUTS[task]
        }


def _make_loss(task: str, function: Callable, inputs: stored.Arrays, name: str) -> Callable[[np.ndarray], Any]:
    """Make the scalar function of one input: softmax_loss's loss, or the sum of a forward pass's out times dout."""

    def loss(array: np.ndarray) -> Any:
        given = {**inputs, name: array}
        if task == "softmax_loss":
            return function(given["x"], given["y"].copy())[0]
        if task == "affine_bn_relu_forward":
            return np.sum(function(*sandwich_arguments(given))[0] * inputs["dout"])
        param = {"mode": "train", "eps": bn_param(inputs).get("eps", 1e-5)}
        return np.sum(function(given["x"], given["gamma"], given["beta"], param)[0] * inputs["dout"])

    return loss


@contextmanager
def _noticing(task: str, function: Callable, noticed: list[str]) -> Iterator[None]:
    """Notice calls of the library's functions that hold an answer to this task. An answer must not be made of them.

    Arguments:
        task, function: the answer.
        noticed: a list that receives the names of the functions that were called.
    """
    names = [(TASKS[task].module.rpartition(".")[2], task), *TWINS.get(task, ())]
    if task in BATCHNORM_BACKWARD:  # in a clone, the other two compute the same gradients
        names += [("layers", other) for other in BATCHNORM_BACKWARD if other != task and is_reference(other)]
    watched = {
        id(_get_code(getattr(import_module(f"cs231n.{module}"), name, None))): name
        if "." in module
        else f"{module}.{name}"
        for module, name in names
    }
    for own in (None, _get_code(function)):
        watched.pop(id(own), None)

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and id(frame.f_code) in watched and watched[id(frame.f_code)] not in noticed:
            noticed.append(watched[id(frame.f_code)])

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)


def _get_code(function: Any) -> CodeType | None:
    """The code of a function, without the checks of arguments that the library wraps around it."""
    return getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
