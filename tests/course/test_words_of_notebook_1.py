"""Sentences of notebook 1 that once said something false, and what they say now, computed."""

import functools
import inspect

import numpy as np
import pytest

from cs231n import gradient_check, layers
from cs231n.assignment.check import report
from cs231n.grading.mistakes.fingerprints import reference
from cs231n.grading.publishing.notebooks import read_notebooks
from tests.helpers.answers import compiled

TEXT = {cell.id: " ".join(cell.source.split()) for cell in read_notebooks()["01_softmax_gradient.ipynb"].cells}


@pytest.mark.parametrize("slope", ["x > 0", "x >= 0"])
def test_the_slope_of_relu_at_0_is_called_a_convention_and_the_check_takes_either(slope):
    documentation = inspect.getdoc(layers.relu_backward)
    assert "By convention we take 0; 1 is as good." in documentation
    assert documentation.splitlines()[-1].strip() in TEXT["relu-backward"]
    source = inspect.getsource(reference("relu_backward")).replace("x > 0)", f"{slope})")
    lines, failed = report("relu_backward", compiled(source, "relu_backward"))
    assert not failed, lines
    assert layers.relu_backward(np.ones(3), np.array([-1.0, 0.0, 1.0])).tolist() == [0, 0, 1], "0, as it says"


def test_nielsens_error_is_n_times_a_row_of_dscores():
    """His cost is that of one example, ours is the mean."""
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(4, 3)), np.array([0, 2, 1, 2])
    residual = layers.softmax_loss(scores, y)[1]
    for row, label, ours in zip(scores[:, None], y[:, None], residual):
        loss_of_one = functools.partial(layers.softmax_loss, y=label)
        error = gradient_check.numerical_gradient(lambda x, f=loss_of_one: f(x)[0], row)
        assert np.allclose(len(y) * ours, error[0], atol=1e-6)
    assert "so his $\\delta^L_j$ is $N$ times a row of `dscores`" in TEXT["nielsen"]


def test_a_gradient_is_said_as_a_ratio_of_two_changes():
    assert "`x[0]` rises by a thousandth" in TEXT["down-to-x-text"]
    assert "By how many thousandths does the loss rise?" in TEXT["down-to-x-text"]
    assert not [cell for cell, text in TEXT.items() if "a little and the loss rises" in text]


def test_the_steps_that_further_names_have_the_smallest_error():
    """Errors of h**2 + eps / h and of h + eps / h."""
    h, eps = np.logspace(-12, -1, 4001), np.finfo(float).eps
    assert h[np.argmin(h**2 + eps / h)] == pytest.approx(eps ** (1 / 3), rel=0.3)
    assert h[np.argmin(h + eps / h)] == pytest.approx(eps ** (1 / 2), rel=0.01)
    assert "smallest near $\\epsilon^{1/3} \\approx 6\\cdot 10^{-6}$" in TEXT["further"]


def test_pair_4_holds_for_any_target_that_sums_to_one():
    z = np.array([[0.4, -0.3, 1.1]])
    for target in (np.array([0.0, 1.0, 0.0]), np.array([0.1, 0.7, 0.2]), np.array([1.0, 1.0, 0.0])):
        delta = gradient_check.numerical_gradient(lambda z, t=target: -np.sum(t * np.log(layers.softmax(z))), z)[0]
        a = layers.softmax(z)[0]
        assert np.allclose(delta, a * target.sum() - target, atol=1e-8)
        assert np.allclose(delta, a - target, atol=1e-8) == np.isclose(target.sum(), 1)


def test_without_a_seed_dropout_cannot_be_measured():
    x, dout, param = np.ones((4, 3)), np.ones((4, 3)), {"mode": "train", "p": 0.6, "rng": np.random.default_rng(0)}
    mask = layers.dropout_forward(x, param)[1][1]
    measured = gradient_check.numerical_gradient(lambda x: layers.dropout_forward(x, param)[0], x, dout)
    assert gradient_check.gradient_error(dout * mask, measured) > 0.1
    assert "every nudge would draw a mask of its own" in TEXT["dropout-after"]
