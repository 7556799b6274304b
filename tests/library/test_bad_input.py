"""Tests of guards/: how a check is put in front of a function, which labels are refused, and what happens to NaN."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n import gradient_check, guards, layer_utils, layers, optim
from cs231n.assignment.saving.installed import is_stub
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.guards import gradients as gradient_checks
from cs231n.guards import layers as layer_checks
from cs231n.guards import optim as optim_checks
from tests.helpers.bad_input import DOUT, B, D, M, N, W, X, Y, bn, normal, refused
from tests.helpers.oracle import arrays_in

GUARDED = [
    (module, name, check)
    for module, checks in (
        (layers, layer_checks.LAYERS), (layer_utils, layer_checks.SANDWICHES), (optim, optim_checks.RULES),
        (gradient_check, gradient_checks.GRADIENTS),
    )
    for name, check in checks.items()
]  # fmt: skip
guarded_functions = pytest.mark.parametrize("module, name, check", [pytest.param(*row, id=row[1]) for row in GUARDED])

NAN, INF = np.nan, np.inf


# --- the mechanism ---------------------------------------------------------------------------------


@guarded_functions
def test_guarded_function_looks_like_the_one_behind_it(module, name, check):
    function, original = getattr(module, name), inspect.unwrap(getattr(module, name))
    assert function is not original and function.__name__ == name and function.__doc__ == original.__doc__
    assert inspect.signature(function) == inspect.signature(original)
    assert inspect.getsource(function).startswith(f"def {name}("), "no decorator in the source that students see"
    assert original.__code__.co_filename.startswith(str(inspect.getsourcefile(layers).rsplit("layers.py", 1)[0]))


@guarded_functions
def test_check_takes_what_its_function_takes(module, name, check):
    def parts(function):
        return [(p.name, p.default) for p in inspect.signature(function).parameters.values()]

    assert parts(check) == parts(inspect.unwrap(getattr(module, name)))


def test_every_public_layer_is_guarded():
    """Without a check: the forward sandwiches, whose layers check, and two functions that check themselves."""
    unguarded = {
        name
        for module in (layers, layer_utils, optim, gradient_check)
        for name, f in vars(module).items()
        if inspect.isfunction(f) and not name.startswith("_") and not hasattr(f, "__wrapped__")
    }
    assert unguarded == {
        "affine_relu_forward", "affine_bn_relu_forward", "affine_ln_relu_forward", "gradient_error",
        "grad_check_network",
    }  # fmt: skip


def test_wrong_call_is_told_in_the_layers_name():
    refused("missing a required argument: 'b'", layers.affine_forward, X, W, error=TypeError)
    refused("too many positional", layers.softmax, X, X, error=TypeError)
    refused("unexpected keyword argument 'weights'", layers.affine_forward, X, W, b=B, weights=B, error=TypeError)
    assert np.array_equal(layers.affine_forward(b=B, w=W, x=X)[0], layers.affine_forward(X, W, B)[0])


def test_guarded_stub_is_a_stub():
    def softmax(x):
        raise NotImplementedError("task 1.1")

    assert is_stub(guards.guard_function(softmax, layer_checks.check_softmax, "layers.softmax"))
    assert not is_stub(layers.softmax)


def test_error_of_the_layer_itself_comes_through():
    def broken(x):
        raise ValueError("inside")

    with pytest.raises(ValueError, match="^inside$"):
        guards.guard_function(broken, layer_checks.check_softmax, "layers.broken")(X)


# --- labels ----------------------------------------------------------------------------------------

BAD_LABELS = [
    (Y[:, None], ValueError, r"y has shape \(5, 1\); \(5,\) is wanted.*y\.ravel\(\)"),
    (Y[None, :], ValueError, r"\(5,\) is wanted"),
    (np.eye(M, dtype=int)[Y], ValueError, r"np\.argmax\(y, axis=1\)"),
    (Y[:4], ValueError, r"y has shape \(4,\)"),
    (np.int64(1), ValueError, r"y has shape \(\)"),
    (Y.astype(float), TypeError, r"dtype float64.*\.astype\(int\)"),
    (Y == 1, TypeError, "dtype bool"),
    (Y.astype(str), TypeError, "must be integers"),
    (np.array([0, 1, 2, 3, 0]), ValueError, r"y\[3\] is 3; labels must be in 0\.\.2"),
    (np.array([0, 1, -1, 2, 0]), ValueError, r"y\[2\] is -1"),
]


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.svm_loss])
@pytest.mark.parametrize("y, error, match", BAD_LABELS)
def test_bad_labels_are_refused_by_the_losses(loss, y, error, match):
    refused(match, loss, DOUT, y, error=error)


@pytest.mark.parametrize("loss", [layers.softmax_loss, layers.svm_loss])
def test_a_loss_without_labels_says_that_y_is_none(loss):
    refused("y is None; 5 labels are wanted, one per example.*test mode.*return the scores", loss, DOUT, None)


@pytest.mark.parametrize("y, error, match", BAD_LABELS)
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_the_network_refuses_bad_labels_even_with_unguarded_layers(y, error, match, normalization, monkeypatch):
    for name in ("softmax_loss", "affine_backward", "relu_backward", "batchnorm_forward"):
        monkeypatch.setattr(layers, name, inspect.unwrap(getattr(layers, name)))  # like a student's installed answer
    net = FullyConnectedNet([6], input_dim=D, num_classes=M, normalization=normalization, seed=0)
    before = [np.copy(array) for array in arrays_in(net.bn_params)]
    with pytest.raises(error, match=match):
        net.loss(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(before, arrays_in(net.bn_params))), "nothing was learned from it"


@given(n=st.integers(1, 6), c=st.integers(1, 5), data=st.data())
def test_labels_of_any_integer_type_give_the_loss_or_an_error(n, c, data):
    """Labels that are accepted are in range. They give the same result as a list of int64 labels."""
    y = data.draw(st.lists(st.integers(-3, 7), min_size=n, max_size=n))
    dtype = data.draw(st.sampled_from([np.int8, np.int32, np.int64] + [np.uint8, np.uint64] * (min(y) >= 0)))
    x = normal(n, c)
    if all(0 <= label < c for label in y):
        loss, dx = layers.softmax_loss(x, np.array(y, dtype=dtype))
        p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        assert loss == pytest.approx(-np.mean([np.log(p[i, label]) for i, label in enumerate(y)]))
        assert np.array_equal(dx, layers.softmax_loss(x, y)[1]), "a list of labels does as well"
    else:
        with pytest.raises(ValueError, match=r"labels must be in 0\.\."):
            layers.softmax_loss(x, np.array(y, dtype=dtype))


# --- NaN -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_the_network_names_the_examples_with_nan_and_learns_nothing_from_them(bad, normalization):
    net = FullyConnectedNet([6], input_dim=D, num_classes=M, normalization=normalization, seed=0)
    x = X.copy()
    x[[2, 4], 1] = bad
    before = [array.copy() for array in arrays_in(net.bn_params)]
    for arguments in ((x, Y), (x,)):
        with pytest.raises(ValueError, match=r"NaN or infinity in 2 of 5 examples, first in X\[2\]"):
            net.loss(*arguments)
    assert all(np.array_equal(a, b) for a, b in zip(before, arrays_in(net.bn_params)))


@given(row=st.integers(0, N - 1), column=st.integers(0, D - 1))
def test_nan_goes_through_the_layers_and_reaches_the_loss(row, column):
    x = X.copy()
    x[row, column] = NAN
    a, affine = layers.affine_forward(x, W, B)
    assert np.array_equal(np.isnan(a).all(axis=1), np.arange(N) == row), "its example, and no other"
    assert np.isnan(bn(a, B, B)[0]).all(), "batch norm spreads it over the batch"
    loss, dx = layers.softmax_loss(layers.relu_forward(a)[0], Y)
    assert np.isnan(loss) and np.isnan(dx[row]).all()
    assert np.isnan(layers.affine_backward(dx, affine)[1]).any()


def test_large_finite_inputs_are_no_infinity():
    net = FullyConnectedNet([6], input_dim=D, num_classes=M, normalization="batchnorm", seed=0)
    assert np.isfinite(net.loss(1e15 * X, Y)[0])
    net = FullyConnectedNet([6], input_dim=D, num_classes=M, normalization="layernorm", dtype=np.float64, seed=0)
    assert np.isfinite(net.loss(1e160 * X / 1e10, Y)[0])


def test_inputs_that_are_no_numbers_are_refused_by_the_network():
    net = FullyConnectedNet([6], input_dim=D, num_classes=M, seed=0)
    for bad in (X.astype(str), X.astype(complex), [[1.0, 2.0], [3.0]], X.astype(object)):
        with pytest.raises(TypeError, match="X "):
            net.loss(bad, Y)
