"""What check() once said, or let pass, about functions that were written to attack it: a test for each kind."""

import pytest

from cs231n import layers
from cs231n.assignment.check import report
from tests.helpers.answers import compiled

ADAM = """
{before}
def adam(w, dw, config=None):
    config = {{}} if config is None else config
    for key, value in dict(learning_rate={rate}, beta1=0.9, beta2={beta2}, epsilon=1e-8, t=0).items():
        config.setdefault(key, value)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    b1, b2 = config["beta1"], config["beta2"]
    {count}
    m = config["m"] = b1 * config["m"] + (1 - b1) * dw
    v = config["v"] = b2 * config["v"] + (1 - b2) * dw**2
    m, v = m / (1 - b1**t), v / (1 - b2**t)
    next_w = w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])
    {after}
    return {result}
"""
PARTS = {
    "before": "",
    "rate": "1e-3",
    "beta2": "0.999",
    "count": 't = config["t"] = config["t"] + 1',
    "after": "pass",
    "result": "next_w, config",
}


def report_on(task, source, **names):
    """The lines of a report, and its last line, or None."""
    return report(task, compiled(source, task, **names))


def report_on_adam(**parts):
    return report_on("adam", ADAM.format(**(PARTS | parts)))


def says(lines, text):
    return any(text in line for line in lines)


def names_no_mistake(lines):
    return not any("looks like" in line or line.startswith("Where") for line in lines)


# --- Data that is no argument ---------------------------------------------------------------------

ALT = """
{before}
def batchnorm_backward_alt(dout, cache{argument}):
    x, gamma, beta, var, mu, x_hat, eps = cache
    dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
    return gamma / np.sqrt(var + eps) * (dout - dbeta / {n} - x_hat * dgamma / {n}), dgamma, dbeta
{after}
"""
AROUND = "def make(N):\n    {}\n    return batchnorm_backward_alt\n\nbatchnorm_backward_alt = make(8)"


@pytest.mark.parametrize(
    "parts, note",
    [
        ({"argument": ", N=8", "n": "N"}, "has an argument of its own: N, with the default 8"),
        ({"before": "class Sizes:\n    N = 8\n", "n": "Sizes.N"}, "reads Sizes.N (there 8) from the notebook"),
        ({"before": "sizes = {'N': 8}", "n": "sizes['N']"}, "reads sizes (there a dict) from the notebook"),
    ],
)
def test_data_that_is_no_argument_is_told_and_no_mistake_is_named(parts, note):
    lines, failed = report_on(
        "batchnorm_backward_alt", ALT.format(**({"before": "", "argument": "", "after": ""} | parts))
    )
    assert failed and says(lines, note) and names_no_mistake(lines), lines


def test_name_of_a_function_around_the_answer_is_told():
    body = ALT.format(before="", argument="", n="N", after="").strip().replace("\n", "\n    ")
    lines, failed = report_on("batchnorm_backward_alt", AROUND.format(body))
    assert failed and says(lines, "reads N (there 8) from the notebook") and names_no_mistake(lines)


def test_right_answer_may_have_an_argument_of_its_own():
    source = (
        "def softmax(x, low=0.0):\n    e = np.exp(x - x.max(1, keepdims=True))\n    return e / e.sum(1, keepdims=True)"
    )
    assert report_on("softmax", source)[1] is None


@pytest.mark.parametrize(
    "before, count, name",
    [("t = 0", "global t; t += 1", "t"), ("", 't = adam.t = getattr(adam, "t", 0) + 1', "adam.t")],
)
def test_data_that_is_kept_outside_is_told(before, count, name):
    lines, failed = report_on_adam(before=before, count=count)
    assert failed and says(lines, f"note  your function keeps {name} outside its arguments")
    assert says(lines, "t is kept outside config, so all parameters share one counter")
    assert not says(lines, "set it inside the function")


# --- Unfinished answers ---------------------------------------------------------------------------

