"""Tests of Solver with networks as students of CS231n write them: what CS231n's Solver trains, ours trains, too."""

import numpy as np
import pytest

from cs231n import layers
from cs231n.gradient_check import grad_check_network
from cs231n.solver import Solver
from tests.helpers.solver_cases import toy_data

WIDTH, CLASSES = 10, 3


class StudentNet:
    """affine - [batch norm] - [dropout] - ReLU - affine - softmax, on the library's layers."""

    def __init__(self, row=True, bn_params=(), gamma=None, bias=None, dtype=np.float64, loss_type=float, keep=1.0):
        rng = np.random.default_rng(0)
        shape = (1, WIDTH) if row else (WIDTH,)
        self.params = {
            "W1": (0.5 * rng.standard_normal((2, WIDTH))).astype(dtype),
            "b1": np.zeros(shape) if bias is None else bias,
            "W2": 0.5 * rng.standard_normal((WIDTH, CLASSES)),
            "b2": np.zeros((1, CLASSES) if row else CLASSES),
        }  # fmt: skip
        if gamma is not None:
            self.params["gamma1"], self.params["beta1"] = gamma, 0 * gamma
        if bn_params != "missing":
            self.bn_params = bn_params
        self.bn = {"mode": "train"} if gamma is not None else None
        if isinstance(bn_params, (list, dict)) and bn_params:
            bn_params = list(bn_params.values()) if isinstance(bn_params, dict) else bn_params
            self.bn = bn_params[0] or self.bn
        self.dropout_param = {"mode": "train", "p": keep} if keep < 1 else {}
        self.loss_type = loss_type

    def loss(self, X, y=None):
        p, mode = self.params, "test" if y is None else "train"
        a, affine = layers.affine_forward(X, p["W1"], p["b1"])
        if "gamma1" in p:
            self.bn["mode"] = mode
            a, norm = layers.batchnorm_forward(a, p["gamma1"], p["beta1"], self.bn)
        h, relu = layers.relu_forward(a)
        if self.dropout_param:
            self.dropout_param["mode"] = mode
            h, drop = layers.dropout_forward(h, self.dropout_param)
        scores, top = layers.affine_forward(h, p["W2"], p["b2"])
        if y is None:
            return scores
        loss, dout = layers.softmax_loss(scores, y)
        grads = {}
        dout, grads["W2"], grads["b2"] = layers.affine_backward(dout, top)
        if self.dropout_param:
            dout = layers.dropout_backward(dout, drop)
        dout = layers.relu_backward(dout, relu)
        if "gamma1" in p:
            dout, grads["gamma1"], grads["beta1"] = layers.batchnorm_backward(dout, norm)
        _, grads["W1"], grads["b1"] = layers.affine_backward(dout, affine)
        return self.loss_type(loss), grads


def train(model, **settings):
    settings = {"num_epochs": 30, "batch_size": 10, "optim_config": {"learning_rate": 0.2}, **settings}
    solver = Solver(model, toy_data(), verbose=False, **settings)
    solver.train()
    return solver


@pytest.mark.parametrize("bn_params", [
    "missing", None, (), [], {}, [None, None], (None,), {"bn1": None}, [None, {"mode": "train"}], 3,
])  # fmt: skip
def test_bn_params_of_any_kind_without_batch_norm(bn_params):
    rows, flat = train(StudentNet(bn_params=bn_params)), train(StudentNet(row=False))
    assert rows.best_val_acc > 0.9
    assert rows.loss_history == flat.loss_history, "a row of biases is the same network"
    assert rows.model.params["b1"].shape == (1, WIDTH)


@pytest.mark.parametrize("bn_params", [[{"mode": "train"}], [{"mode": "train"}, None], {"bn1": {"mode": "train"}}])
@pytest.mark.parametrize("gamma", [np.ones(WIDTH), np.ones((1, WIDTH)), np.ones(()), 1.0, 1], ids=repr)
@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_batch_norm_with_any_shape_of_gamma(bn_params, gamma, rule):
    rate = 0.1 if rule.startswith("sgd") else 0.02
    model = StudentNet(bn_params=bn_params, gamma=gamma)
    solver = train(model, update_rule=rule, optim_config={"learning_rate": rate})
    assert solver.best_val_acc > 0.9
    assert np.shape(model.params["gamma1"]) == np.shape(gamma)
    assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc, "with the best running statistics"


def test_the_gradient_check_of_a_network_takes_them_too():
    model = StudentNet(bn_params=[{"mode": "train"}, None], gamma=np.ones((1, WIDTH)))
    data = toy_data()
    X = data["X_train"] - data["X_train"].mean(axis=0)
    assert grad_check_network(model, X, data["y_train"]) < 1e-6


@pytest.mark.parametrize("loss_type", [float, np.float32, np.array, lambda loss: np.array([loss]), np.longdouble])
def test_a_loss_of_any_numeric_type(loss_type):
    solver = train(StudentNet(loss_type=loss_type))
    assert solver.best_val_acc > 0.9 and {type(loss) for loss in solver.loss_history} == {float}


def test_parameters_of_mixed_dtypes_keep_them():
    model = StudentNet(dtype=np.float32, bias=np.zeros(WIDTH, int))
    train(model)
    kept = {name: w.dtype for name, w in model.params.items()}
    assert kept == {"W1": np.float32, "b1": np.float64, "W2": np.float64, "b2": np.float64}, "integers become floats"
    assert model.params["b1"].any(), "and are trained"


class OwnGradients(StudentNet):
    """Its gradients lack the axis of length 1 of its parameters, as np.sum(dout, axis=0) does."""

    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None:
            return result
        loss, grads = result
        return loss, {name: grad.squeeze() for name, grad in grads.items()}


def test_a_gradient_without_the_axis_of_length_1():
    model = OwnGradients()
    assert train(model).loss_history == train(StudentNet()).loss_history
    assert model.params["b1"].shape == (1, WIDTH)


def test_an_interrupted_training_draws_the_same_masks_again():
    """Masks come from NumPy's global generator. An interruption sets it back, so the next call repeats the epoch."""

    def run(stop):
        np.random.seed(231)
        model = StudentNet(keep=0.5)
        solver = Solver(model, toy_data(), verbose=False, num_epochs=3, batch_size=10)
        loss = model.loss

        def interrupt(X, y=None):
            if stop and y is not None and len(solver.loss_history) == 6:
                model.loss = loss
                np.random.rand(7)  # what the interrupted step has drawn
                raise KeyboardInterrupt
            return loss(X, y)

        model.loss = interrupt
        solver.train()
        if stop:
            assert solver.interrupted and solver.epoch == 1
            solver.train()
        return solver.loss_history

    assert run(stop=True) == run(stop=False)
