"""Tests of fast training: it gives the same results as the layers, with OpenBLAS bit for bit, and refuses the rest."""

import contextlib
import inspect
import io
import os
import platform
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from cs231n import compare, experiments
from cs231n.assignment.actions import TASKS
from cs231n.assignment.saving import answer_files
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.data_utils import get_mnist_data
from cs231n.grading.mistakes.fingerprints import reference
from cs231n.grading.publishing.library_copy import write_library
from cs231n.solver import Solver
from cs231n.training import fast
from tests.helpers.paths import ROOT

with contextlib.redirect_stdout(io.StringIO()):
    BLAS = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
BIT_FOR_BIT = "openblas" in BLAS and platform.machine() in ("x86_64", "AMD64")


def assert_agree(one, other, dtype):
    """Assert that two arrays have the same bits with OpenBLAS on x86, and are equal up to rounding elsewhere."""
    if BIT_FOR_BIT:
        np.testing.assert_array_equal(one, other)
    else:
        tolerance = 1e-8 if dtype == np.float64 else 1e-2
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def data(n=60, shape=(3, 4), dtype=np.float64):
    X = (3 * np.random.default_rng(1).standard_normal((n, *shape)) + 1).astype(dtype)
    y = np.arange(n) % 4
    return {"X_train": X, "y_train": y, "X_val": X[:20], "y_val": y[:20]}


def solver(seed, hidden=(9, 8), batch_size=10, num_epochs=4, dataset=None, solver_settings=None, **net):
    settings = {"normalization": "batchnorm", "weight_scale": "he", "seed": seed, **net}
    rule = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-2}, **(solver_settings or {})}
    return Solver(
        FullyConnectedNet(list(hidden), 12, 4, **settings), data() if dataset is None else dataset, seed=seed,
        batch_size=batch_size, num_epochs=num_epochs, verbose=False, **rule,
    )  # fmt: skip


def compare_with_the_layers(seeds=(0, 1, 5), **settings):
    """Train the same solvers in both ways, and compare everything that training changes."""
    ours, theirs = ([solver(seed, **settings) for seed in seeds] for _ in range(2))
    fast.train_solvers(ours)
    for one, other in zip(ours, theirs):
        other.train()
        dtype = np.dtype(other.model.dtype)
        for history in ("train_loss_history", "train_acc_history", "val_acc_history"):
            assert_agree(getattr(one, history), getattr(other, history), dtype)
        last = other._state
        for name, w in last["params"].items():
            assert one.model.params[name].dtype == dtype
            assert_agree(one.model.params[name], w, dtype)
        for mine, kept in zip(one.model.bn_params, last["statistics"]):
            for key, value in kept.items():
                assert_agree(mine[key], value, dtype)
        assert one.rng.bit_generator.state == other.rng.bit_generator.state


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normalization", [None, "batchnorm"])
@pytest.mark.parametrize("hidden", [(), (7,), (9, 8), (10,) * 5, (130, 70)])
def test_side_by_side_has_the_bits_of_the_layers(hidden, normalization, dtype):
    compare_with_the_layers(hidden=hidden, normalization=normalization, dtype=dtype)


@pytest.mark.parametrize("settings", [
    {"seeds": (3,)}, {"batch_size": 7}, {"batch_size": 1000}, {"num_epochs": 0},
    {"batch_size": 1, "normalization": None}, {"dataset": data(dtype=np.float32)},
    {"dataset": data(dtype=np.uint8)}, {"dataset": data(shape=(12,))},
    {"solver_settings": {"optim_config": {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-4}}}, {"num_epochs": 60},
    {"solver_settings": {"num_train_samples": 5, "optim_config": {}}},
])  # fmt: skip
def test_side_by_side_agrees_for_other_settings(settings):
    compare_with_the_layers(**settings)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_comparison_is_the_same(jobs, monkeypatch):
    digits, rates = get_mnist_data(200, 100), {"bn": 1e-3, "plain": 1e-4}
    monkeypatch.setattr(experiments, "MAX_NETWORKS_PER_STACK", 2)
    one, other = (
        experiments.compare_nets(digits, [0, 5, 2], 2, learning_rate=rates, batch_size=40, **way)
        for way in ({}, {"fast": True, "jobs": jobs})
    )
    assert [run["seed"] for run in other["bn"]] == [run["seed"] for run in other["plain"]] == [0, 5, 2]
    if BIT_FOR_BIT:
        assert one == other
    for net in one:
        for run, theirs in zip(one[net], other[net]):
            np.testing.assert_allclose(run["train_loss"], theirs["train_loss"], rtol=1e-2)


def test_a_net_that_diverges_does_not_stop_the_others(recwarn):
    digits, rates = get_mnist_data(100, 50), {"bn": 1e-3, "plain": 1e25}
    results = experiments.compare_nets(digits, [0], 2, learning_rate=rates, batch_size=50, fast=True)
    assert np.isnan(results["plain"][0]["train_loss"][-1]) and np.isfinite(results["bn"][0]["train_loss"]).all()
    assert not recwarn.list


