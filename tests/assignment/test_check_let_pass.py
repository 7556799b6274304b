"""What check() once let pass, or named wrongly by its numbers: adam's settings, ReLU at 0, shifts of softmax."""

import pytest

from tests.assignment.test_check_attack import report_on, report_on_adam, says

# --- Answers that passed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts, text",
    [
        ({"beta2": "0.99"}, "where config has no beta2, 0.99 is used. The default of beta2 is 0.999."),
        ({"rate": "1e-2"}, "where config has no learning_rate, 0.01 is used. The default of learning_rate is 0.001."),
    ],
)
def test_another_default_of_adam_is_seen_and_named(parts, text):
    lines, failed = report_on_adam(**parts)
    assert failed and says(lines, text)


@pytest.mark.parametrize(
    "parts, text",
    [
        ({"after": 'config["beta1"] = b1**t'}, 'the step changes config["beta1"] from 0.8 to 0.2621'),
        ({"result": 'next_w, {key: config[key] for key in "mvt"}'}, 'config has no "learning_rate" after the step'),
    ],
)
def test_lost_or_changed_setting_of_adam_is_told(parts, text):
    lines, failed = report_on_adam(**parts)
    assert failed and says(lines, text)


def test_first_steps_that_are_nan_alike_share_no_memory():
    lines, failed = report_on_adam(count='t = config["t"]', after='config["t"] += 1')
    assert failed and says(lines, "ok    two parameters do not share their memory")


@pytest.mark.parametrize("slope", ["np.maximum(cache, 0) / cache", "(cache + np.abs(cache)) / (2 * np.abs(cache))"])
def test_relu_has_a_slope_at_zero(slope):
    lines, failed = report_on("relu_backward", f"def relu_backward(dout, cache):\n    return dout * {slope}\n")
    assert failed and says(lines, "dx is not finite where x is exactly 0")


@pytest.mark.parametrize("slope", ["(cache > 0)", "(cache >= 0)", "np.heaviside(cache, 0.5)"])
def test_relu_may_have_any_slope_at_zero(slope):
    assert report_on("relu_backward", f"def relu_backward(dout, cache):\n    return dout * {slope}\n")[1] is None


F = "f = lambda x: np.mean(np.log(np.exp(x).sum(1)) - x[np.arange(len(x)), y])"


@pytest.mark.parametrize(
    "task, source, called",
    [
        ("softmax_loss", f"{F}\n    return f(x), eval_numerical_gradient(f, x, False)", "eval_numerical_gradient"),
        ("relu_backward", "return numerical_gradient(lambda x: np.maximum(x, 0), y, x)", "numerical_gradient"),
        ("batchnorm_backward", "return [eval_numerical_gradient_array(lambda x: x, y[0], x)] * 3",
         "eval_numerical_gradient_array"),
    ],
)  # fmt: skip
def test_numerical_gradient_of_the_library_is_no_answer(task, source, called):
    source = f"from cs231n.gradient_check import *\ndef {task}(x, y):\n    {source}\n"
    lines, failed = report_on(task, source)
    assert failed and says(lines, f"your function calls gradient_check.{called}. That is no answer")


# --- The loss of softmax --------------------------------------------------------------------------

LOSS = """
def softmax_loss(x, y):
    rows = np.arange(len(x))
    z = x - x.max(1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(1, keepdims=True)
    loss = {loss}
    dx = {p}.copy()
    dx[rows, y] -= 1
    return loss, dx / len(x)
"""
LOG_SUM = "np.mean(np.log(e.sum(1)) - z[rows, y])"


@pytest.mark.parametrize(
    "loss, p, text",
    [
        ("np.mean(np.log(np.exp(x).sum(1)) - x[rows, y])", "p", "for the loss only: no maximum is taken away"),
        (LOG_SUM, "(np.exp(x) / np.exp(x).sum(1, keepdims=True))", "for dx only: no maximum is taken away"),
        ("np.mean(np.log(np.exp(x - x.max()).sum(1)) - (x - x.max())[rows, y])", "p", "the loss only: one maximum"),
        ("-np.mean(np.log(p[rows, y]))", "p", "the logarithm is taken of the finished probability"),
    ],
)
def test_missing_shift_in_one_of_two_results_is_named(loss, p, text):
    lines, failed = report_on("softmax_loss", LOSS.format(loss=loss, p=p))
    assert failed and says(lines, text), lines
    assert not (says(lines, "for dx only") and says(lines, "the loss becomes nan"))


def test_true_class_that_is_taken_away_is_told_apart_from_a_logarithm_of_zero():
    source = """
    def softmax_loss(x, y):
        rows = np.arange(len(x))
        e = np.exp(x - x[rows, y][:, None])
        dx = e / e.sum(1, keepdims=True)
        dx[rows, y] -= 1
        return np.mean(np.log(e.sum(1))), dx / len(x)
    """
    lines, failed = report_on("softmax_loss", source)
    assert failed and says(lines, "the true class's score is taken away before the exponential")
    assert not says(lines, "the logarithm is taken of the finished probability")


def test_enormous_loss_is_described_and_not_taken_for_an_infinite_one():
    lines, failed = report_on("softmax_loss", LOSS.format(loss="np.nan_to_num(-np.log(p[rows, y])).mean()", p="p"))
    assert failed and says(lines, "loss is 4.494e+307") and not says(lines, "not finite")
