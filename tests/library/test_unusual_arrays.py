"""Tests of layers with unusual arrays, such as integers or batches of one. Values that are not arrays are refused."""

import numpy as np
import pytest

from cs231n import gradient_check, layers, optim
from cs231n.classifiers.fc_net import FullyConnectedNet
from tests.helpers.bad_input import BETA, GAMMA, B, D, M, W, X, Y, bn, normal, refused
from tests.helpers.oracle import arrays_in, read_only

# --- dtypes and memory layouts: the right answer ---------------------------------------------------


def forward_and_backward(x, w, b, y):
    """Every result of a forward and backward pass through all layers."""
    a, affine = layers.affine_forward(x, w, b)
    n, norm = layers.batchnorm_forward(a, np.abs(b) + 1, b, {"mode": "train", "eps": 0.5})
    ln, layer_norm = layers.layernorm_forward(a, np.abs(b) + 1, b, {"eps": 0.5})
    h, relu = layers.relu_forward(n + ln)
    d, drop = layers.dropout_forward(h, {"mode": "train", "p": 0.7, "seed": 0})
    loss, dd = layers.softmax_loss(d, y)
    da = layers.batchnorm_backward(layers.relu_backward(layers.dropout_backward(dd, drop), relu), norm)
    return [a, n, ln, d, loss, *da, *layers.layernorm_backward(dd, layer_norm), *layers.affine_backward(dd, affine)]


INTEGERS = [np.bool_, np.uint8, np.int8, np.uint16, np.int32, np.int64, np.uint64]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_input_gives_what_the_same_numbers_give_in_float64(dtype):
    high = 2 if dtype is np.bool_ else 100
    x, w, b = (np.random.default_rng(0).integers(0, high, shape).astype(dtype) for shape in ((8, D), (D, M), (M,)))
    want = forward_and_backward(*(array.astype(np.float64) for array in (x, w, b)), np.arange(8) % M)
    for actual, right in zip(forward_and_backward(x, w, b, np.arange(8) % M), want, strict=True):
        assert actual.dtype == np.float64 and np.allclose(actual, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_do_not_wrap_in_any_single_layer(dtype):
    scores = np.random.default_rng(1).integers(0, 2 if dtype is np.bool_ else 120, (6, M)).astype(dtype)
    exact, y = scores.astype(np.float64), np.arange(6) % M
    for f, args, right in [
        (layers.softmax, (scores,), (exact,)), (layers.softmax_loss, (scores, y), (exact, y)),
        (layers.svm_loss, (scores, y), (exact, y)),
        (layers.affine_backward, (scores, (scores, np.ones((M, M), dtype), np.zeros(M, dtype))),
         (exact, (exact, np.ones((M, M)), np.zeros(M)))),
        (layers.relu_backward, (scores, scores), (exact, exact)),
        (layers.dropout_forward, (scores, {"mode": "train", "p": 0.7, "seed": 0}),
         (exact, {"mode": "train", "p": 0.7, "seed": 0})),
        (optim.adam, (scores, scores), (exact, exact)), (optim.sgd, (scores, scores), (exact, exact)),
        (gradient_check.rel_error, (scores, scores[::-1]), (exact, exact[::-1])),
    ]:  # fmt: skip
        for a, b in zip(arrays_in(f(*args)), arrays_in(f(*right)), strict=True):
            assert np.allclose(a, b, rtol=1e-12, atol=1e-12), f.__name__
    onehot = np.eye(3, dtype=dtype)
    assert np.array_equal(layers.softmax_jacobian(onehot), layers.softmax_jacobian(np.eye(3)))


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=0)[::2], lambda a: a[::-1][::-1]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layout_and_write_protection_change_nothing(layout, dtype):
    x, w, b = normal(8, D, dtype=dtype), normal(D, M, seed=1, dtype=dtype), normal(M, seed=2, dtype=dtype)
    y = np.arange(8) % M
    laid_out = read_only([layout(x), layout(w), layout(b)])
    actual, right = forward_and_backward(*laid_out, read_only([layout(y)])[0]), forward_and_backward(x, w, b, y)
    rtol = 1e-4 if dtype is np.float32 else 1e-12
    for a, r in zip(actual, right, strict=True):
        assert a.dtype == dtype and np.allclose(a, r, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("x, match", [
    ([[1.0, 2.0]], "a list; a NumPy array is wanted"), (None, "NoneType"), (1.0, "float"),
    (np.array([["a"]]), "dtype <U1"), (np.ones((2, 2), complex), "complex128"), (np.ones((2, 2), object), "object"),
    (np.ma.masked_less(X, 0), "MaskedArray"), (np.eye(2).view(np.matrix), "matrix"),
])  # fmt: skip
def test_what_is_no_array_of_real_numbers_is_refused(x, match):
    for f, more in [(layers.softmax, ()), (layers.relu_forward, ()), (layers.affine_forward, (W, B)),
                    (layers.batchnorm_forward, (GAMMA, BETA, {"mode": "train"}))]:  # fmt: skip
        refused(match, f, x, *more, error=TypeError)


# --- degenerate batches: the right answer ----------------------------------------------------------


@pytest.mark.parametrize("features", [1, 4])
def test_a_batch_of_one_is_beta(features):
    """The variance is 0. The formulas still hold: there is no NaN, and the gradients of x and gamma are 0."""
    x, gamma, beta, param = normal(1, features), normal(features), normal(features, seed=1), {"mode": "train"}
    out, cache = layers.batchnorm_forward(x, gamma, beta, param)
    assert np.array_equal(out[0], beta) and not param["running_var"].any()
    for backward in (layers.batchnorm_backward, layers.batchnorm_backward_alt):
        dx, dgamma, dbeta = backward(np.ones_like(x), cache)
        assert not dx.any() and not dgamma.any() and dbeta.tolist() == [1.0] * features


def test_one_feature_and_a_constant_feature():
    x = normal(6, 2)
    x[:, 1] = 3.0
    out, cache = bn(x, np.ones(2), np.zeros(2))
    alone, _ = bn(x[:, :1], np.ones(1), np.zeros(1))
    assert np.allclose(out[:, :1], alone, rtol=1e-12) and not out[:, 1].any()
    assert np.isfinite(layers.batchnorm_backward(x, cache)[0]).all()


def test_the_network_refuses_a_single_example_where_nothing_can_be_learned():
    net = FullyConnectedNet([6], input_dim=D, num_classes=M, normalization="batchnorm", seed=0)
    with pytest.raises(ValueError, match="at least two in training mode"):
        net.loss(X[:1], Y[:1])
    assert net.loss(X[:1]).shape == (1, M), "in test mode it is an example like any other"
    plain = FullyConnectedNet([6], input_dim=D, num_classes=M, seed=0)
    assert np.isfinite(plain.loss(X[:1], Y[:1])[0])
