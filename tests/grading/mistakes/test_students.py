"""Test that check() names real students' mistakes in the other tasks: whole functions, written as students do."""

import pytest

from cs231n.assignment.check import report
from tests.helpers.naming import function_of, named_mistakes, sentences_of

FORWARD = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        mode = bn_param['mode']
        eps = bn_param.get('eps', 1e-5)
        momentum = bn_param.get('momentum', 0.9)
        N, D = x.shape
        running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
        running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
        out, cache = None, None
        if mode == 'train':
            sample_mean = {mean}
            sample_var = {var}
            x_hat = (x - sample_mean) / np.sqrt(sample_var + eps)
            out = gamma * x_hat + beta
            cache = (x, gamma, beta, x_hat, sample_mean, sample_var, eps)
            {running}
        elif mode == 'test':
            out = {out}
        else:
            raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
        {last}
        return out, cache
"""
RIGHT_FORWARD = {
    "mean": "np.mean(x, axis=0)", "var": "np.var(x, axis=0)",
    "running": "running_mean = momentum * running_mean + (1 - momentum) * sample_mean\n"
    "            running_var = momentum * running_var + (1 - momentum) * sample_var",
    "out": "(x - running_mean) / np.sqrt(running_var + eps) * gamma + beta",
    "last": "bn_param['running_mean'], bn_param['running_var'] = running_mean, running_var",
}  # fmt: skip


def forward(**parts):
    return FORWARD.format(**{**RIGHT_FORWARD, **parts})


IN_THE_BRANCH = (
    "bn_param['running_mean'] = momentum * running_mean + (1 - momentum) * sample_mean\n"
    "            bn_param['running_var'] = momentum * running_var + (1 - momentum) * sample_var"
)
BATCHNORM_FORWARD = [
    ("test-mode-without-the-root", forward(out="gamma * (x - running_mean) / (running_var + eps) + beta")),
    ("test-mode-without-the-root", forward(out="(x - running_mean) / running_var * gamma + beta")),
    (
        "test-mode-with-n-over-n-minus-one",
        forward(out="(x - running_mean) / np.sqrt(running_var * N / (N - 1) + eps) * gamma + beta"),
    ),
    (
        "test-mode-with-n-over-n-minus-one",
        forward(out="gamma / np.sqrt(N / (N - 1) * running_var + eps) * x + (beta - gamma * running_mean / "
                    "np.sqrt(N / (N - 1) * running_var + eps))"),
    ),
    (
        "test-mode-with-another-divisor-and-without-gamma-and-beta",
        forward(out="(x - running_mean) / (running_var + eps)"),
    ),
    ("test-mode-without-eps", forward(out="gamma * (x - running_mean) / np.sqrt(running_var + 1e-5) + beta")),
    ("rows-of-statistics", forward(mean="np.mean(x, axis=0, keepdims=True)")),
    ("rows-of-statistics", forward(mean="x.sum(0).reshape(1, D) / N")),
    ("running-statistics-not-stored", forward(running=IN_THE_BRANCH)),
    ("running-statistics-not-stored", forward(running="sample_var = sample_var")),
]  # fmt: skip

RELU = [
    ("x-where-it-is-negative", "return np.where(cache > 0, dout, cache)"),
    ("x-where-it-is-negative", "dx = cache.copy(); dx[dx > 0] = dout[dx > 0]; return dx"),
    ("overwrites-both", "x = cache; x[x < 0] = 0; dout[x == 0] = 0; return dout"),
    ("overwrites-both", "x = cache; x[x <= 0] = 0; x[x > 0] = 1; dout *= x; return 1 * dout"),
]

LOSS = """
    def softmax_loss(x, y):
        N = x.shape[0]
        {shift}
        probs = np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)
        p_y = probs[np.arange(N), y]
        loss = {loss}
        dx = {dx}
        {minus_one}
        return loss, dx
"""
RIGHT_LOSS = {
    "shift": "x = x - np.max(x, axis=1, keepdims=True)",
    "loss": "np.mean(np.log(np.exp(x).sum(1)) - x[np.arange(N), y])", "dx": "probs.copy()",
    "minus_one": "dx[np.arange(N), y] -= 1; dx /= N",
}  # fmt: skip


def loss(**parts):
    return LOSS.format(**{**RIGHT_LOSS, **parts})


LOSS_OF_P = "-np.sum(np.log(p_y)) / N"
SOFTMAX_LOSS = [
    ("no-shift", loss(shift="pass")),
    ("no-shift", loss(shift="pass", loss=LOSS_OF_P)),
    ("log-of-a-probability", loss(loss=LOSS_OF_P)),
    ("log-of-a-probability", loss(loss=LOSS_OF_P, dx="-(np.eye(x.shape[1])[y] - probs) / p_y[:, None] * p_y[:, None]",
                                  minus_one="dx = dx / N")),
    ("log-of-every-probability", loss(loss="-np.mean(np.sum(np.log(probs) * np.eye(x.shape[1])[y], axis=1))")),
    ("class-counts-in-every-row", loss(minus_one="dx = (dx - np.bincount(y)) / N")),
    ("class-counts-in-every-row", loss(minus_one="dx = (dx - np.eye(x.shape[1])[y].sum(0)) / N")),
    ("p-of-the-true-class-everywhere", loss(dx="np.ones_like(x) * p_y.reshape(-1, 1)")),
    ("p-of-the-true-class-everywhere", loss(dx="p_y[:, None] - np.eye(x.shape[1])[y]", minus_one="dx = dx / N")),
]  # fmt: skip

CASES = [
    *(("batchnorm_forward", name, source) for name, source in BATCHNORM_FORWARD),
    *(("relu_backward", name, f"def relu_backward(dout, cache): {body}") for name, body in RELU),
    *(("softmax_loss", name, source) for name, source in SOFTMAX_LOSS),
]


@pytest.mark.parametrize("task, name, source", CASES, ids=[f"{task}-{name}" for task, name, _ in CASES])
def test_mistake_in_a_students_function_is_named(task, name, source):
    assert named_mistakes(task, source) == [sentences_of(task)[name]]


@pytest.mark.parametrize("task, source", [("batchnorm_forward", forward()), ("softmax_loss", loss())])
def test_without_the_mistake_these_functions_are_right(task, source):
    assert report(task, function_of(task, source))[1] is None
