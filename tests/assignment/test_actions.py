"""The table of actions: what it contains, and the error messages for mistakes in it."""

import ast

import pytest

from cs231n.assignment.actions import NOTEBOOKS, PREDICTIONS, STEPS, TABLE_FILES, TASKS, WRITTEN, read_tables
from cs231n.grading.publishing.notebooks import answer_cells, is_unsolved, read_notebooks, solve
from cs231n.grading.publishing.steps import find_blanks, prediction_of, read_solutions, step_of

GOOD = [file.read_text(encoding="utf-8") for file in TABLE_FILES]


def test_table_has_fourteen_tasks_with_three_hints_and_four_questions():
    assert [task.number for task in TASKS.values()] == (
        "1.1 1.2 1.3 1.4 1.5 1.6 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4".split()
    )
    assert all(len(task.hints) == 3 and 0 < task.minutes <= 30 for task in TASKS.values())
    assert list(WRITTEN) == ["written-1", "written-2", "written-3", "written-4"]
    assert {question.notebook for question in WRITTEN.values()} == {NOTEBOOKS[2]}
    assert sum(action.points for action in [*TASKS.values(), *WRITTEN.values()]) == 53


@pytest.mark.parametrize(
    "table, old, new, message",
    [
        (0, 'name = "relu_backward"', 'name = "softmax"', "softmax is in the tables twice"),
        (2, 'name = "written-2"', 'name = "softmax"', "softmax is in the tables twice"),
        (0, "points = 2\n", "", "softmax has a missing or an unknown key: points"),
        (0, "minutes = ", "weeks = ", "softmax has a missing or an unknown key: minutes, weeks"),
        (0, 'title = "the plan"', 'titel = "the plan"', "the plan|a missing or an unknown key: titel, title"),
        (0, "[[task.hints]]", "[[task.tips]]", "softmax needs 3 hints"),
        (0, TASKS["softmax"].hints[0].text, " ", "softmax needs 3 hints, none of them empty"),
        (2, "[[written]]", "[[essay]]", "unknown kind essay; the kinds are task, step, prediction, written"),
        (1, 'choices = ["0", "nan", "1"]', 'choices = ["0", "0"]', "constant needs at least two different choices"),
        (1, 'choices = ["0", "nan", "1"]', "chances = 3", "constant has a missing or an unknown key: chances"),
        (0, "[[task]]", "[[task]", "Expected"),
    ],
)
def test_mistake_in_the_table_is_refused_with_a_message(table, old, new, message):
    assert old in GOOD[table]
    texts = [*GOOD]
    texts[table] = GOOD[table].replace(old, new, 1)
    with pytest.raises(ValueError, match=message):
        read_tables(texts)


def test_texts_are_short_and_say_no_line_of_a_solution():
    solutions = read_solutions()
    for name, step in STEPS.items():
        assert 3 < len(step.hint.split()) <= 60, name
        for line in solutions[name].splitlines():
            value = line.partition(" = ")[2] or line
            assert len(value) < 4 or value not in step.hint, f"{name}: the hint says {value}"
    for name, prediction in PREDICTIONS.items():
        assert 5 < len(prediction.why.split()) <= 60, name
        assert not prediction.choices or len(prediction.choices) >= 2


def test_every_step_and_prediction_has_its_cells_in_its_notebook_in_the_tables_order():
    for number, (name, nb) in enumerate(read_notebooks().items()):
        steps = [step_of(cell) for cell in nb.cells if step_of(cell)]
        guesses = [prediction_of(cell) for cell in nb.cells if prediction_of(cell)]
        assert steps == [step for step, entry in STEPS.items() if entry.notebook == NOTEBOOKS[number]]
        assert guesses == [guess for guess, entry in PREDICTIONS.items() if entry.notebook == NOTEBOOKS[number]]
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        for cell, following in zip(code, [*code[1:], None]):
            guess = prediction_of(cell)
            if guess:
                assert cell.source.startswith(f"guess_{guess} = ...  # "), cell.id
                assert f'reveal("{guess}", guess_{guess}, ' in " ".join(following.source.split()), f"{name}: {cell.id}"
                for choice in PREDICTIONS[guess].choices:
                    assert f'"{choice}"' in cell.source, f"{cell.id} does not offer {choice}"
            elif step_of(cell):
                assert find_blanks(cell.source), f"{cell.id} has no blank"
                assert "judge(" in cell.source or ".forward(" in cell.source, f"{cell.id} is not judged"


def test_sections_are_those_of_the_notebooks():
    for nb in read_notebooks().values():
        section = 0
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                numbers = [line.split()[1].rstrip(".") for line in cell.source.splitlines() if line.startswith("## ")]
                section = int(numbers[-1]) if numbers and numbers[-1].isdigit() else section
            action = STEPS.get(step_of(cell) or "") or PREDICTIONS.get(prediction_of(cell) or "")
            assert action is None or action.section == section, cell.id


def test_solved_notebooks_have_no_blank_and_unsolved_ones_no_answer():
    for name, nb in read_notebooks().items():
        for cell in answer_cells(nb).values():
            assert is_unsolved(cell), f"{name}: {cell.id}"
        for cell in solve(nb).cells:
            if cell.cell_type == "code" and (step_of(cell) or prediction_of(cell)):
                assert not find_blanks(cell.source), cell.id
                ast.parse(cell.source)
