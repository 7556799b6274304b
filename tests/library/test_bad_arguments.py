"""Tests of the checks of layers: which shapes, caches and settings they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n import layer_utils, layers
from cs231n.guards import layers as layer_checks
from tests.helpers.bad_input import BETA, DOUT, GAMMA, B, D, M, N, W, X, bn, normal, refused

NAN, INF = np.nan, np.inf


# --- shapes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("args, match", [
    ((X, W.T, B), r"w has shape \(3, 4\); \(4, M\) is wanted, since x has shape \(5, 4\)"),
    ((X, W[:, 0], B), r"w has shape \(4,\)"),
    ((X, W, B[:2]), r"b has shape \(2,\); \(3,\) is wanted"),
    ((X, W, normal(N, M)), r"b has shape \(5, 3\); \(3,\) is wanted"),  # would broadcast
    ((X, W, normal(N, 1)), r"b has shape \(5, 1\)"),  # would broadcast
    ((X, W, normal(1, 1, M)), r"b has shape \(1, 1, 3\)"),
    ((X[0], W, B), r"x\[None\] is a batch of one"),
    ((X[:0], W, B), "empty batch"),
])  # fmt: skip
def test_affine_shapes(args, match):
    refused(match, layers.affine_forward, *args)


@pytest.mark.parametrize("dout", [DOUT[:1], DOUT[:, :1], DOUT.T, DOUT[0], X])
def test_dout_of_another_shape_is_refused_by_every_backward_pass(dout):
    """Most of these would broadcast to a gradient of the right shape."""
    pairs = [
        (layers.affine_backward, (X, W, B)),
        (layers.relu_backward, layers.relu_forward(DOUT)[1]),
        (layers.dropout_backward, layers.dropout_forward(DOUT, {"mode": "train", "p": 0.5, "seed": 0})[1]),
        (layers.batchnorm_backward, bn(DOUT, B, B)[1]),
        (layers.batchnorm_backward_alt, bn(DOUT, B, B)[1]),
        (layers.batchnorm_backward_staged, bn(DOUT, B, B)[1]),
        (layers.layernorm_backward, layers.layernorm_forward(DOUT, B, B, {})[1]),
    ]
    for backward, cache in pairs:
        refused("dout has shape", backward, dout, cache)
    test_cache = bn(DOUT, B, B, mode="test", running_mean=B, running_var=B**2)[1]
    refused("dout has shape", layers.batchnorm_backward_test, dout, test_cache)
    for backward in (layer_utils.affine_relu_backward, layer_utils.affine_bn_relu_backward):
        forward = getattr(layer_utils, backward.__name__.replace("backward", "forward"))
        more = () if backward is layer_utils.affine_relu_backward else (B, B, {"mode": "train"})
        with pytest.raises(ValueError, match="dout has shape"):
            backward(dout, forward(X, W, B, *more)[1])


def test_cache_of_another_layer_is_refused():
    caches = {
        "affine": layers.affine_forward(X, W, B)[1],
        "relu": layers.relu_forward(DOUT[:3])[1],  # three rows: x, w, b = cache would unpack them
        "dropout": layers.dropout_forward(DOUT, {"mode": "train", "p": 0.5})[1],
        "batchnorm": bn(DOUT, B, B)[1],
        "layernorm": layers.layernorm_forward(DOUT, B, B, {})[1],
    }
    for name in caches:
        backward = getattr(layers, f"{name}_backward")
        for other, cache in caches.items():
            if other != name:
                refused("cache", backward, DOUT, cache, error=(ValueError, TypeError))
    for backward in ("affine_relu", "affine_bn_relu", "affine_ln_relu"):
        f = getattr(layer_utils, f"{backward}_backward")
        for cache in (None, DOUT[:3], DOUT[:2], (1, 2, 3, 4)):  # a_cache, b_cache = cache would unpack these rows
            refused("cache", f, DOUT, cache, error=(ValueError, TypeError))
    with pytest.raises((ValueError, TypeError), match="cache"):
        layer_utils.affine_relu_backward(DOUT, caches["dropout"])


def test_cache_of_the_other_mode_is_refused():
    """In test mode the statistics are constants, so the gradient has the same shape but other values."""
    train, test = bn()[1], bn(mode="test", running_mean=GAMMA, running_var=GAMMA**2)[1]
    for backward in (layers.batchnorm_backward, layers.batchnorm_backward_alt, layers.batchnorm_backward_staged):
        refused('mode "test"; one in mode "train" is wanted, or batchnorm_backward_test', backward, X, test)
        backward(X, tuple(train))  # a plain tuple is accepted, too
    refused('mode "train"; one in mode "test"', layers.batchnorm_backward_test, X, train)
    layers.batchnorm_backward_test(X, tuple(test))


@pytest.mark.parametrize("name", ["gamma", "beta"])
@pytest.mark.parametrize("shape", [(3,), (D, 1), (N, D), (N, 1), (1, 1, D)])
def test_scale_and_shift_of_another_length_are_refused(name, shape):
    arguments = {"gamma": GAMMA, "beta": BETA, name: np.ones(shape)}
    match = rf"{name} has shape .* \(4,\) is wanted, one per feature"
    refused(match, layers.batchnorm_forward, X, bn_param={"mode": "train"}, **arguments)
    refused(match, layers.layernorm_forward, X, ln_param={}, **arguments)


@pytest.mark.parametrize("x, match", [
    (X[0], r"x\[None\] is a batch of one"), (X[:0], "empty batch"), (X[:, :, None], r"x\.reshape\(len\(x\), -1\)"),
])  # fmt: skip
def test_wrong_number_of_axes_and_empty_batches_are_refused(x, match):
    refused(match, layers.batchnorm_forward, x, GAMMA, BETA, {"mode": "train"})
    refused(match, layers.layernorm_forward, x, GAMMA, BETA, {})
    refused(match, layers.softmax, x)
    refused(match.replace("x", "[xp]"), layers.softmax_jacobian, x)
    refused(match, layers.softmax_loss, x, np.arange(len(x)))


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("param, error, match", [
    ({}, ValueError, "bn_param has no 'mode'"),
    ({"Mode": "train"}, ValueError, "bn_param has no 'mode'; .*did you mean 'mode' by 'Mode'"),
    ({"mode": "Train"}, ValueError, """is 'Train'; it must be "train" or "test\""""),
    ({"mode": True}, ValueError, "is True"),
    ({"mode": "train", "eps": -1e-5}, ValueError, r'bn_param\["eps"\] is -1e-05; it must be at least 0'),
    ({"mode": "train", "eps": INF}, ValueError, "finite"),
    ({"mode": "train", "eps": NAN}, ValueError, "is nan"),
    ({"mode": "train", "eps": "1e-5"}, TypeError, "a number is wanted"),
    ({"mode": "train", "eps": GAMMA}, TypeError, r"an array of shape \(4,\)"),
    ({"mode": "train", "momentum": 1.1}, ValueError, r"is 1\.1; it must be in 0\.\.1"),
    ({"mode": "train", "momentum": -0.1}, ValueError, "momentum"),
    ({"mode": "train", "running_mean": np.zeros(3)}, ValueError, r'mean"\] has shape \(3,\); \(4,\) is wanted'),
    ({"mode": "train", "running_var": np.ones((D, 1))}, ValueError, r"\(4, 1\); \(4,\) is wanted"),
    ({"mode": "test", "running_mean": np.zeros(D), "running_var": np.ones(3)}, ValueError, "running_var"),
    ({"mode": "train", "running_mean": [0.0] * D}, TypeError, "a NumPy array is wanted"),
    ({"mode": "test", "running_mean": GAMMA}, ValueError, "only one of"),
    ({"mode": "test", "running_mean": GAMMA, "running_var": -GAMMA**2}, ValueError, "negative"),
    ("train", TypeError, "bn_param is a str; a dictionary is wanted"),
])  # fmt: skip
def test_settings_of_batch_norm(param, error, match):
    before = dict(param) if isinstance(param, dict) else param
    refused(match, layers.batchnorm_forward, X, GAMMA, BETA, param, error=error)
    assert isinstance(param, str) or param.keys() == before.keys(), "refused before it is written to"
    with pytest.raises(error, match=match):
        layer_utils.affine_bn_relu_forward(X, normal(D, D), BETA, GAMMA, BETA, param)


