"""Tests of every layer against autograd. No layer changes its arguments, or returns a view of them."""

import copy
import inspect

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n import layer_utils, layers
from tests.helpers.oracle import arrays_in, assert_close, read_only, vjp

sizes = st.integers(1, 6)
seeds = st.integers(0, 10**6)
dtypes = st.sampled_from([np.float64, np.float32])


def normal(seed, *shapes, dtype=np.float64):
    """Standard normal arrays, one per shape."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


# --- against autograd -----------------------------------------------------------------------------


@given(N=sizes, inner=st.lists(st.integers(1, 3), min_size=1, max_size=3), M=sizes, seed=seeds, dtype=dtypes)
def test_affine_agrees_with_autograd(N, inner, M, seed, dtype):
    D = int(np.prod(inner))
    x, w, b, dout = normal(seed, (N, *inner), (D, M), (M,), (N, M), dtype=dtype)

    def affine(x, w, b):
        return anp.einsum("nd,dm->nm", anp.reshape(x, (N, D)), w) + b

    out, cache = layers.affine_forward(x, w, b)
    assert_close(out, affine(x, w, b), "out", dtype)
    grads = layers.affine_backward(dout, cache)
    for name, actual, expected in zip(("dx", "dw", "db"), grads, vjp(affine, dout, x, w, b)):
        assert_close(actual, expected, name, dtype)


@given(shape=st.lists(sizes, min_size=1, max_size=4).map(tuple), seed=seeds, dtype=dtypes)
def test_relu_agrees_with_autograd(shape, seed, dtype):
    def relu(x):
        return anp.where(x > 0, x, 0.0)

    x, dout = normal(seed, shape, shape, dtype=dtype)
    out, cache = layers.relu_forward(x)
    assert_close(out, relu(x), "out", dtype)
    assert_close(layers.relu_backward(dout, cache), vjp(relu, dout, x)[0], "dx", dtype)


def test_relu_at_its_kink_has_slope_zero():
    dx = layers.relu_backward(np.ones(3), layers.relu_forward(np.array([-1.0, 0.0, 1.0]))[1])
    assert dx.tolist() == [0.0, 0.0, 1.0]


def softmax_by_definition(x):
    e = anp.exp(x)
    return e / anp.sum(e, axis=1, keepdims=True)


@given(N=sizes, C=sizes, seed=seeds, dtype=dtypes)
def test_softmax_and_its_jacobian_agree_with_autograd(N, C, seed, dtype):
    x, dout = normal(seed, (N, C), (N, C), dtype=dtype)
    p = layers.softmax(x)
    assert_close(p, softmax_by_definition(x), "p", dtype)
    J = layers.softmax_jacobian(p)
    assert J.shape == (N, C, C) and J.dtype == dtype
    assert_close(np.einsum("nij,ni->nj", J, dout), vjp(softmax_by_definition, dout, x)[0], "J", dtype)


@given(
    N=sizes, C=sizes, seed=seeds, dtype=dtypes,
    label_type=st.sampled_from([np.int64, np.int32, np.uint8, np.int8]), offset=st.sampled_from([0.0, 1e4, -1e4]),
)  # fmt: skip
def test_softmax_loss_agrees_with_autograd_wherever_the_scores_lie(N, C, seed, dtype, label_type, offset):
    (x,) = normal(seed, (N, C))
    y = np.random.default_rng(seed).integers(0, C, N).astype(label_type)

    def cross_entropy(x):
        return -anp.mean(anp.log(softmax_by_definition(x)[np.arange(N), y]))

    per_row = (offset * (1 + np.arange(N)))[:, None]  # one offset per row; no offset may change the result
    shifted = (x + per_row).astype(dtype)
    exact = shifted.astype(np.float64) - per_row
    loss, dx = layers.softmax_loss(shifted, y)
    assert loss.dtype == dtype
    assert_close(loss, cross_entropy(exact), "loss", dtype)
    assert_close(dx, vjp(cross_entropy, 1.0, exact)[0], "dx", dtype)


# --- softmax: theorems and extremes ---------------------------------------------------------------


def test_rows_of_dscores_sum_to_zero():
    (x,) = normal(0, (20, 10))
    _, dx = layers.softmax_loss(5 * x, np.arange(20) % 10)
    assert np.max(np.abs(dx.sum(axis=1))) < 1e-14
    assert np.all(np.sum(dx < 0, axis=1) == 1), "only the true class has a negative gradient"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gap", [1e3, 1e4])
def test_loss_is_the_gap_when_the_true_class_lies_far_below(gap, dtype):
    """p underflows to 0 if a score is about 745 below the others. The loss must still be finite."""
    x = np.array([[gap, 0.0, 0.0], [0.0, 0.0, -gap]], dtype=dtype)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        loss, dx = layers.softmax_loss(x, np.array([1, 2]))
        p = layers.softmax(x)
    assert loss == pytest.approx(gap + np.log(2) / 2, rel=1e-6)
    assert np.allclose(dx, [[0.5, -0.5, 0.0], [0.25, 0.25, -0.5]], atol=1e-7)
    assert np.allclose(p, [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]], atol=1e-7)


def test_uniform_scores_cost_log_C_for_any_batch():
    for N in (1, 7):
        assert layers.softmax_loss(np.zeros((N, 10)), np.zeros(N, int))[0] == pytest.approx(np.log(10), abs=1e-14)


# --- the hinge loss -------------------------------------------------------------------------------


@given(N=sizes, C=sizes, seed=seeds, dtype=dtypes)
def test_svm_loss_agrees_with_autograd(N, C, seed, dtype):
    (x,) = normal(seed, (N, C), dtype=dtype)
    y = np.random.default_rng(seed).integers(0, C, N)
    others = np.arange(C) != y[:, None]

    def hinge(x):
        margins = x - x[np.arange(N), y][:, None] + 1
        return anp.sum(anp.where(others & (margins > 0), margins, 0.0)) / N

    loss, dx = layers.svm_loss(x, y)
    assert_close(loss, hinge(x.astype(np.float64)), "loss", dtype)
    assert_close(dx, vjp(hinge, 1.0, x)[0], "dx", dtype)


def test_svm_loss_by_hand():
    """The wrong classes miss their margins by 0.5 and exactly 0 (a kink), then by 3 and 2."""
    loss, dx = layers.svm_loss(np.array([[2.0, 1.5, 1.0], [3.0, 2.0, 1.0]]), np.array([0, 2]))
    assert loss == (0.5 + 3 + 2) / 2
    assert dx.tolist() == [[-0.5, 0.5, 0.0], [0.5, 0.5, -1.0]]


# --- dropout --------------------------------------------------------------------------------------


def test_dropout_keeps_with_probability_p_and_divides_by_it():
    x = np.full((500, 400), 3.0)
    out, cache = layers.dropout_forward(x, {"mode": "train", "p": 0.3, "seed": 1})
    assert set(np.unique(out)) == {0.0, 10.0}
    assert np.mean(out > 0) == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / x.size))
    dx = layers.dropout_backward(np.ones_like(x), cache)
    assert np.allclose(dx, out / 3, rtol=1e-12, atol=0), (
        "the gradient passes where the forward pass did, with the same factor"
    )


def test_dropout_in_test_mode_changes_nothing():
    (x,) = normal(0, (3, 4))
    out, cache = layers.dropout_forward(x, {"mode": "test", "p": 0.3})
    assert np.array_equal(out, x)
    assert np.array_equal(layers.dropout_backward(x, cache), x)


def test_dropout_draws_from_the_seed_or_the_generator_it_is_given():
    x = np.ones((8, 8))

    def masked(**param):
        return layers.dropout_forward(x, {"mode": "train", "p": 0.5, **param})[0]

    assert np.array_equal(masked(seed=3), masked(seed=3))
    assert not np.array_equal(masked(seed=3), masked(seed=4))
    rng = np.random.default_rng(0)
    assert not np.array_equal(masked(rng=rng), masked(rng=rng)), "a generator moves on"
    assert not np.array_equal(masked(), masked()), "without either, every call draws afresh"
    assert np.array_equal(masked(p=1.0), x)


@pytest.mark.parametrize("param", [{"mode": "eval", "p": 0.5}, {"mode": "train", "p": 0}, {"mode": "test", "p": 1.5}])
def test_dropout_refuses_a_wrong_mode_or_probability(param):
    with pytest.raises(ValueError, match="dropout_param"):
        layers.dropout_forward(np.ones((2, 2)), param)


# --- side effects: one call of every public function ------------------------------------------------


def calls(dtype):
    """Pairs (function, arguments) for every layer function in every mode."""
    N, D, M = 5, 4, 3
    x, w, b, dout = normal(0, (N, D), (D, M), (M,), (N, M), dtype=dtype)
    gamma, beta, mean, var = normal(1, (M,), (M,), (M,), (M,), dtype=dtype)
    y, p = np.arange(N) % M, layers.softmax(dout)

    def bn_param(mode):
        return {"mode": mode, "running_mean": mean.copy(), "running_var": var**2}

    drop_train, drop_test = {"mode": "train", "p": 0.5, "seed": 0}, {"mode": "test", "p": 0.5}
    bn_cache = layers.batchnorm_forward(dout + b, gamma, beta, bn_param("train"))[1]
    bn_test_cache = layers.batchnorm_forward(dout + b, gamma, beta, bn_param("test"))[1]
    plain_cache = layer_utils.affine_relu_forward(x, w, b)[1]
    sandwich_cache = layer_utils.affine_bn_relu_forward(x, w, b, gamma, beta, bn_param("train"))[1]
    ln_cache = layers.layernorm_forward(dout + b, gamma, beta, {})[1]
    ln_sandwich_cache = layer_utils.affine_ln_relu_forward(x, w, b, gamma, beta, {})[1]
    return [
        (layers.affine_forward, (x, w, b)),
        (layers.affine_backward, (dout, (x, w, b))),
        (layers.relu_forward, (x,)),
        (layers.relu_backward, (dout, dout + b)),
        (layers.dropout_forward, (x, drop_train)),
        (layers.dropout_forward, (x, drop_test)),
        (layers.dropout_backward, (x, layers.dropout_forward(x, drop_train)[1])),
        (layers.dropout_backward, (x, layers.dropout_forward(x, drop_test)[1])),
        (layers.batchnorm_forward, (dout, gamma, beta, bn_param("train"))),
        (layers.batchnorm_forward, (dout, gamma, beta, bn_param("test"))),
        (layers.batchnorm_backward, (dout, bn_cache)),
        (layers.batchnorm_backward_alt, (dout, bn_cache)),
        (layers.batchnorm_backward_staged, (dout, bn_cache)),
        (layers.batchnorm_backward_test, (dout, bn_test_cache)),
        (layers.layernorm_forward, (dout, gamma, beta, {"eps": 0.1})),
        (layers.layernorm_backward, (dout, ln_cache)),
        (layers.softmax, (dout,)),
        (layers.softmax_jacobian, (p,)),
        (layers.softmax_loss, (dout, y)),
        (layers.svm_loss, (dout, y)),
        (layer_utils.affine_relu_forward, (x, w, b)),
        (layer_utils.affine_relu_backward, (dout, plain_cache)),
        (layer_utils.affine_bn_relu_forward, (x, w, b, gamma, beta, bn_param("train"))),
        (layer_utils.affine_bn_relu_forward, (x, w, b, gamma, beta, bn_param("test"))),
        (layer_utils.affine_bn_relu_backward, (dout, sandwich_cache)),
        (layer_utils.affine_ln_relu_forward, (x, w, b, gamma, beta, {"eps": 0.1})),
        (layer_utils.affine_ln_relu_backward, (dout, ln_sandwich_cache)),
    ]


CALLS = [pytest.param(i, id=f"{f.__name__}-{i}") for i, (f, _) in enumerate(calls(np.float64))]


def results(f, args):
    """The arrays that a function returns, except for the cache of a forward pass, which holds its inputs."""
    result = f(*args)
    return arrays_in(result[0] if f.__name__.endswith("_forward") else result)


def test_the_calls_below_cover_every_public_function():
    public = {
        f for module in (layers, layer_utils) for name, f in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
    }  # fmt: skip
    assert public == {f for f, _ in calls(np.float64)}


@pytest.mark.parametrize("i", CALLS)
def test_no_function_writes_to_its_arguments_or_the_cache(i):
    """The arrays are read-only, and the settings are compared. Training mode may replace running statistics."""
    f, args = calls(np.float64)[i]
    before = copy.deepcopy(args)
    f(*read_only(args))
    for old, new in zip(before, args):
        if isinstance(new, dict) and new.get("mode") == "train":
            old.update({key: new[key] for key in old if key.startswith("running")})
        np.testing.assert_equal(new, old)


@pytest.mark.parametrize("i", CALLS)
def test_no_result_is_a_piece_of_an_argument(i):
    """If a caller changes an output or a gradient, the data, the parameters and the cache must not change."""
    f, args = calls(np.float64)[i]
    for result in results(f, args):
        assert not any(np.shares_memory(result, array) for array in arrays_in(args))


@pytest.mark.parametrize("i", CALLS)
def test_float32_in_gives_float32_out(i):
    f, args = calls(np.float32)[i]
    found = results(f, args)
    assert found and all(result.dtype == np.float32 for result in found)
    for param in (a for a in args if isinstance(a, dict) and "running_mean" in a):
        assert param["running_mean"].dtype == param["running_var"].dtype == np.float32


def test_no_function_touches_numpys_global_generator_but_dropout_without_a_seed():
    before = np.random.get_state()
    for f, args in calls(np.float64):
        f(*args)
    x, rng = np.ones((4, 4)), np.random.default_rng(0)
    for own in ({"mode": "train", "seed": 3}, {"mode": "train", "rng": rng}, {"mode": "test"}):
        layers.dropout_forward(x, {"p": 0.5, **own})
    after = np.random.get_state()
    assert all(np.array_equal(a, b) for a, b in zip(before, after))
    layers.dropout_forward(x, {"mode": "train", "p": 0.5})  # as in CS231n
    assert not all(np.array_equal(a, b) for a, b in zip(before, np.random.get_state()))
