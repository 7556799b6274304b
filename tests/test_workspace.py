"""The network's quick step: the same bits as its own loss, and never in the way of an installed answer."""

import inspect

import numpy as np
import pytest
from solver_cases import everything, make_solver, net, same, toy_data

from cs231n import experiments, layer_utils, layers, optim, updates, validation
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.data_utils import get_mnist_data
from cs231n.workspace import BatchLoss, Workspace

NORMALIZATIONS = (None, "batchnorm")


@pytest.fixture
def quick_steps(monkeypatch):
    """Counts the losses that a workspace computes."""
    steps, original = [], Workspace.loss
    assert all(Workspace.fits(net(normalization)) for normalization in NORMALIZATIONS)  # tried out, and not counted
    monkeypatch.setattr(Workspace, "loss", lambda *args: (steps.append(1), original(*args))[1])
    return steps


def arrays_for(model):
    return {name: np.full_like(w, np.nan) for name, w in model.params.items()}


def examples(dtype, shape=(2, 3, 2), n=30):
    return (50 * np.random.default_rng(1).standard_normal((n, *shape)) + 100).astype(dtype), np.arange(n) % 4


MODELS = {
    "batch norm": lambda dtype: FullyConnectedNet([9, 8, 7], 12, 4, normalization="batchnorm", dtype=dtype, seed=0),
    "plain": lambda dtype: FullyConnectedNet([9, 8, 7], 12, 4, weight_scale="he", dtype=dtype, seed=0),
    "L2": lambda dtype: FullyConnectedNet([9, 8], 12, 4, normalization="batchnorm", reg=0.1, dtype=dtype, seed=0),
    "L2, plain": lambda dtype: FullyConnectedNet([9], 12, 4, reg=0.1, weight_scale="he", dtype=dtype, seed=0),
    "one unit": lambda dtype: FullyConnectedNet([1, 1], 12, 4, normalization="batchnorm", dtype=dtype, seed=0),
    "no hidden layer": lambda dtype: FullyConnectedNet([], 12, 4, normalization="batchnorm", dtype=dtype, seed=0),
    "CS231n's two layers": lambda dtype: TwoLayerNet(12, 9, 4, dtype=dtype, seed=0),
    "wide": lambda dtype: FullyConnectedNet([130, 70], 12, 4, normalization="batchnorm", dtype=dtype, seed=0),
}


@pytest.mark.parametrize("data_dtype", [np.float32, np.float64, np.uint8, np.bool_])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("model", MODELS)
def test_a_step_has_the_bits_of_the_networks_own_loss(model, dtype, data_dtype, quick_steps):
    quick, right = MODELS[model](dtype), MODELS[model](dtype)
    X, y = examples(data_dtype)
    batch_loss, grads = BatchLoss(quick), arrays_for(quick)
    for seed, size in enumerate((10, 10, 7, 2, 10)):
        batch = np.random.default_rng(seed).permutation(len(X))[:size]
        loss, found = batch_loss(X, y, batch, grads)
        assert found is grads
        assert same((loss, found), right.loss(X[batch], y[batch]))
        assert same(quick.bn_params, right.bn_params)
        for name in quick.params:
            quick.params[name] = right.params[name] = right.params[name] - dtype(1e-3) * grads[name]
    assert len(quick_steps) == 5


@pytest.mark.parametrize("rule", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_training_ends_with_the_same_bits_without_it(normalization, rule, quick_steps, monkeypatch):
    ends = []
    for quick in (True, False):
        with monkeypatch.context() as patch:
            if not quick:
                patch.setattr(Workspace, "fits", lambda model: False)
            solver = make_solver(net(normalization, reg=0.01), update_rule=rule, batch_size=7)
            solver.train()
        ends.append(everything(solver))
        assert len(quick_steps) == (15 if rule == "adam" else 0)  # only Adam says that it keeps no gradient
    assert same(*ends)


def test_parameters_and_statistics_replaced_in_the_middle_are_used(quick_steps):
    ends = []
    for batch_loss in (BatchLoss, lambda model: lambda X, y, batch, grads: model.loss(X[batch], y[batch])):
        solver = make_solver()
        solver._loss = batch_loss(solver.model)
        for step in range(6):
            solver._step(np.arange(step, step + 8), step)
            if step == 2:
                solver.model.params["W1"] = np.full((2, 10), 0.5)  # float64, in a float32 network
                solver.model.bn_params[0]["running_mean"] = np.ones(10, np.float32)
        ends.append((solver.loss_history, {name: w.copy() for name, w in solver.model.params.items()},
                     solver.model.bn_params))  # fmt: skip
    assert same(*ends) and len(quick_steps) == 6


# --- where it is not taken ------------------------------------------------------------------------


def counting(monkeypatch, module, name):
    """Install a function that calls the library's own; the list grows by its name at every call."""
    calls, own = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **kwargs: (calls.append(name), own(*args, **kwargs))[1])
    return calls


