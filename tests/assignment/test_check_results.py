"""What check() says about results of a wrong type or shape, about a loss, and about a missing return."""

import pytest

from tests.assignment.test_check_words import HEAD, edited, failures, lines_of, says


def test_results_that_are_not_arrays_do_not_stop_the_check():
    wrong = lines_of(
        "batchnorm_backward", f"def batchnorm_backward(dout, cache):\n    {HEAD}\n    return x_hat, None, 'b'"
    )
    assert says(wrong, "dgamma is None, but should be an array of shape (3,)")
    for other in ("None", "'text'", "[[1.0], [2.0, 3.0]]", "{}"):
        body = f"{HEAD}\n    return np.sum(dout, axis=0), {other}, np.sum(dout, axis=0)"
        wrong = lines_of("batchnorm_backward", f"def batchnorm_backward(dout, cache):\n    {body}")
        assert says(wrong, "dx has shape (3,), but should have shape (8, 3); it is the same as dbeta")
        body = f"{HEAD}\n    return dout @ np.ones(3), np.sum(dout, axis=0), {other}"
        wrong = lines_of("batchnorm_backward", f"def batchnorm_backward(dout, cache):\n    {body}")
        assert says(wrong, "dx has shape (8,), but should have shape (8, 3)")


def test_minus_one_is_not_taken_for_none():
    first = "return int(np.argmax(reached)) if np.any(reached) else None"
    lines = edited("steps_to_reach", (first, first.replace("None", "-1")))
    assert says(failures(lines), "None where the level is never reached") and says(lines, "but should be None")


LOSS = """
def softmax_loss(x, y):
    z = x - x.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    onehot = np.eye(x.shape[1])[y]
    loss = -np.sum(onehot * log_p)
    return {}, (np.exp(log_p) - onehot) / len(x)
"""


@pytest.mark.parametrize(
    "loss, text",
    [
        ("loss / x.shape[1]", "loss is 1.6 times what it should be. That is N / C, with N = 8 rows and C = 5 classes"),
        ("loss / x.size", "loss is 0.2 times what it should be. That is 1 / C, with N = 8 rows and C = 5 classes"),
        ("1.7 * loss / len(x)", "FAIL  the loss on ordinary scores: loss is 6.843, and should be 4.025"),
    ],
)
def test_loss_that_does_not_belong_to_a_right_dx_is_reported(loss, text):
    lines = lines_of("softmax_loss", LOSS.format(loss))
    assert says(lines, text), lines
    assert says(lines, "dx is right, but it is not the gradient of your loss: the loss is another function")
    assert not says(lines, "dx is 0.")


@pytest.mark.parametrize("task", ["softmax", "softmax_jacobian", "numerical_gradient", "relu_backward"])
def test_forgotten_return_is_suggested_in_tasks_with_one_result(task):
    lines = lines_of(task, f"def {task}(*arguments): pass")
    assert " is None (is there a return?), but should be an array of shape (" in lines[0]
