"""How much a student reads between two actions, and how much is done. ``-s`` shows the table."""

import pytest

from cs231n.assignment.actions import NOTEBOOKS, PREDICTIONS, STEPS, TASKS, WRITTEN
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.grading.publishing.steps import step_of
from tests.helpers import pacing

PACES = {name: pacing.pace_of(nb) for name, nb in read_notebooks().items()}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_hands_are_on_a_cell_soon_and_no_stretch_is_long(name):
    pace = PACES[name]
    assert pace.first <= 300
    too_long = [stretch for stretch in pace.stretches if stretch[1] > 400 or stretch[2] > 40]
    assert not too_long, "(the action that ends the stretch, words, lines of code)"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_main_path_is_short_and_what_is_folded_no_longer(name):
    pace = PACES[name]
    assert pace.words <= 3500 and pace.lines <= 250
    assert pace.folded <= pace.words


def test_students_act_often_and_write_much():
    print()
    pacing.print_table()
    actions = [action for pace in PACES.values() for action in pace.actions]
    assert sorted(name for name, _ in actions) == sorted([*TASKS, *STEPS, *PREDICTIONS, *WRITTEN])
    assert len(actions) >= 65 and len(STEPS) >= 25 and len(PREDICTIONS) >= 18
    assert len(pacing.lines_written()) >= 150


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_group_of_steps_says_its_minutes_and_the_opening_the_time_of_the_notebook(name):
    cells = read_notebooks()[name].cells
    assert "**How long.**" in cells[0].source and "sittings" in cells[0].source
    said = False
    for cell in cells:
        if cell.cell_type == "markdown" and "## " in cell.source:
            said = False
        said |= cell.cell_type == "markdown" and "minute" in pacing.DETAILS.sub("", cell.source)
        assert said or not step_of(cell), f"{name}: above {cell.id} no text says how many minutes to give it"


def test_the_count_counts():
    """Words, lines and strings of a made-up notebook, counted by hand."""
    assert pacing.count_words("Two *words*, and $x_i = 3$ -- then") == 6
    source = '"""A doc string."""\nx = 1  # one comment\n\nprint(f"a {x} b", \'c d\')\n'
    assert pacing.code_lines(source) == 3
    assert pacing.code_words(source) == 3 + 2 + 2 + 2
