"""Tests of the solver: its histories, its batches, the best parameters, and what it prints."""

import numpy as np
import pytest

from cs231n import layer_utils, layers, optim
from cs231n.solver import Solver
from tests.helpers.solver_cases import make_solver, net, toy_data


class Recorder:
    """A model that only remembers its batches. It is right exactly when its parameter equals ``right_at``.

    Every step adds 1 to the parameter (with plain SGD at rate 1) and to the running mean.
    """

    def __init__(self, right_at=None):
        self.params = {"w": np.zeros(1)}
        self.bn_params = [{"mode": "train", "running_mean": np.zeros(1), "running_var": np.zeros(1)}]
        self.right_at, self.batches = right_at, []

    def loss(self, X, y=None):
        if y is None:
            scores = np.zeros((len(X), 2))
            scores[:, int(self.params["w"][0] == self.right_at)] = 1
            return scores
        self.batches.append(X[:, 0].tolist())
        self.bn_params[0]["running_mean"] = self.bn_params[0]["running_mean"] + 1
        return 0.5, {"w": -np.ones(1)}


def record(right_at=None, n=10, **settings):
    X, y = np.arange(n)[:, None], np.ones(n, int)
    model = Recorder(right_at)
    settings = {"optim_config": {"learning_rate": 1.0}, "batch_size": n, **settings}
    solver = Solver(model, {"X_train": X, "y_train": y, "X_val": X, "y_val": y}, **settings)
    solver.train()
    return model, solver


# --- training -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("normalization", [None, "batchnorm"])
def test_every_rule_learns_with_and_without_batch_norm(rule, normalization):
    solver = make_solver(net(normalization), update_rule=rule, num_epochs=30)
    solver.train()
    assert solver.best_val_acc == max(solver.val_acc_history) > 0.6
    assert solver.train_loss_history[-1] < 0.5 * solver.train_loss_history[0]


