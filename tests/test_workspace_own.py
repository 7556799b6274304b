"""The network's quick step stands in for the library's own functions: what is installed, replaced or edited runs."""

import functools
import subprocess
import sys

import numpy as np
import pytest
from nbval_run import ROOT
from solver_cases import make_solver, net, same, toy_data

from cs231n import experiments, guards, layer_utils, layers, optim, updates, workspace
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.data_utils import get_mnist_data
from cs231n.grading.library import write_library
from cs231n.workspace import fits

NORMALIZATIONS = (None, "batchnorm")


def counting(monkeypatch, module, name):
    """Install a function that calls the library's own; the list grows by its name at every call."""
    calls, own = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **kwargs: (calls.append(name), own(*args, **kwargs))[1])
    return calls


@pytest.mark.parametrize("model", [
    net("layernorm"), net(dropout_keep_ratio=0.5), net(dtype=np.float16), type("Net", (FullyConnectedNet,), {})([3], 2),
])  # fmt: skip
def test_other_networks_do_without(model, quick_steps):
    assert not fits(model)
    make_solver(model, num_epochs=1).train()
    assert not quick_steps


def test_running_statistics_that_are_missing_start_from_zeros(quick_steps):
    solver = make_solver(num_epochs=1)
    del solver.model.bn_params[0]["running_mean"], solver.model.bn_params[0]["running_var"]
    solver.train()
    assert solver.model.bn_params[0]["running_mean"].shape == (10,) and len(quick_steps) == 4  # of 5: all but the first


@pytest.mark.parametrize("method", ["loss", "forward", "_hidden_backward"])
def test_a_method_that_somebody_replaced_is_called(method, monkeypatch):
    for place in (net(), FullyConnectedNet, TwoLayerNet):
        model = TwoLayerNet(2, 5, 3, seed=0) if place is TwoLayerNet else net()
        solver = make_solver(place if isinstance(place, FullyConnectedNet) else model)
        with monkeypatch.context() as patch:
            calls = counting(patch, place, method)
            assert not fits(solver.model)
            solver._step(np.arange(8), 1)
        assert calls


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_an_installed_function_is_called_in_every_layer(normalization, monkeypatch, quick_steps):
    """Every one that the network's loss goes through, whichever these are."""
    functions = [(module, name) for module in (layers, layer_utils) for name in guards.mechanism._own[module.__name__]]
    X, y = toy_data()["X_train"], toy_data()["y_train"]
    with monkeypatch.context() as patch:
        calls = {name: counting(patch, module, name) for module, name in functions}
        net(normalization).loss(X, y)
    called = [(module, name, len(calls[name])) for module, name in functions if calls[name]]
    assert len(called) == (9 if normalization else 7)
    for module, name, count in called:
        with monkeypatch.context() as patch:
            calls = counting(patch, module, name)
            assert not fits(net(normalization)), name
            make_solver(net(normalization))._step(np.arange(8), 1)
        assert len(calls) == count, name
    assert not quick_steps and fits(net(normalization))


def test_with_an_installed_rule_gradients_are_new_arrays(monkeypatch, quick_steps):
    """It might keep them as its memory."""
    kept, own = [], optim.adam
    monkeypatch.setattr(optim, "adam", lambda w, dw, config=None: (kept.append(dw), own(w, dw, config))[1])
    make_solver(num_epochs=1).train()
    assert not quick_steps and len({id(dw) for dw in kept}) == len(kept)


def test_whoever_is_handed_the_gradients_may_keep_them(quick_steps):
    digits = get_mnist_data(100, 100)
    kept, losses = [], []
    model = experiments.make_net("bn", digits, hidden_dims=[8])
    experiments.train_steps(
        model, digits, 3, batch_size=20, after_step=lambda step, loss, grads: (kept.append(grads), losses.append(loss))
    )
    assert not quick_steps and not np.shares_memory(kept[0]["W1"], kept[1]["W1"])
    other = experiments.make_net("bn", digits, hidden_dims=[8])
    experiments.train_steps(other, digits, 3, batch_size=20)
    assert len(quick_steps) == 3 and same(other.params, model.params) and same(other.bn_params, model.bn_params)


def test_it_is_written_from_todays_layers():
    """Where this fails, somebody has changed a layer, the network or Adam: the quick step must change with it, to the
    same bits (test_workspace.py, test_updates.py), and then the digest beside ORIGINALS, or ORIGINAL."""
    assert workspace.ORIGINALS.as_written, workspace.ORIGINALS.digest
    assert updates.ORIGINAL.as_written, updates.ORIGINAL.digest
    assert all(fits(net(normalization)) for normalization in NORMALIZATIONS)


START = """
import importlib, pathlib
import numpy as np
from cs231n import layer_utils, layers, optim
from cs231n.classifiers.fc_net import FullyConnectedNet
"""
SAY = """
from cs231n import updates, workspace
print(workspace.fits(FullyConnectedNet([3], 2, 2, normalization="batchnorm")), updates.ORIGINAL.holds())
"""
EDIT = """
path = pathlib.Path("cs231n/layers.py")
right = path.read_text(encoding="utf-8")
path.write_text(right.replace("np.maximum(x, 0)", "np.maximum(x, 0.1 * x)"), encoding="utf-8")
"""


