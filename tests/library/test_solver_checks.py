"""Tests of what a Solver refuses. Each message says what was given and what is wanted, and nothing has changed yet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n.solver import Solver
from tests.helpers.solver_cases import make_solver, net, toy_data


def changed(key, change):
    data = toy_data()
    return {**data, key: change(data[key])}


def with_nan(X):
    X[3, 1], X[7, 0] = np.nan, np.inf
    return X


@pytest.mark.parametrize("part", ["train", "val"])
@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("y", lambda y: y[:, None], r"y_\w+ has shape \((\d+), 1\); \(\1,\) is wanted.*ravel"),
        ("y", lambda y: y[:-1], r"y_\w+ has shape .*; \(\d+,\) is wanted"),
        ("y", lambda y: np.eye(3)[y], r"y_\w+ has shape \(\d+, 3\)"),
        ("y", lambda y: y.astype(float), "y_.* has dtype float64; labels must be integers"),
        ("y", lambda y: y > 0, "y_.* has dtype bool; labels must be integers"),
        ("y", lambda y: y.astype(str), "y_.* has dtype <U21; labels must be integers"),
        ("y", lambda y: y - 1, r"y_\w+\[0\] is -1; labels must be 0 or more"),
        ("X", with_nan, r"X_\w+ has NaN or infinite values in 2 of \d+ examples, first in X_\w+\[3\]"),
        ("X", lambda X: X[:-1], "y_.* has shape"),
        ("X", lambda X: X[:0], "X_.* has 0 examples"),
        ("X", lambda X: X[:, :1], r"an example has shape \(\d,\) in X_train and \(\d,\) in X_val"),
        ("X", lambda X: X.astype(object), "X_.* has .* dtype object; it must be N examples of real numbers"),
        ("X", lambda X: X.astype(complex), "X_.* has .* dtype complex128"),
        ("X", lambda X: 3.0, r"X_.* has shape \(\)"),
    ],
)  # fmt: skip
def test_bad_data(part, key, change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Solver(net(), changed(f"{key}_{part}", change))


@pytest.mark.parametrize("part", ["train", "val"])
@pytest.mark.parametrize("label", [3, 255])
def test_labels_without_a_score_are_refused_before_the_first_step(part, label):
    data = toy_data(n=1200)
    data[f"y_{part}"][-1] = label  # not one of the examples on which accuracy is measured
    solver = make_solver(data=data)
    with pytest.raises(ValueError, match=rf"y_{part}\[\d+\] is {label}; labels must be in 0\.\.2, "):
        solver.train()
    assert solver.loss_history == solver.val_acc_history == []


@pytest.mark.parametrize("missing", ["X_train", "y_train", "X_val", "y_val"])
def test_missing_data_are_named(missing):
    data = {**toy_data(), "X_test": 1}
    del data[missing]
    with pytest.raises(ValueError, match=f"data has no {missing}; its keys are .*'X_test'"):
        Solver(net(), data)
    with pytest.raises(TypeError, match="data is a list"):
        Solver(net(), list(toy_data().values()))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, list])
def test_labels_of_any_integer_dtype_are_the_same_labels(dtype):
    histories = []
    for kind in (np.int64, dtype):
        data = toy_data()
        for key in ("y_train", "y_val"):
            data[key] = data[key].tolist() if kind is list else data[key].astype(kind)
        solver = make_solver(data=data)
        solver.train()
        histories.append((solver.loss_history, solver.val_acc_history))
    assert histories[0] == histories[1]


def test_integer_strided_and_read_only_examples_will_do():
    data = toy_data()
    data["X_train"] = np.round(np.repeat(data["X_train"], 2, axis=1)).astype(np.uint8)[:, ::2]
    data["X_train"].flags.writeable = False
    make_solver(data=data).train()


SETTINGS = [
    ("batch_size", 0), ("batch_size", -5), ("batch_size", 10.0), ("batch_size", "8"), ("batch_size", None),
    ("batch_size", True), ("num_epochs", -1), ("num_epochs", 2.5), ("num_train_samples", 0), ("num_val_samples", -1),
    ("print_every", 0), ("seed", -1), ("seed", 1.5), ("lr_decay", -1), ("lr_decay", float("nan")), ("lr_decay", "1"),
    ("update_rule", "adamw"), ("update_rule", "np"), ("update_rule", "__name__"), ("update_rule", ""),
    ("optim_config", 1e-3), ("optim_config", {"lr": 1e-3}), ("optim_config", {"learning_rate": -1}),
    ("optim_config", {"learning_rate": float("inf")}), ("optim_config", {"learning_rate": "1e-3"}),
    ("optim_config", {"learning_rate": np.ones(3)}), ("optim_config", {"momentum": 0.9}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SETTINGS, ids=[f"{name}={value!r}" for name, value in SETTINGS])
def test_bad_settings(name, value):
    with pytest.raises(ValueError, match=name) as error:
        make_solver(**{name: value})
    given_value = next(iter(value)) if isinstance(value, dict) else value
    assert repr(given_value) in str(error.value) or "it must be" in str(error.value)


def test_an_unknown_rule_or_setting_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown update_rule 'Adam'.* sgd, sgd_momentum, rmsprop, adam"):
        make_solver(update_rule="Adam")
    with pytest.raises(ValueError, match="'lr', which adam does not know; its settings: learning_rate, beta1"):
        make_solver(optim_config={"lr": 1})


def test_arguments_that_do_not_exist_are_named():
    with pytest.raises(TypeError, match="num_epoch"):
        make_solver(num_epoch=3)
    with pytest.raises(TypeError, match="positional"):
        Solver(net(), toy_data(), "adam")


def test_all_of_cs231ns_arguments_are_accepted(tmp_path):
    solver = Solver(
        net(), toy_data(), update_rule="sgd_momentum", optim_config={"learning_rate": 1e-3}, lr_decay=0.95,
        batch_size=np.int64(8), num_epochs=2, num_train_samples=None, num_val_samples=10,
        checkpoint_name=str(tmp_path / "run"), print_every=10, verbose=False,
    )  # fmt: skip
    solver.train()
    assert (tmp_path / "run.npz").exists()


def test_a_checkpoint_that_could_not_be_saved_is_refused_before_training(tmp_path):
    (tmp_path / "run.npz").mkdir()
    with pytest.raises(ValueError, match="run.npz' cannot be written: .*[Dd]irectory"):
        make_solver(checkpoint_name=tmp_path / "run")
    with pytest.raises(ValueError, match="there is no folder"):
        make_solver(checkpoint_name=tmp_path / "missing" / "run")


class Odd:
    """A model that does one thing wrong."""

    def __init__(self, params=None, scores=None, grads=None, loss=1.0):
        self.params = {"w": np.zeros((2, 3))} if params is None else params
        self.scores, self.grads = scores, {"w": np.ones((2, 3))} if grads is None and loss is not None else grads
        self.value = loss

    def loss(self, X, y=None):
        if y is None:
            return np.zeros((len(X), 3)) if self.scores is None else self.scores
        return self.value, self.grads


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "model is a NoneType; it needs a dictionary params"),
        (Odd(params={}), "model is an Odd; it needs"),
        (Odd(params={"w": [1.0]}), r"params\['w'\] is a list; parameters must be arrays"),
        (Odd(params={"w": np.ones(3, complex)}), r"params\['w'\] is an array of complex128"),
        (Odd(params={"w": np.array(["a"])}), r"params\['w'\] is an array of <U1"),
    ],
)  # fmt: skip
def test_models_that_can_not_be_trained(model, message):
    with pytest.raises(TypeError, match=message):
        Solver(model, toy_data())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Odd(scores=np.zeros(3)), r"returned shape \(3,\); it must return scores, shape \(N, C\)"),
        (Odd(scores=(0.0, {})), r"returned tuple; it must return scores"),
        (Odd(grads={}), r"gave a gradient for 'w' that is missing; it must be \(2, 3\)"),
        (Odd(grads={"w": np.ones(3)}), r"'w' that is of shape \(3,\); it must be \(2, 3\)"),
        (Odd(grads={"w": 0.0}), r"'w' that is of shape \(\)"),
        (Odd(grads={"w": np.ones((3, 2))}), r"'w' that is of shape \(3, 2\)"),
        (Odd(grads=None, loss=None), "returned .*; it must return \\(loss, grads\\), a number and a dictionary"),
        (Odd(loss=np.ones(4)), r"returned \(ndarray of shape \(4,\), dict\); it must return"),
    ],
)  # fmt: skip
def test_models_that_return_the_wrong_thing(model, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Solver(model, toy_data()).train()


def test_parameters_that_no_longer_fit_are_refused():
    solver = make_solver()
    for change, message in [({"W1": np.ones(3)}, r"W1'\] has shape \(3,\); it must be \(2, 10\)"), ({"W9": 1}, "W9")]:
        solver = make_solver()
        solver.model.params.update(change)
        with pytest.raises((ValueError, TypeError), match=message):
            solver.train()


@pytest.mark.parametrize(
    ("y", "message"), [(lambda y: y[:, None], "shape"), (lambda y: y + 1.0, "dtype"), (lambda y: y + 1, "in 0..2"),
                       (lambda y: y - 1, "-1"), (lambda y: y[:5], r"\(15,\) is wanted")],
)  # fmt: skip
def test_check_accuracy_refuses_what_would_be_a_wrong_number(y, message):
    solver = make_solver()
    with pytest.raises((ValueError, TypeError), match=message):
        solver.check_accuracy(solver.X_val, y(solver.y_val))
    with pytest.raises(ValueError, match="0 examples"):
        solver.check_accuracy(solver.X_val[:0], solver.y_val[:0])


@given(
    n=st.integers(1, 9), batch_size=st.integers(1, 12), num_epochs=st.integers(0, 3), samples=st.integers(1, 12),
    rule=st.sampled_from(["sgd", "sgd_momentum", "rmsprop", "adam"]),
    normalization=st.sampled_from([None, "batchnorm"]),
)  # fmt: skip
def test_all_accepted_arguments_train(n, batch_size, num_epochs, samples, rule, normalization):
    if min(n, batch_size) == 1:
        normalization = None  # the variance of one example is 0, so the network refuses it
    solver = make_solver(
        net(normalization), toy_data(n, n_val=2), batch_size=batch_size, num_epochs=num_epochs, update_rule=rule,
        num_train_samples=samples, num_val_samples=samples,
    )  # fmt: skip
    solver.train()
    assert solver.epoch == num_epochs == len(solver.val_acc_history) - 1
    assert len(solver.loss_history) == num_epochs * max(n // batch_size, 1)
    assert all(0 <= accuracy <= 1 for accuracy in solver.train_acc_history + solver.val_acc_history)
    assert all(np.isfinite(w).all() for w in solver.model.params.values())