def test_lengths_of_the_histories():
    solver = make_solver(batch_size=8, num_epochs=3)
    solver.train()
    assert len(solver.loss_history) == 3 * (40 // 8)
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == len(solver.train_loss_history) == 1 + 3
    assert all(isinstance(value, float) for value in solver.loss_history + solver.val_acc_history)


def test_an_epoch_is_a_permutation_in_batches():
    model, _ = record(n=10, batch_size=3, num_epochs=2)
    assert [len(batch) for batch in model.batches] == [3] * 6
    for epoch in (model.batches[:3], model.batches[3:]):
        assert len(set(sum(epoch, []))) == 9
    assert model.batches[:3] != model.batches[3:]


def test_a_batch_larger_than_the_data_is_all_of_the_data():
    model, _ = record(n=10, batch_size=64, num_epochs=2)
    assert [sorted(batch) for batch in model.batches] == [list(range(10))] * 2


def test_two_solvers_with_one_seed_see_the_same_batches():
    """The batches depend only on the seed, not on the model or on other random numbers."""
    first = record(batch_size=3, seed=7)[0].batches
    np.random.random(5)
    assert record(batch_size=3, seed=7, right_at=2)[0].batches == first
    assert record(batch_size=3, seed=8)[0].batches != first


def test_training_twice_gives_the_same_numbers_and_leaves_the_global_generator_alone():
    before = np.random.get_state()
    runs = [make_solver(net(dropout_keep_ratio=0.8)) for _ in range(2)]
    for solver in runs:
        solver.train()
    assert runs[0].loss_history == runs[1].loss_history
    for name, w in runs[0].model.params.items():
        assert np.array_equal(w, runs[1].model.params[name])
    assert all(np.array_equal(a, b) for a, b in zip(before, np.random.get_state()))


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("learning_rate", [1e-2, np.float64(1e-2)], ids=["float", "numpy-float64"])
def test_parameters_stay_float32(rule, learning_rate):
    """A learning rate from np.logspace is a float64 scalar, and NumPy 2 would promote the parameters to it."""
    solver = make_solver(update_rule=rule, optim_config={"learning_rate": learning_rate}, lr_decay=learning_rate)
    solver.train()
    statistics = [p[key] for p in solver.model.bn_params for key in ("running_mean", "running_var")]
    for array in (*solver.model.params.values(), *solver.best_params.values(), *statistics):
        assert array.dtype == np.float32


def test_learning_rate_decays_after_every_epoch():
    model, solver = record(right_at=1.75, batch_size=10, num_epochs=3, lr_decay=0.5)
    assert solver.optim_configs["w"]["learning_rate"] == 0.125
    assert model.params["w"] == [1.75], "1 + 0.5 + 0.25"
    assert solver.optim_config == {"learning_rate": 1.0}


def test_training_writes_neither_to_the_data_nor_to_the_callers_settings():
    data, config = toy_data(), {"learning_rate": 1e-2}
    for array in data.values():
        array.flags.writeable = False
    Solver(net(), data, update_rule="adam", optim_config=config, num_epochs=1).train()
    assert config == {"learning_rate": 1e-2}


USED = {
    layers: "affine_forward affine_backward relu_forward relu_backward batchnorm_forward batchnorm_backward "
    "softmax_loss",
    layer_utils: "affine_bn_relu_forward affine_bn_relu_backward",
    optim: "adam",
}


@pytest.mark.parametrize("module, name", [(module, name) for module, names in USED.items() for name in names.split()])
def test_training_runs_on_the_functions_that_are_installed_now(module, name, monkeypatch):
    """A student's answer replaces only the module's attribute, so every call must look it up there."""
    original, calls = getattr(module, name), []
    solver = make_solver(num_epochs=1)
    monkeypatch.setattr(module, name, lambda *args: calls.append(name) or original(*args))
    solver.train()
    assert calls


# --- the best parameters --------------------------------------------------------------------------


@pytest.mark.parametrize("best_epoch", [0, 2, 5])
def test_best_parameters_come_back_with_their_running_statistics(best_epoch):
    model, solver = record(right_at=best_epoch, num_epochs=5)
    assert solver.val_acc_history == [float(epoch == best_epoch) for epoch in range(6)]
    assert model.params["w"] == solver.best_params["w"] == [best_epoch]
    assert model.bn_params[0]["running_mean"] == [best_epoch]


def test_best_parameters_survive_a_rule_that_updates_in_place(monkeypatch):
    def in_place(w, dw, config):
        w -= dw
        return w, config

    monkeypatch.setattr(optim, "sgd", in_place)
    assert record(right_at=2, num_epochs=5)[0].params["w"] == [2]


def test_best_parameters_exist_when_nothing_is_ever_right():
    model, solver = record(right_at=-1, num_epochs=3)
    assert solver.best_val_acc == 0.0
    assert solver.best_params["w"] == model.params["w"] == [0.0], "the first of equals"


def test_restored_network_scores_its_best_accuracy():
    """A second round with an absurd learning rate ruins the network. The best parameters of all epochs come back."""
    solver = make_solver(num_epochs=20)
    solver.train()
    for config in solver.optim_configs.values():
        config["learning_rate"] = 1e3
    solver.train()
    assert solver.val_acc_history[-1] < 0.9 < solver.best_val_acc
    assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc
    solver.model.params["W1"] += 1
    assert not np.array_equal(solver.model.params["W1"], solver.best_params["W1"]), "the best are a copy"


def test_a_model_without_running_statistics_will_do():
    model = Recorder(right_at=1)
    del model.bn_params
    model.loss = lambda X, y=None: np.eye(2)[[1] * len(X)] if y is None else (0.5, {"w": -np.ones(1)})
    X, y = np.zeros((4, 1)), np.ones(4, int)
    solver = Solver(model, {"X_train": X, "y_train": y, "X_val": X, "y_val": y}, num_epochs=1)
    solver.train()
    assert solver.val_acc_history == [1.0, 1.0]


def test_check_accuracy_counts_the_first_samples_in_any_batch_size():
    solver = make_solver()
    solver.train()
    X, y = solver.X_train, solver.y_train.copy()
    y[:10] = (y[:10] + 1) % 3
    right = np.argmax(solver.model.loss(X), axis=1) == y
    assert solver.check_accuracy(X, y) == solver.check_accuracy(X, y, batch_size=7) == np.mean(right)
    assert solver.check_accuracy(X, y, num_samples=10) == np.mean(right[:10])


# --- replaced parameters --------------------------------------------------------------------------


def test_test_mode_works_after_no_one_and_many_steps():
    model = net(dropout_keep_ratio=0.7)
    X, scores = toy_data()["X_val"], []
    for num_epochs in (0, 1, 20):
        scores.append(model.loss(X))
        assert scores[-1].shape == (15, 3) and scores[-1].dtype == np.float32 and np.isfinite(scores[-1]).all()
        make_solver(model, num_epochs=num_epochs, batch_size=40).train()
        assert np.array_equal(model.loss(X[:1]), model.loss(X)[:1]) or np.allclose(model.loss(X[:1]), model.loss(X)[:1])
    assert np.array_equal(scores[0], scores[1]) and not np.array_equal(scores[1], model.loss(X))


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, list])
def test_a_replaced_parameter_is_used_in_the_networks_dtype(kind):
    """A parameter may be replaced before or between steps, in any dtype. The caller's array does not change."""
    values = np.arange(20).reshape(2, 10) % 3
    wanted = values.tolist() if kind is list else values.astype(kind)
    model, seen = net(), []
    solver, loss = make_solver(model, num_epochs=1), model.loss

    def replacing_loss(X, y=None):
        seen.append(model.params["W1"].copy())
        assert all(w.dtype == np.float32 for w in model.params.values())
        result = loss(X, y)
        if len(solver.loss_history) == 2:
            model.params["W1"] = wanted
        return result

    model.params["W1"], model.loss = wanted, replacing_loss
    solver.train()
    assert sum(np.array_equal(w, values) for w in seen) >= 3, "in test mode and in the steps"
    assert np.array_equal(wanted, values)
    assert all(w.dtype == np.float32 for w in (*model.params.values(), *solver.best_params.values()))


