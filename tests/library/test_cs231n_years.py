"""Tests that the notebooks of CS231n's assignment 2 of 2016 to 2026 run, print the same in each run, and mean the same.

The calls are those of FullyConnectedNets.ipynb, BatchNormalization.ipynb and Dropout.ipynb of each year, on less data.
The notebooks call ``np.random.seed(231)`` (2016: not in every cell) and make networks and solvers without a seed.
"""

import re

import numpy as np
import pytest

from cs231n import layers
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.gradient_check import eval_numerical_gradient, rel_error
from cs231n.solver import Solver

D = 3 * 4 * 4


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    parts = {"train": 60, "val": 20}
    data = {f"X_{part}": 40 * rng.standard_normal((n, 3, 4, 4)) for part, n in parts.items()}
    return {**data, **{f"y_{part}": rng.integers(10, size=n) for part, n in parts.items()}}


def train(model, data, rate=1e-3):
    Solver(
        model, data, num_epochs=2, batch_size=20, update_rule="adam", optim_config={"learning_rate": rate},
        verbose=True, print_every=2,
    ).train()  # fmt: skip


def check_gradients(model, X, y):
    """CS231n's gradient check. Print the initial loss and the relative errors."""
    loss, grads = model.loss(X, y)
    print("Initial loss: ", loss)
    for name in sorted(grads):
        numeric = eval_numerical_gradient(lambda _: model.loss(X, y)[0], model.params[name], verbose=False, h=1e-5)
        print(f"{name} relative error: {rel_error(grads[name], numeric):.2e}")


def small_batch():
    return np.random.randn(4, 8), np.random.randint(10, size=(4,))


def fully_connected(data, seed_names):
    np.random.seed(231)
    X, y = small_batch()
    for reg in (0, 3.14):
        model = FullyConnectedNet([6, 7], input_dim=8, num_classes=10, reg=reg, weight_scale=5e-2, dtype=np.float64)
        check_gradients(model, X, y)
    train(FullyConnectedNet([50, 50], input_dim=D, weight_scale=5e-2, dtype=np.float64), data)
    train(TwoLayerNet(input_dim=D), data)


def batch_normalization(data, on):
    np.random.seed(231)
    X, y = small_batch()
    for reg in (0, 3.14):
        model = FullyConnectedNet(
            [6, 7], input_dim=8, num_classes=10, reg=reg, weight_scale=5e-2, dtype=np.float64, **on
        )
        check_gradients(model, X, y)
    np.random.seed(231)
    off = {name: value if name == "input_dim" else False if value is True else None for name, value in on.items()}
    for settings in (on, off):
        train(FullyConnectedNet([30] * 3, input_dim=D, weight_scale=2e-2, **settings), data)


def dropout(data, name, choices):
    np.random.seed(231)
    x = np.random.randn(50, 50) + 10
    for p in (0.25, 0.4, 0.7):
        out, _ = layers.dropout_forward(x, {"mode": "train", "p": p})
        print("Fraction of train-time output set to zero: ", (out == 0).mean())
    X, y = small_batch()
    for choice in choices:
        model = FullyConnectedNet(
            [6, 7], input_dim=8, num_classes=10, weight_scale=5e-2, dtype=np.float64, seed=123, **{name: choice}
        )
        check_gradients(model, X, y)
    for choice in choices:
        train(FullyConnectedNet([50], input_dim=D, **{name: choice}), data, rate=5e-4)


NOTEBOOKS = {
    "FullyConnectedNets": (fully_connected, (None,)),
    "BatchNormalization, 2016 and 2017": (batch_normalization, ({"use_batchnorm": True},)),
    "BatchNormalization, 2018 to 2026": (batch_normalization, ({"normalization": "batchnorm"},)),
    "BatchNormalization, 2018 to 2026, layer norm": (batch_normalization, ({"normalization": "layernorm"},)),
    "Dropout, 2016 and 2017": (dropout, ("dropout", [0, 0.25, 0.5])),
    "Dropout, 2018 to 2020": (dropout, ("dropout", [1, 0.75, 0.5])),
    "Dropout, 2021 to 2026": (dropout, ("dropout_keep_ratio", [1, 0.75, 0.5])),
}


@pytest.mark.filterwarnings("ignore:FullyConnectedNet.*older spelling:FutureWarning")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_prints_the_same_in_two_runs_and_something_else_with_another_seed(name, data, capsys, monkeypatch):
    notebook, arguments = NOTEBOOKS[name]
    texts = []
    for _ in range(2):
        np.random.rand(3)  # something else was drawn before
        notebook(data, *arguments)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and len(re.findall("loss: ", texts[0])) >= 4
    seed = np.random.seed
    monkeypatch.setattr(np.random, "seed", lambda _: seed(7))
    notebook(data, *arguments)
    assert capsys.readouterr().out != texts[0]


