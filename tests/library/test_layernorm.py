"""Tests of layer norm against autograd, theorems, a calculation by hand, and the batch norm of transposed inputs."""

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n import layer_utils, layers
from cs231n.gradient_check import eval_numerical_gradient_array, gradient_error
from tests.helpers.oracle import assert_close, vjp

NAMES = ("dx", "dgamma", "dbeta")


def layer_norm(x, gamma, beta, eps=1e-5):
    """The definition, for autograd."""
    mu = anp.mean(x, axis=1, keepdims=True)
    var = anp.mean((x - mu) ** 2, axis=1, keepdims=True)
    return gamma * (x - mu) / anp.sqrt(var + eps) + beta


def case(seed, N, D, dtype=np.float64, offset=0.0):
    rng = np.random.default_rng(seed)
    x, dout = rng.standard_normal((2, N, D))
    gamma, beta = rng.standard_normal((2, D))
    return [a.astype(dtype) for a in (3 * x + offset, gamma, beta, dout)]


# --- against autograd -------------------------------------------------------------------------------


@given(
    N=st.integers(1, 8), D=st.integers(1, 8), seed=st.integers(0, 10**6), eps=st.sampled_from([1e-2, 0.1, 0.5]),
    dtype=st.sampled_from([np.float64, np.float32]),
)  # fmt: skip
def test_both_passes_agree_with_autograd(N, D, seed, eps, dtype):
    x, gamma, beta, dout = case(seed, N, D, dtype)
    out, cache = layers.layernorm_forward(x, gamma, beta, {"eps": eps})
    exact = [a.astype(np.float64) for a in (x, gamma, beta)]
    assert_close(out, layer_norm(*exact, eps), "out", dtype)
    expected = vjp(lambda *a: layer_norm(*a, eps), dout, *exact)
    for name, actual, right in zip(NAMES, layers.layernorm_backward(dout, cache), expected, strict=True):
        assert_close(actual, right, name, dtype)


@given(N=st.integers(1, 5), D=st.integers(1, 5), M=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_the_sandwich_agrees_with_autograd(N, D, M, seed):
    rng = np.random.default_rng(seed)
    x, w, b = rng.standard_normal((N, D)), rng.standard_normal((D, M)), rng.standard_normal(M)
    gamma, beta, dout = rng.standard_normal(M), rng.standard_normal(M), rng.standard_normal((N, M))

    def sandwich(x, w, b, gamma, beta):
        return anp.maximum(layer_norm(anp.dot(x, w) + b, gamma, beta, 0.1), 0)

    out, cache = layer_utils.affine_ln_relu_forward(x, w, b, gamma, beta, {"eps": 0.1})
    assert_close(out, sandwich(x, w, b, gamma, beta), "out")
    grads = layer_utils.affine_ln_relu_backward(dout, cache)
    names = ("dx", "dw", "db", "dgamma", "dbeta")
    for name, actual, right in zip(names, grads, vjp(sandwich, dout, x, w, b, gamma, beta), strict=True):
        assert_close(actual, right, name)


def test_numerical_gradient_with_the_default_eps():
    x, gamma, beta, dout = case(0, 8, 7, offset=12)
    _, cache = layers.layernorm_forward(x, gamma, beta, {})
    functions = (
        lambda v: layers.layernorm_forward(v, gamma, beta, {})[0],
        lambda v: layers.layernorm_forward(x, v, beta, {})[0],
        lambda v: layers.layernorm_forward(x, gamma, v, {})[0],
    )
    for f, at, name, actual in zip(functions, (x, gamma, beta), NAMES, layers.layernorm_backward(dout, cache)):
        assert gradient_error(actual, eval_numerical_gradient_array(f, at.copy(), dout)) < 1e-9, name


# --- by hand and by theorem -------------------------------------------------------------------------


def test_two_examples_by_hand():
    """Row 1, 2, 6: mean 3, deviations -2, -1, 3, biased variance 14/3. With eps = 13/3, std is 3. Row 7, 7, 7: 0."""
    x, gamma, beta = np.array([[1.0, 2.0, 6.0], [7.0, 7.0, 7.0]]), np.array([6.0, 3.0, 1.0]), np.array([1.0, 0.0, 5.0])
    out, cache = layers.layernorm_forward(x, gamma, beta, {"eps": 13 / 3})
    assert np.allclose(out, [[-3.0, -1.0, 6.0], [1.0, 0.0, 5.0]], atol=1e-14)
    dx, dgamma, dbeta = layers.layernorm_backward(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), cache)
    # dx_hat = 6, 0, 0; its mean is 2; mean(dx_hat * x_hat) = -4/3; dx = (dx_hat - 2 + 4/3 x_hat) / 3
    assert np.allclose(dx, [[28 / 27, -22 / 27, -6 / 27], [0, 0, 0]], atol=1e-14)
    assert np.allclose(dgamma, [-2 / 3, 0, 0], atol=1e-14) and dbeta.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_dx_sums_to_zero_over_the_features_and_is_orthogonal_to_x_hat_up_to_eps(eps):
    x, gamma, beta, dout = case(1, 6, 9)
    _, cache = layers.layernorm_forward(x, gamma, beta, {"eps": eps})
    dx, _, _ = layers.layernorm_backward(dout, cache)
    var = x.var(axis=1, keepdims=True)
    x_hat = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(var + eps)
    assert np.max(np.abs(dx.sum(axis=1))) < 1e-12
    along = np.sum(dout * gamma * x_hat, axis=1) * eps / (var[:, 0] + eps) ** 1.5
    assert np.allclose(np.sum(dx * x_hat, axis=1), along, rtol=1e-9, atol=1e-13)


