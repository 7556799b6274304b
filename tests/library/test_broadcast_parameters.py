"""Tests of parameters that broadcast to the documented shape: the numbers are right, and the gradients' shapes, too."""

import numpy as np
import pytest

from cs231n import layer_utils, layers
from cs231n.gradient_check import eval_numerical_gradient_array, gradient_error
from cs231n.guards.caches import WRAPPERS
from tests.helpers.bad_input import normal

N, D, M = 6, 4, 3
X, W, DOUT = normal(N, D), normal(D, M, seed=1), normal(N, M, seed=2)
RNG = np.random.default_rng(3)
SHAPES = [(M,), (1, M), (1, 1), (1,), ()]


def parameter(shape):
    return np.asarray(RNG.standard_normal(shape))


def spread(p):
    """The parameter in its documented shape."""
    return np.ravel(p) * np.ones(M)


def check(forward, backward, parameters, first=1):
    """Compare the output with that of documented shapes, and the gradients with numerical ones."""
    out, cache = forward(*parameters)
    right, _ = forward(*map(spread, parameters))
    assert np.array_equal(out, right) and out.shape == (N, M)
    grads = backward(DOUT, cache)
    grads = [grads["dgamma"], grads["dbeta"]] if isinstance(grads, dict) else grads[first:]
    for i, (p, grad) in enumerate(zip(parameters, grads, strict=True)):
        assert np.shape(grad) == p.shape and type(grad) is np.ndarray

        def along(value, i=i):
            return forward(*parameters[:i], value, *parameters[i + 1 :])[0]

        assert gradient_error(grad, eval_numerical_gradient_array(along, p.copy(), DOUT)) < 1e-7


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("relu", [False, True])
def test_biases(shape, relu):
    pair = (layers.affine_forward, layers.affine_backward)
    if relu:
        pair = (layer_utils.affine_relu_forward, layer_utils.affine_relu_backward)
    forward, backward = pair
    check(lambda b: forward(X, W, b), backward, [parameter(shape)], first=2)


@pytest.mark.parametrize("gamma", SHAPES)
@pytest.mark.parametrize("beta", SHAPES)
@pytest.mark.parametrize("backward", ["batchnorm_backward", "batchnorm_backward_alt", "batchnorm_backward_staged"])
def test_scale_and_shift_of_batch_norm(gamma, beta, backward):
    def forward(gamma, beta):
        return layers.batchnorm_forward(X @ W, gamma, beta, {"mode": "train"})

    check(forward, getattr(layers, backward), [parameter(gamma), parameter(beta)])


@pytest.mark.parametrize("shape", SHAPES)
def test_running_statistics_gamma_and_beta_in_test_mode(shape):
    mean, var = parameter(shape), parameter(shape) ** 2 + 1

    def forward(gamma, beta, mean=mean, var=var):
        param = {"mode": "test", "running_mean": mean, "running_var": var}
        return layers.batchnorm_forward(X @ W, gamma, beta, param)

    gamma, beta = parameter(shape), parameter(shape)
    check(forward, layers.batchnorm_backward_test, [gamma, beta])
    full = forward(gamma, beta, spread(mean), spread(var))
    assert np.array_equal(forward(gamma, beta)[0], full[0])


@pytest.mark.parametrize("gamma", SHAPES)
@pytest.mark.parametrize("beta", SHAPES)
def test_scale_and_shift_of_layer_norm(gamma, beta):
    parameters = [parameter(gamma), parameter(beta)]
    check(lambda *p: layers.layernorm_forward(X @ W, *p, {}), layers.layernorm_backward, parameters)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["bn", "ln"])
def test_sandwiches(shape, kind):
    forward, backward = (getattr(layer_utils, f"affine_{kind}_relu_{way}") for way in ("forward", "backward"))
    parameters = [parameter(shape) for _ in range(3)]
    check(lambda *p: forward(X, W, *p, {"mode": "train"}), backward, parameters, first=2)