@given(key=st.text(max_size=12), value=st.floats(0, 1))
def test_no_key_is_silently_ignored(key, value):
    if key in layer_checks.BN_KEYS:
        return
    with pytest.warns(UserWarning, match="bn_param has the unknown key"):
        bn(**{key: value})
    with pytest.warns(UserWarning, match="ln_param has the unknown key"):
        layers.layernorm_forward(X, GAMMA, BETA, {key: value})
    with pytest.warns(UserWarning, match="dropout_param has the unknown key"):
        layers.dropout_forward(X, {"mode": "train", "p": 0.5, key + "_": value})


@pytest.mark.parametrize("key, hint", [
    ("running_means", "'running_means'; did you mean 'running_mean'"), ("epsilon", "'epsilon'; did you mean 'eps'"),
    (3, "unknown key 3; It may have eps"), ("layer", "unknown key 'layer'; It may have eps"),
])  # fmt: skip
def test_a_key_of_the_students_own_is_named_once_and_changes_nothing(key, hint):
    """CS231n ignores it. It may be a misspelling, so it is named; but not at every step of a training."""
    param, plain = {"mode": "train", key: 0.5}, {"mode": "train"}
    with pytest.warns(UserWarning, match=hint) as caught:
        outs = [layers.batchnorm_forward(X, GAMMA, BETA, param)[0] for _ in range(3)]
    assert len(caught) == 1 and caught[0].filename == __file__, "the caller's line is named"
    assert param.pop(key) == 0.5, "and the key stays"
    right = [layers.batchnorm_forward(X, GAMMA, BETA, plain)[0] for _ in range(3)]
    np.testing.assert_equal((outs, param), (right, plain))


@pytest.mark.parametrize("param, error, match", [
    ({"p": 0.5}, ValueError, "no 'mode'"),
    ({"mode": "train"}, ValueError, "no 'p'"),
    ({"mode": "eval", "p": 0.5}, ValueError, "'eval'"),
    ({"mode": "train", "p": 0}, ValueError, "nothing is kept"),
    ({"mode": "train", "p": NAN}, ValueError, "probability of keeping"),
    ({"mode": "train", "p": "0.5"}, TypeError, "a number is wanted"),
    ({"mode": "train", "p": 0.5, "rng": 3}, TypeError, "default_rng"),
    ({"mode": "train", "p": 0.5, "seed": -1}, ValueError, "seed"),
])  # fmt: skip
def test_settings_of_dropout(param, error, match):
    refused(match, layers.dropout_forward, X, param, error=error)


def test_scores_instead_of_probabilities_have_no_jacobian():
    refused(r"probabilities are wanted, such as softmax\(x\)", layers.softmax_jacobian, X)
    assert np.isnan(layers.softmax_jacobian(np.full((1, 2), NAN))).all(), "NaN is passed on"


def test_question_in_a_message_is_not_followed_by_a_full_stop():
    with pytest.raises(
        TypeError, match=r"Is it the cache of another layer\? See help\(cs231n\.layers\.relu_backward\)$"
    ):
        layers.relu_backward(np.ones((2, 3)), (np.ones((2, 3)), np.ones(3)))
