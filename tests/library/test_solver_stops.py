"""Tests of training that stops early, by divergence, interruption or error: model and histories stay consistent."""

import re
import warnings

import numpy as np
import pytest

from cs231n import experiments
from cs231n.data_utils import get_mnist_data
from cs231n.solver import DivergenceError, Solver
from cs231n.training import checkpoint
from tests.helpers.solver_cases import everything, make_solver, net, same, toy_data


def breaking(solver, call, error):
    """Make the model's loss raise an error at its n-th call from now."""
    loss, calls = solver.model.loss, []

    def broken(X, y=None):
        calls.append(1)
        if len(calls) == call:
            raise error
        return loss(X, y)

    solver.model.loss = broken


def in_order(solver):
    """Assert that the histories have whole epochs, and that the model is in the state of the best one."""
    steps = len(solver.X_train) // solver.batch_size
    assert len(solver.loss_history) == solver.epoch * steps
    assert len(solver.train_acc_history) == len(solver.train_loss_history) == len(solver.val_acc_history)
    if solver.val_acc_history:
        assert len(solver.val_acc_history) == solver.epoch + 1
        assert solver.best_val_acc == max(solver.val_acc_history)
        assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc
    else:
        assert solver.best_val_acc == -1
    assert np.isfinite(solver.loss_history).all() and np.isfinite(solver.model.loss(solver.X_val)).all()