@pytest.mark.parametrize("number", [2, 2.0, np.float64(2.0)])
def test_plain_numbers_are_scales_shifts_and_biases(number):
    """As with an array of shape (): the output is that of all twos, and the gradient is one number, the sum."""
    twos = np.full(M, 2.0)
    pairs = [
        (lambda p: layers.affine_forward(X, W, p), layers.affine_backward, slice(2, 3)),
        (lambda p: layers.batchnorm_forward(X @ W, p, p, {"mode": "train"}), layers.batchnorm_backward, slice(1, 3)),
        (lambda p: layers.layernorm_forward(X @ W, p, p, {}), layers.layernorm_backward, slice(1, 3)),
    ]
    for forward, backward, which in pairs:
        (out, cache), (right, full) = forward(number), forward(twos)
        assert np.array_equal(out, right)
        assert np.array_equal(backward(DOUT, cache)[0], backward(DOUT, full)[0])
        for grad, wide in zip(backward(DOUT, cache)[which], backward(DOUT, full)[which], strict=True):
            assert isinstance(grad, float) and grad == pytest.approx(wide.sum())


def test_a_plain_number_leaves_float32_alone():
    x = (X @ W).astype(np.float32)
    out, cache = layers.batchnorm_forward(x, 1.5, 0, {"mode": "train"})
    assert out.dtype == np.float32 and {np.asarray(g).dtype for g in layers.batchnorm_backward(out, cache)} == {
        out.dtype
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cache_taken_apart_and_put_together_again(shape):
    """A student may rebuild a cache as a plain tuple."""
    p = parameter(shape)
    for forward, backward, first in [
        (lambda: layers.affine_forward(X, W, p), layers.affine_backward, 2),
        (lambda: layers.batchnorm_forward(X @ W, p, p, {"mode": "train"}), layers.batchnorm_backward, 1),
        (lambda: layers.layernorm_forward(X @ W, p, p, {}), layers.layernorm_backward, 1),
    ]:
        _, cache = forward()
        right = backward(DOUT, cache)
        for grad, expected in zip(backward(DOUT, tuple(list(cache))), right, strict=True):
            assert np.array_equal(grad, expected) and grad.shape == expected.shape
        assert {grad.shape for grad in right[first:]} == {shape}


def test_installed_answers_get_the_arguments_as_they_are(monkeypatch):
    """No wrapper stands around a student's own function."""
    seen = []

    def mine(dout, cache):
        seen.append(cache)
        return dout, cache[1], cache[2]

    monkeypatch.setattr(layers, "batchnorm_backward", mine)
    gamma, beta = parameter((1, M)), parameter(())
    _, cache = layer_utils.affine_bn_relu_forward(X, W, np.zeros((1, M)), gamma, beta, {"mode": "train"})
    dx, dw, db, dgamma, dbeta = layer_utils.affine_bn_relu_backward(DOUT, cache)
    assert dgamma is gamma and dbeta is beta and db.shape == (1, M) and len(seen) == 1


@pytest.mark.parametrize("wrong", [(None, None, None), None, (DOUT, W), [1, 2, 3], (DOUT, W, np.ones(7)), 3.0])
def test_a_layer_that_somebody_has_edited_returns_what_it_returns(wrong):
    """In CS231n, students edit the library's files. The wrapper must not fail before they see their own mistake."""
    backward = WRAPPERS["affine_backward"](lambda dout, cache: wrong)
    returned = backward(DOUT, (X, W, np.zeros((1, M))))
    assert returned is wrong or [a is b for a, b in zip(returned, wrong, strict=True)] == [True] * len(wrong)


@pytest.mark.parametrize("beta", [None, "beta", (1, 2)])
def test_batch_norms_backward_pass_does_not_need_beta(beta):
    gamma = parameter((1, M))
    _, cache = layers.batchnorm_forward(X @ W, gamma, np.zeros((1, M)), {"mode": "train"})
    right = layers.batchnorm_backward(DOUT, cache)
    for a, b in zip(layers.batchnorm_backward(DOUT, (*cache[:2], beta, *cache[3:])), right, strict=True):
        assert np.array_equal(a, b) and a.shape == b.shape
