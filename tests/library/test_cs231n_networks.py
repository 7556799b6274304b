"""Tests that CS231n's assignment 2 runs on this library, part two: networks and training, called as in its notebooks.

See `test_cs231n_api.py`. Inputs and expected values are our own.
"""

import math

import numpy as np
import pytest

from cs231n import vis_utils
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.gradient_check import eval_numerical_gradient, gradient_error
from cs231n.solver import Solver


@pytest.fixture
def rng():
    return np.random.default_rng(231)


# --- networks -------------------------------------------------------------------------------------


def errors(model, X, y, **settings):
    """CS231n's gradient check. It changes parameters in place inside the model, and f ignores its argument."""
    _, grads = model.loss(X, y)
    numeric = {
        name: eval_numerical_gradient(lambda _: model.loss(X, y)[0], model.params[name], verbose=False, **settings)
        for name in sorted(grads)
    }
    return {name: (grads[name], numeric[name]) for name in numeric}


def test_two_layer_net_at_initialization():
    std = 1e-3
    model = TwoLayerNet(input_dim=5, hidden_dim=500, num_classes=7, weight_scale=std, seed=0)
    assert list(model.params) == ["W1", "b1", "W2", "b2"] and model.reg == 0
    for name in ("W1", "W2"):
        assert abs(model.params[name].std() - std) < std / 10 and abs(model.params[name].mean()) < std / 10
    assert np.all(model.params["b1"] == 0) and np.all(model.params["b2"] == 0)
    positional = TwoLayerNet(12, 6, 4)
    assert [w.shape for w in positional.params.values()] == [(12, 6), (6,), (6, 4), (4,)]
    assert TwoLayerNet().params["W1"].shape == (3072, 100)


def test_two_layer_net_on_parameters_put_into_it(rng):
    D, H, C, N = 5, 9, 4, 6
    model = TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=1e-3)
    for name, w in model.params.items():
        model.params[name] = np.linspace(-0.7, 0.4, num=w.size).reshape(w.shape)
    X, y = rng.standard_normal((D, N)).T, np.arange(N) % C
    scores = model.loss(X)
    right = [  # entry by entry, in plain Python
        [
            model.params["b2"][c]
            + sum(
                max(0, model.params["b1"][h] + sum(x[d] * model.params["W1"][d, h] for d in range(D)))
                * model.params["W2"][h, c]
                for h in range(H)
            )
            for c in range(C)
        ]
        for x in X
    ]
    assert scores.shape == (N, C) and np.abs(scores - right).sum() < 1e-12

    loss, grads = model.loss(X, y)
    log_sums = [math.log(sum(math.exp(score) for score in row)) for row in right]
    cross_entropy = sum(total - row[label] for total, row, label in zip(log_sums, right, y)) / N
    assert abs(loss - cross_entropy) < 1e-12 and grads.keys() == model.params.keys()
    model.reg = 1.0  # CS231n's notebook sets it from outside
    squares = sum(float(w) ** 2 for name in ("W1", "W2") for w in model.params[name].ravel())
    assert abs(model.loss(X, y)[0] - cross_entropy - 0.5 * squares) < 1e-12

    for model.reg in (0.0, 0.7):
        for name, (analytic, numeric) in errors(model, X, y).items():
            assert gradient_error(analytic, numeric) < 1e-8, name


@pytest.mark.parametrize("reg", [0, 3.14])
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_deep_nets_pass_the_gradient_check(rng, normalization, reg):
    N, D, H1, H2, C = 5, 7, 6, 8, 10
    X, y = rng.standard_normal((N, D)), rng.integers(C, size=(N,))
    model = FullyConnectedNet(
        [H1, H2], input_dim=D, num_classes=C, reg=reg, weight_scale=5e-2, dtype=np.float64,
        normalization=normalization, seed=1,
    )  # fmt: skip
    loss, grads = model.loss(X, y)
    squares = sum(np.sum(model.params[f"W{i}"] ** 2) for i in (1, 2, 3))
    assert loss - 0.5 * reg * squares == pytest.approx(np.log(C), rel=0.1), "an untrained net guesses"
    for name, (analytic, numeric) in errors(model, X, y, h=1e-5).items():
        if normalization == "batchnorm" and name in ("b1", "b2"):
            # a bias in front of batch norm has no effect: both gradients are 0, and their relative error is noise
            assert np.abs(analytic).max() < 1e-14 and np.abs(numeric).max() < 1e-9, name
        else:
            assert gradient_error(analytic, numeric) < 1e-6, name


@pytest.mark.parametrize("dropout_keep_ratio", [1, 0.75, 0.5])
def test_nets_with_dropout_and_a_seed_pass_the_gradient_check(rng, dropout_keep_ratio):
    X, y = rng.standard_normal((2, 15)), rng.integers(10, size=(2,))
    model = FullyConnectedNet(
        [20, 30], input_dim=15, num_classes=10, weight_scale=5e-2, dtype=np.float64,
        dropout_keep_ratio=dropout_keep_ratio, seed=123,
    )  # fmt: skip
    assert model.use_dropout == (dropout_keep_ratio != 1)
    expected = {"mode": "train", "p": dropout_keep_ratio, "seed": 123} if model.use_dropout else {}
    assert {key: value for key, value in model.dropout_param.items() if key != "rng"} == expected
    assert model.loss(X, y)[0] == pytest.approx(2.3, abs=0.05)
    for name, (analytic, numeric) in errors(model, X, y, h=1e-5).items():
        assert gradient_error(analytic, numeric) < 1e-7, name