# Calls of loss in 3 epochs: 1 for the number of classes, 2 to measure, then 5 steps and 2 to measure per epoch.
CALLS = range(1, 1 + 2 + 3 * (5 + 2) + 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a layer's mistake"), MemoryError()], ids=repr)
def test_stopped_anywhere_and_gone_on_is_never_stopped(error, capfd):
    wanted = make_solver(net(dropout_keep_ratio=0.8))
    wanted.train()
    capfd.readouterr()
    for call in CALLS:
        solver = make_solver(net(dropout_keep_ratio=0.8))
        loss = solver.model.loss
        breaking(solver, call, error)
        if isinstance(error, KeyboardInterrupt):
            solver.train()
        else:
            with pytest.raises(type(error)):
                solver.train()
        solver.model.loss = loss
        assert solver.interrupted == isinstance(error, KeyboardInterrupt)
        lines = capfd.readouterr().out.splitlines()
        assert len(lines) == solver.interrupted and all("interrupted: the model has " in line for line in lines)
        in_order(solver)
        solver.train()
        assert not solver.interrupted and same(everything(solver), everything(wanted))


def test_a_checkpoint_that_can_not_be_written_stops_with_a_usable_model(tmp_path, monkeypatch):
    solver = make_solver(checkpoint_name=tmp_path / "run")
    monkeypatch.setattr(checkpoint, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        solver.train()
    assert solver.epoch == 1
    in_order(solver)


def test_an_interruption_during_the_first_measurement_leaves_the_model_as_it_was(capfd):
    solver = make_solver()
    before = everything(solver)["now"]
    breaking(solver, 2, KeyboardInterrupt())
    solver.train()
    assert same(everything(solver)["now"], before)
    assert capfd.readouterr().out == "(epoch 0 / 3) interrupted: the model has the parameters that it began with\n"


# --- divergence -----------------------------------------------------------------------------------


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(("dtype", "rate"), [("float32", 1e15), ("float64", 1e130)])
def test_divergence_says_when_and_why_and_leaves_the_best(dtype, rate, no_warnings, capfd):
    solver = make_solver(net(None, dtype=dtype), update_rule="sgd", optim_config={"learning_rate": 1e-3})
    solver.train()
    done, best = solver.epoch, solver.best_val_acc
    for config in solver.optim_configs.values():
        config["learning_rate"] = rate
    with pytest.raises(FloatingPointError) as stop:
        solver.train()
    error, message = stop.value, str(stop.value)
    assert isinstance(error, DivergenceError) and error.epoch == done + 1 and 1 <= error.step <= 5
    assert f"at step {error.step} of epoch {done + 1}: training has diverged" in message
    assert re.search(r"The last losses: .*(nan|inf)\.", message)
    assert f"learning rate that is too high (it is {rate:g} now; try a tenth)" in message and "weight_scale" in message
    assert f"The model has its best parameters (epoch {solver.val_acc_history.index(best)}, validation" in message
    assert "X_train" not in message and "\n" not in message
    in_order(solver)
    assert solver.epoch == done and solver.best_val_acc == best and capfd.readouterr() == ("", "")
    for config in solver.optim_configs.values():
        config["learning_rate"] = 1e-3
    solver.train()
    assert solver.epoch == done + 3


def test_data_that_became_nan_between_two_trainings_are_named(no_warnings):
    data = toy_data()
    solver = make_solver(data=data)
    solver.train()
    data["X_train"][17, 1] = np.nan
    with pytest.raises(ValueError, match=r"X_train has NaN .* in 1 of 40 examples, first in X_train\[17\]"):
        solver.train()
    in_order(solver)


class Linear:
    """A linear regression on the score of class 1. Unlike `FullyConnectedNet`, it does not look for NaN in the data."""

    def __init__(self):
        self.params = {"w": np.zeros(2)}

    def loss(self, X, y=None):
        score = X @ self.params["w"]
        if y is None:
            return np.column_stack([np.zeros(len(X)), score, np.zeros(len(X))])
        return np.mean((score - y) ** 2), {"w": 2 * (score - y) @ X / len(X)}


def test_data_that_become_nan_while_training_are_named(no_warnings):
    data = toy_data()
    solver = make_solver(Linear(), data)
    loss = solver.model.loss

    def spoil(X, y=None):
        if y is not None and len(solver.loss_history) == 7:
            data["X_train"][17, 1] = np.nan
        return loss(X, y)

    solver.model.loss = spoil
    with pytest.raises(DivergenceError, match=r"X_train\[17\] holds NaN or infinity; .* since") as stop:
        solver.train()
    assert stop.value.epoch >= 2 and "learning rate" not in str(stop.value) and solver.epoch == stop.value.epoch - 1


def test_parameters_that_are_nan_from_the_start_are_named(no_warnings):
    solver = make_solver()
    solver.model.params["gamma1"] = np.full(10, np.nan)
    with pytest.raises(DivergenceError, match="before the first step.*infinity: gamma1") as stop:
        solver.train()
    assert (stop.value.epoch, stop.value.step) == (0, 0)
    assert "the parameters that it began with" in str(stop.value)


def test_weights_that_are_too_large_are_found_before_training(no_warnings):
    solver = make_solver(net(None, weight_scale=1e30))
    with pytest.raises(DivergenceError, match="before the first step.*weight_scale"):
        solver.train()


def test_divergence_in_the_last_step_of_an_epoch_is_found_and_never_the_best(no_warnings):
    """The last step has a finite loss, but its update is not finite. With NaN scores, all of class 0 looks right."""
    data = toy_data()
    data["y_val"][:] = 0
    solver = make_solver(net(None), data, batch_size=40, update_rule="sgd", optim_config={"learning_rate": 1e38})
    with pytest.raises(DivergenceError, match="in test mode after epoch 1") as stop:
        solver.train()
    assert (stop.value.epoch, stop.value.step) == (1, 0)
    assert solver.epoch == 0 and solver.best_val_acc < 1
    in_order(solver)


def test_a_solver_that_goes_on_never_takes_nan_for_the_best(no_warnings):
    class GoesOn(Solver):
        def _raise_divergence(self, *where):
            pass

    data = toy_data()
    data["y_val"][:] = 0  # the class that argmax gives for NaN scores
    model = net(None)
    model.params["b3"][0] = -100  # so that nothing is right before training
    solver = GoesOn(model, data, optim_config={"learning_rate": 1e38}, batch_size=40, num_epochs=2)
    solver.train()
    assert solver.val_acc_history == [0.0, 1.0, 1.0] and np.isnan(solver.train_loss_history[1:]).all()
    assert solver.best_val_acc == 0.0 and all(np.isfinite(w).all() for w in solver.model.params.values())


def test_numpy_raises_if_the_user_asks_for_it():
    solver = make_solver(net(None), update_rule="sgd", optim_config={"learning_rate": 1e30})
    with np.errstate(all="raise"), pytest.raises(FloatingPointError) as stop:
        solver.train()
    assert not isinstance(stop.value, DivergenceError)
    in_order(solver)


# --- experiments train nets that may diverge ---------------------------------------------------------


def test_experiments_go_on_where_a_net_diverges(no_warnings):
    digits = get_mnist_data(num_training=100, num_validation=50)
    rates = {"bn": 1e-3, "plain": 1e25}
    results = experiments.compare_nets(digits, [0], num_epochs=2, learning_rate=rates, batch_size=50)
    assert all(len(results[net_name][0]["train_loss"]) == 3 for net_name in ("bn", "plain"))
    assert np.isnan(results["plain"][0]["train_loss"][-1]) and np.isfinite(results["bn"][0]["train_loss"]).all()


def test_an_interrupted_experiment_stops_altogether(monkeypatch):
    digits = get_mnist_data(num_training=100, num_validation=50)
    made = []

    def make_net(*arguments):
        made.append(net(None))
        made[-1].loss = lambda X, y=None: (_ for _ in ()).throw(KeyboardInterrupt())
        return made[-1]

    monkeypatch.setattr(experiments, "make_net", make_net)
    with pytest.raises(KeyboardInterrupt):
        experiments.compare_nets(digits, [0, 1], num_epochs=2)
    assert len(made) == 1
