"""Installing an answer: the library then runs on it, wherever it calls ``layers.NAME`` and the like."""

from importlib import import_module

import numpy as np

from . import data
from .compare import close
from .runs import CASES, bn_param, quietly, run
from .stub import is_stub
from .tasks import TASKS

FORWARD_OF = {  # backward passes that take the cache of a forward pass which is a task, too
    "batchnorm_backward_staged": "batchnorm_forward",
    "batchnorm_backward": "batchnorm_forward",
    "batchnorm_backward_alt": "batchnorm_forward",
    "affine_bn_relu_backward": "affine_bn_relu_forward",
}


def library_function(name):
    """The function that the library runs on at the moment."""
    return getattr(import_module(TASKS[name].module), name)


def install(functions):
    """Make the library run on some functions: set the attribute of each one's task's module, and nothing else.

    Forward and backward passes share a cache, and an answer may keep whatever it likes there. So one of them is
    installed only where the library's others can work with it, or where a whole family of them is the student's and
    works together; else the notebooks' demonstrations would break.

    Arguments:
        functions: the answers by task name; all have passed their checks.

    Returns:
        The names of those that are not installed.
    """
    left = [name for name, function in functions.items() if not _install_if(fits(name, function), name, function)]
    for forward in set(FORWARD_OF.values()):
        family = [forward, *backward_of(forward)]
        if forward in left and all(name in functions for name in family):
            mine = functions[forward]
            together = all(works(name, functions[name], mine) for name in family[1:]) and test_mode_fits(forward, mine)
            left = [name for name in left if not (name in family and _install_if(together, name, functions[name]))]
    return left


def _install_if(condition, name, function):
    if condition:
        setattr(import_module(TASKS[name].module), name, function)
    return condition


def backward_of(forward):
    """The tasks whose functions read the cache of a forward pass."""
    return [backward for backward, needed in FORWARD_OF.items() if needed == forward]


def reason_left_out(name):
    """Why an answer is not installed, as the end of a sentence."""
    if name in FORWARD_OF:
        return f"yours cannot read the cache of the library's {FORWARD_OF[name]}"
    return "the library's backward passes cannot read the cache of yours"


def fits(name, function):
    """Whether a function works together with those of the library that share a cache with it."""
    if is_stub(library_function(name)):
        return True
    if name in FORWARD_OF:
        return works(name, function, library_function(FORWARD_OF[name]))
    partners = backward_of(name)
    return all(works(backward, library_function(backward), function) for backward in partners) and (
        not partners or test_mode_fits(name, function)
    )


def test_mode_fits(name, forward):
    """Whether the library's backward pass for test mode, which no task asks for, can read a batch-norm cache."""
    backward = getattr(import_module(TASKS[name].module), "batchnorm_backward_test", None)
    if name != "batchnorm_forward" or backward is None:
        return True
    inputs = data.inputs("bn_test")
    try:
        with quietly():
            _, cache = forward(inputs["x"], inputs["gamma"], inputs["beta"], bn_param(inputs))
            return np.shape(backward(inputs["dout"], cache)[0]) == inputs["x"].shape
    except Exception:
        return False


def works(backward_name, backward, forward):
    """Whether a backward pass gives the right gradients from a forward pass's cache; a stub stands in nobody's way."""
    if is_stub(backward) or is_stub(forward):
        return True
    case = CASES[backward_name][0]
    try:
        with quietly():
            outputs = run(backward_name, backward, case, forward).outputs
    except Exception:
        return False
    return all(close(outputs[name], want) for name, want in data.expected(backward_name, case).items())
