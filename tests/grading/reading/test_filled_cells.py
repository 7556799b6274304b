"""Test steps and guesses that a student filled in: they are no answers, and a helper beside one is not lost."""

import ast
import contextlib

import pytest

from cs231n.assignment.actions import PREDICTIONS, STEPS, TASKS
from tests.helpers.reading_cases import (
    ONE,
    TASKS_OF_ONE,
    THREE,
    TWO,
    about,
    answer,
    answers,
    as_colab,
    extras,
    find,
    lose_names,
    pristine,
    quiet,
    read,
    run,
    solved,
    text,
)

HELPER = "def helper(x):\n    return 1 * x"
USES = "def relu_backward(dout, cache):\n    return helper(dout) * (cache > 0)"


def rewrite(nb):
    """Write a notebook's code in another layout and with other quotes, and delete what names its cells."""
    for cell in nb["cells"]:
        with contextlib.suppress(SyntaxError):  # a wrong guess need not be Python
            cell["source"] = ast.unparse(ast.parse(text(cell))) if cell["cell_type"] == "code" else cell["source"]
    return lose_names(nb)


WRONG = ['"maybe"', "3", "-np.ones(5)[:2] * 2", "None", "lambda x: x", "[0.5, (1,), {}]", "np.log(0)", "x y"]
EDITORS = {
    "Jupyter": lambda nb: nb,
    "Colab": lambda nb: as_colab(nb, keeps_tags=True),
    "Colab without tags": lambda nb: as_colab(nb, keeps_tags=False),
    "an editor that keeps nothing": lose_names,
    "an editor that keeps nothing, and a formatter": rewrite,
}


def fill(name, right):
    """Write something into all steps and guesses of a notebook: the right values, or wrong ones of many kinds."""
    if right:
        return solved(name)
    nb, blanks = pristine(name), {*STEPS, *(f"guess-{guess}".replace("_", "-") for guess in PREDICTIONS)}
    for number, cell in enumerate(nb["cells"]):
        if cell["id"] in blanks:
            assert "..." in text(cell)
            cell["source"] = text(cell).replace("...", WRONG[number % len(WRONG)])
    return nb


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("name", [ONE, TWO, THREE])
def test_a_filled_in_step_or_guess_gives_no_remark_and_no_cell(tmp_path, name, right, editor):
    reading = read(tmp_path, **{name: EDITORS[editor](fill(name, right))})
    remarks, flags = quiet(reading)
    expected = "lost their task names" if right else f"No task of {name} is answered"
    assert all(expected in remark for remark in remarks) and flags == []
    assert all("google.colab" in source for source in extras(reading, name))
    assert list(answers(reading, name)) == [task.name for task in TASKS.values() if task.notebook == name]


@pytest.mark.parametrize("keeps_id", [True, False])
@pytest.mark.parametrize("cell_id", ["three-losses", "guess-raised", "first-probabilities"])
def test_a_helper_in_a_steps_cell_is_kept_and_plain_values_are_not(tmp_path, cell_id, keeps_id):
    nb = solved()
    find(nb, "relu-backward")["source"] = USES
    cell = find(nb, cell_id)
    cell["source"] = f"import math\nEPS = 1e-9\n\n{HELPER}\n\n\nhalve = lambda x: x / 2\nname = helper\n{text(cell)}"
    if not keeps_id:
        del cell["id"]
    reading = read(tmp_path, nb)
    assert extras(reading) == ["import math", HELPER, "halve = lambda x: x / 2"]
    assert about(reading, f"cell {cell_id} ", "math, helper and halve", "was kept") and quiet(reading)[1] == []
    assert run(reading)["relu_backward"](2.0, 1.0) == 2.0 and reading.answered == set(TASKS_OF_ONE)


def test_an_answer_in_a_steps_cell_counts(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = text(find(pristine(), "softmax"))
    find(nb, "three-losses")["source"] = answer() + "\n" + text(find(nb, "three-losses"))
    reading = read(tmp_path, nb)
    assert "softmax" in reading.answered and answers(reading)["softmax"].startswith(answer())
