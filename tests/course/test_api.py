"""Tests of the public API: CS231n's names and arguments, docstrings everywhere, and examples that are right."""

import doctest
import inspect
import pkgutil
import re
import sys
from importlib import import_module

import pytest

import cs231n
from cs231n import data_utils, gradient_check, layer_utils, layers, optim, solver, vis_utils
from cs231n.assignment.actions import TASKS
from cs231n.classifiers import fc_net
from cs231n.grading.judging.boxes.box import INSIDE
from cs231n.guards import gradients as gradient_checks
from cs231n.guards import layers as layer_checks
from cs231n.guards import optim as optim_checks

sys.path.append(str(INSIDE))  # files that run in a kernel import one another by their names alone, as there
MODULES = [
    import_module(info.name) for info in pkgutil.walk_packages(cs231n.__path__, "cs231n.")
    if not info.name.endswith(("__main__", ".hidden_module"))  # the latter cannot be imported: that is its purpose
]  # fmt: skip

CS231N = [  # names and positional arguments of CS231n's assignment 2, 2020 and later
    (layers, "affine_forward", "x w b"),
    (layers, "affine_backward", "dout cache"),
    (layers, "relu_forward", "x"),
    (layers, "relu_backward", "dout cache"),
    (layers, "dropout_forward", "x dropout_param"),
    (layers, "dropout_backward", "dout cache"),
    (layers, "batchnorm_forward", "x gamma beta bn_param"),
    (layers, "batchnorm_backward", "dout cache"),
    (layers, "batchnorm_backward_alt", "dout cache"),
    (layers, "layernorm_forward", "x gamma beta ln_param"),
    (layers, "layernorm_backward", "dout cache"),
    (layers, "softmax_loss", "x y"),
    (layers, "svm_loss", "x y"),
    (layer_utils, "affine_relu_forward", "x w b"),
    (layer_utils, "affine_relu_backward", "dout cache"),
    (layer_utils, "affine_bn_relu_forward", "x w b gamma beta bn_param"),
    (layer_utils, "affine_bn_relu_backward", "dout cache"),
    (layer_utils, "affine_ln_relu_forward", "x w b gamma beta ln_param"),
    (layer_utils, "affine_ln_relu_backward", "dout cache"),
    (optim, "sgd", "w dw config"),
    (optim, "sgd_momentum", "w dw config"),
    (optim, "rmsprop", "w dw config"),
    (optim, "adam", "w dw config"),
    (gradient_check, "eval_numerical_gradient", "f x verbose h"),
    (gradient_check, "eval_numerical_gradient_array", "f x df h"),
    (gradient_check, "grad_check_sparse", "f x analytic_grad num_checks h"),
    (gradient_check, "rel_error", "x y"),
    (data_utils, "load_CIFAR10", "ROOT"),
    (data_utils, "get_CIFAR10_data", "num_training num_validation num_test subtract_mean"),
    (vis_utils, "visualize_grid", "Xs ubound padding"),
    (fc_net.FullyConnectedNet, "__init__", "self hidden_dims input_dim num_classes dropout_keep_ratio normalization "
     "reg weight_scale dtype seed"),
    (fc_net.FullyConnectedNet, "loss", "self X y"),
    (fc_net.TwoLayerNet, "__init__", "self input_dim hidden_dim num_classes weight_scale reg"),
    (fc_net.TwoLayerNet, "loss", "self X y"),
    (solver.Solver, "train", "self"),
    (solver.Solver, "check_accuracy", "self X y num_samples batch_size"),
]  # fmt: skip


@pytest.mark.parametrize("owner, name, arguments", [pytest.param(*row, id=row[1]) for row in CS231N])
def test_cs231ns_names_and_arguments_hold(owner, name, arguments):
    parameters = list(inspect.signature(getattr(owner, name)).parameters)
    assert parameters[: len(arguments.split())] == arguments.split()


def test_examples_in_docstrings_hold():
    results = [doctest.testmod(module) for module in MODULES]
    assert sum(result.failed for result in results) == 0, "see the captured output"
    assert sum(result.attempted for result in results) >= 60


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_everything_that_a_student_may_call_has_a_docstring(module):
    assert module.__doc__
    if module.__name__.startswith(("cs231n.assignment", "cs231n.grading")):
        return
    for name, member in inspect.getmembers(module, lambda m: inspect.isfunction(m) or inspect.isclass(m)):
        if member.__module__ == module.__name__ and not name.startswith("_"):
            assert member.__doc__, f"{module.__name__}.{name}"


DOCUMENTED = """layers batchnorm layernorm layer_utils optim gradient_check data_utils vis_utils
support.session experiments support.student_t classifiers.fc_net"""
CHECKED = {
    *layer_checks.LAYERS, *layer_checks.SANDWICHES, *optim_checks.RULES, *gradient_checks.GRADIENTS
}  # fmt: skip


def public_functions():
    """Parameters (name, function) for all public functions and methods of these modules, except the 14 answers."""
    for module in (import_module(f"cs231n.{name}") for name in DOCUMENTED.split()):
        own = {name: m for name, m in vars(module).items() if getattr(m, "__module__", None) == module.__name__}
        owners = [(module.__name__, own)]
        owners += [(f"{module.__name__}.{name}", vars(m)) for name, m in own.items() if inspect.isclass(m)]
        for path, members in owners:
            for name, member in members.items():
                public = not name.startswith("_") or name == "__init__"
                if inspect.isfunction(member) and public and name not in TASKS:
                    yield pytest.param(name, inspect.unwrap(member), id=f"{path}.{name}")


@pytest.mark.parametrize("name, function", list(public_functions()))
def test_docstrings_say_what_goes_in_what_comes_out_and_what_is_refused(name, function):
    sections = re.findall(r"^ *(Arguments|Returns|Raises):", function.__doc__, re.M)
    if set(inspect.signature(function).parameters) - {"self"}:
        assert "Arguments" in sections
    if re.search(r"^ +(return|yield) \S", inspect.getsource(function), re.M):
        assert "Returns" in sections
    if name in CHECKED:
        assert "Raises" in sections
