"""Shortcuts of a training step: the same bits as without them, and never in the way of an installed answer."""

import inspect
import threading

import numpy as np
import pytest
from solver_cases import make_solver, same

from cs231n import layer_utils, layers, optim, shortcuts, validation
from cs231n.classifiers.fc_net import FullyConnectedNet

NORMALIZATIONS = (None, "batchnorm", "layernorm")


def net(normalization="batchnorm", **settings):
    settings = {"input_dim": 12, "num_classes": 4, "weight_scale": "he", "seed": 0, **settings}
    return FullyConnectedNet([9, 8, 7], normalization=normalization, **settings)


def batch(n=10):
    return np.random.default_rng(1).standard_normal((n, 12)), np.arange(n) % 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_a_step_has_the_same_bits_without_shortcuts(normalization, dtype, monkeypatch):
    short, long = (net(normalization, dtype=dtype, reg=0.1) for _ in range(2))
    assert shortcuts.own_first_layer(normalization) and shortcuts.needs_no_checks(short)
    loss, grads = short.loss(*batch())
    monkeypatch.setattr(validation, "is_own", lambda module, name: False)
    assert not shortcuts.own_first_layer(normalization) and not shortcuts.needs_no_checks(long)
    right, right_grads = long.loss(*batch())
    assert same(loss, right) and same(grads, right_grads) and same(short.bn_params, long.bn_params)


def forget_trials():
    shortcuts._agrees.cache_clear()


@pytest.fixture
def trials_forgotten():
    forget_trials()
    yield
    forget_trials()


def edited(function, old, new):
    """The function with a piece of its source replaced, as if somebody had edited the library's file."""
    source = inspect.getsource(inspect.unwrap(function))
    assert source.count(old) == 1
    namespace = {"np": np, "layers": layers}
    exec(source.replace(old, new), namespace)
    return namespace[function.__name__]


@pytest.mark.parametrize("module, name, old, new", [
    (layers, "affine_backward", "db = np.sum(dout, axis=0)", "db = np.mean(dout, axis=0)"),
    (layers, "batchnorm_backward", "x, gamma, beta, var, mu, x_hat, eps = cache", "raise NotImplementedError"),
    (layer_utils, "affine_bn_relu_backward", "return dx, dw, db,", "return dx, -dw, db,"),
    (optim, "adam", 'config["epsilon"])\n    return', 'config["epsilon"] + 1e-4)\n    return'),
])  # fmt: skip
def test_an_edited_function_of_the_library_runs_as_it_is(module, name, old, new, monkeypatch, trials_forgotten):
    """Edited in the file, it is still the library's own; but the shortcut no longer agrees with it."""
    function = edited(getattr(module, name), old, new)
    monkeypatch.setattr(module, name, function)
    monkeypatch.setitem(validation.guarding._own[module.__name__], name, function)
    assert validation.is_own(module, name)
    assert not (shortcuts.own_adam() if name == "adam" else shortcuts.own_first_layer("batchnorm"))


def test_shortcuts_that_a_release_leaves_out_are_not_taken(monkeypatch, trials_forgotten):
    def stub(*args):
        raise NotImplementedError

    monkeypatch.setattr(shortcuts, "first_layer_backward", stub)
    monkeypatch.setattr(shortcuts, "adam_in_place", stub)
    assert not shortcuts.own_adam() and not any(map(shortcuts.own_first_layer, NORMALIZATIONS))
    solver = make_solver(num_epochs=1)
    solver.train()
    assert len(solver.loss_history) == 5


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("part", ["{}_forward", "{}_backward", "affine_forward", "affine_backward"])
def test_an_installed_function_is_called_in_every_layer(part, normalization, monkeypatch):
    name = part.format(shortcuts.SANDWICHES[normalization])
    module = layer_utils if "{}" in part else layers
    calls, own = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args: (calls.append(1), own(*args))[1])
    model = net(normalization)
    assert not shortcuts.own_first_layer(normalization) and not shortcuts.needs_no_checks(model)
    model.loss(*batch())
    assert len(calls) == (3 if module is layer_utils else 4)