@pytest.mark.parametrize("model", [
    net("layernorm"), net(dropout_keep_ratio=0.5), net(dtype=np.float16), type("Net", (FullyConnectedNet,), {})([3], 2),
])  # fmt: skip
def test_other_networks_do_without(model, quick_steps):
    assert not Workspace.fits(model)
    make_solver(model, num_epochs=1).train()
    assert not quick_steps


@pytest.mark.parametrize("change", [
    {"eps": 1e-3}, {"momentum": 0.5}, {"running_mean": np.zeros(10)}, {"running_var": [1.0] * 10},
    {"running_mean": np.zeros(3, np.float32), "running_var": np.ones(3, np.float32)},
])  # fmt: skip
def test_a_changed_bn_param_is_looked_at_by_the_layers(change):
    model = net()
    model.bn_params[1].update(change)
    assert Workspace.fits(net()) and not Workspace.fits(model)


def test_running_statistics_that_are_missing_start_from_zeros(quick_steps):
    solver = make_solver(num_epochs=1)
    del solver.model.bn_params[0]["running_mean"], solver.model.bn_params[0]["running_var"]
    solver.train()
    assert solver.model.bn_params[0]["running_mean"].shape == (10,) and len(quick_steps) == 4  # of 5: all but the first


@pytest.mark.parametrize("method", ["loss", "forward", "_hidden_backward"])
def test_a_method_that_somebody_replaced_is_called(method, monkeypatch):
    for place in (net(), FullyConnectedNet, TwoLayerNet):
        model = TwoLayerNet(2, 5, 3, seed=0) if place is TwoLayerNet else net()
        solver = make_solver(place if isinstance(place, FullyConnectedNet) else model)
        with monkeypatch.context() as patch:
            calls = counting(patch, place, method)
            assert not Workspace.fits(solver.model)
            solver._step(np.arange(8), 1)
        assert calls


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_an_installed_function_is_called_in_every_layer(normalization, monkeypatch, quick_steps):
    """Every one that the network's loss goes through, whichever these are."""
    functions = [
        (module, name) for module in (layers, layer_utils) for name in validation.guarding._own[module.__name__]
    ]
    X, y = toy_data()["X_train"], toy_data()["y_train"]
    with monkeypatch.context() as patch:
        calls = {name: counting(patch, module, name) for module, name in functions}
        net(normalization).loss(X, y)
    called = [(module, name, len(calls[name])) for module, name in functions if calls[name]]
    assert len(called) == (9 if normalization else 7)
    for module, name, count in called:
        with monkeypatch.context() as patch:
            calls = counting(patch, module, name)
            assert not Workspace.fits(net(normalization)), name
            make_solver(net(normalization))._step(np.arange(8), 1)
        assert len(calls) == count, name
    assert not quick_steps and Workspace.fits(net(normalization))


def test_with_an_installed_rule_gradients_are_new_arrays(monkeypatch, quick_steps):
    """It might keep them as its memory."""
    kept, own = [], optim.adam
    monkeypatch.setattr(optim, "adam", lambda w, dw, config=None: (kept.append(dw), own(w, dw, config))[1])
    make_solver(num_epochs=1).train()
    assert not quick_steps and len({id(dw) for dw in kept}) == len(kept)


def test_whoever_is_handed_the_gradients_may_keep_them(quick_steps):
    digits = get_mnist_data(100, 100)
    kept, losses = [], []
    model = experiments.make_net("bn", digits, hidden_dims=[8])
    experiments.train_steps(
        model, digits, 3, batch_size=20, after_step=lambda step, loss, grads: (kept.append(grads), losses.append(loss))
    )
    assert not quick_steps and not np.shares_memory(kept[0]["W1"], kept[1]["W1"])
    other = experiments.make_net("bn", digits, hidden_dims=[8])
    experiments.train_steps(other, digits, 3, batch_size=20)
    assert len(quick_steps) == 3 and same(other.params, model.params) and same(other.bn_params, model.bn_params)