BN = """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps = bn_param["mode"], bn_param.get("eps", {eps})
    momentum = bn_param.get("momentum", 0.9)
    mu, var = bn_param.get("running_mean", np.zeros(x.shape[1])), bn_param.get("running_var", np.zeros(x.shape[1]))
    if mode == "train":
        bn_param["running_mean"] = momentum * mu + (1 - momentum) * x.mean(0)
        bn_param["running_var"] = momentum * var + (1 - momentum) * x.var(0)
        mu, var = x.mean(0), x.var(0)
        {in_training}
    elif mode == "test":
        {in_test_mode}
    else:
        raise {error}
    x_hat = (x - mu) / {root}
    return gamma * x_hat + beta, {cache}
"""
RIGHT_BN = {
    "eps": "1e-5",
    "in_training": "pass",
    "in_test_mode": "pass",
    "error": "ValueError(mode)",
    "root": "np.sqrt(var + eps)",
    "cache": "(x, gamma, beta, var, mu, x_hat, eps)",
}


def bn_with(**parts):
    return BN.format(**(RIGHT_BN | parts))


@pytest.mark.parametrize(
    "parts, text",
    [
        (
            {"error": "NotImplementedError"},
            "the mode 'valid' raises a NotImplementedError, but should",
        ),
        (
            {"in_test_mode": 'raise NotImplementedError("later")'},
            "the running statistics: NotImplementedError: later",
        ),
    ],
)
def test_answer_with_one_unwritten_branch_is_judged(parts, text):
    lines, failed = report_on("batchnorm_forward", bn_with(**parts))
    assert "not written yet" not in failed and says(lines, text)


def test_step_of_adam_that_returns_none_is_told_as_such():
    lines, failed = report_on_adam(result="None, config")
    assert "not written yet" not in failed
    assert says(lines, "next_w is None, but should be an array of the shape of w")


# --- Backward passes and their own forward passes -------------------------------------------------

KEYS = "('x', 'gamma', 'beta', 'var', 'mu', 'x_hat', 'eps')"
BACKWARD = """
def batchnorm_backward(dout, cache):
    {head}
    N, ivar, xmu = len(dout), 1 / np.sqrt(var + eps), x - mu
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * xmu, axis=0) * -0.5 * ivar**3
    dmu = -np.sum(dx_hat, axis=0) * ivar
    return dx_hat * ivar + dvar * 2 * xmu / N + dmu / N, (dout * x_hat).sum(0), dout.sum(0)
"""


def test_dictionary_is_not_the_documented_cache():
    wrong = bn_with(root="(np.sqrt(var) + eps)", cache=f"dict(zip({KEYS}, (x, gamma, beta, var, mu, x_hat, eps)))")
    backward = BACKWARD.format(head=f"x, gamma, beta, var, mu, x_hat, eps = [cache[key] for key in {KEYS}]")
    lines, failed = report_on("batchnorm_backward", wrong + backward)
    assert failed == "batchnorm_backward: cannot be judged before batchnorm_forward is right"
    assert not says(lines, "TypeError")


def test_gradients_of_a_wrong_forward_pass_are_told_as_such():
    backward = """
def batchnorm_backward(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    xmu, std = x - mu, np.sqrt(var) + eps
    dx_hat = dout * gamma
    dstd = -np.sum(dx_hat * xmu, axis=0) / std**2
    dx = dx_hat / std + dstd * xmu / (len(x) * np.sqrt(var))
    return dx - dx.mean(0), (dout * x_hat).sum(0), dout.sum(0)
"""
    lines, failed = report_on("batchnorm_backward", bn_with(root="(np.sqrt(var) + eps)") + backward)
    assert failed == "batchnorm_backward: cannot be judged before batchnorm_forward is right"
    assert says(lines, "it does return the gradients of your batchnorm_forward as it stands")
    assert not says(lines, "Its cache is your own")


def test_wrong_default_eps_of_the_forward_pass_is_no_matter_of_the_caches_order():
    source = bn_with(eps="1e-8") + BACKWARD.format(head="x, gamma, beta, var, mu, x_hat, eps = cache")
    lines, failed = report_on("batchnorm_backward", source)
    assert failed is None and says(lines, "your batchnorm_forward is not right yet") and not says(lines, "pack it in")


