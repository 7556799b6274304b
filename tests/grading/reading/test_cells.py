"""Test which parts of a student's cell run: no magics, no comments for nbval, none of the course's own cells."""

import ast

import pytest

from tests.helpers.reading_cases import (
    DEMO,
    ONE,
    TASKS_OF_ONE,
    about,
    answer,
    answers,
    code,
    extras,
    find,
    insert_below,
    pristine,
    quiet,
    read,
    run,
    solved,
    text,
)

MAGICS = {
    "%%time\n{}": "%%time",
    "\n%%capture out\n{}": "%%capture out",
    "%matplotlib inline\n{}": "%matplotlib inline",
    "!pip install numpy\n{}": "!pip install numpy",
    "files = !ls\n{}": "files = !ls",
    "{}\nnp.sum?": "np.sum?",
    "{}\n?np.sum": "?np.sum",
    "if True:\n    %time x = 1\n{}": "%time x = 1",
}


@pytest.mark.parametrize("template", MAGICS)
def test_magics_and_shell_lines_are_removed_from_an_answer_and_reported(tmp_path, template):
    nb = solved()
    find(nb, "softmax")["source"] = template.format(answer())
    reading = read(tmp_path, nb)
    source = answers(reading)["softmax"]
    assert answer() in source and ast.parse(source) and "softmax" in reading.answered
    assert about(reading, MAGICS[template], "left out") and reading.flags == ["missing-notebook"]


def test_a_modulo_at_the_beginning_of_a_line_is_not_a_magic(tmp_path):
    nb, source = solved(), "def softmax(x):\n    return (x\n%2)\n"
    find(nb, "softmax")["source"] = source
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == source and quiet(reading) == ([], [])


@pytest.mark.parametrize("magic", ["%%writefile softmax.py", "%%bash", "%%javascript"])
def test_an_answer_under_a_magic_for_another_language_is_reported(tmp_path, magic):
    nb = solved()
    find(nb, "softmax")["source"] = f"{magic}\n{answer()}"
    reading = read(tmp_path, nb)
    assert about(reading, "softmax", f"begins with {magic.split()[0]}") and "not-python" in reading.flags


def test_an_answer_with_a_syntax_error_is_kept_and_reported(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    return (x"
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == "def softmax(x):\n    return (x" and "softmax" in reading.answered
    assert about(reading, "softmax", "not valid Python") and "not-python" in reading.flags


def test_an_answer_that_is_valid_python_counts_before_one_that_is_not(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    return (x"
    reading = read(tmp_path, insert_below(nb, "softmax", code(answer())))
    assert answers(reading)["softmax"] == answer() and "duplicate-answer" in reading.flags


def test_input_is_flagged(tmp_path):
    nb = insert_below(solved(), DEMO, code("rate = float(input('rate? '))"))
    find(nb, "softmax")["source"] = answer() + "\nreinput(3)\nx.input(4)"
    for task, own in (("relu_backward", "input = dout\n    "), ("affine_backward", "f = lambda input: input(3)\n    ")):
        find(nb, task.replace("_", "-"))["source"] = f"def {task}(dout, cache):\n    {own}return input(2)"
    reading = read(tmp_path, nb)
    assert len(about(reading, "calls input()")) == 1 and "input" in reading.flags


@pytest.mark.parametrize(
    "comment",
    [
        "# NBVAL_SKIP",
        "## NBVAL_IGNORE_OUTPUT",
        "#PYTEST_VALIDATE_IGNORE_OUTPUT",
        "x = 1\x0c# NBVAL_RAISES_EXCEPTION",
        "# NBVAL_CHECK_OUTPUT\u2028y = 1",
    ],
)
def test_nbval_does_not_obey_a_students_comment(tmp_path, comment):
    from nbval.plugin import find_comment_markers

    nb = insert_below(solved(), DEMO, code(f"{comment}\nhelper = 1"))
    find(nb, "softmax")["source"] = f"{comment}\n{answer()}"
    reading = read(tmp_path, nb)
    assert any(list(find_comment_markers(cell["source"])) for cell in nb["cells"] if isinstance(cell["source"], str))
    for cell in reading.notebooks[ONE]:
        assert list(find_comment_markers(cell.source)) == []
    assert "nbval-comment" in reading.flags and "softmax" in reading.answered


def test_changed_locked_cells_are_replaced_and_additions_are_kept(tmp_path):
    nb = solved()
    find(nb, "setup")["source"] = text(find(nb, "setup")) + "\nimport math as m\nEPS = 1e-9\nprint(1)\n"
    find(nb, "check-softmax")["source"] = "print('ok')"
    reading = read(tmp_path, nb)
    assert extras(reading) == ["import math as m", "EPS = 1e-09"]
    assert about(reading, "cell setup runs as the course has it", "m and EPS")
    assert about(reading, "The check of softmax was changed in cell", "the grader runs its own.")
    assert "changed-locked-cell" in reading.flags


@pytest.mark.parametrize("lost", [False, True])
def test_of_a_changed_demonstration_the_helpers_are_kept(tmp_path, lost):
    nb = solved()
    cell = find(nb, "chain")
    cell["source"] = "from functools import partial\n\ndef helper(x):\n    return x\n\n" + text(cell)
    if lost:
        del cell["id"]
    reading = read(tmp_path, nb)
    assert extras(reading) == ["from functools import partial", "def helper(x):\n    return x"]
    assert about(reading, "cell chain", "partial and helper") and quiet(reading)[1] == []


def test_of_a_changed_demonstration_the_changed_function_is_kept(tmp_path):
    nb = solved()
    old, new = "layers.softmax(x[None])[0]", "np.exp(x - x.max()) / np.sum(np.exp(x - x.max()))"
    find(nb, DEMO)["source"] = text(find(nb, DEMO)).replace(old, new)
    find(nb, "softmax")["source"] = "def softmax(x):\n    return np.array([softmax_of(row) for row in x])"
    reading = read(tmp_path, nb)
    (helper,) = extras(reading)
    assert "x - x.max()" in helper and about(reading, "cell five-classes", "softmax_of")


def test_an_answer_in_a_demonstration_cell_counts(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = text(find(pristine(), "softmax"))
    find(nb, DEMO)["source"] = answer() + "\n" + text(find(nb, DEMO))
    reading = read(tmp_path, nb)
    assert "softmax" in reading.answered and answers(reading)["softmax"].startswith(answer())


def test_reformatted_course_cells_are_recognised(tmp_path):
    nb = solved()
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell.pop("id"), cell["metadata"].clear()
            cell["source"] = ast.unparse(ast.parse(text(cell)))  # other quotes, other lines, no comments
    reading = read(tmp_path, nb)
    assert extras(reading) == [] and list(answers(reading)) == TASKS_OF_ONE


def test_an_import_that_fails_does_not_stop_the_answer_below_it(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = f"from google.colab import files\nfrom turtle_that_is_missing import x\n{answer()}"
    assert run(read(tmp_path, nb))["softmax"].__name__ == "softmax"