def test_it_is_batch_norm_of_the_transposed_batch():
    x, _, _, dout = case(2, 6, 9)
    out, cache = layers.layernorm_forward(x, np.ones(9), np.zeros(9), {})
    twin, twin_cache = layers.batchnorm_forward(x.T, np.ones(6), np.zeros(6), {"mode": "train"})
    assert np.allclose(out, twin.T, rtol=1e-13)
    dx, _, _ = layers.layernorm_backward(dout, cache)
    assert np.allclose(dx, layers.batchnorm_backward_staged(dout.T, twin_cache)["dx"].T, rtol=1e-10, atol=1e-14)


def test_rows_get_mean_beta_and_deviation_gamma():
    x, _, _, _ = case(3, 4, 50, offset=100)
    out, _ = layers.layernorm_forward(x, np.full(50, -3.0), np.full(50, 5.0), {"eps": 0})
    assert np.allclose(out.mean(axis=1), 5) and np.allclose(out.std(axis=1), 3)


def test_no_example_depends_on_another():
    x, gamma, beta, dout = case(4, 5, 6)
    out, cache = layers.layernorm_forward(x, gamma, beta, {})
    dx, dgamma, dbeta = layers.layernorm_backward(dout, cache)
    parts = []
    for n in range(5):
        one, one_cache = layers.layernorm_forward(x[n : n + 1], gamma, beta, {})
        parts.append(layers.layernorm_backward(dout[n : n + 1], one_cache))
        assert np.allclose(one, out[n : n + 1], rtol=1e-12, atol=1e-14)
        assert np.allclose(parts[-1][0], dx[n : n + 1], rtol=1e-12, atol=1e-14)
    assert np.allclose(dgamma, sum(p[1] for p in parts)) and np.allclose(dbeta, sum(p[2] for p in parts))


# --- settings and extremes --------------------------------------------------------------------------


def test_training_and_test_mode_are_one_and_nothing_is_remembered():
    x, gamma, beta, _ = case(5, 4, 3)
    plain, _ = layers.layernorm_forward(x, gamma, beta, {})
    for mode in ("train", "test"):
        param = {"mode": mode}
        assert np.array_equal(layers.layernorm_forward(x, gamma, beta, param)[0], plain)
        assert param == {"mode": mode}, "no running statistics"


def test_default_eps_is_inside_the_root():
    out, _ = layers.layernorm_forward(np.array([[0.0, 2e-3]]), np.ones(2), np.zeros(2), {})
    assert out[0, 1] == pytest.approx(1e-3 / np.sqrt(1e-6 + 1e-5), rel=1e-12)


@pytest.mark.parametrize("x", [np.full((3, 4), 7.0), np.array([[5.0], [-2.0]])], ids=["constant example", "D = 1"])
def test_an_example_without_spread_gives_beta(x):
    D = x.shape[1]
    gamma, beta = np.arange(1.0, D + 1), np.arange(D) - 0.5
    out, cache = layers.layernorm_forward(x, gamma, beta, {})
    assert np.array_equal(out, np.tile(beta, (len(x), 1)))
    dout = np.random.default_rng(0).standard_normal(x.shape)
    dx, dgamma, _ = layers.layernorm_backward(dout, cache)
    dx_hat = dout * gamma
    assert np.allclose(dx, (dx_hat - dx_hat.mean(axis=1, keepdims=True)) / np.sqrt(1e-5))
    assert np.array_equal(dgamma, np.zeros(D))


def test_a_large_offset_does_not_matter():
    x, gamma, beta, _ = case(6, 4, 8)
    near, _ = layers.layernorm_forward(x, gamma, beta, {})
    far, _ = layers.layernorm_forward(x + 1e6, gamma, beta, {})
    assert np.allclose(near, far, atol=1e-8)


def test_arrays_that_are_not_contiguous_and_integers():
    x, gamma, beta, dout = case(7, 6, 4)
    out, cache = layers.layernorm_forward(x, gamma, beta, {})
    sliced, sliced_cache = layers.layernorm_forward(np.repeat(x, 2, axis=1)[:, ::2], gamma, beta, {})
    assert np.allclose(out, sliced, rtol=1e-12, atol=1e-14)
    dx = layers.layernorm_backward(np.asfortranarray(dout), sliced_cache)[0]
    assert np.allclose(dx, layers.layernorm_backward(dout, cache)[0], rtol=1e-12)
    whole = np.array([[1, 2, 6], [4, 4, 7]])
    assert_close(
        layers.layernorm_forward(whole, np.ones(3), np.zeros(3), {})[0],
        layers.layernorm_forward(whole.astype(float), np.ones(3), np.zeros(3), {})[0],
    )
