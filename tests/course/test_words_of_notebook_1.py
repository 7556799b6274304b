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


def test_nielsens_error_is_n_times_the_residual_in_both_sections():
    """His cost is that of one example, ours is the mean."""
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(4, 3)), np.array([0, 2, 1, 2])
    residual = layers.softmax_loss(scores, y)[1]
    for row, label, ours in zip(scores[:, None], y[:, None], residual):
        loss_of_one = functools.partial(layers.softmax_loss, y=label)
        error = gradient_check.numerical_gradient(lambda x, f=loss_of_one: f(x)[0], row)
        assert np.allclose(len(y) * ours, error[0], atol=1e-6)
    assert "the loss of *one* example: `N` times a row of ours" in TEXT["s2"]
    assert "`N * dx[n, j]`: `N` times the residual of section 2" in TEXT["s7"]


def test_a_gradient_of_21_is_said_as_a_ratio_of_two_changes():
    assert "raise `x[0]` by a small amount, and the loss rises by 21 times that amount" in TEXT["not-in-reverse-so"]
    assert not [cell for cell, text in TEXT.items() if "a little and the loss rises" in text]
