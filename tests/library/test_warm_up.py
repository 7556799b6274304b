"""Tests of the network's running average: it warms up, so that test mode is right from the first step on."""

import copy

import numpy as np
import pytest

from cs231n import experiments
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.data_utils import get_mnist_data
from cs231n.gradient_check import grad_check_network
from cs231n.training import checkpoint, fast, state
from tests.helpers.solver_cases import everything, make_solver, net, same, toy_data

D, HIDDEN, C, N = 6, [8, 7], 4, 12


def make(momentum=None, **settings):
    settings = {"dtype": np.float64, "weight_scale": "he", "normalization": "batchnorm", "seed": 0, **settings}
    model = FullyConnectedNet(HIDDEN, D, C, **settings)
    if momentum is not None:
        for bn_param in model.bn_params:
            bn_param["momentum"] = momentum
    return model


def batches(k, seed=1):
    """Batches that differ in mean and spread, and labels for each of them."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-3, 3, (k, 1, D)) + rng.uniform(0.1, 3, (k, 1, D)) * rng.standard_normal((k, N, D))
    return X, np.arange(N) % C


def first_statistics(model, X):
    """The mean and variance, shape (k, M), of what enters the first batch norm, for batches X (k, N, D)."""
    z = X @ model.params["W1"] + model.params["b1"]
    return {"running_mean": z.mean(axis=1), "running_var": z.var(axis=1)}


def decaying_average(values, momentum):
    """The average by its definition, with the momentum min(momentum, t / (t + 1)) in step t."""
    average = np.full(values.shape[1], np.nan)  # whatever it starts from
    for t, value in enumerate(values):
        keep = min(momentum, t / (t + 1))
        average = (1 - keep) * value + (keep * average if keep else 0)
    return average


# --- what it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["loss", "forward"])
def test_for_ten_steps_it_is_the_plain_average_over_the_batches(way):
    model, (X, y) = make(), batches(10)
    statistics = first_statistics(model, X)
    for k in range(1, 11):
        model.loss(X[k - 1], y) if way == "loss" else model.forward(X[k - 1], "train")
        for key, values in statistics.items():
            np.testing.assert_allclose(model.bn_params[0][key], values[:k].mean(axis=0), rtol=1e-12)
        assert model.num_batches_tracked == k


def test_after_ten_steps_it_decays_as_in_cs231n():
    model, (X, y) = make(), batches(40)
    for x in X:
        before = {key: np.copy(value) for key, value in model.bn_params[0].items()}
        model.loss(x, y)
    for key, values in first_statistics(model, X).items():
        np.testing.assert_allclose(model.bn_params[0][key], 0.9 * before[key] + 0.1 * values[-1], rtol=1e-12)
        np.testing.assert_allclose(model.bn_params[0][key], decaying_average(values, 0.9), rtol=1e-12)


@pytest.mark.parametrize("momentum", [0, 0.0, 0.3, 0.5, 0.9, 0.99, 1.0, np.float64(0.75), np.float32(0.5)])
def test_a_momentum_of_the_users_holds_and_is_left_as_it_is(momentum):
    model, (X, y) = make(momentum), batches(25)
    for x in X:
        model.loss(x, y)
        assert all(bn_param["momentum"] is momentum for bn_param in model.bn_params)
    for key, values in first_statistics(model, X).items():
        np.testing.assert_allclose(model.bn_params[0][key], decaying_average(values, momentum), rtol=1e-12)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.5}, {"eps": 1e-3}, {"eps": 1e-3, "momentum": 0.99}])
def test_bn_param_looks_as_in_cs231n(settings):
    model, (X, y) = make(), batches(3)
    own = model.bn_params[0]
    own.update(settings)
    for x in X:
        model.loss(x, y)
        model.loss(x)
    assert own is model.bn_params[0] and set(own) == {"mode", "running_mean", "running_var", *settings}
    assert {key: own[key] for key in settings} == settings


@pytest.mark.parametrize(
    "momentum, error", [(2, ValueError), (-0.1, ValueError), (np.nan, ValueError), ("0.9", TypeError)]
)
@pytest.mark.parametrize("steps", [0, 3, 30])
def test_a_wrong_momentum_is_refused_at_any_step_and_nothing_is_learned(momentum, error, steps):
    model, (X, y) = make(), batches(steps + 1)
    for x in X[:-1]:
        model.loss(x, y)
    model.bn_params[0]["momentum"] = momentum
    before = copy.deepcopy(model.bn_params)
    with pytest.raises(error, match=r'^batchnorm_forward: bn_param\["momentum"\] is '):
        model.loss(X[-1], y)
    assert same(model.bn_params, before) and model.num_batches_tracked == steps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_statistics_keep_their_dtype(dtype):
    model, (X, y) = make(np.float64(0.5), dtype=dtype), batches(3)
    for x in X:
        model.loss(x, y)
    for bn_param in model.bn_params:
        assert bn_param["running_mean"].dtype == bn_param["running_var"].dtype == dtype


def test_only_batch_norm_in_training_mode_counts():
    X, y = batches(2)
    for model in (make(normalization=None), make(normalization="layernorm"), TwoLayerNet(D, 5, C)):
        model.loss(X[0], y)
        assert model.num_batches_tracked == 0
    model = make()
    model.loss(X[0])
    model.forward(X[0], "test")
    assert model.num_batches_tracked == 0


# --- where the count goes --------------------------------------------------------------------------


def test_a_copy_goes_on_counting():
    model, (X, y) = make(), batches(6)
    for x in X[:3]:
        model.loss(x, y)
    twin = copy.deepcopy(model)
    for x in X[3:]:
        model.loss(x, y)
        twin.loss(x, y)
    assert same(twin.bn_params, model.bn_params) and twin.num_batches_tracked == model.num_batches_tracked == 6
    for key, values in first_statistics(model, X).items():
        np.testing.assert_allclose(model.bn_params[0][key], values.mean(axis=0), rtol=1e-12)


def test_statistics_put_in_by_hand_are_replaced_or_carried_on_as_the_count_says():
    X, y = batches(1)
    for count, keep in ((0, 0), (1, 0.5), (1000, 0.9)):
        model = make()
        model.bn_params[0].update(running_mean=np.full(8, 5.0), running_var=np.full(8, 7.0))
        model.num_batches_tracked = count
        model.loss(X[0], y)
        for key, values in first_statistics(model, X).items():
            start = {"running_mean": 5.0, "running_var": 7.0}[key]
            np.testing.assert_allclose(model.bn_params[0][key], keep * start + (1 - keep) * values[0], rtol=1e-12)


@pytest.mark.parametrize("count", [-1, 2.5, None, "3", True])
def test_a_count_that_is_none_is_refused(count):
    model, (X, y) = make(), batches(1)
    model.num_batches_tracked = count
    with pytest.raises(ValueError, match="num_batches_tracked is .* must be an integer, at least 0"):
        model.loss(X[0], y)


def test_missing_statistics_do_not_matter_to_the_first_step():
    (X, y), model, other = batches(4), make(), make()
    other.bn_params = [{"mode": "train"} for _ in HIDDEN]
    for x in X:
        model.loss(x, y)
        other.loss(x, y)
    np.testing.assert_equal(other.bn_params, model.bn_params)


def test_measuring_a_network_does_not_count():
    X, y = batches(1)
    model = make()
    for measure in (experiments.layer_statistics, grad_check_network):
        before = copy.deepcopy([model.params, model.bn_params])
        measure(model, X[0], y)
        assert same([model.params, model.bn_params], before) and model.num_batches_tracked == 0


def test_a_checkpoint_keeps_the_count_of_both_epochs(tmp_path):
    solver = make_solver(checkpoint_name=tmp_path / "run", num_epochs=3)  # epochs of 5 steps
    solver.train()
    best = solver.val_acc_history.index(solver.best_val_acc)
    assert solver.model.num_batches_tracked == 5 * best
    saved = checkpoint.load(tmp_path / "run.npz")
    assert saved["num_batches_tracked"] == 15 and saved["best_num_batches_tracked"] == 5 * best
    for put, count in ((state.restore_model, 15), (state.restore_best, 5 * best)):
        model = net(seed=5)
        put(model, saved)
        assert model.num_batches_tracked == count
    assert np.array_equal(model.loss(solver.X_val), solver.model.loss(solver.X_val))
    assert solver.check_accuracy(solver.X_val, solver.y_val) == saved["best_val_acc"]


def test_a_checkpoint_from_before_the_count_goes_on_from_the_steps_of_its_run(tmp_path):
    solver = make_solver(checkpoint_name=tmp_path / "run", num_epochs=3)
    solver.train()
    old = checkpoint.load(tmp_path / "run.npz")
    del old["num_batches_tracked"], old["best_num_batches_tracked"]
    checkpoint.save(tmp_path / "old.npz", old)
    for put in (state.restore_model, state.restore_best):
        model = net(seed=5)
        put(model, checkpoint.load(tmp_path / "old.npz"))
        assert model.num_batches_tracked == 15
    fresh = make_solver(num_epochs=5)
    state.restore(fresh, old)
    fresh.train()
    solver.num_epochs = 2
    solver.train()
    assert fresh.loss_history == solver.loss_history and same(fresh.model.bn_params, solver.model.bn_params)


@pytest.mark.parametrize("interrupt_at", [1, 3, 7])
def test_an_interruption_within_the_warm_up_changes_nothing(interrupt_at):
    solver, wanted = make_solver(num_epochs=2), make_solver(num_epochs=2)
    loss, calls = solver.model.loss, []

    def interrupted(X, y=None):
        calls.append(y is not None)
        if sum(calls) == interrupt_at:
            solver.model.loss = loss
            raise KeyboardInterrupt
        return loss(X, y)

    solver.model.loss = interrupted
    solver.train()
    assert solver.interrupted
    solver.train()
    wanted.train()
    assert same(everything(solver), everything(wanted))
    assert solver._state["num_batches_tracked"] == 10


def test_training_side_by_side_counts_too():
    ours, theirs = ([make_solver(net(seed=seed), seed=seed, num_epochs=1) for seed in (0, 1)] for _ in range(2))
    for solver in (*ours, *theirs):
        solver.model.loss(solver.X_train[:8], solver.y_train[:8])  # the second step is the first one here
    fast.train_solvers(ours)
    for one, other in zip(ours, theirs):
        other.train()
        assert one.model.num_batches_tracked == other._state["num_batches_tracked"] == 6
        for mine, kept in zip(one.model.bn_params, other._state["statistics"]):
            for key, value in kept.items():
                np.testing.assert_allclose(mine[key], value, rtol=1e-5)
    with pytest.raises(ValueError, match="number of batches"):
        fast.train_solvers([*ours, make_solver(net(seed=2))])


def test_a_model_that_does_not_count_is_left_alone():
    model = net()
    del model.num_batches_tracked
    model.loss, X = lambda X, y=None: np.zeros((len(X), 3)), toy_data()["X_val"]
    solver = make_solver(model, num_epochs=0)
    solver.train()
    assert not hasattr(model, "num_batches_tracked") and model.loss(X).shape == (15, 3)


# --- what it is good for ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_after_one_epoch_test_mode_is_nearly_as_good_as_training_mode(seed):
    """CS231n's set-up on the digits: 1,000 images in batches of 50, so 20 steps. The start of 0 and 1 cost 0.5 here."""
    data = get_mnist_data(num_training=1000)
    model = experiments.make_net("bn", data, seed)
    experiments.train_steps(model, data, 20, seed, batch_size=50)
    X, y = data["X_train"], data["y_train"]
    in_training_mode = np.mean(np.argmax(copy.deepcopy(model).forward(X, "train")[0], axis=1) == y)
    assert in_training_mode > 0.7
    assert experiments.accuracy(model, X, y) > in_training_mode - 0.15


def test_the_first_epochs_loss_is_that_of_the_weights_and_not_of_the_start():
    """The README's figure begins here: the loss in test mode after 40 steps was 0.9, twice that of training mode."""
    data = get_mnist_data()
    run = experiments.compare_nets(data, [0], num_epochs=1)["bn"][0]
    model = experiments.make_net("bn", data, 0)
    solver = make_solver(model, data, num_epochs=1, batch_size=100, optim_config={"learning_rate": 1e-3}, seed=0)
    solver.train()
    in_training_mode = copy.deepcopy(model).loss(data["X_train"][:1000], data["y_train"][:1000])[0]
    assert run["train_loss"] == solver.train_loss_history
    assert run["train_loss"][1] == pytest.approx(in_training_mode, rel=0.25)
