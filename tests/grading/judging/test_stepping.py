"""Tests that stepping tells a numerical gradient from a right answer, whatever it is called or looks like."""

import sys
import time

import numpy as np
import pytest

from cs231n.assignment.cases import calls
from cs231n.assignment.cases.calls import record_call
from cs231n.assignment.cases.outputs import are_all_right, name_outputs
from cs231n.assignment.cases.tables import CASES
from cs231n.assignment.saving.installed import FORWARD_OF
from cs231n.grading.judging.boxes.inside.stepping import LIMIT, share_stepped
from cs231n.grading.judging.probing.graded_items import ITEMS
from cs231n.grading.judging.probing.probe_inputs import Draw
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.equivalent import EQUIVALENT
from cs231n.grading.mistakes.fingerprints import forward_for, mistaken, reference
from tests.helpers.answers import STYLES, compiled
from tests.helpers.differentiating_tools import OTHERS, TOOLS, central, loss_of
from tests.helpers.edited_answers import edit_answer

SETTINGS = {  # for each task: the item and the setting whose inputs are used
    "softmax_jacobian": (0, "plain"),
    "softmax_loss": (0, "plain"),
    "affine_backward": (0, "images"),
    "relu_backward": (0, "matrix"),
    "batchnorm_backward_staged": (0, "plain"),
    "batchnorm_backward": (0, "plain"),
    "batchnorm_backward_alt": (0, "large eps"),
    "affine_bn_relu_backward": (0, "sandwich"),
}


def share(task, function, forward=None, seed=0):
    """The share of one call of an answer."""
    item, case = SETTINGS[task]
    inputs = ITEMS[task][item].settings[case](Draw(seed, task))
    with calls.quietly():
        return share_stepped(lambda: calls.call(task, function, case, inputs, forward or forward_for(task)), inputs)


RIGHT = [parameter for parameter in STYLES if parameter.values[0].__name__ in SETTINGS]


@pytest.mark.parametrize("function", RIGHT)
def test_right_answers_in_every_style_take_no_steps(function):
    task = function.__name__
    forward = function.__globals__.get(FORWARD_OF.get(task))
    assert max(share(task, function, forward, seed) for seed in range(5)) <= LIMIT / 2


@pytest.mark.parametrize("task", SETTINGS)
def test_the_reference_and_its_equivalents_take_no_steps(task):
    functions = [reference(task), *(edit_answer(task, *edits) for _, edits in EQUIVALENT.get(task, []))]
    assert max(share(task, function) for function in functions) <= LIMIT / 2


@pytest.mark.slow
def test_wrong_answers_take_no_steps_either():
    for mistake in MISTAKES:
        if mistake.task in SETTINGS:
            for edits in mistake.variants:
                assert share(mistake.task, mistaken(mistake, edits)) <= LIMIT / 2, mistake.id


# Right answers that look a little like stepping: a Jacobian row by row, one-hot vectors, entries written one by one.
LOOK_ALIKES = {
    "softmax_jacobian": """
        def softmax_jacobian(p):
            J = np.zeros((*p.shape, p.shape[1]))
            for n in range(len(p)):
                for j in range(p.shape[1]):
                    delta = -p[n].copy()
                    delta[j] += 1
                    one_hot = np.zeros(p.shape[1])
                    one_hot[j] = 1
                    J[n, j] = p[n, j] * delta
            return J
    """,
    "softmax_loss": """
        def softmax_loss(x, y):
            p = np.exp(x - x.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            dx = p.copy()
            for n in range(len(x)):
                target = np.zeros_like(x)
                target[n, y[n]] = 1
                dx = dx - target
            rows = np.arange(len(x))
            loss = np.log(np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1)) + x.max(axis=1) - x[rows, y]
            return loss.mean(), dx / len(x)
    """,
    "relu_backward": """
        def relu_backward(dout, cache):
            dx = dout.copy()
            for i in np.ndindex(dx.shape):
                if cache[i] < 0:
                    dx[i] = 0
            return dx
    """,
    "batchnorm_backward": """
        def batchnorm_backward(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            dx, dgamma, dbeta = np.zeros_like(x), np.zeros_like(gamma), np.zeros_like(beta)
            again = x.copy()
            for n in range(len(x)):
                for d in range(x.shape[1]):
                    dbeta[d] += dout[n, d]
                    dgamma[d] += dout[n, d] * x_hat[n, d]
                    again[n, d] -= mu[d]
            for n in range(len(x)):
                for d in range(x.shape[1]):
                    one = dout[n, d] - dbeta[d] / len(x) - x_hat[n, d] * dgamma[d] / len(x)
                    part = np.zeros_like(x)
                    part[n, d] = gamma[d] * one / np.sqrt(var[d] + eps)
                    dx = dx + part
            return dx, dgamma, dbeta
    """,
}


