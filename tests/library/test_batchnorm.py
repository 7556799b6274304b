"""Tests of batch norm against autograd (every node of the graph), theorems, and a calculation by hand."""

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n import layer_utils, layers
from tests.helpers.oracle import assert_close, vjp

BACKWARD = [layers.batchnorm_backward, layers.batchnorm_backward_alt]
STAGED = (
    "dbeta", "dgamma", "dx_hat", "dinv_std", "dxmu1", "dstd", "dvar", "dsq", "dxmu2", "dxmu", "dmu", "dx1", "dx2", "dx",
)  # fmt: skip


def graph(x, gamma, beta, eps, **given):
    """The computation graph in autograd, from x to out. If a node is given, the graph starts there.

    xmu1 and xmu2 are the two uses of xmu (in x_hat, in sq), x1 and x2 those of x (in xmu, in mu).
    """
    x1, x2 = given.get("x1", x), given.get("x2", x)
    mu = given["mu"] if "mu" in given else anp.mean(x2, axis=0)
    xmu = given["xmu"] if "xmu" in given else x1 - mu
    xmu1, xmu2 = given.get("xmu1", xmu), given.get("xmu2", xmu)
    sq = given["sq"] if "sq" in given else xmu2**2
    var = given["var"] if "var" in given else anp.mean(sq, axis=0)
    std = given["std"] if "std" in given else anp.sqrt(var + eps)
    inv_std = given["inv_std"] if "inv_std" in given else 1 / std
    x_hat = given["x_hat"] if "x_hat" in given else xmu1 * inv_std
    return gamma * x_hat + beta


def case(seed, N, D, dtype=np.float64, offset=0.0):
    rng = np.random.default_rng(seed)
    x, dout = rng.standard_normal((2, N, D))
    gamma, beta = rng.standard_normal((2, D))
    return [a.astype(dtype) for a in (3 * x + offset, gamma, beta, dout)]


cases = {
    "N": st.integers(2, 9), "D": st.integers(1, 6), "seed": st.integers(0, 10**6),
    "eps": st.sampled_from([1e-2, 0.1, 0.5]), "dtype": st.sampled_from([np.float64, np.float32]),
}  # fmt: skip


def forward(x, gamma, beta, **param):
    return layers.batchnorm_forward(x, gamma, beta, {"mode": "train", **param})


# --- training mode against autograd -----------------------------------------------------------------


@given(**cases)
def test_forward_and_both_short_backward_passes_agree_with_autograd(N, D, seed, eps, dtype):
    x, gamma, beta, dout = case(seed, N, D, dtype)
    out, cache = forward(x, gamma, beta, eps=eps)
    assert_close(out, graph(*(a.astype(np.float64) for a in (x, gamma, beta)), eps), "out", dtype)
    expected = vjp(lambda x, gamma, beta: graph(x, gamma, beta, eps), dout, x, gamma, beta)
    for backward in BACKWARD:
        for name, actual, right in zip(("dx", "dgamma", "dbeta"), backward(dout, cache), expected):
            assert_close(actual, right, f"{backward.__name__}: {name}", dtype)


@given(**cases)
def test_every_node_of_the_staged_backward_pass_agrees_with_autograd(N, D, seed, eps, dtype):
    x, gamma, beta, dout = case(seed, N, D, dtype)
    grads = layers.batchnorm_backward_staged(dout, forward(x, gamma, beta, eps=eps)[1])
    assert tuple(grads) == STAGED

    x, gamma, beta = (a.astype(np.float64) for a in (x, gamma, beta))
    xmu = x - x.mean(axis=0)
    std = np.sqrt(x.var(axis=0) + eps)
    nodes = {
        "x1": x, "x2": x, "mu": x.mean(axis=0), "xmu": xmu, "xmu1": xmu, "xmu2": xmu, "sq": xmu**2,
        "var": x.var(axis=0), "std": std, "inv_std": 1 / std, "x_hat": xmu / std,
    }  # fmt: skip
    for name, value in nodes.items():
        (right,) = vjp(lambda v, name=name: graph(x, gamma, beta, eps, **{name: v}), dout, value)
        assert_close(grads["d" + name], right, "d" + name, dtype)
    for name, right in zip(("dx", "dgamma", "dbeta"), vjp(lambda *a: graph(*a, eps), dout, x, gamma, beta)):
        assert_close(grads[name], right, name, dtype)


