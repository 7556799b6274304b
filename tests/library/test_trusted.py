"""Tests of `guards.trusted`: nothing is checked twice inside a network, and yet every wrong argument is refused."""

import contextlib
import copy
import inspect
import pickle
import threading

import numpy as np
import pytest

from cs231n import experiments, guards, layer_utils, layers, optim
from cs231n.classifiers.fc_net import FullyConnectedNet
from tests.helpers.bad_input import B, W, X
from tests.helpers.solver_cases import everything, make_solver, net, same, toy_data

NORMALIZATIONS = (None, "batchnorm", "layernorm")


def refuses():
    """Whether a layer checks its arguments at this moment."""
    try:
        layers.affine_forward(X, W, X[:, :1])  # would broadcast
    except ValueError:
        return True
    return False


def test_the_block_leaves_out_the_checks_and_nothing_else():
    with guards.trusted():
        assert not refuses()
        assert np.array_equal(layers.affine_forward(x=X, w=W, b=B)[0], X @ W + B)
    assert refuses()
    with guards.trusted(False):
        assert refuses()
        with guards.trusted():
            with guards.trusted(False):
                assert not refuses()
        assert refuses()


def test_an_error_ends_it():
    with pytest.raises(KeyError), guards.trusted():
        raise KeyError
    assert refuses()


def test_another_thread_goes_on_checking():
    seen = []
    with guards.trusted():
        thread = threading.Thread(target=lambda: seen.append(refuses()))
        thread.start()
        thread.join()
    assert seen == [True]


def watched(monkeypatch):
    """Count the layers that check their arguments, by name."""
    checked = []
    for module in (layers, layer_utils):
        for name, function in inspect.getmembers(module, lambda f: hasattr(f, "__wrapped__")):

            def check(*args, name=name, **kwargs):
                checked.append(name)
                return args

            monkeypatch.setattr(module, name, guards.guard_function(inspect.unwrap(function), check, f"layers.{name}"))
    return checked


def test_a_step_checks_at_the_door_only(monkeypatch):
    checked, model = watched(monkeypatch), net()
    _, caches, _ = model.forward(toy_data()["X_train"], "train")
    assert checked == ["affine_forward"], "the top one"
    model.loss(toy_data()["X_train"], toy_data()["y_train"])
    assert checked == ["affine_forward"] * 2 + ["affine_backward"]
    del checked[:]
    model.bn_params[0]["eps"] = 1e-4  # settings of the user, which batch norm must check
    model.loss(toy_data()["X_train"], toy_data()["y_train"])
    assert "batchnorm_forward" in checked and "batchnorm_backward" in checked


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_the_numbers_are_those_with_every_check(normalization, monkeypatch):
    data, results = toy_data(), []
    for everywhere in (False, True):
        if everywhere:
            monkeypatch.setattr(guards, "trusted", lambda when=True: contextlib.nullcontext())
        model = net(normalization)
        experiments.train_steps(model, data, 7, batch_size=8)
        results.append((model.params, model.bn_params))
    assert same(*results)


# --- wrong arguments are still refused -------------------------------------------------------------


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("wrong", [lambda d: d[:1], lambda d: d[:, :1], lambda d: d[0], lambda d: d.T])
def test_backward_called_directly_checks_what_it_is_given(wrong, normalization):
    model, X = net(normalization), toy_data()["X_train"]
    scores, caches, _ = model.forward(X, "train")
    with pytest.raises(ValueError, match="dout has shape"):
        model.backward(wrong(scores), caches)
    model.backward(scores, caches)


def test_caches_of_test_mode_of_another_layer_or_network_are_refused():
    model, X = net(), toy_data()["X_train"]
    scores, caches, _ = model.forward(X, "test")
    with pytest.raises(ValueError, match='one in mode "train" is wanted'):
        model.backward(scores, caches)
    wide = FullyConnectedNet([10, 12], 2, 3, normalization="batchnorm", seed=0)
    _, caches, _ = model.forward(X, "train")
    _, others, _ = wide.forward(X, "train")
    with pytest.raises(ValueError, match="dout has shape"):
        wide.backward(scores, [others[0], caches[1], others[2]])
    with pytest.raises((ValueError, TypeError), match="cache"):
        model.backward(scores, [((1, 2), None), *caches[1:]])


