"""Tests that notebook 3 compares like with like: the same images and the same number of updates everywhere."""

import numpy as np
import pytest

from cs231n import compare, data_utils, experiments
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.vis_utils import sweep_curves

NOTEBOOK = "03_batchnorm_comparison.ipynb"
RUNS = ("classic-run", "rate-run", "fair-run", "fair-control")
CELLS = ("setup", "data", *RUNS, "guess-classic-lead", "guess-rate-01", "guess-fair-lead", "guess-culprit")
RANDOM = np.random.default_rng(0)


def images(n_train, n_val=1000, shape=(3, 2, 2)):
    """Random images; a training image's first pixel is its number, so that it can be recognised."""
    X = {"X_train": RANDOM.random((n_train, *shape)), "X_val": RANDOM.random((n_val, *shape))}
    X["X_train"].reshape(n_train, -1)[:, 0] = np.arange(n_train)
    return X | {"y_train": np.arange(n_train) % 10, "y_val": np.arange(n_val) % 10}


DATA_SETS = {  # what `get_data` returns: the digits, CIFAR-10 as downloaded (with smaller images), and a small sample
    "mnist_5k": images(4000, shape=(16,)), "cifar10": images(49_000) | {"X_test": RANDOM.random((9, 3, 2, 2))},
    "a sample": images(4000),
}  # fmt: skip


SWITCH = 'SHORT = sys.platform == "emscripten"'


def is_standardized(X):
    return np.allclose(X.reshape(len(X), -1).std(axis=0), 1)


@pytest.fixture(params=[False, True], ids=["long", "short"])
def short(request):
    return request.param


@pytest.fixture(params=DATA_SETS)
def runs(request, short, monkeypatch):
    """Run the notebook's comparing cells, but train nothing. Return what each run would have trained on."""
    asked = []

    def compare_nets(data, seeds, num_epochs=10, weight_scale=2e-2, learning_rate=1e-3, batch_size=100, **others):
        updates = len(data["X_train"]) // batch_size * num_epochs
        asked.append({"what": "pairs", "data": data, "seeds": list(seeds), "updates": updates, "scale": weight_scale,
                      "rate": learning_rate, "batch": batch_size})  # fmt: skip
        run = {measure: np.zeros(num_epochs + 1) for measure in experiments.MEASURES}
        return {net: [{"seed": seed, **run} for seed in seeds] for net in experiments.NETS}

    def sweep(data, setting, values, seeds, num_steps, weight_scale=2e-2, progress=None, batch_size=100, **others):
        asked.append({"what": setting, "data": data, "seeds": list(seeds), "updates": num_steps, "batch": batch_size})
        return {net: np.ones((len(values), len(seeds))) * [[1 - net_i]] for net_i, net in enumerate(experiments.NETS)}

    monkeypatch.setattr(experiments, "compare_nets", compare_nets)
    monkeypatch.setattr(experiments, "sweep", sweep)
    monkeypatch.setattr(data_utils, "get_data", lambda name: DATA_SETS[request.param])
    names = {}
    for cell in read_notebooks()[NOTEBOOK].cells:
        if cell.id in CELLS:
            source = cell.source.replace('DATA = "mnist_5k"', 'DATA = "cifar10"')  # there claims need not hold
            source = source.replace(SWITCH, f"SHORT = {short}")
            exec(source, names)  # the guesses are blank, so that nothing is shown
    return asked


def test_all_runs_train_on_the_same_images_for_as_many_updates(runs, short):
    size, updates = (3000, 60) if short else (4000, 200)
    assert [run["what"] for run in runs] == ["pairs", "learning_rate", "pairs", "weight_scale"]
    for run in runs:
        assert run["updates"] == updates and run["batch"] == 100
        assert len(run["data"]["X_train"]) == len(run["data"]["y_train"]) == size
        assert np.array_equal(run["data"]["y_train"], runs[0]["data"]["y_train"])
        assert np.array_equal(run["data"]["y_val"], runs[0]["data"]["y_val"])
        order = np.argsort(run["data"]["X_train"].reshape(size, -1)[:, 0])
        assert np.array_equal(order, np.arange(size)), "the first images, in order"
        assert len(run["data"]["X_val"]) == 1000


def test_the_set_ups_differ_in_what_the_text_says(runs, short):
    classic, tuning, fair, control = runs
    assert (
        classic["seeds"] == fair["seeds"] == list(range(6))
        and tuning["seeds"] == control["seeds"] == [100, 101][: 1 if short else 2]
    )
    assert (classic["scale"], classic["rate"], fair["scale"]) == (2e-2, 1e-3, "he")
    assert set(fair["rate"]) == set(experiments.NETS)
    assert [is_standardized(run["data"]["X_train"]) for run in runs] == [False, True, True, False]


def test_the_command_trains_the_notebooks_pairs_for_ten_epochs(monkeypatch, tmp_path, runs):
    """Training is deterministic. The first half of the command's run is the long run of section 5 (on one machine)."""

    def compare_nets(data, seeds, num_epochs, weight_scale, **others):
        asked.append((list(seeds), num_epochs, weight_scale, set(others) & {"batch_size", "learning_rate"}))
        raise ZeroDivisionError

    asked = []
    monkeypatch.setattr(compare, "compare_nets", compare_nets)
    with pytest.raises(ZeroDivisionError):
        compare.main(["--out", str(tmp_path / "x.png")])
    assert asked == [(runs[0]["seeds"], 10, runs[0]["scale"], set())]


def test_tables_and_figures_use_one_set_of_names():
    run = {"seed": 0, **{measure: [0.0, 1.0] for measure in experiments.MEASURES}}
    results = {net: [run, run] for net in experiments.NETS}
    assert experiments.NETS.keys() == experiments.LABELS.keys()
    heading = compare.table(results).splitlines()[0]
    assert all(label in heading for label in experiments.LABELS.values())
    legend = sweep_curves({net: np.ones((2, 1)) for net in experiments.NETS}, [1, 2], "x").axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()][:2] == list(experiments.LABELS.values())