@pytest.mark.parametrize("N, D, offset, eps", [(4, 4, 0, 1e-5), (100, 3, 1e3, 1e-5), (2, 5, 0, 0.1), (8, 1, -50, 0)])
def test_the_three_backward_passes_agree(N, D, offset, eps):
    x, gamma, beta, dout = case(0, N, D, offset=offset)
    _, cache = forward(x, gamma, beta, eps=eps)
    staged = layers.batchnorm_backward_staged(dout, cache)
    for backward in BACKWARD:
        for name, actual in zip(("dx", "dgamma", "dbeta"), backward(dout, cache)):
            assert_close(actual, staged[name], f"{backward.__name__}: {name}")


# --- by hand ----------------------------------------------------------------------------------------


def test_a_batch_of_three_by_hand():
    """x = 1, 2, 6: mean 3, deviations -2, -1, 3, biased variance 14/3. With eps = 13/3, std is 3."""
    x, dout = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [0.0], [0.0]])
    gamma, beta, param = np.array([6.0]), np.array([10.0]), {"mode": "train", "eps": 13 / 3, "momentum": 0.75}
    out, cache = layers.batchnorm_forward(x, gamma, beta, param)
    assert np.allclose(out, [[6.0], [8.0], [16.0]], atol=1e-14)
    assert param["running_mean"] == pytest.approx([0.25 * 3])
    assert param["running_var"] == pytest.approx([0.25 * 14 / 3]), "the biased variance, started from 0"
    # dx = gamma/std (dout - dbeta/N - x_hat dgamma/N) with x_hat = -2/3, -1/3, 1; dgamma = -2/3, dbeta = 1
    for backward in BACKWARD:
        dx, dgamma, dbeta = backward(dout, cache)
        assert np.allclose(dx, [[28 / 27], [-22 / 27], [-6 / 27]], atol=1e-14)
        assert dgamma == pytest.approx([-2 / 3]) and dbeta == pytest.approx([1.0])


def test_two_examples_leave_only_eps_of_the_gradient():
    """Apart from eps, x_hat is +-1 for every x. So the terms of dx cancel, except for a factor eps / (var + eps)."""
    x, gamma, beta, dout = case(0, 2, 3)
    for eps in (1e-8, 0.5):
        dx, _, _ = layers.batchnorm_backward(dout, forward(x, gamma, beta, eps=eps)[1])
        var = x.var(axis=0)
        right = gamma / np.sqrt(var + eps) * (dout - dout.mean(axis=0)) * eps / (var + eps)
        assert np.allclose(dx, right, rtol=1e-5, atol=1e-13)


# --- theorems ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("eps", [1e-5, 0.1, 0.5])
@pytest.mark.parametrize("backward", BACKWARD)
def test_dx_sums_to_zero_and_is_orthogonal_to_x_hat_up_to_eps(backward, eps):
    x, gamma, beta, dout = case(1, 10, 6)
    _, cache = forward(x, gamma, beta, eps=eps)
    dx, dgamma, _ = backward(dout, cache)
    x_hat, var = cache[5], x.var(axis=0)
    assert np.max(np.abs(dx.sum(axis=0))) < 1e-12
    along_x_hat = gamma * dgamma * eps / (var + eps) ** 1.5
    assert np.allclose(np.sum(dx * x_hat, axis=0), along_x_hat, rtol=1e-10, atol=1e-13)


def test_output_is_normalised_then_scaled_and_shifted():
    x, gamma, beta, _ = case(2, 50, 4, offset=100)
    out, _ = forward(x, gamma, beta, eps=0)
    assert np.allclose(out.mean(axis=0), beta) and np.allclose(out.std(axis=0), np.abs(gamma))


