"""Notebook 3 with ``SHORT = True``, as in a browser: a quarter of the training, the same outcomes, and a true text."""

import functools
import re
import sys

import numpy as np
import pytest

from cs231n import experiments, optim, puzzles, vis_utils
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.experiments import make_net
from cs231n.grading.publishing.notebooks import read_notebooks, solve
from tests.helpers.kernels import Kernel, environment_of
from tests.helpers.release_walk import SWITCH

NOTEBOOK = read_notebooks()["03_batchnorm_comparison.ipynb"]
TRAINS = re.compile(r"\b(compare_nets|sweep|train_steps|make_nets)\(")
OUTCOME = re.compile(r"^  outcome: (.*)$", re.MULTILINE)
SENTENCES = re.compile(r"^(\d+) of (\d+) sentences about this run hold$", re.MULTILINE)


def code_cells(nb, short):
    """The sources of a notebook's code cells by id, with the switch set."""
    cells = {cell.id: cell.source for cell in nb.cells if cell.cell_type == "code"}
    assert cells["data"].count(SWITCH[0]) == 1
    return cells | {"data": cells["data"].replace(SWITCH[0], f"SHORT = {short}")}


def count_training(short, monkeypatch):
    """Run the cells that train, but compute nothing. Return how many updates they make, and on how many images."""
    counted, nothing = [], {}
    small = functools.partial(make_net, hidden_dims=(2,) * 5)

    def loss(self, X, y=None):
        if y is None:
            return np.zeros((len(X), 10))
        counted.append(len(X))
        if self not in nothing:
            nothing[self] = {name: np.zeros_like(w) for name, w in self.params.items()}
        return 0.0, nothing[self]

    monkeypatch.setattr(FullyConnectedNet, "loss", loss)
    monkeypatch.setattr(experiments, "make_net", small)
    monkeypatch.setattr(puzzles, "make_net", small)
    monkeypatch.setattr(optim, "adam", lambda w, dw, config=None: (w, config))
    monkeypatch.setattr(vis_utils, "show", lambda figure: None)
    names = {}
    for cell, source in code_cells(NOTEBOOK, short).items():
        if cell in ("setup", "data") or TRAINS.search(source):
            exec(source, names)  # the guesses are blank, so that no outcome is shown
        if cell == "data":
            names["data"] = {key: a[:, :4] if key.startswith("X") else a for key, a in names["data"].items()}
    return len(counted), sum(counted)


@pytest.mark.slow
def test_training_is_cut_to_a_quarter(monkeypatch):
    updates, images = count_training(False, monkeypatch)
    short_updates, short_images = count_training(True, monkeypatch)
    print(f"updates {short_updates} of {updates}, images {short_images} of {images}")
    assert updates > 10_000 and images > 1_000_000, "the cells that train were found"
    assert 0 < short_updates <= updates / 4
    assert 0 < short_images <= images / 4


@pytest.mark.kernel
@pytest.mark.slow
def test_the_sentences_and_outcomes_of_the_long_run_hold_in_the_short_one(tmp_path):
    """An automated run insists on the sentences: the cell fails if one of them does not hold."""
    stored = {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in NOTEBOOK.cells
        if cell.cell_type == "code"
    }
    kernel, printed = Kernel(environment_of(tmp_path, automated=True), tmp_path), {}
    try:
        for cell, source in code_cells(solve(NOTEBOOK), short=True).items():
            printed[cell], errors = kernel.run(source, timeout=300)
            assert not errors, f"{cell}: {errors[-1]}"
            if cell == "setup":
                kernel.run("vis.show = lambda figure: None")  # drawing takes most of the time that is left
    finally:
        kernel.close()
    assert {cell: OUTCOME.findall(text) for cell, text in printed.items()} == {
        cell: OUTCOME.findall(text) for cell, text in stored.items()
    }
    assert sum(map(len, map(OUTCOME.findall, stored.values()))) >= 18
    held = {
        cell: SENTENCES.findall(text)
        for cell, text in printed.items()
        if "claims(\n" in code_cells(NOTEBOOK, True)[cell]
    }
    assert len(held) >= 10 and all(len(counts) == 1 and counts[0][0] == counts[0][1] for counts in held.values()), held
    assert held == {cell: SENTENCES.findall(stored[cell]) for cell in held}, "as many sentences as in the long run"
    assert "after 2 epochs" in printed["holds"] and "On mnist_5k, 6 pairs" in printed["holds"]


@pytest.mark.parametrize("platform, short", [("emscripten", True), ("linux", False), ("win32", False)])
def test_the_switch_is_on_in_a_browser_alone(platform, short, monkeypatch):
    monkeypatch.setattr("sys.platform", platform)
    names = {"sys": sys}
    exec(SWITCH[0], names)
    assert names["SHORT"] is short
