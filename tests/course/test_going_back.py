"""A student who has run all cells goes back to a blank, fills it in, and goes on: only from blank to blank.

So no cell may use a name for one thing that a step or a prediction above it uses for another.
"""

import contextlib
import re

import matplotlib.pyplot as plt
import pytest

from cs231n import vis_utils
from cs231n.assignment.steps.waiting import NotYet
from tests.helpers.cells import Cells

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def nothing_drawn(monkeypatch):
    monkeypatch.setattr(vis_utils, "show", lambda figure: plt.close("all"))


def without_digits(text):
    """Some cells draw new random numbers each time."""
    return re.sub(r"\d", "", text)


def acted_on(cells):
    """The cells of steps and guesses, and those that answer a guess."""
    return [name for name in cells.ids if cells.has_blank(name) or "reveal(" in cells.by_id[name].source]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_step_and_prediction_says_the_same_when_all_cells_have_run(number):
    cells = Cells(number, short=True)
    first = {name: cells.run(name) for name in cells.ids}
    for name in acted_on(cells):
        assert without_digits(cells.run(name)) == without_digits(first[name]), name


@pytest.mark.parametrize("number", [1, 2])
def test_each_blank_can_be_filled_in_after_a_run_of_all_cells(number):
    filled = Cells(number, short=True)
    wanted = {name: filled.run(name) for name in filled.ids}
    cells = Cells(number, short=True)
    for name in cells.ids:
        with contextlib.suppress(NotYet):
            cells.run_blank(name)
    for name in acted_on(cells):
        if name == "equation-4":  # the cell above it has measured nothing yet, and says so
            with pytest.raises(NotYet):
                cells.run(name)
            cells.run("equation-4-right")
        assert without_digits(cells.run(name)) == without_digits(wanted[name]), name