def test_predictions_are_made_from_images(rng):
    model = FullyConnectedNet([20], num_classes=10)
    images, labels = rng.standard_normal((30, 3, 32, 32)), rng.integers(10, size=30)
    predicted = np.argmax(model.loss(images), axis=1)
    assert predicted.shape == (30,) and 0 <= (predicted == labels).mean() <= 1


# --- training -------------------------------------------------------------------------------------


def small_data(rng, n=50, n_val=20):
    """Images like CIFAR-10's, but smaller: values as in 0..255 minus the mean, and labels that depend on the images."""
    prototypes = 50 * rng.standard_normal((10, 3, 4, 4))
    y_train, y_val = np.arange(n) % 10, np.arange(n_val) % 10
    X_train, X_val = (prototypes[y] + 10 * rng.standard_normal((len(y), 3, 4, 4)) for y in (y_train, y_val))
    return {"X_train": X_train, "y_train": y_train, "X_val": X_val, "y_val": y_val}


def test_overfitting_fifty_images(rng, capsys):
    model = FullyConnectedNet([100, 100], input_dim=48, weight_scale=5e-2, dtype=np.float64, seed=0)
    solver = Solver(
        model, small_data(rng), print_every=10, num_epochs=20, batch_size=25, update_rule="sgd",
        optim_config={"learning_rate": 1e-2},
    )  # fmt: skip
    assert solver.train() is None
    assert len(solver.loss_history) == 40 and all(isinstance(loss, float) for loss in solver.loss_history)
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 21
    assert max(solver.train_acc_history) == 1.0 and solver.loss_history[-1] < 0.1 < solver.loss_history[0]
    assert f"{solver.loss_history[9]:.4f}" in capsys.readouterr().out


@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_training_prints_and_keeps_the_best(rng, capsys, normalization):
    data = small_data(rng)
    model = FullyConnectedNet([30, 30], input_dim=48, weight_scale=2e-2, normalization=normalization, seed=0)
    solver = Solver(
        model, data, num_epochs=6, batch_size=10, update_rule="adam", optim_config={"learning_rate": 1e-3},
        lr_decay=0.95, verbose=True, print_every=20,
    )  # fmt: skip
    solver.train()
    assert solver.best_val_acc == max(solver.val_acc_history) > 0.3
    assert solver.best_params.keys() == model.params.keys()
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc
    assert np.mean(solver.loss_history[-5:]) < np.mean(solver.loss_history[:5])
    printed = capsys.readouterr().out
    for accuracy in (*solver.train_acc_history, *solver.val_acc_history):
        assert f"{accuracy:.3f}" in printed


@pytest.mark.parametrize("rule, rate", [("sgd", 1e-2), ("sgd_momentum", 1e-3), ("rmsprop", 1e-4), ("adam", 1e-3)])
def test_every_update_rule_trains(rng, rule, rate):
    model = FullyConnectedNet([40, 40, 40], input_dim=48, weight_scale=5e-2, seed=0)
    solver = Solver(
        model, small_data(rng, n=200), num_epochs=5, batch_size=20, update_rule=rule,
        optim_config={"learning_rate": rate}, verbose=False,
    )  # fmt: skip
    solver.train()
    assert np.mean(solver.loss_history[-10:]) < 0.8 * np.mean(solver.loss_history[:10])
    assert {w.dtype for w in model.params.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("normalization", [None, "batchnorm"])
def test_settings_from_numpy_are_numbers_like_any_other(rng, normalization):
    """The notebooks use weight scales from np.logspace and a learning rate of 10**(-3.5)."""
    scales = np.logspace(-4, 0, num=3)
    solvers = {}
    for scale in scales:
        model = FullyConnectedNet([8, 8], input_dim=48, weight_scale=scale, normalization=normalization, seed=0)
        assert {w.dtype for w in model.params.values()} == {np.dtype(np.float32)}
        solvers[scale] = Solver(
            model, small_data(rng), num_epochs=1, batch_size=5, update_rule="adam",
            optim_config={"learning_rate": 10 ** (-3.5)}, verbose=False, print_every=200,
        )  # fmt: skip
        solvers[scale].train()
    assert all(np.isfinite(solvers[scale].loss_history).all() for scale in scales)


@pytest.mark.slow
def test_a_two_layer_net_trains_and_its_weights_can_be_looked_at(rng):
    data = {key: np.tile(v, (1, 1, 8, 8)) if key.startswith("X") else v for key, v in small_data(rng).items()}
    model = TwoLayerNet(32 * 32 * 3, 50, 10, seed=0)
    solver = Solver(
        model, data, num_epochs=10, batch_size=10, update_rule="sgd", optim_config={"learning_rate": 1e-4},
        lr_decay=0.95, verbose=False, print_every=100,
    )  # fmt: skip
    solver.train()
    assert solver.best_val_acc > 0.5
    grid = vis_utils.visualize_grid(model.params["W1"].reshape(3, 32, 32, -1).transpose(3, 1, 2, 0), padding=3)
    assert grid.shape == (8 * 35 - 3, 8 * 35 - 3, 3) and grid.min() == 0 and grid.max() == 255
    assert grid.astype("uint8").max() == 255