class MeanGradient(FullyConnectedNet):
    def _hidden_backward(self, i, dout, cache):
        return super()._hidden_backward(i, dout.mean(axis=0, keepdims=True), cache)


class BiasPerExample(FullyConnectedNet):
    def _hidden_forward(self, i, x, mode):
        return layer_utils.affine_relu_forward(x, self.params[f"W{i}"], x[:, :1])


class OneExample(FullyConnectedNet):
    def _hidden_forward(self, i, x, mode):
        out, cache = super()._hidden_forward(i, x, mode)
        return out[:1], cache


@pytest.mark.parametrize("kind", [MeanGradient, BiasPerExample, OneExample])
def test_a_subclass_that_hands_on_wrong_shapes_is_told(kind):
    """Each of these would broadcast."""
    model, data = kind([6, 5], 2, 3, seed=0), toy_data()
    with pytest.raises(ValueError, match="has shape"):
        model.loss(data["X_train"], data["y_train"])


@pytest.mark.parametrize("change, error", [
    ({"eps": -1.0}, ValueError), ({"momentum": 2}, ValueError),
    ({"running_mean": np.zeros(3, np.float32)}, ValueError), ({"running_var": [1.0] * 10}, TypeError),
])  # fmt: skip
def test_settings_of_batch_norm_that_are_wrong_are_refused_in_the_middle(change, error):
    solver = make_solver()
    solver._train_step(np.arange(8), 1)
    solver.model.bn_params[1].update(change)
    with pytest.raises(error, match=r"^batchnorm_forward: bn_param"):
        solver._train_step(np.arange(8), 2)


@pytest.mark.parametrize("wrong, message", [
    ({"learning_rate": -1.0}, "^adam: config.*learning_rate.*is -1"), ({"lerning_rate": 1e-3}, "^adam: .*unknown key"),
    ({"t": -1}, "^adam: config.*t"), ({"m": np.zeros(3)}, "^adam: config.*m.*shape"),
])  # fmt: skip
def test_a_wrong_setting_of_the_rule_is_never_kept(wrong, message):
    """The error is found in the last step of the epoch or before. The model returns to the last whole epoch."""
    solver = make_solver()
    solver.train()
    before = everything(solver)
    for config in solver.optim_configs.values():
        config.update(wrong)
    with pytest.raises(ValueError, match=message):
        solver.train()
    assert same(solver.loss_history, before["now"]["histories"]["loss_history"].tolist())
    solver, loss = make_solver(), None
    loss = solver.model.loss

    def change_later(X, y=None):
        if len(solver.loss_history) == 7:  # the second epoch has five steps, from 5 to 9
            solver.optim_configs["W1"]["learning_rate"] = -1.0
        return loss(X, y)

    solver.model.loss = change_later
    with pytest.raises(ValueError, match="^adam: config.*learning_rate.*is -1"):
        solver.train()
    assert solver.epoch == 1 and len(solver.loss_history) == 5


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_an_update_is_what_the_rule_gives(rule):
    solver = make_solver(update_rule=rule)
    twin = copy.deepcopy(solver.model)
    configs = {name: {"learning_rate": 1e-2} for name in twin.params}
    for step in range(1, 6):
        batch = np.arange(step, step + 8)
        solver._train_step(batch, step)
        _, grads = twin.loss(solver.X_train[batch], solver.y_train[batch])
        for name, w in twin.params.items():
            twin.params[name], configs[name] = getattr(optim, rule)(w, grads[name], configs[name])
    assert same(solver.model.params, twin.params) and same(solver.optim_configs, configs)


def test_what_was_there_before_is_never_written_to():
    solver = make_solver()
    held = dict(solver.model.params)
    kept = copy.deepcopy(held)
    solver.train()
    assert same(held, kept)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda solver: pickle.loads(pickle.dumps(solver))])
@pytest.mark.parametrize("when", ["new", "in the middle", "at the end"])
def test_a_copied_solver_goes_on_like_the_original(copied, when):
    solver = make_solver(num_epochs=2)
    if when == "in the middle":
        for step in range(3):
            solver._train_step(np.arange(step, step + 8), step)
    elif when == "at the end":
        solver.train()
    twin = copied(solver)
    twin.train()
    solver.train()
    assert same(everything(solver), everything(twin))