# --- NumPy's global generator ----------------------------------------------------------------------


def test_weights_without_a_seed_are_those_that_cs231ns_solutions_draw():
    np.random.seed(231)
    model = FullyConnectedNet([5, 4], input_dim=3, num_classes=2, weight_scale=0.5, dtype=np.float64)
    np.random.seed(231)
    for name, shape in (("W1", (3, 5)), ("W2", (5, 4)), ("W3", (4, 2))):
        assert np.array_equal(model.params[name], 0.5 * np.random.randn(*shape))


def test_masks_without_a_seed_are_those_that_cs231ns_solutions_draw():
    x = np.ones((6, 5))
    for param in ({"mode": "train", "p": 0.7}, {"mode": "train", "p": 0.7, "seed": None, "rng": None}):
        np.random.seed(231)
        out, _ = layers.dropout_forward(x, param)
        np.random.seed(231)
        assert np.array_equal(out, (np.random.rand(6, 5) < 0.7) / 0.7)


def test_every_source_of_randomness_without_a_seed_follows_numpys_seed(data):
    def run(seed):
        np.random.seed(seed)
        model = FullyConnectedNet([8], input_dim=D, dropout_keep_ratio=0.5)
        solver = Solver(model, data, num_epochs=2, batch_size=10, seed=None, verbose=False)
        solver.train()
        return solver.loss_history

    assert run(1) == run(1) != run(2)


# --- older spellings -------------------------------------------------------------------------------


def settings_of(*args, **kwargs):
    model = FullyConnectedNet([4], 3, 2, *args, **kwargs)
    return model.dropout_param.get("p", 1), model.normalization


@pytest.mark.parametrize("args, kwargs, right, today", [
    ((), {"dropout": 1}, (1, None), "dropout_keep_ratio=1$"),
    ((), {"dropout": 0.75}, (0.75, None), r"dropout_keep_ratio=0.75\. If your notebook is of 2017.*write 0.25$"),
    ((), {"dropout": 0}, (1, None), "dropout_keep_ratio=1$"),
    ((), {"dropout": 0.75, "use_batchnorm": False}, (0.25, None), "dropout_keep_ratio=0.25$"),
    ((), {"dropout": 0.75, "use_batchnorm": True}, (0.25, "batchnorm"), "normalization='batchnorm'$"),
    ((), {"dropout": 0.5, "normalization": "layernorm"}, (0.5, "layernorm"), "dropout_keep_ratio=0.5"),
    ((), {"use_batchnorm": True}, (1, "batchnorm"), "normalization='batchnorm'$"),
    ((), {"use_batchnorm": False}, (1, None), "normalization=None$"),
    ((0, True), {}, (1, "batchnorm"), "normalization='batchnorm'$"),  # the positions of 2017
    ((0, False), {}, (1, None), "normalization=None$"),
    ((0.25, True), {}, (0.75, "batchnorm"), "dropout_keep_ratio=0.75$"),
    ((), {"normalization": True}, (1, "batchnorm"), "normalization='batchnorm'$"),
])  # fmt: skip
def test_older_spellings_mean_what_they_meant_and_todays_is_named(args, kwargs, right, today):
    with pytest.warns(FutureWarning, match=today) as caught:
        assert settings_of(*args, **kwargs) == right
    assert {w.filename for w in caught} == {__file__}, "the line of the caller"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "args, right", [((1, None), (1, None)), ((0.5, "batchnorm"), (0.5, "batchnorm")), ((), (1, None))]
)
def test_todays_spellings_and_positions_bring_no_warning(args, right):
    assert settings_of(*args) == right


@pytest.mark.parametrize("kwargs, error, match", [
    ({"dropout": 0.5, "dropout_keep_ratio": 0.5}, TypeError, "leave out dropout, the older name"),
    ({"use_batchnorm": True, "normalization": "batchnorm"}, TypeError, "leave out use_batchnorm"),
    ({"use_batchnorm": True, "dropout_keep_ratio": 0.8}, TypeError, "0.8 beside use_batchnorm can mean keeping or"),
    ({"use_batchnorm": "yes"}, TypeError, "use_batchnorm is 'yes'; write normalization="),
    ({"dropout": -0.1}, ValueError, "dropout is -0.1; write dropout_keep_ratio"),
    ({"dropout": "0.5"}, ValueError, "dropout is '0.5'; write dropout_keep_ratio"),
    ({"dropout": np.nan}, ValueError, "dropout is nan"),
    ({"drop": 1}, TypeError, "drop"),
])  # fmt: skip
def test_what_older_spellings_leave_open_is_refused(kwargs, error, match):
    with pytest.raises(error, match=match):
        settings_of(**kwargs)