# --- edited and unfinished libraries ---------------------------------------------------------------


@pytest.fixture
def trials_forgotten():
    validation.agrees.cache_clear()
    yield
    validation.agrees.cache_clear()


def edited(function, old, new):
    """The function with a piece of its source replaced, as if somebody had edited the library's file."""
    source = inspect.getsource(inspect.unwrap(function))
    assert source.count(old) == 1
    namespace = {"np": np, "layers": layers}
    exec(source.replace(old, new), namespace)
    return namespace[function.__name__]


@pytest.mark.parametrize("module, name, old, new", [
    (layers, "affine_forward", "-1) @ w + b", "-1) @ w + 2 * b"),
    (layers, "affine_backward", "db = np.sum(dout, axis=0)", "db = np.mean(dout, axis=0)"),
    (layers, "relu_forward", "np.maximum(x, 0)", "np.maximum(x, 0.1 * x)"),
    (layers, "relu_backward", "(x > 0)", "(x > -0.1)"),
    (layers, "batchnorm_forward", '"eps", 1e-5', '"eps", 1e-4'),
    (layers, "batchnorm_forward", '"momentum", 0.9', '"momentum", 0.99'),
    (layers, "batchnorm_backward", "x, gamma, beta, var, mu, x_hat, eps = cache", "raise NotImplementedError"),
    (layer_utils, "affine_bn_relu_backward", "return dx, dw, db,", "return dx, -dw, db,"),
    (optim, "adam", 'config["epsilon"])\n    return', 'config["epsilon"] + 1e-4)\n    return'),
])  # fmt: skip
def test_an_edited_function_of_the_library_runs_as_it_is(module, name, old, new, monkeypatch, trials_forgotten):
    """Edited in the file, it is still the library's own; but the quick step no longer agrees with it."""
    function = edited(getattr(module, name), old, new)
    monkeypatch.setattr(module, name, function)
    monkeypatch.setitem(validation.guarding._own[module.__name__], name, function)
    assert validation.is_own(module, name)
    assert not (updates.own_adam() if name == "adam" else Workspace.fits(net()))


def test_quick_steps_that_a_release_leaves_out_are_not_taken(monkeypatch, trials_forgotten):
    def stub(*args):
        raise NotImplementedError

    monkeypatch.setattr("cs231n.workspace.hidden_backward_in_place", stub)
    monkeypatch.setattr("cs231n.updates.adam_in_place", stub)
    assert not updates.own_adam() and not any(Workspace.fits(net(normalization)) for normalization in NORMALIZATIONS)
    solver = make_solver(num_epochs=1)
    solver.train()
    assert len(solver.loss_history) == 5


def test_only_the_functions_that_the_module_began_with_are_its_own(monkeypatch):
    assert validation.is_own(optim, "adam") and validation.is_own(layer_utils, "affine_relu_forward")
    own = optim.adam
    monkeypatch.setattr(optim, "adam", lambda w, dw, config=None: own(w, dw, config))
    assert not validation.is_own(optim, "adam")
    monkeypatch.setattr(optim, "adam", own)
    assert validation.is_own(optim, "adam")


# --- bad input ------------------------------------------------------------------------------------


def spoilt(what):
    """A model and a data set with something wrong in it."""
    model, data = net(), toy_data()
    if what == "data":
        data["X_train"][3, 1] = np.nan
    elif what == "label":
        data["y_train"][2] = 3
    elif what == "label's dtype":
        data["y_train"] = data["y_train"].astype(float)
    elif what == "data's dtype":
        data["X_train"] = data["X_train"].astype(complex)
    elif what == "features":
        data["X_train"] = np.ones((40, 3))
    elif what == "parameter":
        model.params["b2"] = np.zeros(11)
    elif what == "missing":
        del model.params["gamma1"]
    return model, data["X_train"], data["y_train"], np.arange(1 if what == "batch of one" else 8)


@pytest.mark.parametrize("what", [
    "data", "label", "label's dtype", "data's dtype", "features", "parameter", "missing", "batch of one",
])  # fmt: skip
def test_bad_input_gets_the_same_error(what):
    model, X, y, batch = spoilt(what)
    grads = arrays_for(net())
    with pytest.raises((TypeError, ValueError)) as error:
        model.loss(X[batch], y[batch])
    model, X, y, batch = spoilt(what)
    with pytest.raises(type(error.value)) as quick:
        BatchLoss(model)(X, y, batch, grads)
    assert str(quick.value) == str(error.value)
