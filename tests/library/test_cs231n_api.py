"""Tests that CS231n's assignment 2 runs on this library: calls like those in its notebooks give the expected results.

The names, the positional and keyword arguments, the defaults, what is returned, and the bounds on errors are those of
BatchNormalization.ipynb, FullyConnectedNets.ipynb and Dropout.ipynb of 2020 and later; inputs and expected values
are our own. Imports, layers and update rules are here, networks and training in `test_cs231n_networks.py`;
`test_api.py` has the list of names and arguments.
"""

import inspect
import math
import subprocess
import sys

import numpy as np
import pytest

from cs231n import data_utils, gradient_check, layer_utils, layers, optim, vis_utils
from cs231n.classifiers import fc_net
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, gradient_error, rel_error
from cs231n.solver import Solver
from tests.helpers.paths import ROOT


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def star_import(module):
    namespace = {}
    exec(f"from {module} import *", namespace)
    return namespace


# --- imports --------------------------------------------------------------------------------------

LAYERS = """affine_forward affine_backward relu_forward relu_backward dropout_forward dropout_backward softmax_loss
    svm_loss batchnorm_forward batchnorm_backward batchnorm_backward_alt layernorm_forward layernorm_backward"""
SANDWICHES = """affine_relu_forward affine_relu_backward affine_bn_relu_forward affine_bn_relu_backward
    affine_ln_relu_forward affine_ln_relu_backward"""
STARS = {
    "cs231n.layers": LAYERS,
    "cs231n.layer_utils": SANDWICHES,
    "cs231n.classifiers.fc_net": f"TwoLayerNet FullyConnectedNet {LAYERS} {SANDWICHES}",
    "cs231n.gradient_check": "eval_numerical_gradient eval_numerical_gradient_array grad_check_sparse rel_error",
    "cs231n.optim": "sgd sgd_momentum rmsprop adam",
    "cs231n.data_utils": "get_CIFAR10_data load_CIFAR10",
    "cs231n.solver": "Solver",
}


@pytest.mark.parametrize("module", STARS)
def test_a_star_import_gives_what_the_notebooks_use(module):
    names = star_import(module)
    for name in STARS[module].split():
        assert callable(names[name]), name


def test_a_star_import_of_the_networks_gives_the_functions_that_the_library_runs_on(monkeypatch):
    names = star_import("cs231n.classifiers.fc_net")
    for name in f"{LAYERS} {SANDWICHES}".split():
        assert names[name] is getattr(layers, name, None) or names[name] is getattr(layer_utils, name)

    def mine(x):
        return np.maximum(0, x), x

    monkeypatch.setattr(layers, "relu_forward", mine)
    assert star_import("cs231n.classifiers.fc_net")["relu_forward"] is mine
    assert fc_net.relu_forward is mine
    with pytest.raises(AttributeError, match="no attribute 'conv_forward'"):
        fc_net.conv_forward  # noqa: B018
    with pytest.raises(ImportError):
        exec("from cs231n.classifiers.fc_net import conv_forward")


def test_the_notebooks_first_cell_in_a_process_of_its_own():
    """Run only the imports, in their order, in a new process, where no other test has imported anything."""
    cell = """
import numpy as np
import matplotlib.pyplot as plt
from cs231n.classifiers.fc_net import *
from cs231n.data_utils import get_CIFAR10_data
from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from cs231n.solver import Solver
from cs231n.layers import *
from cs231n.layer_utils import *
from cs231n.gradient_check import *
from cs231n.vis_utils import visualize_grid
out, _ = affine_relu_forward(np.ones((2, 3)), np.ones((3, 4)), np.zeros(4))
print(out.sum(), FullyConnectedNet([5], input_dim=3).loss(np.ones((2, 3))).shape)
"""
    done = subprocess.run([sys.executable, "-c", cell], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split("\n") == ["24.0 (2, 10)", ""] and done.stderr == ""


# --- defaults -------------------------------------------------------------------------------------

DEFAULTS = [
    (FullyConnectedNet, {"input_dim": 3072, "num_classes": 10, "dropout_keep_ratio": 1, "normalization": None,
                         "reg": 0.0, "weight_scale": 1e-2, "dtype": np.float32, "seed": None}),
    (TwoLayerNet, {"input_dim": 3072, "hidden_dim": 100, "num_classes": 10, "weight_scale": 1e-3, "reg": 0.0}),
    (FullyConnectedNet.loss, {"y": None}),
    (TwoLayerNet.loss, {"y": None}),
    (eval_numerical_gradient, {"verbose": True, "h": 1e-5}),
    (eval_numerical_gradient_array, {"h": 1e-5}),
    (gradient_check.grad_check_sparse, {"num_checks": 10, "h": 1e-5}),
    (Solver.check_accuracy, {"num_samples": None}),
    (vis_utils.visualize_grid, {"ubound": 255.0, "padding": 1}),
    (data_utils.get_CIFAR10_data,
     {"num_training": 49000, "num_validation": 1000, "num_test": 1000, "subtract_mean": True}),
    *((rule, {"config": None}) for rule in (optim.sgd, optim.sgd_momentum, optim.rmsprop, optim.adam)),
]  # fmt: skip
SOLVER_DEFAULTS = {
    "update_rule": "sgd", "lr_decay": 1.0, "batch_size": 100, "num_epochs": 10, "num_train_samples": 1000,
    "num_val_samples": None, "checkpoint_name": None, "print_every": 10, "verbose": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "function, defaults", [*DEFAULTS, (Solver, SOLVER_DEFAULTS)], ids=lambda v: getattr(v, "__qualname__", "")
)
def test_defaults_are_cs231ns(function, defaults):
    parameters = inspect.signature(function).parameters
    assert {name: parameters[name].default for name in defaults} == defaults


# --- batch normalization --------------------------------------------------------------------------


def activations(rng, n=200, width=3):
    """The input of a normalization in a two-layer network without biases. Its mean is not 0, its deviation not 1."""
    X, W1, W2 = (rng.standard_normal(shape) for shape in ((n, 50), (50, 60), (60, width)))
    return np.maximum(0, X @ W1) @ W2


def test_batchnorm_in_training_mode_gives_mean_beta_and_deviation_gamma(rng):
    a = activations(rng)
    assert np.abs(a.mean(axis=0)).max() > 5 and a.std(axis=0).min() > 5
    for gamma, beta in ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]), ([1.0, 2.0, 3.0], [11.0, 12.0, 13.0]):
        out, _ = layers.batchnorm_forward(a, np.asarray(gamma), np.asarray(beta), {"mode": "train"})
        assert np.allclose(out.mean(axis=0), beta, atol=1e-12) and np.allclose(out.std(axis=0), gamma, atol=1e-6)


