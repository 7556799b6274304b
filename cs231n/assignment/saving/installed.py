"""Installing an answer: the library then runs on it, wherever it calls ``layers.NAME`` and the like."""

import inspect
from importlib import import_module

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.calls import CASES, bn_param, quietly, run
from ..cases.differences import close
from .stubs import DoesNotFit, is_stub

SAVED = "<my_answers.py: "  # how the file name of an installed answer begins
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

    Forward and backward passes share a cache, and an answer may keep whatever it likes there. So one of them takes the
    place of the reference's function only where the reference's others can work with it, or where a whole family of
    them is the student's and works together; else the notebooks' demonstrations would break. In a release the library
    has none of these functions: there the student's forward pass is installed, and a backward pass that cannot read
    its cache says so when it is called.

    Arguments:
        functions: the answers by task name; all have passed their checks.

    Returns:
        Those that are not installed, and why, as the end of a sentence.
    """
    left = {}
    for name, function in functions.items():
        reason = why_not(name, function, functions)
        if reason is None:
            _set(name, function)
        else:
            left[name] = reason
    for forward in dict.fromkeys(FORWARD_OF.values()):
        family = [forward, *backward_of(forward)]
        if forward in left and all(name in functions for name in family):
            mine = functions[forward]
            if all(works(name, functions[name], mine) for name in family[1:]) and test_mode_fits(forward, mine):
                for name in family:
                    _set(name, functions[name])
                    left.pop(name, None)
    for name in left:
        if not is_reference(name):
            _set(name, _misfit(name))
    return left


def _set(name, function):
    setattr(import_module(TASKS[name].module), name, function)


def _misfit(name):
    """What stands in the library for a backward pass that cannot read the cache of the student's forward pass."""

    def misfit(*arguments):
        raise DoesNotFit(name, f"task {TASKS[name].number}, {name}: {reason_of_mine(name)}")

    return misfit


def is_reference(name):
    """Whether the library's function is the course's own: no stub, and no answer that was installed."""
    function = library_function(name)
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return code is not None and not is_stub(function) and not code.co_filename.startswith(SAVED)


def backward_of(forward):
    """The tasks whose functions read the cache of a forward pass."""
    return [backward for backward, needed in FORWARD_OF.items() if needed == forward]


def reason_of_mine(name):
    """Why a backward pass does not go with the student's own forward pass."""
    forward = FORWARD_OF[name]
    return f"yours cannot read the cache of your {forward}: see task {TASKS[forward].number}"


def why_not(name, function, functions):
    """Why an answer is not to be installed, as the end of a sentence; None where it goes with the others.

    Arguments:
        functions: all answers by name: where the library has no function of its own, they are the partners.
    """
    if name in FORWARD_OF:
        forward = FORWARD_OF[name]
        if is_reference(forward):
            fits = works(name, function, library_function(forward))
            return None if fits else f"yours cannot read the cache of the library's {forward}"
        mine = functions.get(forward)
        return None if mine is None or works(name, function, mine) else reason_of_mine(name)
    partners = [backward for backward in backward_of(name) if is_reference(backward)]
    fits = all(works(backward, library_function(backward), function) for backward in partners)
    if fits and (not partners or test_mode_fits(name, function)):
        return None
    return "the library's backward passes cannot read the cache of yours"


def misfits(functions):
    """The backward passes that cannot read the cache of the forward pass in ``functions``: names by forward pass."""
    found = {}
    for name, forward in FORWARD_OF.items():
        if name in functions and forward in functions and not works(name, functions[name], functions[forward]):
            found.setdefault(forward, []).append(name)
    return found


def test_mode_fits(name, forward):
    """Whether the library's backward pass for test mode, which no task asks for, can read a batch-norm cache."""
    backward = getattr(import_module(TASKS[name].module), "batchnorm_backward_test", None)
    if name != "batchnorm_forward" or backward is None:
        return True
    inputs = stored.inputs("bn_test")
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
    return all(close(outputs[name], want) for name, want in stored.expected(backward_name, case).items())
