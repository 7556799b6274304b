"""Tests of the networks that notebook 3 gives to students to debug."""

import re
from pathlib import Path

import numpy as np
import pytest

from cs231n import data_utils, puzzles
from cs231n.assignment.steps.waiting import NotYet, not_yet


@pytest.fixture(scope="module")
def nets():
    return puzzles.make_nets(data_utils.get_data())


def tell_lost(net):
    return puzzles.accuracy(net.scores(net.X_train, "test"), net.y_train)


def tell_mode(net):
    return np.abs(net.scores(net.X_val[:1]) - net.scores(net.X_val[:10])[:1]).max()


def tell_data(net):
    mine = data_utils.get_data()
    return puzzles.accuracy(net.scores(mine["X_val"]), mine["y_val"]) - puzzles.accuracy(
        net.scores(net.X_val), net.y_val
    )


EXPERIMENTS = {"statistics lost": tell_lost, "training mode": tell_mode, "other data": tell_data}


@pytest.mark.parametrize("cause", EXPERIMENTS)
def test_each_experiment_tells_its_cause_and_no_other(nets, cause, capsys):
    for other, experiment in EXPERIMENTS.items():
        assert puzzles.tells(experiment, nets[0], cause) is (other == cause)
    first, *numbers = capsys.readouterr().out.splitlines()
    assert not re.search(r"\d", first), "JupyterLab shows the first line of a collapsed output"
    assert "other data" in numbers[0]


def test_the_owners_reports_do_not_tell_the_causes_apart(nets):
    for net in [*nets[0].values(), *nets[1].values()]:
        assert puzzles.accuracy(net.scores(net.X_train, "train"), net.y_train) > 0.95
        assert 0.55 < puzzles.accuracy(net.scores(net.X_val), net.y_val) < 0.9


def test_the_experiments_find_the_cause_of_each_unknown_network(nets):
    known, unknown = nets
    found = {}
    for letter, net in unknown.items():
        mode, lost, data = tell_mode(net) > 0.05, tell_lost(net) < 0.93, tell_data(net) > 0.05
        found[letter] = [cause for cause, yes in zip(EXPERIMENTS, (lost, mode, data)) if yes] or ["none"]
    assert found == {letter: [puzzles.cause_of(letter)] for letter in puzzles.LETTERS}
    assert len(set(map(puzzles.cause_of, puzzles.LETTERS))) == 3 and "none" in map(puzzles.cause_of, puzzles.LETTERS)


def test_no_evaluation_changes_a_network(nets):
    net = nets[0]["training mode"]
    before = net.scores(net.X_val[:50], "test")
    net.scores(net.X_val[:50]), net.scores(net.X_val[:50], "train")
    assert np.array_equal(net.scores(net.X_val[:50], "test"), before)


def test_an_experiment_that_is_not_written_yet_is_no_error(nets, capsys):
    def empty(net):
        return ...

    assert puzzles.tells(empty, nets[0], "other data") is ...
    puzzles.show(nets[1], empty)
    assert capsys.readouterr().out.count("no number") == len(puzzles.LETTERS)


@pytest.mark.parametrize(
    "returned, words",
    [
        ("lost", "a str"), (np.ones((2, 2)), "an ndarray"), ([1, 2], "a list"), ({"a": 1}, "a dict"), (1j, "a complex"),
        ([[1], [2, 3]], "a list"), (None, "nothing"),
    ],
)  # fmt: skip
def test_an_experiment_that_returns_no_number_is_told_so(nets, capsys, returned, words):
    assert puzzles.tells(lambda net: returned, nets[0], "other data") is False
    assert f"it returns {words}, and one number is wanted" in capsys.readouterr().out


def test_an_experiment_that_fails_hands_its_error_on(nets, capsys):
    def failing(net):
        return net.score(net.X_val)

    error = puzzles.tells(failing, nets[0], "other data")
    assert isinstance(error, AttributeError) and capsys.readouterr().out == ""
    puzzles.show(nets[1], failing)
    assert capsys.readouterr().out.count("no number") == len(puzzles.LETTERS)


def test_an_experiment_that_needs_what_is_not_there_yet_says_so(nets):
    with pytest.raises(NotYet):
        puzzles.tells(lambda net: not_yet("data")[0], nets[0], "other data")


def test_a_number_between_those_of_the_other_causes_tells_nothing(nets, capsys):
    """Accuracy on ten images: the others lie on both sides of it, and far apart."""
    numbers = dict(zip(puzzles.CAUSES, (0.9, 0.6, 0.4, 0.7)))
    by_net = {id(net): numbers[cause] for cause, net in nets[0].items()}
    assert puzzles.tells(lambda net: by_net[id(net)], nets[0], "training mode") is False
    assert "not set this cause clearly apart from: statistics lost, other data, none" in capsys.readouterr().out


def test_the_source_does_not_say_which_letter_has_which_cause():
    source = Path(puzzles.__file__).read_text(encoding="utf-8")
    assert not re.search(r"""["'][ABC]["']""", source)