def test_batchnorm_in_test_mode_after_fifty_batches_is_near_mean_0_and_deviation_1(rng):
    W1, W2, bn_param = rng.standard_normal((50, 60)), rng.standard_normal((60, 3)), {"mode": "train"}

    def features():
        return np.maximum(0, rng.standard_normal((200, 50)) @ W1) @ W2

    for _ in range(50):
        layers.batchnorm_forward(features(), np.ones(3), np.zeros(3), bn_param)
    assert set(bn_param) == {"mode", "running_mean", "running_var"}
    bn_param["mode"] = "test"
    out, _ = layers.batchnorm_forward(features(), np.ones(3), np.zeros(3), bn_param)
    assert np.all(np.abs(out.mean(axis=0)) < 0.3) and np.all(np.abs(out.std(axis=0) - 1) < 0.2)


NORMS = [
    (layers.batchnorm_forward, layers.batchnorm_backward, {"mode": "train"}),
    (layers.batchnorm_forward, layers.batchnorm_backward_alt, {"mode": "train"}),
    (layers.layernorm_forward, layers.layernorm_backward, {}),
]


@pytest.mark.parametrize("forward, backward, param", NORMS, ids=["batchnorm", "batchnorm_alt", "layernorm"])
def test_normalizations_pass_the_gradient_check_at_the_notebooks_size(rng, forward, backward, param):
    N, D = 4, 5
    x, dout = 5 * rng.standard_normal((N, D)) + 12, rng.standard_normal((N, D))
    gamma, beta = rng.standard_normal((2, D))
    numeric = (  # x itself is changed in place and restored, as in the notebooks
        eval_numerical_gradient_array(lambda x: forward(x, gamma, beta, param)[0], x, dout),
        eval_numerical_gradient_array(lambda a: forward(x, a, beta, param)[0], gamma.copy(), dout),
        eval_numerical_gradient_array(lambda b: forward(x, gamma, b, param)[0], beta.copy(), dout),
    )
    _, cache = forward(x, gamma, beta, param)
    for name, analytic, right in zip(("dx", "dgamma", "dbeta"), backward(dout, cache), numeric, strict=True):
        assert rel_error(right, analytic) < 1e-7, name
        assert gradient_error(analytic, right) < 1e-8, name


def test_the_two_batchnorm_backward_passes_agree(rng):
    x, dout = 5 * rng.standard_normal((100, 500)) + 12, rng.standard_normal((100, 500))
    gamma, beta = rng.standard_normal((2, 500))
    _, cache = layers.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    for a, b in zip(layers.batchnorm_backward(dout, cache), layers.batchnorm_backward_alt(dout, cache), strict=True):
        assert rel_error(a, b) < 1e-7 and gradient_error(a, b) < 1e-13


def test_layernorm_gives_every_example_mean_beta_and_deviation_gamma(rng):
    a = activations(rng, n=4)
    for gamma, beta in (1.0, 0.0), (3.0, 5.0):
        for ln_param in ({"mode": "train"}, {"mode": "test"}, {}):
            out, _ = layers.layernorm_forward(a, np.full(3, gamma), np.full(3, beta), ln_param)
            assert np.allclose(out.mean(axis=1), beta, atol=1e-12) and np.allclose(out.std(axis=1), gamma, atol=1e-4)


