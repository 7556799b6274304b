"""Tests that a mistake costs once: a backward pass that is right for its own mistaken forward pass earns its points."""

import pytest

from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, lost, only, shares, submission

pytestmark = BOX_MARKS

FORWARD = '''def batchnorm_forward(x, gamma, beta, bn_param):
    """A mistaken normalisation, and a cache of the student's own."""
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "train":
        mu, var = x.mean(0), x.var(0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    elif bn_param["mode"] == "test":
        mu, var = running_mean, running_var
    else:
        raise ValueError("mode")
    std = {std}
    x_hat = (x - mu) / std
    return gamma * x_hat + beta, (std, gamma, x_hat, np.sqrt(var))'''
BACKWARD = '''def {name}(dout, cache):
    """The gradient of that forward pass."""
    std, gamma, x_hat, root = cache
    dbeta, dgamma = dout.sum(0), (dout * x_hat).sum(0)
    dx_hat = dout * gamma
    dx = (dx_hat - dx_hat.mean(0) - x_hat * (dx_hat * x_hat).mean(0) * {factor}) / std
    return dx, dgamma, dbeta'''
MISTAKES = {  # the standard deviation, and the factor in dx that belongs to it
    "no eps": ("np.sqrt(var)", "1"),
    "eps outside the root": ("np.sqrt(var) + eps", "std / root"),
}


def hand_in(std, factor):
    names = ("batchnorm_backward", "batchnorm_backward_alt")
    backward = {name: BACKWARD.format(name=name, factor=factor) for name in names}
    return only(submission(batchnorm_forward=FORWARD.format(std=std), **backward), 2)


@pytest.mark.parametrize("std, factor", MISTAKES.values(), ids=MISTAKES)
def test_a_backward_pass_that_is_right_for_its_own_mistaken_forward_pass_earns_everything(judge, std, factor):
    reading = hand_in(std, factor)
    verdict = judge.judge(reading)
    assert set(lost(verdict, judge, reading)) == {"batchnorm_forward"} and verdict.flags == []
    assert verdict.own_forward, "the documented cache has other entries, so these points come from the own forward pass"


def test_a_backward_pass_that_is_wrong_for_its_own_forward_pass_loses_what_is_wrong(judge):
    reading = hand_in("np.sqrt(var)", "2")
    shares = lost(judge.judge(reading), judge, reading)
    assert set(shares) == {"batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt"}
    assert 0 < shares["batchnorm_backward"] < 1, "dgamma and dbeta are right"


def test_a_forward_pass_that_is_no_known_mistake_changes_nothing(judge):
    reading = hand_in("np.sqrt(var) * (1 + np.sin(np.abs(x).sum()) / 7)", "1")
    verdict = judge.judge(reading)
    assert verdict.own_forward == set() and lost(verdict, judge, reading)["batchnorm_backward"] < 1


# A forward pass that leaves the batch's mean and variance out has a trivial gradient. The first one is right in its own
# task's cell; the second one is mistaken everywhere.
HONEST_WHERE_IT_IS_GRADED = """
    import sys
    frame = sys._getframe()
    while frame and "spec" not in frame.f_locals:
        frame = frame.f_back
    if frame and frame.f_locals["spec"]["task"] == "batchnorm_forward":
        return right(x, gamma, beta, bn_param)"""
MISTAKEN_EVERYWHERE = """
    right(x, gamma, beta, dict(bn_param, mode="train"))"""
WITHOUT_STATISTICS = (
    ANSWERS["batchnorm_forward"].replace("def batchnorm_forward", "def right")
    + """

def batchnorm_forward(x, gamma, beta, bn_param):{begin}
    std = np.sqrt(bn_param.get("running_var", 0 * gamma) + bn_param.get("eps", 1e-5))
    x_hat = (x - bn_param.get("running_mean", 0 * gamma)) / std
    return gamma * x_hat + beta, (std, gamma, x_hat)"""
)
TRIVIAL = """def {name}(dout, cache):
    std, gamma, x_hat = cache[:3]
    return dout * gamma / std, (dout * x_hat).sum(0), dout.sum(0)"""
# The same mistake as in MISTAKES, but not in its own task's cell.
NO_EPS_ELSEWHERE = (
    ANSWERS["batchnorm_forward"].replace("def batchnorm_forward", "def right")
    + "\n\n"
    + FORWARD.format(std="np.sqrt(var)").replace(
        'cache of the student\'s own."""', f'cache."""{HONEST_WHERE_IT_IS_GRADED}'
    )
)


@pytest.mark.parametrize("begin", [HONEST_WHERE_IT_IS_GRADED, MISTAKEN_EVERYWHERE], ids=["honest", "mistaken"])
def test_a_forward_pass_with_a_trivial_gradient_makes_no_trivial_backward_pass_right(judge, begin):
    names = ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt")
    backward = {name: TRIVIAL.format(name=name) for name in names[1:]}
    backward[names[0]] = "def batchnorm_backward_staged(dout, cache):\n    std, gamma, x_hat = cache[:3]\n" + (
        "    inner = 'dx_hat dinv_std dxmu1 dstd dvar dsq dxmu2 dxmu dmu dx1 dx2'.split()\n"
        "    mine = {'dx': dout * gamma / std, 'dgamma': (dout * x_hat).sum(0), 'dbeta': dout.sum(0)}\n"
        "    return dict.fromkeys(inner, 0) | mine"
    )
    reading = only(submission(batchnorm_forward=WITHOUT_STATISTICS.replace("{begin}", begin), **backward), 2)
    verdict = judge.judge(reading)
    assert verdict.own_forward == set()
    earned = shares(verdict, judge, reading)
    assert all(earned[name] <= 0.2 for name in names), "dbeta is right, and nothing else"


def test_a_mistake_that_did_not_cost_anything_changes_nothing(judge):
    backward = {"batchnorm_backward": BACKWARD.format(name="batchnorm_backward", factor="1")}
    reading = only(submission(batchnorm_forward=NO_EPS_ELSEWHERE, **backward), 2)
    verdict = judge.judge(reading)
    earned = shares(verdict, judge, reading)
    assert earned["batchnorm_forward"] == 1 and verdict.own_forward == set()
    assert earned["batchnorm_backward"] < 1