def said(folder, *code):
    """What Python code prints with a folder's library."""
    run = subprocess.run([sys.executable, "-c", "".join(code)], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("file, old, new, expected", [
    ("layers.py", "np.maximum(x, 0)", "np.minimum(np.maximum(x, 0), 6)", "False True"),
    ("batchnorm.py", '    mode = bn_param["mode"]', '    print("here")\n    mode = bn_param["mode"]', "False True"),
    ("layer_utils.py", "return dx, dw, db, dgamma, dbeta", "return dx, -dw, db, dgamma, dbeta", "False True"),
    ("classifiers/fc_net.py", 'X = self._flat(X)\n        if', 'X = self._flat(X) + 1\n        if', "False True"),
    ("optim.py", 'config["t"] += 1', 'config["t"] += 2', "True False"),
    ("layers.py", "Rectified linear unit", "Ramp", "True True"),
])  # fmt: skip
def test_an_edited_function_of_the_library_runs_as_it_is(file, old, new, expected, library_copy):
    """Words in a docstring change nothing."""
    path = library_copy / "cs231n" / file
    right = path.read_text(encoding="utf-8")
    assert old in right
    path.write_text(right.replace(old, new), encoding="utf-8")
    assert said(library_copy, START, SAY) == expected.split()


@pytest.mark.parametrize("code, expected", [
    ([SAY, EDIT, "importlib.reload(layers)\n", SAY], "True True False True"),
    ([SAY, "importlib.reload(optim)\n", SAY], "True True True False"),
    (["layers.relu_forward.__wrapped__.__code__ = (lambda x: (x, x)).__code__\n", SAY], "False True"),
    ([SAY, "layers.relu_forward.__wrapped__.__code__ = (lambda x: (x, x)).__code__\n", SAY], "True True False True"),
    (["pathlib.Path('cs231n/optim.py').write_text('def adam(:')\n", SAY], "True False"),
])  # fmt: skip
def test_what_is_in_memory_runs(code, expected, library_copy):
    """Reloaded, given other code as %autoreload does it, or with a file that somebody is typing in."""
    assert said(library_copy, START, *code) == expected.split()


def test_an_edit_that_was_taken_back_in_the_file_still_runs_in_memory(library_copy):
    path = library_copy / "cs231n" / "layers.py"
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("np.maximum(x, 0)", "np.minimum(np.maximum(x, 0), 0.5)"), encoding="utf-8")
    back = f"pathlib.Path({str(path)!r}).write_text({right!r}, encoding='utf-8')\n"
    code = ["from cs231n import solver\n", back, "print(layers.relu_forward(np.ones(1))[0])\n", SAY]
    assert said(library_copy, START, *code) == ["[0.5]", "False", "True"]


def test_a_release_without_answers_goes_the_long_way(tmp_path):
    write_library(tmp_path, ["adam"])
    assert said(tmp_path, START, SAY) == ["True", "False"]
    write_library(tmp_path / "2", ["relu_backward"])
    assert said(tmp_path / "2", START, SAY) == ["False", "True"]


PATCHED = """
import functools
import numpy as np
from cs231n.classifiers.fc_net import FullyConnectedNet
own, calls = FullyConnectedNet.loss, []

@DECORATOR
def loss(self, X, y=None):
    calls.append(len(X))
    return own(self, X, y)

FullyConnectedNet.loss = loss
from cs231n.experiments import train_steps
data = {"X_train": np.ones((40, 12), np.float32), "y_train": np.arange(40) % 4}
train_steps(FullyConnectedNet([5], 12, 4, seed=0), data, 3, batch_size=10)
print(*calls)
"""


@pytest.mark.parametrize("decorator", ["", "@functools.wraps(own)"])
def test_a_method_that_was_replaced_before_the_import_is_called(decorator):
    assert said(ROOT, PATCHED.replace("@DECORATOR", decorator)) == ["10"] * 3


def test_a_method_that_is_no_function_is_no_obstacle():
    code = """
from unittest import mock
from cs231n.classifiers.fc_net import FullyConnectedNet
FullyConnectedNet.loss = mock.Mock()
from cs231n import workspace
print(workspace.fits(FullyConnectedNet([3], 2, 2)))
"""
    assert said(ROOT, code) == ["False"]


def test_a_method_wrapped_later_is_called(monkeypatch, quick_steps):
    own = FullyConnectedNet.loss
    monkeypatch.setattr(FullyConnectedNet, "loss", functools.wraps(own)(lambda self, X, y=None: own(self, X, y)))
    make_solver(num_epochs=1).train()
    assert not quick_steps


def test_only_the_functions_that_the_module_began_with_are_its_own(monkeypatch):
    assert guards.is_own(optim, "adam") and guards.is_own(layer_utils, "affine_relu_forward")
    own = optim.adam
    monkeypatch.setattr(optim, "adam", lambda w, dw, config=None: own(w, dw, config))
    assert not guards.is_own(optim, "adam")
    monkeypatch.setattr(optim, "adam", own)
    assert guards.is_own(optim, "adam")
