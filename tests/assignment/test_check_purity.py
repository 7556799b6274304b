"""check() catches an answer that writes to its arguments, even if its numbers are right."""

import inspect

import numpy as np
import pytest

from cs231n.assignment.check import report
from cs231n.assignment.saving.installed import FORWARD_OF
from tests.helpers.edited_answers import copy_of


def failing(function):
    """The lines of a report on a wrong answer."""
    lines, failed = report(function.__name__, function)
    assert failed
    return lines


WRITTEN_ARGUMENTS = {  # task: the argument that the wrong answer writes to
    "softmax": "x",
    "softmax_jacobian": "p",
    "softmax_loss": "x",
    "affine_backward": "dout",
    "relu_backward": "dout",
    "batchnorm_forward": "x",
    "batchnorm_backward": "dout",
    "batchnorm_backward_alt": "dout",
    "batchnorm_backward_staged": "dout",
    "affine_bn_relu_forward": "w",
    "affine_bn_relu_backward": "dout",
    "adam": "dw",
    "steps_to_reach": "history",
}


@pytest.mark.parametrize("task", WRITTEN_ARGUMENTS)
def test_writing_to_an_input_is_caught(task):
    """The answer computes the right numbers, and then changes one entry of an input."""
    right, name = copy_of(task), WRITTEN_ARGUMENTS[task]

    def function(*arguments):
        result = right(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments))
        position = list(inspect.signature(right).parameters).index(name)
        arguments[position][(0,) * arguments[position].ndim] += 1.0
        return result

    function.__name__ = task
    wrong = [line for line in failing(function) if line.startswith("FAIL")]
    assert any("the function writes to" in line for line in wrong), wrong


@pytest.mark.parametrize("task", FORWARD_OF)
def test_writing_to_the_cache_is_caught(task):
    right = copy_of(task)

    def function(dout, cache):
        result = right(dout, cache)
        flat = cache
        while not isinstance(flat, np.ndarray):
            flat = flat[0]
        flat[0] += 1.0
        return result

    function.__name__ = task
    assert any("the function writes to cache, which belongs to its caller" in line for line in failing(function))


def test_relu_backward_must_return_a_new_array():
    def relu_backward(dout, cache):
        dx = dout[:]
        dx *= cache > 0
        return dx

    lines = failing(relu_backward)
    assert sum(line.startswith("FAIL") for line in lines) == 2
    assert any("dx shares its memory with dout" in line for line in lines)
