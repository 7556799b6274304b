"""Tests of IPython's %autoreload: as in CS231n, a student edits the library's files while a notebook runs."""

import os
import subprocess
import sys

SESSION = """
import os, pathlib
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()

def cell(code):
    result = shell.run_cell(code)
    if not result.success:
        raise SystemExit(f"{code}: {result.error_in_exec or result.error_before_exec}")

def edit(name, old, new, times=[0]):
    path = pathlib.Path("cs231n", name)
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new), encoding="utf-8")
    times[0] += 10
    os.utime(path, (path.stat().st_atime + times[0], path.stat().st_mtime + times[0]))  # newer for sure

cell("%load_ext autoreload")
cell("%autoreload 2")
cell('''
import numpy as np
from cs231n import experiments, layers
from cs231n.classifiers.fc_net import *
X = np.random.default_rng(0).standard_normal((40, 12)).astype("f4")
data = {"X_train": X, "y_train": np.arange(40) % 4}
def train():
    net = FullyConnectedNet([9, 8], 12, 4, normalization="batchnorm", seed=0)
    experiments.train_steps(net, data, 4, batch_size=8)
    return net.params["W1"].tobytes()
seen = [train()]
def look():
    print(train() not in seen, layers.relu_forward(-np.ones(1))[0][0])
    seen.append(train())
''')
"""
EDITS = [  # (file, old, new, output: whether training gives new numbers, and ReLU of -1)
    ("layers.py", "np.maximum(x, 0), x", "np.maximum(x, 0.5 * x), x", "True -0.5"),
    ("batchnorm.py", "x_hat = (x - mu)", "x_hat = 2 * (x - mu)", "True -0.5"),
    ("layers.py", "np.maximum(x, 0.5 * x), x", "np.maximum(x, 0.25 * x), x", "True -0.25"),
    ("optim.py", 'config["t"] += 1', 'config["t"] += 2', "True -0.25"),
    ("optim.py", 'config["t"] += 2', 'config["t"] += 3', "True -0.25"),
    ("layer_utils.py", "return dx, dw, db, dgamma, dbeta", "return dx, -dw, db, dgamma, dbeta", "True -0.25"),
    ("classifiers/fc_net.py", "hidden.append(out)\n", "hidden.append(out); out = 2 * out\n", "True -0.25"),
    ("layers.py", "np.maximum(x, 0.25 * x), x", "np.maximum(x, 0.125 * x), x", "True -0.125"),
]


def session(folder, code):
    """Run cells in a session on a copy of the library. Return what they print."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    command = [sys.executable, "-c", SESSION + code]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.splitlines()


def test_edited_layers_run_at_once(library_copy):
    steps = "".join(f"edit({name!r}, {old!r}, {new!r})\ncell('look()')\n" for name, old, new, _ in EDITS)
    assert session(library_copy, steps) == [said for *_, said in EDITS]


def test_the_other_layers_of_an_edited_module_still_check_their_arguments(library_copy):
    code = """
edit("layers.py", "np.maximum(x, 0), x", "np.maximum(x, 0.5 * x), x")
cell('''
try:
    layers.affine_forward(np.ones((2, 5)), np.ones((3, 2)), np.ones(2))
except ValueError as error:
    print(str(error)[:14])
''')
"""
    assert session(library_copy, code) == ["affine_forward"]


def test_a_name_that_was_imported_from_a_module_is_the_edited_function(library_copy):
    """If the edit comes after the first cell, IPython reloads the whole module and updates the old functions."""
    code = """
edit("layers.py", "np.maximum(x, 0), x", "np.maximum(x, 0.5 * x), x")
cell("print(relu_forward(-np.ones(1))[0])")
"""
    assert session(library_copy, code) == ["[-0.5]"]
