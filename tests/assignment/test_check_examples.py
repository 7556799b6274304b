"""Tests of check() on wrong answers: it shows the smallest example in which an answer is wrong."""

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.cases.variants import SMALL_CASES
from cs231n.assignment.check import report
from cs231n.assignment.diagnosis.smallest_example import SHARED_SMALL_CASES, find_smallest_example
from tests.helpers.edited_answers import copy_of, record_cases, report_on_edits


def test_every_task_has_small_cases_except_steps_to_reach_whose_lines_are_examples():
    assert {*SMALL_CASES, *SHARED_SMALL_CASES, "steps_to_reach"} == set(TASKS)
    for case in {case for cases in SMALL_CASES.values() for case in cases}:
        assert all(array.ndim < 3 and len(np.atleast_1d(array)) <= 3 for array in stored.inputs(case).values())


def test_small_cases_have_the_numbers_of_a_calculation_by_hand():
    x_hat = np.array([[-2, -3], [1, 0], [1, 3]]) / [1.5, 2.5]  # the variances plus eps are 1.5 and 2.5 squared
    forward, backward = (
        stored.expected("batchnorm_forward", "bn_small"),
        stored.expected("batchnorm_backward", "bn_small"),
    )
    np.testing.assert_allclose(forward["out"], x_hat * [1, 2] + [0, 1], rtol=1e-11)
    np.testing.assert_allclose(forward["running_mean"], [0.5, 1.0], rtol=1e-11)  # a quarter of 2 and 4
    np.testing.assert_allclose(forward["running_var"], [0.5, 1.5], rtol=1e-11)
    np.testing.assert_allclose(backward["dbeta"], [5, 2], rtol=1e-11)
    np.testing.assert_allclose(backward["dgamma"], [2 / 1.5, -9 / 2.5], rtol=1e-11)
    test = stored.expected("batchnorm_forward", "bn_small_test")["out"]
    np.testing.assert_allclose(test, [[-0.5, -1], [1, 5]], rtol=1e-11)
    far = stored.expected("softmax_loss", "scores_small_far")
    np.testing.assert_allclose(far["loss"], (1000 + np.log1p(np.e)) / 2, rtol=1e-11)
    np.testing.assert_allclose(stored.expected("softmax_jacobian", "p_small")["J"][0], [[0.16, -0.16], [-0.16, 0.16]])
    first = np.array([1, -2]) - 0.1 * np.array([1 / 1.25, 0.5 / 0.75])  # the first step is g / (|g| + epsilon)
    np.testing.assert_allclose(stored.expected("adam", "adam_small")["next_w"][0], first, rtol=1e-11)


def test_rounding_noise_is_shown_as_zero():
    right = copy_of("affine_bn_relu_backward")

    def affine_bn_relu_backward(dout, cache):
        dx, dw, db, dgamma, dbeta = right(dout, cache)
        return dx, dw, db + [0.0, 0.5], dgamma, dbeta

    calls = record_cases("affine_bn_relu_backward", affine_bn_relu_backward)
    lines = find_smallest_example("affine_bn_relu_backward", calls).format()
    assert lines[-2:] == ["    db, yours    db, right", "    0  0.5       0  0"]


def test_example_is_in_test_mode_if_only_test_mode_is_wrong():
    edit = ("mu, var = running_mean, running_var", "mu, var = running_mean, 1.1 * running_var")
    lines = report_on_edits("batchnorm_forward", edit)
    example = lines[lines.index("The smallest example that shows it:") + 1 :]
    assert '    mode = "test", eps = 0.25' in example
    assert example[-3:] == [
        "    out, yours         out, right",
        "    -0.4781  -0.929    -0.5  -1",
        "     0.9562   4.858       1   5",
    ]


def test_numbers_are_shown_with_enough_digits_to_differ():
    right = copy_of("softmax")

    def softmax(x):
        return right(x) + 2e-5

    lines = find_smallest_example("softmax", record_cases("softmax", softmax)).format()
    assert lines[-3:] == [
        "    0.2689614  0.7310786    0.2689414  0.7310586",
        "    0.8808171  0.1192229    0.8807971  0.1192029",
        "      0.50002    0.50002          0.5        0.5",
    ]


@pytest.mark.parametrize("result", ["None", "'text'", "[[1.0], [2.0, 3.0]]", "x > 0", "np.ones(7)", "exit()", "x * 1j"])
def test_results_that_are_not_numbers_have_no_example_and_stop_nothing(result):
    namespace = {"np": np}
    exec(f"def softmax(x):\n    return {result}", namespace)
    lines, failed = report("softmax", namespace["softmax"])
    assert failed and not any("smallest" in line for line in lines if result != "x > 0")


def test_text_is_the_same_twice():
    for task, old, new in (
        ("batchnorm_backward", "dmu / N", "1.2 * dmu / N"),
        ("batchnorm_forward", "x.var(axis=0)", "1.2 * x.var(axis=0)"),
        ("softmax_loss", "dx[rows, y] -= 1", "dx[rows, y] -= 0.5"),
    ):
        assert report_on_edits(task, (old, new)) == report_on_edits(task, (old, new))


def test_an_explanation_is_given_once():
    lines = report_on_edits("batchnorm_backward_alt", ("- dbeta / N", "- 0.5 * dbeta / N"))
    assert sum("should be 0" in line for line in lines) == 1
    assert any(line.endswith("dx is off by a constant in every column, as above") for line in lines)


@pytest.mark.parametrize(
    "task, edits",
    [
        (
            "softmax",
            [("x - np.max(x, axis=1, keepdims=True)", "x - np.max(x)"), ("e, axis=1, keepdims=True", "e, axis=1")],
        ),
        ("batchnorm_backward_staged", [("dx2 = np.ones_like(dout)", "dx2 = np.ones((8, 3))")]),
    ],
)
def test_an_error_that_stops_the_function_is_not_shown_by_wrong_numbers(task, edits):
    lines = report_on_edits(task, *edits)
    assert any("ValueError: operands could not be broadcast" in line for line in lines)
    assert not any("example" in line for line in lines)
