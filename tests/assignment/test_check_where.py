"""Tests of check() on wrong answers: it names the kind of case in which an answer is wrong."""

import pytest

from tests.helpers.edited_answers import report_on_edits

TRAIN = "mu, var = x.mean(axis=0), x.var(axis=0)"
NO_TEST_MODE = ("mu, var = running_mean, running_var", TRAIN)
X_HAT = "x_hat = (x - mu) / np.sqrt(var + eps)"


@pytest.mark.parametrize(
    "task, old, new, text",
    [
        ("batchnorm_forward", "mu, var = running_mean, running_var", "mu, var = running_mean, 1.1 * running_var",
         "out is wrong in test mode, and right in training mode"),
        ("batchnorm_forward", "mu, var = x.mean(axis=0), x.var(axis=0)", "mu, var = x.mean(axis=0), x.var(axis=0) + 1",
         "out is wrong in training mode, and right in test mode"),
        ("batchnorm_backward_alt", "(dgamma / N)", "(dgamma / N) * var / (var + eps)",
         "dx is wrong where eps counts (it is large, or a feature hardly varies), and right where it does not"),
        ("batchnorm_backward_alt", "dx = gamma /", "dx = (1 + (eps > 0.01)) * gamma /",
         "dx is wrong where eps is large (0.1 and more), and right where it is 1e-5"),
        ("affine_backward", "np.sum(dout, axis=0)", "np.sum(dout, axis=0) * (1 + (len(x) == 1))",
         "db is wrong for a batch of one, and right for larger ones"),
        ("affine_backward", "@ dout\n", "@ dout * (x.ndim - 1)\n",
         "dw is wrong where x has more than two axes, and right where it has two"),
        ("softmax", "x - np.max(x, axis=1, keepdims=True)", "x / 2 - np.max(x / 2, axis=1, keepdims=True)", None),
        ("softmax", "np.exp(x - np.max(x, axis=1, keepdims=True))", "np.exp(np.clip(x, -700, 40))",
         "p is wrong where scores are large, or far apart, and right where they are not"),
        ("numerical_gradient", "f(x_minus)) * df)", "f(x_minus)) * (df + 0.1 * (np.ndim(df) > 0)))",
         "dx is wrong where df is given, and right where it is None"),
        ("adam", 'next_w = w - config["learning_rate"]', 'next_w = w - config["learning_rate"] ** 1.5 / 1e-3**0.5',
         "next_w is wrong where config gives settings of its own, and right where the defaults are used"),
    ],
)  # fmt: skip
def test_kind_of_case_is_named(task, old, new, text):
    said = [line for line in report_on_edits(task, (old, new)) if line.startswith("Where: ")]
    assert said == ([f"Where: in the cases tried, {text}"] if text else [])


@pytest.mark.parametrize(
    "task, old, new, text",
    [
        ("batchnorm_backward_staged", "dx2 = np.ones_like(dout)", "dx2 = np.ones((N, 3))",
         "it stops with an error for x of shape (4, 4), and runs for (8, 3) and (10, 3)"),
        ("affine_backward", "np.sum(dout, axis=0)", "np.sum(dout, axis=0) / (len(x) - 1 or [][0])",
         "it stops with an error for x of shape (1, 3), and runs for (8, 2, 3), (8, 3) and (4, 4)"),
        ("batchnorm_forward", "mu, var = running_mean, running_var", "mu, var = running_mean, running_var[7]",
         "it stops with an error in test mode, and runs in training mode"),
        ("batchnorm_forward", "mu, var = x.mean(axis=0), x.var(axis=0)",
         "mu, var = x.mean(axis=0), x.var(axis=0) + [0.0] * 3",
         "it stops with an error for x of shape (4, 4), and runs for (8, 3), (10, 3), (1, 4) and (6, 3)"),
    ],
)  # fmt: skip
def test_results_are_not_called_wrong_where_the_function_stops(task, old, new, text):
    said = [line for line in report_on_edits(task, (old, new)) if line.startswith("Where: ")]
    assert said == [f"Where: in the cases tried, {text}"]


@pytest.mark.parametrize(
    "task, edits",
    [
        ("batchnorm_forward", [NO_TEST_MODE, (X_HAT, "x_hat = (x - mu) / np.sqrt(var)")]),
        ("batchnorm_forward", [NO_TEST_MODE, (X_HAT, "x_hat = (x - mu) / (np.sqrt(var) + eps)")]),
        ("batchnorm_forward", [(X_HAT, 'x_hat = (x - mu) / (np.sqrt(var) + eps) + (mode == "test")')]),
        ("relu_backward", [("return dout * (x > 0)", "return (dout * (x > 0) * (1 + (x.ndim > 2))).tolist()")]),
    ],
)
def test_two_mistakes_are_not_explained_by_one_kind_of_case(task, edits):
    """One result is wrong at large eps, and in test mode always. One is wrong for many axes, and always a list."""
    assert not [line for line in report_on_edits(task, *edits) if line.startswith("Where: ")]