def called_names(normalization):
    return ["relu_forward", "relu_backward", "softmax_loss", f"{normalization}_forward", f"{normalization}_backward"]


@pytest.mark.parametrize("normalization", NORMALIZATIONS[1:])
def test_with_an_installed_layer_the_others_check_again(normalization, monkeypatch):
    for name in called_names(normalization):
        calls, own = [], getattr(layers, name)
        with monkeypatch.context() as patch:
            patch.setattr(layers, name, lambda *args, own=own, calls=calls: (calls.append(1), own(*args))[1])
            assert not shortcuts.needs_no_checks(net(normalization))
            net(normalization).loss(*batch())
        assert len(calls) == (1 if name == "softmax_loss" else 3), name


def test_a_wrong_installed_layer_is_found_by_the_next_ones_check(monkeypatch):
    own = layers.relu_backward
    monkeypatch.setattr(layers, "relu_backward", lambda dout, cache: own(dout, cache)[:, :-1])
    with pytest.raises(ValueError, match="^batchnorm_backward: dout has shape"):
        net().loss(*batch())


def test_dropout_and_float16_are_checked():
    assert not shortcuts.needs_no_checks(net(dropout_keep_ratio=0.5))
    assert not shortcuts.needs_no_checks(net(dtype=np.float16))


@pytest.mark.parametrize("change, message", [
    ({"eps": -1.0}, "^batchnorm_forward: bn_param.*eps.*is -1"), ({"esp": 1e-3}, "unknown key 'esp'"),
    ({"momentum": 2}, "momentum"), ({"running_mean": np.zeros(3)}, "running_mean.*has shape"),
    ({"running_var": [1.0] * 9}, "running_var.*is a list"),
])  # fmt: skip
def test_a_changed_bn_param_is_checked(change, message):
    model = net()
    model.bn_params[0].update(change)
    assert shortcuts.needs_no_checks(net())
    with pytest.raises((TypeError, ValueError), match=message):
        model.loss(*batch())


def test_running_statistics_that_are_missing_start_from_zeros():
    model = net()
    del model.bn_params[0]["running_mean"], model.bn_params[0]["running_var"]
    model.loss(*batch())
    assert model.bn_params[0]["running_mean"].shape == (9,)


def test_unchecked_ends_with_its_block_and_is_its_threads_own():
    one_row = (np.zeros(3), np.eye(3), np.zeros(3))
    with pytest.raises(ValueError, match="^affine_forward: x has shape"):
        layers.affine_forward(*one_row)
    seen = []
    with pytest.raises(ZeroDivisionError):
        with validation.unchecked():
            with pytest.raises(Exception) as stop:
                layers.affine_forward(*one_row)  # NumPy's own words, from the layer's body
            assert "affine_forward" not in str(stop.value)
            thread = threading.Thread(target=lambda: seen.append(refused(one_row)))
            thread.start()
            thread.join()
            with validation.unchecked(False):
                assert refused(one_row)
            raise ZeroDivisionError
    assert seen == [True] and refused(one_row)


def refused(arguments):
    """Whether the check in front of affine_forward speaks."""
    try:
        layers.affine_forward(*arguments)
    except ValueError as error:
        return str(error).startswith("affine_forward: ")
    return False


def test_only_the_functions_that_the_module_began_with_are_its_own(monkeypatch):
    assert validation.is_own(optim, "adam") and validation.is_own(layer_utils, "affine_relu_forward")
    own = optim.adam
    monkeypatch.setattr(optim, "adam", lambda w, dw, config=None: own(w, dw, config))
    assert not validation.is_own(optim, "adam")
    monkeypatch.setattr(optim, "adam", own)
    assert validation.is_own(optim, "adam")
