"""Tests that all benchmarks run, and that all contestants compute the same. No test depends on speed."""

import os
import subprocess
import sys

import numpy as np
import pytest

from cs231n import optim
from cs231n.data_utils import get_mnist_data
from cs231n.experiments import compare_nets
from cs231n.grading.mistakes.catalogue import MISTAKES
from tests.benchmarks import comparison, gradient_checks, timing
from tests.benchmarks.contestants import PEERS, Ours, Problem
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.slow

OTHERS = [name for name in PEERS if name not in ("plain", "floor", "floor, Adam")]


def need(name):
    """Skip the test where a contestant's package is not installed."""
    if PEERS[name][1]:
        pytest.importorskip(PEERS[name][1])


@pytest.mark.parametrize("name", OTHERS)
def test_every_contestant_trains_the_same_network(name):
    need(name)
    dtype = np.float32 if name == "JAX jit" else np.float64
    problem = Problem(12, (9, 8, 7), 10, num_examples=40, dtype=dtype)
    ours, other = Ours(problem), PEERS[name][0](problem)
    close = {"rtol": 1e-9, "atol": 1e-9} if dtype == np.float64 else {"rtol": 1e-3, "atol": 1e-4}
    start = ours.params()
    np.testing.assert_equal(other.params(), start)
    for batch in problem.batches[:4]:
        np.testing.assert_allclose(other.step(batch), ours.step(batch), **close)
    after, others = ours.params(), other.params()
    assert others.keys() == after.keys()
    for parameter, w in after.items():
        if not (
            dtype == np.float32 and parameter in ("b1", "b2", "b3")
        ):  # there, Adam turns rounding errors into whole steps
            np.testing.assert_allclose(others[parameter], w, err_msg=parameter, **close)
            assert np.abs(w - start[parameter]).max() > (0 if parameter[0] == "b" else 1e-3)


def test_the_floor_multiplies_the_matrices_of_a_step():
    problem = Problem(12, (9, 8), 10, num_examples=40)
    floor = PEERS["floor"][0](problem)
    floor.step(problem.batches[0])
    for i, (x, w, dout) in enumerate(zip(floor.inputs, floor.weights, floor.douts)):
        np.testing.assert_allclose(floor.outs[i], x @ w, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(floor.dws[i], x.T @ dout, rtol=1e-4, atol=1e-4)
        if i:
            np.testing.assert_allclose(floor.dxs[i], dout @ w.T, rtol=1e-4, atol=1e-4)
    assert floor.flat.shape[1] == sum(w.size for w in problem.net().params.values())
    most = PEERS["floor, Adam"][0](problem)
    w, dw, m, v = most.flat.copy()
    for _ in range(2):
        most.flat[1] = dw
        most.step(problem.batches[0])
    config = {**most.settings, "m": m, "v": v, "t": 999}
    w, config = optim.adam(w, dw, config)
    w, config = optim.adam(w, dw, {**config, "t": 999})
    np.testing.assert_array_equal(most.flat[0], w)
    np.testing.assert_array_equal(most.outs[1], most.inputs[1] @ most.weights[1])


def test_the_comparison_in_pytorch_is_the_same_run():
    pytest.importorskip("torch")
    data = get_mnist_data(400, 100)
    ours, theirs = compare_nets(data, [3], 3), comparison.torch_compare(data, [3], 3)
    for net in ours:
        for measure in (
            "train_loss",
            "train_acc",
            "val_acc",
        ):  # not exactly: PyTorch's running variance is N / (N - 1) times ours
            np.testing.assert_allclose(theirs[net][0][measure], ours[net][0][measure], atol=0.03)
    np.testing.assert_allclose(theirs["plain"][0]["train_loss"], ours["plain"][0]["train_loss"], atol=1e-3)


def test_every_check_passes_right_gradients_and_finds_most_wrong_ones():
    ways = gradient_checks.checks()
    for check in ways.values():
        net, X, y = gradient_checks.small_net()
        before = {name: w.copy() for name, w in net.params.items()}
        check(net, X, y)
        np.testing.assert_equal(net.params, before)
    quick = {way: ways[way] for way in ("ours, random directions",)}
    total, found, missed = gradient_checks.detection(quick)
    assert total > 200 and found["ours, random directions"] == total - len(missed["ours, random directions"])
    # These five may be missed: a loss with another divisor, or of one example, has a gradient that fits it, and
    # log(p + 1e-8) changes the loss by about 1e-6 only.
    assert set(missed["ours, random directions"]) <= {
        "softmax_loss/nothing-averaged", "softmax_loss/averaged-over-all-entries", "softmax_loss/log-of-p-plus-a-bit",
        "softmax_loss/divided-by-the-number-of-classes", "softmax_loss/only-the-first-example",
    }  # fmt: skip
    assert total <= sum(len(mistake.variants) for mistake in MISTAKES if mistake.task in gradient_checks.BACKWARD)


def test_contestants_take_turns_and_the_ratio_is_that_of_rounds():
    order = []
    times = timing.interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, inner=2, warmup=1)
    assert "".join(order) == "ab" + "aabb" + "bbaa" + "aabb"
    assert times["a"].shape == times["b"].shape == (3,)
    rounds = {"a": np.array([2.0, 9.0, 4.0]), "b": np.array([1.0, 3.0, 8.0])}
    assert timing.ratio(rounds, "a", "b") == 2 and np.isnan(timing.ratio(rounds, "a", "nobody"))


def command(*arguments, cwd, timeout=300):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *arguments], cwd=cwd, env=environment, capture_output=True,
        text=True, timeout=timeout,
    )  # fmt: skip


@pytest.mark.parametrize("name, words", [
    ("step", ["over floor", "12 inputs, batch 8: fast", "12 inputs, batch 8: plain"]),
    ("gradients", ["wrong gradients found", "every entry"]),
    ("compare", ["fast, one thread", "plain", "accuracy with BN"]), ("growth", ["depth 1", "Memory"]),
    ("course", ["import cs231n, over numpy's", "check(softmax)"]),
])  # fmt: skip
def test_each_benchmark_runs(name, words, tmp_path):
    result = command(name, "--quick", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for word in ("machine:", "threads: 1", "load average" if hasattr(os, "getloadavg") else "date:", *words):
        assert word in result.stdout
    if name in ("step", "growth"):
        for package in ("torch", "jax"):
            assert (f"not installed: {package}" in result.stdout) == (timing.version(package) is None)
    if name == "growth":
        assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [["no-such"], ["step", "--threads", "0"], ["step", "--rounds", "0"]])
def test_bad_arguments_are_refused(arguments, tmp_path):
    result = command(*arguments, cwd=tmp_path)
    assert result.returncode == 2 and "Traceback" not in result.stderr