@pytest.mark.parametrize("task", LOOK_ALIKES)
def test_right_answers_that_look_like_stepping_stay_below_the_limit(task):
    function = compiled(LOOK_ALIKES[task], task)
    for case in CASES[task]:
        if "extreme" not in case:
            assert are_all_right(task, case, record_call(task, function, case)), case
    assert share(task, function) <= LIMIT / 2


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_every_tool_is_seen_in_a_backward_pass_of_batch_norm(tool):
    def answer(dout, cache):
        x, gamma, beta, var, mu, x_hat, eps = cache
        dx = tool(lambda z: loss_of(z, gamma, beta, eps), x, dout)
        return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)

    assert share("batchnorm_backward", answer) >= 0.9
    assert is_nearly_right("batchnorm_backward", answer)  # or else it would be no tool


def is_nearly_right(task, answer):
    """Whether an answer's dx is right up to the error of a numerical gradient."""
    item, case = SETTINGS[task]
    inputs = ITEMS[task][item].settings[case](Draw(0, task))
    mine, right = (
        name_outputs(task, case, calls.call(task, function, case, inputs, forward_for(task)))
        for function in (answer, reference(task))
    )
    return all(np.allclose(mine[name], right[name], rtol=1e-2, atol=1e-2) for name in right)


@pytest.mark.parametrize("tool", [central, TOOLS["batched"], TOOLS["CS231n's"]])
def test_the_sandwich_by_steps_is_seen(tool):
    def answer(dout, cache):
        (x, w, b), (_, gamma, beta, *_, eps), _ = cache
        f = lambda z: np.maximum(0, loss_of(z @ w + b, gamma, beta, eps))  # noqa: E731
        return tool(f, x, dout), w, b, gamma, beta

    assert share("affine_bn_relu_backward", answer) >= 0.9


@pytest.mark.parametrize("answer", OTHERS)
def test_tools_in_the_other_tasks_are_seen(answer):
    assert share(OTHERS[answer], answer) >= 0.9
    assert is_nearly_right(OTHERS[answer], answer)


def test_a_trace_function_is_restored_and_no_exception_comes_out():
    def trace(frame, event, argument):
        return None

    def fail():
        raise KeyboardInterrupt

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        assert share_stepped(fail, {"x": np.ones((3, 4))}) == 0
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


def test_an_answer_that_switches_the_trace_off_is_reported():
    def answer(dout, cache):
        sys.settrace(None)
        return central(lambda z: loss_of(z, cache[1], cache[2], cache[6]), cache[0], dout), dout, dout

    assert share("batchnorm_backward", answer) == 1


def test_a_call_that_never_ends_is_ended():
    def loop():
        count = 0
        while True:
            count += 1

    begin = time.process_time()
    assert share_stepped(loop, {"x": np.ones((3, 4))}) == 0
    assert time.process_time() - begin < 5


def test_a_maze_of_lists_costs_no_more():
    def loop():
        maze = [[[np.ones(19_000)] * 30] * 30] * 30
        while maze:
            count = 1  # noqa: F841

    begin = time.process_time()
    assert share_stepped(loop, {"x": np.ones((3, 4))}) == 0
    assert time.process_time() - begin < 8


def test_objects_that_raise_at_every_touch_hide_nothing():
    class Hostile(list):
        __slots__ = ()

        def __len__(self):
            raise ValueError

        def __getattribute__(self, name):
            raise RuntimeError(name)

    def answer(dout, cache):
        hostile, strange = Hostile(), type("Slots", (), {"__slots__": ()})()  # noqa: F841
        return central(lambda z: loss_of(z, cache[1], cache[2], cache[6]), cache[0], dout), dout, dout

    assert share("batchnorm_backward", answer) >= 0.9
