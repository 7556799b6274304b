"""Install answers in the library. Wherever the library calls ``layers.NAME``, it then runs the student's function."""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.calls import bn_param, quietly, record_call
from ..cases.outputs import are_all_right
from ..cases.tables import CASES
from .stubs import DoesNotFit, is_stub

Functions = dict[str, Callable]  # answers by task name

SAVED_MODULE = "my_answers"  # the __name__ in the namespace of every saved answer
FORWARD_OF = {  # backward passes that take the cache of another task's forward pass
    "batchnorm_backward_staged": "batchnorm_forward",
    "batchnorm_backward": "batchnorm_forward",
    "batchnorm_backward_alt": "batchnorm_forward",
    "affine_bn_relu_backward": "affine_bn_relu_forward",
}
NETWORKS_PASS = "batchnorm_backward"  # the one of the three backward passes that the network calls
OTHER_PASSES = ("batchnorm_backward_alt", "batchnorm_backward_staged")


def library_function(name: str) -> Any:
    """The function that the library runs at the moment."""
    return getattr(import_module(TASKS[name].module), name)


def install(functions: Functions) -> dict[str, str]:
    """Make the library run the student's functions: replace the attributes of the library's modules.

    Forward and backward passes share a cache, and a student may choose what it holds. So an answer replaces the
    reference's function only if the reference's other functions can work with it. Or else a whole family, a forward
    pass with all its backward passes, is replaced if its functions work together. Otherwise the demonstrations in the
    notebooks would break.

    In a release, the library has no reference functions. There, the student's forward pass is installed. A backward
    pass that cannot read its cache is replaced by a function that says so when it is called. The network calls
    batchnorm_backward. If it is not written, another backward pass of the student's stands in for it.

    Arguments:
        functions: the answers by task name. All have passed their checks.

    Returns:
        The answers that are not installed: the reason, as the end of a sentence, by task name.
    """
    left = {}
    for name, function in functions.items():
        _put_stand_in(functions)  # the sandwich layer is tried with it
        reason = explain_refusal(name, function, functions)
        if reason is None:
            _put_in_library(name, function)
        else:
            left[name] = reason
    for forward in dict.fromkeys(FORWARD_OF.values()):
        if forward in left and _is_whole_family(forward, functions):
            for name in (forward, *list_backward_tasks(forward)):
                _put_in_library(name, functions[name])
                left.pop(name, None)
    for name in left:
        if not is_reference(name):
            _put_in_library(name, _make_misfit(name))
    _put_stand_in(functions)
    return left


def _put_stand_in(functions: Functions) -> None:
    """Let another backward pass of batch norm stand in for the one that the network calls, if that is not written."""
    if is_stub(library_function(NETWORKS_PASS)):
        written = [name for name in OTHER_PASSES if name in functions and not is_stub(library_function(name))]
        if written:
            _put_in_library(NETWORKS_PASS, _make_stand_in(written[0]))


def find_stand_in(name: str) -> str | None:
    """Return the name of the student's answer that the library runs in the place of another one, or None."""
    return getattr(library_function(name), "stand_in", None)