# --- dropout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.25, 0.4, 0.7])
def test_dropout_keeps_the_mean_in_both_modes(rng, p):
    x = rng.standard_normal((500, 500)) + 10
    out, _ = layers.dropout_forward(x, {"mode": "train", "p": p})
    out_test, _ = layers.dropout_forward(x, {"mode": "test", "p": p})
    deviations = 6 * np.sqrt(p * (1 - p) / x.size)  # six standard deviations of the share of kept entries
    assert (out == 0).mean() == pytest.approx(1 - p, abs=deviations)
    assert out.mean() == pytest.approx(10, abs=0.01 + 10.1 * deviations / p)
    assert np.array_equal(out_test, x)


def test_dropout_with_a_seed_passes_the_gradient_check(rng):
    x, dout = rng.standard_normal((10, 10)) + 10, rng.standard_normal((10, 10))
    param = {"mode": "train", "p": 0.2, "seed": 123}
    _, cache = layers.dropout_forward(x, param)
    numeric = eval_numerical_gradient_array(lambda x: layers.dropout_forward(x, param)[0], x, dout)
    assert rel_error(layers.dropout_backward(dout, cache), numeric) < 1e-9


# --- affine, ReLU, losses -------------------------------------------------------------------------


@pytest.mark.parametrize("relu", [False, True])
def test_affine_layers_take_images_and_pass_the_gradient_check(rng, relu):
    forward = layer_utils.affine_relu_forward if relu else layers.affine_forward
    backward = layer_utils.affine_relu_backward if relu else layers.affine_backward
    x, w, b, dout = (rng.standard_normal(shape) for shape in ((10, 2, 3), (6, 5), (5,), (10, 5)))
    _, cache = forward(x, w, b)
    numeric = (
        eval_numerical_gradient_array(lambda x: forward(x, w, b)[0], x, dout),
        eval_numerical_gradient_array(lambda w: forward(x, w, b)[0], w, dout),
        eval_numerical_gradient_array(lambda b: forward(x, w, b)[0], b, dout),
    )
    for analytic, right in zip(backward(dout, cache), numeric, strict=True):
        assert analytic.shape == right.shape and gradient_error(analytic, right) < 1e-9


@pytest.mark.parametrize("loss_function, at_zero", [(layers.softmax_loss, np.log(10)), (layers.svm_loss, 9)])
def test_losses_of_small_scores(rng, loss_function, at_zero):
    x, y = 0.001 * rng.standard_normal((50, 10)), rng.integers(10, size=50)
    loss, dx = loss_function(x, y)
    assert np.ndim(loss) == 0 and loss == pytest.approx(at_zero, rel=1e-3)
    numeric = eval_numerical_gradient(lambda x: loss_function(x, y)[0], x, verbose=False)
    assert rel_error(numeric, dx) < 1e-7


# --- update rules: the config holds their memory ---------------------------------------------------

RANGES = ((-0.4, 0.6), (-0.6, 0.4), (0.6, 0.9), (0.7, 0.5))
W, DW, MEMORY, SECOND = (np.linspace(low, high, num=20).reshape(4, 5) for low, high in RANGES)


def test_sgd_momentum_from_a_velocity():
    config = {"learning_rate": 1e-3, "velocity": MEMORY.copy()}
    next_w, returned = optim.sgd_momentum(W, DW, config=config)
    assert returned is config
    for i in np.ndindex(W.shape):
        velocity = 0.9 * MEMORY[i] - 0.001 * DW[i]
        assert math.isclose(config["velocity"][i], velocity, rel_tol=1e-14)
        assert math.isclose(next_w[i], W[i] + velocity, rel_tol=1e-12)


def test_rmsprop_from_a_cache():
    config = {"learning_rate": 1e-2, "cache": MEMORY.copy()}
    next_w, _ = optim.rmsprop(W, DW, config=config)
    for i in np.ndindex(W.shape):
        cache = 0.99 * MEMORY[i] + 0.01 * DW[i] ** 2
        assert math.isclose(config["cache"][i], cache, rel_tol=1e-14)
        assert math.isclose(next_w[i], W[i] - 0.01 * DW[i] / (math.sqrt(cache) + 1e-8), rel_tol=1e-12)


def test_adam_from_its_memory_after_five_steps():
    """The step counter is increased before it is used. So the sixth step is corrected with t = 6."""
    config = {"learning_rate": 1e-2, "m": MEMORY.copy(), "v": SECOND.copy(), "t": 5}
    next_w, _ = optim.adam(W, DW, config=config)
    assert config["t"] == 6
    for i in np.ndindex(W.shape):
        m, v = 0.9 * MEMORY[i] + 0.1 * DW[i], 0.999 * SECOND[i] + 0.001 * DW[i] ** 2
        step = 0.01 * m / (1 - 0.9**6) / (math.sqrt(v / (1 - 0.999**6)) + 1e-8)
        assert math.isclose(config["m"][i], m, rel_tol=1e-13) and math.isclose(config["v"][i], v, rel_tol=1e-13)
        assert math.isclose(next_w[i], W[i] - step, rel_tol=1e-11)
