"""The network's quick step: the same bits as its own loss, and never in the way of an installed answer."""

import copy
import pickle

import numpy as np
import pytest

from cs231n import workspace
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.workspace import BatchLoss
from tests.helpers.solver_cases import arrays_for, everything, make_solver, net, own_loss, same

NORMALIZATIONS = (None, "batchnorm")


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
    batch_loss, grads = BatchLoss(), arrays_for(quick)
    for seed, size in enumerate((10, 10, 7, 2, 10)):
        batch = np.random.default_rng(seed).permutation(len(X))[:size]
        loss, found = batch_loss(quick, X, y, batch, grads)
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
                patch.setattr(workspace, "fits", lambda model: False)
            solver = make_solver(net(normalization, reg=0.01), update_rule=rule, batch_size=7)
            solver.train()
        ends.append(everything(solver))
        assert len(quick_steps) == (15 if rule == "adam" else 0)  # only Adam says that it keeps no gradient
    assert same(*ends)


def other_parameter(solver):
    solver.model.params["W1"] = np.full((2, 10), 0.5)  # float64, in a float32 network


def other_statistics(solver):
    solver.model.bn_params[0]["running_mean"] = np.ones(10, np.float32)


def other_dictionary(solver):
    solver.model.params = {name: w + np.float32(0.1) for name, w in solver.model.params.items()}


def other_model(solver):
    solver.model = net(seed=5)


def other_kind_of_model(solver):
    class Noisy(FullyConnectedNet):
        def loss(self, X, y=None):
            return super().loss(X, y) if y is None else super().loss(X + 1, y)

    solver.model = Noisy([10, 10], 2, 3, normalization="batchnorm", seed=3, weight_scale="he")


def other_dtype(solver):
    solver.model.dtype = np.float64


def other_data(solver):
    solver.X_train = solver.X_train[::-1].astype(np.float32)


def shallow_copy(solver):
    twin = copy.copy(solver)
    twin.model = copy.deepcopy(solver.model)
    twin._step(np.arange(8), 1)


CHANGES = (
    other_parameter, other_statistics, other_dictionary, other_model, other_kind_of_model, other_dtype, other_data,
    shallow_copy,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_is_replaced_in_the_middle_is_used(change, quick_steps):
    ends = []
    for batch_loss in (BatchLoss(), own_loss):
        solver = make_solver()
        solver._batch_loss = batch_loss
        for step in range(6):
            solver._step(np.arange(step, step + 8), step)
            if step == 2:
                change(solver)
        ends.append((solver.loss_history, solver.model.params, solver.model.bn_params))
    assert same(*ends) and len(quick_steps) >= 3


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda solver: pickle.loads(pickle.dumps(solver))])
@pytest.mark.parametrize("when", ["new", "in the middle", "at the end"])
def test_a_copied_solver_goes_on_like_the_original(copied, when):
    solver = make_solver(num_epochs=2)
    if when == "in the middle":
        for step in range(3):
            solver._step(np.arange(step, step + 8), step)
    elif when == "at the end":
        solver.train()
    twin = copied(solver)
    twin.train()
    held = {name: w.copy() for name, w in solver.model.params.items()}
    assert when == "new" or not same(held, twin.model.params)
    solver.train()
    assert same(everything(solver), everything(twin))