@pytest.mark.parametrize(
    "order, text",
    [
        ("gamma, x, beta, mu, var, x_hat, eps", "with entries 1 and 2, and also 4 and 5, of the cache exchanged"),
        ("x, gamma, beta, mu, var, x_hat, eps", "with entries 4 and 5 of the cache exchanged"),
        ("gamma, x_hat, beta, var, mu, x, eps", "with the entries of the cache in the order 2, 6, 3, 4, 5, 1, 7"),
    ],
)
def test_cache_in_another_order_is_told(order, text):
    source = BACKWARD.format(head=f"{order} = cache")
    lines, failed = report_on("batchnorm_backward", source)
    assert failed and says(lines, text), lines


# --- Words ----------------------------------------------------------------------------------------


def test_batches_of_a_sequence_are_no_axes_of_x():
    lines, failed = report_on("batchnorm_forward", bn_with(in_training='bn_param["eps"] = eps / 2'))
    assert failed and not says(lines, "more than two axes")
    assert says(lines, "out is wrong after several calls with one bn_param, and right after a single call")


def test_jacobians_of_other_examples_are_said_to_be_zero():
    source = """
    def softmax_jacobian(p):
        J = np.zeros((*p.shape, p.shape[1]))
        for n in range(len(p)):
            M = np.diag(p[n]) - np.outer(p[n], p[n])
        J[n] = M
        return J
    """
    lines, failed = report_on("softmax_jacobian", source)
    assert failed and says(lines, "J is 0 in every example but example 5, and right elsewhere")


@pytest.mark.parametrize(
    "task, source, text",
    [
        ("affine_backward",
         "x, w, b = cache\n    for n in range(len(x)):\n        dw, db = np.outer(x[n].ravel(), dout[n]), dout[n]\n"
         "    return (dout @ w.T).reshape(x.shape), dw, db", "hold what one example contributes"),
        ("relu_backward", "return np.where(cache > 0, dout, 0.01 * dout)", "a small part of dout passes"),
        ("batchnorm_backward", "return layers.batchnorm_backward(dout, cache)", "That is no answer"),
    ],
)  # fmt: skip
def test_common_mistakes_are_named(task, source, text):
    lines, failed = report_on(task, f"def {task}(dout, cache):\n    {source}\n", layers=layers)
    assert failed and says(lines, text), lines


def test_history_that_is_sorted_is_told():
    source = "history.sort()\n    return next((i for i, value in enumerate(history) if value >= level), None)"
    lines, failed = report_on("steps_to_reach", f"def steps_to_reach(history, level):\n    {source}\n")
    assert failed and says(lines, "the history is sorted in place")


# --- Types whose methods raise --------------------------------------------------------------------

RAISES = """
class Mine({base}):
    def {method}(self, *arguments):
        raise RuntimeError("not for you")

{head}
    {result}
"""


@pytest.mark.parametrize("base, method", [("dict", "items"), ("tuple", "__iter__"), ("list", "__len__")])
def test_a_result_whose_methods_raise_is_a_failure(base, method):
    head, result = "def batchnorm_backward(dout, cache):", "return Mine([(1, dout), (2, dout), (3, dout)])"
    lines, failed = report_on("batchnorm_backward", RAISES.format(base=base, method=method, head=head, result=result))
    assert failed and says(lines, "FAIL")


@pytest.mark.parametrize("method", ["__iter__", "__len__", "__getitem__"])
def test_a_cache_whose_methods_raise_is_a_failure(method):
    head = "def batchnorm_forward(x, gamma, beta, bn_param):"
    source = RAISES.format(base="tuple", method=method, head=head, result="return x, Mine((x, gamma, beta))")
    source += "\ndef batchnorm_backward(dout, cache):\n    x, gamma, beta = cache\n    return dout, gamma, beta\n"
    lines, failed = report_on("batchnorm_backward", source)
    assert failed and says(lines, "batchnorm_forward is not right yet")