def test_parameters_keep_their_dtype_where_gradients_are_wider():
    model, solver = record(right_at=3, num_epochs=1)
    model.params["w"] = np.zeros(1, np.float32)
    solver = Solver(model, {"X_train": solver.X_train, "y_train": solver.y_train, "X_val": solver.X_val,
                            "y_val": solver.y_val}, num_epochs=2, optim_config={"learning_rate": 1})  # fmt: skip
    solver.train()
    assert solver._state["params"]["w"].dtype == np.float32 == model.params["w"].dtype


# --- what it prints -------------------------------------------------------------------------------


def test_prints_unless_told_not_to(capfd):
    """CS231n's defaults: a line per epoch, and every tenth step's loss."""
    record(batch_size=5, num_epochs=5)
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 7 and lines[5] == "(step 10) loss: 0.5000"


def test_verbose_false_prints_nothing_at_all(capfd):
    """As in CS231n, whose notebooks pass verbose=False together with print_every."""
    record(batch_size=5, num_epochs=2, verbose=False, print_every=1)
    assert capfd.readouterr() == ("", "")


def test_verbose_text_is_one_tidy_line_per_epoch_and_print(capfd):
    record(batch_size=5, num_epochs=2, verbose=True, print_every=3)
    out, err = capfd.readouterr()
    assert out.splitlines() == [
        "(epoch 0 / 2) train acc: 0.000; val acc: 0.000",
        "(epoch 1 / 2) train acc: 0.000; val acc: 0.000",
        "(step 3) loss: 0.5000",
        "(epoch 2 / 2) train acc: 0.000; val acc: 0.000",
    ]
    assert err == ""


def test_progress_bar_is_on_stderr_alone(capfd):
    make_solver(progress=True).train()
    out, err = capfd.readouterr()
    assert out == "" and "training" in err and "/15" in err


def test_progress_bar_leaves_the_text_alone(capfd):
    for progress in (False, True):
        make_solver(progress=progress, verbose=True, print_every=None).train()
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 8 and lines[:4] == lines[4:]


def test_training_draws_a_fresh_dropout_mask_at_every_step(monkeypatch):
    """A network made with a seed repeats its masks for gradient checks; a Solver must not train on one mask."""
    masks, forward = [], layers.dropout_forward

    def watched(x, dropout_param):
        out, cache = forward(x, dropout_param)
        if dropout_param["mode"] == "train":
            masks.append(cache[1].tobytes())
        return out, cache

    monkeypatch.setattr(layers, "dropout_forward", watched)
    model = net(dropout_keep_ratio=0.5, seed=3)
    make_solver(model, num_epochs=2).train()
    assert len(masks) == len(set(masks)) == 2 * 5 * 2  # two dropout layers, five steps, two epochs