# --- what it refuses -------------------------------------------------------------------------------


def with_eps(one):
    one.model.bn_params[0]["eps"] = 1e-3
    return one


REFUSED = {
    "dropout": lambda: [solver(0, dropout_keep_ratio=0.5)],
    "dropout and L2": lambda: [solver(0), solver(1, reg=0.1)],
    "layer normalization": lambda: [solver(0, normalization="layernorm")],
    "this dtype": lambda: [solver(0, dtype=np.float16)],
    "networks that differ": lambda: [solver(0), solver(1, hidden=(9, 9))],
    "batch norm with settings": lambda: [with_eps(solver(0))],
    "another class": lambda: [Solver(TwoLayerNet(12, 5, 4, seed=0), data(), update_rule="adam")],
    "no other rule than Adam": lambda: [solver(0, solver_settings={"update_rule": "rmsprop"})],
    "Adam without decay": lambda: [solver(0, solver_settings={"lr_decay": 0.9})],
    "batches of at least two": lambda: [solver(0, batch_size=1)],
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_done_is_refused(words):
    with pytest.raises(ValueError, match=words):
        fast.train_solvers(REFUSED[words]())


def test_labels_out_of_range_are_refused():
    dataset = data()
    dataset["y_train"] = dataset["y_train"] + 1
    with pytest.raises(ValueError, match=r"y\[3\] is 4; labels must be in 0\.\.3"):
        fast.train_solvers([solver(0, dataset=dataset)])


# --- the command -----------------------------------------------------------------------------------


def run_command(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "cs231n.compare", "--seeds", "1", "--epochs", "1", *arguments], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_command_asks_for_it(monkeypatch, tmp_path):
    asked = []

    def compare_nets(*arguments, **settings):
        asked.append(settings)
        raise ZeroDivisionError

    monkeypatch.setattr(compare, "compare_nets", compare_nets)
    with pytest.raises(ZeroDivisionError):
        compare.main(["--jobs", "2", "--out", str(tmp_path / "x.png")])
    assert asked == [{"fast": True, "jobs": 2}]


@pytest.mark.slow
def test_a_release_has_no_fast_path_and_trains_on_the_students_own_layers(tmp_path):
    write_library(tmp_path)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist_5k.npz").write_bytes((ROOT / "datasets" / "mnist_5k.npz").read_bytes())
    assert (tmp_path / "cs231n" / "training" / "checks.py").exists()
    assert not (tmp_path / "cs231n" / "training" / "fast.py").exists()
    before = run_command(tmp_path)
    assert "training on your own layers" in before.stdout and before.returncode == 1
    assert before.stderr.startswith("error: task 3.1, affine_bn_relu_forward: not written yet")
    assert len(before.stderr.splitlines()) == 1


@pytest.mark.slow
def test_in_a_release_the_saved_answers_train(tmp_path, monkeypatch):
    write_library(tmp_path)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist_5k.npz").write_bytes((ROOT / "datasets" / "mnist_5k.npz").read_bytes())
    monkeypatch.setenv("CS231N_ANSWERS", str(tmp_path / "my_answers"))
    for name in TASKS:
        answer_files.write(name, answer_files.compose(name, inspect.getsource(inspect.unwrap(reference(name)))))
    monkeypatch.delenv("CS231N_ANSWERS")
    result = run_command(tmp_path, "--json", "numbers.json")
    assert result.returncode == 0, result.stderr
    assert "training on your own layers" in result.stdout and "softmax_loss: yours" in result.stdout
    plain = run_command(ROOT, "--json", str(tmp_path / "reference.json"), "--out", str(tmp_path / "reference.png"))
    assert plain.returncode == 0 and "your own layers" not in plain.stdout
    if BIT_FOR_BIT:
        assert (tmp_path / "numbers.json").read_text() == (tmp_path / "reference.json").read_text()


# The child may inherit an ignored SIGINT, such as from a test run in the background. So it restores the default first.
INTERRUPTIBLE_COMMAND = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("cs231n.compare", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_the_command_stops_at_once(number, tmp_path):
    arguments = ["--jobs", "2", "--epochs", "10000", "--out", tmp_path / "x.png"]
    command = [sys.executable, "-u", "-c", INTERRUPTIBLE_COMMAND, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert b"five hidden layers" in process.stdout.readline()  # printed just before the training
        time.sleep(1)  # into the training
        assert process.poll() is None
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert process.returncode != 0
        if number == signal.SIGINT:
            assert process.returncode == 130 and errors.decode().splitlines() == ["stopped: nothing was written"]
    finally:
        process.kill()
        process.communicate()
