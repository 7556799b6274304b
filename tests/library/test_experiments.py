"""Tests of the experiments of notebook 3, and of the command that runs the comparison."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from tqdm import tqdm

from cs231n import compare, experiments
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.data_utils import get_CIFAR10_data, get_mnist_data
from cs231n.solver import Solver
from tests.helpers.paths import ROOT


@pytest.fixture(scope="module")
def digits():
    return get_mnist_data(num_training=300, num_validation=100)


# Two-sided 95% and 99% points of Student's t, as in printed tables.
T_TABLE = {
    (0.95, 1): 12.706, (0.95, 2): 4.303, (0.95, 3): 3.182, (0.95, 4): 2.776, (0.95, 5): 2.571, (0.95, 9): 2.262,
    (0.95, 10): 2.228, (0.95, 30): 2.042, (0.99, 1): 63.657, (0.99, 5): 4.032, (0.99, 10): 3.169, (0.90, 5): 2.015,
}  # fmt: skip


@pytest.mark.parametrize(("level", "df"), T_TABLE)
def test_t_quantile_is_the_printed_one(level, df):
    assert experiments.t_quantile(level, df) == pytest.approx(T_TABLE[level, df], abs=6e-4)


def test_t_quantile_tends_to_the_normal_one():
    assert experiments.t_quantile(0.95, 10_000) == pytest.approx(1.95996, abs=5e-4)


def test_paired_interval_by_hand():
    # 1, 2, 3: mean 2, standard deviation 1, so 2 +- 4.3027 / sqrt(3) = 2 +- 2.4841
    assert experiments.paired_interval([1, 2, 3]) == pytest.approx((2, -0.4841, 4.4841), abs=1e-4)
    # 0 and 2 at one degree of freedom and level 0.5, where t = tan(pi / 4) = 1: 1 +- sqrt(2) / sqrt(2)
    assert experiments.paired_interval([0.0, 2.0], level=0.5) == pytest.approx((1, 0, 2))


def test_paired_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = [experiments.paired_interval(sample) for sample in rng.normal(3, 2, size=(2000, 6))]
    covered = np.mean([low <= 3 <= high for _, low, high in intervals])
    assert 0.935 < covered < 0.965  # the standard error of this fraction is 0.005


@pytest.mark.parametrize("differences", [[], [1.0], [[1.0, 2.0]]])
def test_paired_interval_needs_two_differences(differences):
    with pytest.raises(ValueError, match="at least two"):
        experiments.paired_interval(differences)


@pytest.mark.parametrize("level", [0, 1, -1, 95, float("nan")])
def test_paired_interval_refuses_a_level_that_is_none(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        experiments.paired_interval([1.0, 2.0], level)


@pytest.mark.parametrize(
    ("history", "level", "expected"),
    [
        ([0.1, 0.5, 0.9, 0.8], 0.9, 2),
        ([0.1, 0.9, 0.2, 0.9], 0.9, 1),  # the first time
        ([0.9, 0.1], 0.9, 0),
        ([0.1, 0.2], 0.9, None),
        ([], 0.9, None),
        ([float("nan"), 0.95], 0.9, 1),
        (np.array([0.0, 1.0]), 1, 1),
    ],
)
def test_steps_to_reach(history, level, expected):
    steps = experiments.steps_to_reach(history, level)
    assert steps == expected and (steps is None or type(steps) is int)


SET_UPS = {"classic": {}, "fair": {"weight_scale": "he", "learning_rate": {"bn": 3e-3, "plain": 1e-3}}}


@pytest.mark.slow
@pytest.mark.parametrize("set_up", SET_UPS)
def test_pairs_share_initial_weights_and_every_batch(set_up, digits, monkeypatch):
    starts, batches = {}, {}
    original = FullyConnectedNet.loss

    def recording_loss(net, X, y=None):
        key = (net.normalization, id(net))
        if key not in starts:
            starts[key] = {name: w.copy() for name, w in net.params.items() if name[0] in "Wb" and "beta" not in name}
            alive.append(net)
        if y is not None:
            batches.setdefault(key, []).append((X.copy(), y.copy()))
        return original(net, X, y)

    alive = []  # keeps the networks alive, so that no two have the same id
    monkeypatch.setattr(FullyConnectedNet, "loss", recording_loss)
    experiments.compare_nets(digits, seeds=[3, 4], num_epochs=2, batch_size=50, **SET_UPS[set_up])
    bn, plain = ([key for key in starts if key[0] == kind] for kind in ("batchnorm", None))
    assert len(bn) == len(plain) == 2
    for one, other in zip(bn, plain):
        assert starts[one].keys() == starts[other].keys() and len(starts[one]) == 12
        for name in starts[one]:
            np.testing.assert_array_equal(starts[one][name], starts[other][name])
        assert len(batches[one]) == len(batches[other]) == 2 * (300 // 50)
        for (X, y), (X_other, y_other) in zip(batches[one], batches[other]):
            np.testing.assert_array_equal(X, X_other)
            np.testing.assert_array_equal(y, y_other)
    first, second = bn
    assert not np.array_equal(starts[first]["W1"], starts[second]["W1"])
    assert not np.array_equal(batches[first][0][0], batches[second][0][0])


@pytest.mark.slow
def test_comparing_twice_gives_the_same(digits):
    once, again = (experiments.compare_nets(digits, seeds=[0], num_epochs=1) for _ in range(2))
    assert once == again


def test_each_net_gets_its_own_learning_rate(digits):
    rates = {"bn": 1e-3, "plain": 0.0}
    results = experiments.compare_nets(digits, [0], num_epochs=1, weight_scale="he", learning_rate=rates)
    assert len(set(results["plain"][0]["train_loss"])) == 1
    assert len(set(results["bn"][0]["train_loss"])) == 2


@pytest.mark.slow
def test_sweep_changes_the_one_setting_and_gives_both_nets_equal_updates(digits, monkeypatch):
    sizes = []
    original = experiments.train_steps

    def recording_train_steps(net, data, num_steps, seed, **settings):
        original(net, data, num_steps, seed, after_step=lambda *_: sizes.append(settings["batch_size"]), **settings)

    monkeypatch.setattr(experiments, "train_steps", recording_train_steps)
    results = experiments.sweep(digits, "batch_size", [5, 50], seeds=[0, 1], num_steps=8)
    assert sizes.count(5) == sizes.count(50) == 2 * 2 * 8
    assert {net: accuracies.shape for net, accuracies in results.items()} == {"bn": (2, 2), "plain": (2, 2)}


def test_a_run_that_stops_leaves_no_progress_bar(digits, monkeypatch):
    def adam(*arguments):
        raise NotImplementedError("task 3.3, adam: not written yet")

    monkeypatch.setattr(experiments.optim, "adam", adam)
    runs = (
        lambda: experiments.sweep(digits, "weight_scale", [1e-2, 1e-1], [0], num_steps=2, progress=True),
        lambda: experiments.compare_nets(digits, [0], num_epochs=1, progress=True),
        lambda: Solver(experiments.make_net("bn", digits), digits, update_rule="adam", progress=True).train(),
    )
    for run in runs:
        with pytest.raises(NotImplementedError) as caught:  # IPython keeps the exception, too, and so the bar
            run()
        assert "adam" in str(caught.value) and not tqdm._instances


def test_train_steps_goes_through_all_images_before_it_repeats_one(digits, monkeypatch):
    seen = []
    net = experiments.make_net("plain", digits)
    original = net.loss
    monkeypatch.setattr(net, "loss", lambda X, y: (seen.append(X), original(X, y))[1])
    experiments.train_steps(net, digits, num_steps=6, batch_size=50)
    assert len(np.unique(np.concatenate(seen), axis=0)) == len(np.unique(digits["X_train"], axis=0))


def test_layer_statistics_leave_the_net_as_it_was(digits):
    net = experiments.make_net("bn", digits, weight_scale="he")
    before = [param["running_mean"].copy() for param in net.bn_params]
    statistics = experiments.layer_statistics(net, digits["X_train"], digits["y_train"])
    for old, param in zip(before, net.bn_params):
        np.testing.assert_array_equal(old, param["running_mean"])
    # ReLU of a normal variable: its standard deviation is sqrt(1/2 - 1/(2 pi)), and half of it is above 0.
    np.testing.assert_allclose(statistics["std"], np.sqrt(0.5 - 0.5 / np.pi), atol=0.05)
    np.testing.assert_allclose(statistics["active"], 0.5, atol=0.1)
    assert statistics["gradient"].shape == (5,) and np.all(statistics["gradient"] > 0)


def test_deep_batch_norm_gradients_grow_as_theory_says(digits):
    net = experiments.make_net("bn", digits, weight_scale="he", hidden_dims=[100] * 30)
    gradient = experiments.layer_statistics(net, digits["X_train"], digits["y_train"])["gradient"]
    assert (gradient[0] / gradient[-1]) ** (1 / 29) == pytest.approx(np.sqrt(np.pi / (np.pi - 1)), abs=0.05)


def run_command(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "cs231n.compare", *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.slow
def test_the_command_for_real(tmp_path):
    result = run_command("--seeds", "2", "--epochs", "1", "--json", "numbers.json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr and "Warning" not in result.stderr
    figure = tmp_path / "comparison.png"
    assert figure.read_bytes().startswith(b"\x89PNG") and str(figure) in result.stdout
    assert result.stdout.rstrip().endswith("jupyter lab notebooks")
    assert "with batch norm  without" in result.stdout and "95% interval" in result.stdout
    assert "every network: 4000 training images, 40 updates" in result.stdout
    numbers = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    for net in ("bn", "plain"):
        assert [seed_run["seed"] for seed_run in numbers[net]] == [0, 1]
        for seed_run in numbers[net]:
            assert all(len(seed_run[measure]) == 2 for measure in ("train_loss", "train_acc", "val_acc"))
            assert 0 <= seed_run["val_acc"][0] < 0.3  # epoch 0: before training
    # Compare numbers, not text: half a thousandth may be rounded up or down.
    bn, plain = (np.mean([seed_run["val_acc"][-1] for seed_run in numbers[net]]) for net in ("bn", "plain"))
    row = next(line for line in result.stdout.splitlines() if line.startswith("validation accuracy, end"))
    printed = re.fullmatch(r"validation accuracy, end +(\d\.\d{3}) +(\d\.\d{3}) +([+-]\d\.\d{3}) .*", row).groups()
    assert [float(text) for text in printed] == pytest.approx([bn, plain, bn - plain], rel=0, abs=0.00051)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "0"], "'0' is not a whole number of at least 1"),
        (["--seeds", "\u0661"], "is not a whole number of at least 1"),  # an Arabic 1
        (["--jobs", "0"], "'0' is not a whole number of at least 1"),
        (["--epochs", "1.5"], "'1.5' is not a whole number"),
        (["--epochs", "ten"], "'ten' is not a whole number"),
        (["--weight-scale", "-1"], "'-1' is not a positive number"),
        (["--weight-scale", "nan"], "'nan' is not a positive number"),
        (["--weight-scale", "0.1", "--he"], "not allowed with"),
        (["--data", "imagenet"], "invalid choice"),
        (["--out", "no/such/folder.png"], "cannot write"),
        (["--out", "figure.txt"], "end in .png"),
        (["--json", "no/such/folder.json"], "cannot write"),
    ],
)
def test_the_command_refuses_bad_arguments(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        compare.main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files here")
def test_a_full_disk_leaves_the_old_figure_and_is_one_line(tmp_path):
    """A limit on the size of files stands in for the disk: the figure does not fit."""
    old = b"the old figure"
    (tmp_path / "comparison.png").write_bytes(old)
    limited = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); from cs231n import compare; compare.main()"
    result = subprocess.run(
        [sys.executable, "-c", limited, "--seeds", "1", "--epochs", "1"], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 1 and "validation accuracy, end" in result.stdout
    assert (
        result.stderr.splitlines()[-1].startswith("error: cannot write the results: ")
        and "Traceback" not in result.stderr
    )
    assert (tmp_path / "comparison.png").read_bytes() == old and os.listdir(tmp_path) == ["comparison.png"]


def test_the_command_without_cifar10(tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "get_data", lambda name: get_CIFAR10_data(ROOT=tmp_path))
    with pytest.raises(SystemExit) as stop:
        compare.main(["--data", "cifar10"])
    # The exit code is a message. Python prints it to stderr and exits with code 1, without a traceback.
    assert "is missing" in stop.value.code and "download" in stop.value.code


def test_json_has_null_where_a_net_diverged():
    run = {"seed": 0, "train_loss": [2.3, float("nan")], "train_acc": [0.1, 0.1], "val_acc": [0.1, 0.1]}
    text = json.dumps(compare.replace_nonfinite({"bn": [run], "plain": []}), allow_nan=False)
    assert json.loads(text)["bn"][0]["train_loss"] == [2.3, None]