def _make_stand_in(name: str) -> Callable:
    """Make a batchnorm_backward of another backward pass of batch norm.

    Arguments:
        name: the task's name of that pass.
    """

    def stand_in(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        result = library_function(name)(dout, cache)
        return (result["dx"], result["dgamma"], result["dbeta"]) if isinstance(result, dict) else result

    stand_in.stand_in = name  # type: ignore[attr-defined]
    return stand_in


def _is_whole_family(forward: str, functions: Functions) -> bool:
    """Whether a forward pass and all its backward passes are the student's, and work together.

    Arguments:
        forward: the task of the forward pass.
        functions: the answers by task name.
    """
    backward_tasks = list_backward_tasks(forward)
    if not all(name in functions for name in (forward, *backward_tasks)):
        return False
    mine = functions[forward]
    return all(can_read_cache(name, functions[name], mine) for name in backward_tasks) and can_read_in_test_mode(
        forward, mine
    )


def _put_in_library(name: str, function: Callable) -> None:
    setattr(import_module(TASKS[name].module), name, function)


def _make_misfit(name: str) -> Callable:
    """Make the function that replaces a backward pass which cannot read the cache of the student's forward pass."""

    def misfit(*arguments: Any) -> None:
        raise DoesNotFit(name, f"task {TASKS[name].number}, {name}: {explain_misfit(name)}")

    return misfit


def is_reference(name: str) -> bool:
    """Whether the library's function is the course's own, and not a stub or an installed answer."""
    function = library_function(name)
    namespace = getattr(inspect.unwrap(function), "__globals__", None) if callable(function) else None
    if namespace is None or is_stub(function) or hasattr(function, "stand_in"):
        return False
    return namespace.get("__name__") != SAVED_MODULE


def list_backward_tasks(forward: str) -> list[str]:
    """List the tasks whose functions read the cache of a forward pass."""
    return [backward for backward, needed in FORWARD_OF.items() if needed == forward]


def explain_misfit(name: str) -> str:
    """Say why a backward pass does not work with the student's own forward pass, as the end of a sentence."""
    forward = FORWARD_OF[name]
    return f"yours cannot read the cache of your {forward}: see task {TASKS[forward].number}"


def explain_refusal(name: str, function: Callable, functions: Functions) -> str | None:
    """Say why an answer must not be installed, as the end of a sentence. Return None if it may be installed.

    Arguments:
        name: the task's name.
        function: the answer.
        functions: all answers by name. They are the partners if the library has no reference function.
    """
    if name in FORWARD_OF:
        forward = FORWARD_OF[name]
        if is_reference(forward):
            readable = can_read_cache(name, function, library_function(forward))
            return None if readable else f"yours cannot read the cache of the library's {forward}"
        mine = functions.get(forward)
        return None if mine is None or can_read_cache(name, function, mine) else explain_misfit(name)
    partners = [backward for backward in list_backward_tasks(name) if is_reference(backward)]
    readable = all(can_read_cache(backward, library_function(backward), function) for backward in partners)
    if readable and (not partners or can_read_in_test_mode(name, function)):
        return None
    return "the library's backward passes cannot read the cache of yours"


def find_misfits(functions: Functions) -> dict[str, list[str]]:
    """Find the backward passes that cannot read the cache of the student's own forward pass.

    Returns:
        The names of these backward passes, by the name of the forward pass.
    """
    found: dict[str, list[str]] = {}
    for name, forward in FORWARD_OF.items():
        if name in functions and forward in functions and not can_read_cache(name, functions[name], functions[forward]):
            found.setdefault(forward, []).append(name)
    return found


def can_read_in_test_mode(name: str, forward: Callable) -> bool:
    """Whether the library's batchnorm_backward_test can read the cache of a forward pass in test mode.

    No task asks for batchnorm_backward_test. For other forward passes than batchnorm_forward, the answer is True.
    """
    backward = getattr(import_module(TASKS[name].module), "batchnorm_backward_test", None)
    if name != "batchnorm_forward" or backward is None or is_stub(backward):
        return True
    inputs = stored.inputs("bn_test")
    try:
        with quietly():
            _, cache = forward(inputs["x"], inputs["gamma"], inputs["beta"], bn_param(inputs))
            return np.shape(backward(inputs["dout"], cache)[0]) == inputs["x"].shape
    except Exception:
        return False


def can_read_cache(backward_name: str, backward: Callable, forward: Callable) -> bool:
    """Whether a backward pass gives the right gradients from a forward pass's cache, or one of them needs a stub."""
    if is_stub(backward) or is_stub(forward):
        return True
    case = CASES[backward_name][0]
    with quietly():
        call = record_call(backward_name, backward, case, forward)
    return bool(call.raised and call.raised.is_stub) or are_all_right(backward_name, case, call)
