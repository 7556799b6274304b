"""Tests of `grad_check_network`: right gradients pass, every wrong one is found, and the network is restored."""

import copy

import numpy as np
import pytest

from cs231n import layers
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.gradient_check import grad_check_network
from tests.helpers.solver_cases import same

X, Y = np.random.default_rng(0).standard_normal((12, 6)), np.arange(12) % 4


def net(normalization="batchnorm", **settings):
    settings = {"input_dim": 6, "num_classes": 4, "dtype": np.float64, "seed": 0, **settings}
    return FullyConnectedNet([8, 7], normalization=normalization, **settings)


def with_loss(change):
    """A network that passes its loss, gradients and parameters to a function, which may change the gradients."""
    model = net(reg=0.1)
    original = model.loss

    def loss(X, y=None):
        loss, grads = original(X, y)
        change(grads)
        return loss, grads

    model.loss = loss
    return model


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("settings", [
    {}, {"normalization": None}, {"normalization": "layernorm"}, {"reg": 0.5}, {"dropout_keep_ratio": 0.7},
    {"weight_scale": "he", "normalization": None}, {"weight_scale": 1e-3}, {"weight_scale": 1.0},
])  # fmt: skip
def test_right_gradients_pass_wherever_the_network_is(settings, seed):
    assert 0 < grad_check_network(net(**settings), X, Y, seed=seed) < 1e-7
    assert 0 < grad_check_network(net(**settings), X, Y, num_directions=1, seed=seed) < 1e-6


def test_other_models_pass():
    assert grad_check_network(TwoLayerNet(6, 5, 4, seed=0), X, Y) < 1e-7


@pytest.mark.parametrize("name", ["W1", "b3", "gamma1", "beta2", "W3"])
@pytest.mark.parametrize("factor", [0, -1, 2, 1.001])
def test_one_wrong_array_is_found_and_named(name, factor):
    model = with_loss(lambda grads: grads.update({name: factor * grads[name]}))
    with pytest.raises(AssertionError, match=rf"^the gradients of {name} are not those of the loss.*at most 1e-06"):
        grad_check_network(model, X, Y)


def test_one_wrong_entry_is_found():
    def change(grads):
        grads["W2"][3, 4] += 1e-3

    with pytest.raises(AssertionError, match="of W2 are"):
        grad_check_network(with_loss(change), X, Y)


def test_nan_is_found():
    with pytest.raises(AssertionError, match="is nan"):
        grad_check_network(with_loss(lambda grads: grads["b1"].fill(np.nan)), X, Y)


def test_a_wrong_layer_is_found(monkeypatch):
    own = layers.batchnorm_backward
    monkeypatch.setattr(layers, "batchnorm_backward", lambda dout, cache: (dout / 2, *own(dout, cache)[1:]))
    with pytest.raises(AssertionError, match="of W1, .*are not"):
        grad_check_network(net(), X, Y)


def test_the_tolerance_is_the_callers():
    model = with_loss(lambda grads: grads.update(W1=1.001 * grads["W1"]))
    error = grad_check_network(model, X, Y, tolerance=1.0)
    assert 1e-5 < error < 1e-2
    assert grad_check_network(model, X, Y, tolerance=error) == error
    with pytest.raises(AssertionError):
        grad_check_network(model, X, Y, tolerance=error / 1.01)


@pytest.mark.parametrize("wrong", [False, True])
def test_the_model_is_left_as_it_was(wrong):
    model = with_loss(lambda grads: grads.update(W1=2 * grads["W1"])) if wrong else net(dropout_keep_ratio=0.5)
    model.bn_params[1]["eps"] = 0.3
    arrays, before = dict(model.params), copy.deepcopy([model.params, model.bn_params])
    try:
        grad_check_network(model, X, Y)
    except AssertionError:
        assert wrong
    assert same(before, [model.params, model.bn_params])
    assert all(model.params[name] is array for name, array in arrays.items())


@pytest.mark.parametrize("directions", [1, 5, 9])
def test_it_costs_two_evaluations_per_direction_and_one(directions):
    calls, model = [], net()
    original = model.loss
    model.loss = lambda X, y: (calls.append(1), original(X, y))[1]
    grad_check_network(model, X, Y, num_directions=directions)
    assert len(calls) == 2 * directions + 1


@pytest.mark.parametrize("change, error, message", [
    ({"num_directions": 0}, ValueError, "num_directions is 0"), ({"h": -1.0}, ValueError, "h, the step"),
    ({"tolerance": "small"}, TypeError, "tolerance is 'small'"), ({"h": 0}, ValueError, "above 0"),
])  # fmt: skip
def test_settings_that_make_no_sense(change, error, message):
    with pytest.raises(error, match=message):
        grad_check_network(net(), X, Y, **change)


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(TypeError, match=r"params\['W1'\].*dtype=np.float64"):
        grad_check_network(net(dtype=np.float32), X, Y)
    with pytest.raises(ValueError, match=r'dropout_param\["seed"\] = 0'):
        grad_check_network(net(dropout_keep_ratio=0.5, seed=None), X, Y)
    for missing in (None, np.zeros(3)):
        with pytest.raises(ValueError, match="the gradient of b2 has shape"):
            grad_check_network(with_loss(lambda grads, missing=missing: grads.update(b2=missing)), X, Y)
    with pytest.raises(TypeError, match="model is an int"):
        grad_check_network(3, X, Y)