def test_bias_in_front_of_batch_norm_gets_no_gradient_and_changes_nothing():
    rng = np.random.default_rng(3)
    x, w, dout = rng.standard_normal((9, 4)), rng.standard_normal((4, 5)), rng.standard_normal((9, 5))
    gamma, beta = rng.standard_normal((2, 5))
    out0, _ = layer_utils.affine_bn_relu_forward(x, w, np.zeros(5), gamma, beta, {"mode": "train"})
    out, cache = layer_utils.affine_bn_relu_forward(x, w, rng.standard_normal(5), gamma, beta, {"mode": "train"})
    assert np.allclose(out, out0, atol=1e-13)
    _, dw, db, _, _ = layer_utils.affine_bn_relu_backward(dout, cache)
    assert np.max(np.abs(db)) < 1e-14 < 1e-2 < np.max(np.abs(dw))


def test_constant_feature_stays_finite():
    x, gamma, beta, dout = case(4, 6, 3)
    x[:, 1] = 7.0
    out, cache = forward(x, gamma, beta)
    assert np.array_equal(out[:, 1], np.full(6, beta[1]))
    right = gamma[1] / np.sqrt(1e-5) * (dout[:, 1] - dout[:, 1].mean())
    for backward in BACKWARD:
        assert np.allclose(backward(dout, cache)[0][:, 1], right)


# --- running statistics and test mode ---------------------------------------------------------------


@pytest.mark.parametrize("momentum", [None, 0.0, 0.5, 0.99])
def test_running_statistics_are_the_decaying_average_of_the_batches(momentum):
    param = {"mode": "train"} if momentum is None else {"mode": "train", "momentum": momentum}
    keep = 0.9 if momentum is None else momentum
    batches = np.random.default_rng(0).standard_normal((4, 8, 3)) * 2 + 5
    for batch in batches:
        layers.batchnorm_forward(batch, np.ones(3), np.zeros(3), param)
    weights = (1 - keep) * keep ** np.arange(3, -1, -1.0)  # the last batch counts most; the statistics start at zero
    assert param["running_mean"].shape == param["running_var"].shape == (3,)
    assert np.allclose(param["running_mean"], weights @ batches.mean(axis=1))
    assert np.allclose(param["running_var"], weights @ batches.var(axis=1))


def test_test_mode_uses_the_running_statistics_and_leaves_them_alone():
    x, gamma, beta, dout = case(5, 7, 4)
    mean, var = np.arange(4.0), np.arange(1.0, 5.0)
    param = {"mode": "test", "running_mean": mean, "running_var": var, "eps": 0.5}
    expected = gamma * (x - mean) / np.sqrt(var + 0.5) + beta
    out, cache = layers.batchnorm_forward(x, gamma, beta, param)
    assert np.allclose(out, expected, rtol=1e-14)
    one, _ = layers.batchnorm_forward(x[2:3], gamma, beta, param)
    assert np.allclose(one, expected[2:3], rtol=1e-14), "a batch of one: the others have no say"
    assert param["running_mean"] is mean and param["running_var"] is var
    assert mean.tolist() == [0, 1, 2, 3] and var.tolist() == [1, 2, 3, 4]

    right = vjp(lambda x, gamma, beta: gamma * (x - mean) / anp.sqrt(var + 0.5) + beta, dout, x, gamma, beta)
    for name, actual, expected in zip(("dx", "dgamma", "dbeta"), layers.batchnorm_backward_test(dout, cache), right):
        assert_close(actual, expected, name)


def test_default_eps_is_inside_the_root():
    x = np.array([[0.0], [2e-3]])
    for mode in ("train", "test"):
        param = {"mode": mode, "running_mean": x.mean(axis=0), "running_var": x.var(axis=0)}
        out, _ = layers.batchnorm_forward(x, np.ones(1), np.zeros(1), param)
        assert out[1, 0] == pytest.approx(1e-3 / np.sqrt(1e-6 + 1e-5), rel=1e-12)


@pytest.mark.parametrize("mode", ["eval", None, ""])
def test_unknown_mode_is_refused(mode):
    with pytest.raises(ValueError, match="mode"):
        layers.batchnorm_forward(np.ones((2, 2)), np.ones(2), np.zeros(2), {"mode": mode})
