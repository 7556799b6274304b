"""Tests of the committed notebooks: their form and fresh outputs. test_nbval_*.py runs them."""

import ast
import html
import inspect
import re
from importlib import import_module

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.assignment.steps.reveal import FIRST_LINE
from cs231n.grading.publishing.hashes import library_hash, notebook_hash
from cs231n.grading.publishing.notebooks import NOTEBOOK_FOLDER, answer_cells, read_notebooks, task_of
from cs231n.grading.publishing.refresh import FIGURE, read_fresh
from cs231n.grading.publishing.steps import prediction_of, step_of

ALL = read_notebooks()
CODE_CELLS = [(name, cell) for name, nb in ALL.items() for cell in nb.cells if cell.cell_type == "code"]


def grade_info(cell):
    """A cell's nbgrader metadata."""
    return cell.metadata.get("nbgrader", {})


def is_check(cell):
    return cell.cell_type == "code" and grade_info(cell).get("grade", False)


# --- fresh ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NOTEBOOKS, FIGURE])
def test_outputs_are_fresh(name):
    remedy = "run: python -m cs231n.grading refresh"
    recorded = read_fresh().get(name, {})
    edited = f"{name} was edited (your answers? then all is well); {remedy}"
    assert recorded.get("notebook") == notebook_hash(name), edited
    assert recorded.get("library") == library_hash(), f"the library changed since {name} was run; {remedy}"


# --- form -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_file_is_valid_and_carries_no_foreign_metadata(name):
    nb = ALL[name]
    nbformat.validate(nb)
    assert nb.nbformat_minor == 5
    assert set(nb.metadata) == {"kernelspec", "language_info"}
    assert nb.metadata.language_info == {"name": "python"}
    for cell in nb.cells:
        assert set(cell.metadata) <= {"nbgrader", "tags", "jupyter"}
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell.id), cell.id
    text = (NOTEBOOK_FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"/(work|home|root|tmp|Users)/|[A-Z]:\\\\Users|site-packages", text)
    assert len(text) < 2_500_000


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_cells_are_numbered_from_one(name):
    counts = [cell.execution_count for cell in ALL[name].cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_cell_ids_and_grade_ids_are_unique():
    for nb in ALL.values():
        ids = [cell.id for cell in nb.cells]
        assert len(ids) == len(set(ids))
    grade_ids = [grade_info(cell)["grade_id"] for nb in ALL.values() for cell in nb.cells if grade_info(cell)]
    graded = [g for g in grade_ids if g not in ("setup", "use-my-answers")]
    assert len(graded) == len(set(graded))


def test_nbgrader_metadata_is_of_schema_3():
    for nb in ALL.values():
        for cell in nb.cells:
            info = grade_info(cell)
            if not info:
                continue
            assert {k: type(v) for k, v in info.items() if k != "points"} == {
                "grade": bool, "grade_id": str, "locked": bool, "schema_version": int, "solution": bool, "task": bool,
            }  # fmt: skip
            assert info["schema_version"] == 3
            assert ("points" in info) == info["grade"]


def test_no_output_is_an_error_or_a_warning():
    for name, cell in CODE_CELLS:
        for output in cell.outputs:
            assert output.output_type != "error", (name, cell.id)
            assert output.get("name") != "stderr", (name, cell.id, output.get("text"))


def test_every_picture_has_an_alt_text():
    pictures = 0
    for name, cell in CODE_CELLS:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                pictures += 1
                alt = output.metadata.get("image/png", {}).get("alt", "")
                assert len(alt) > 40, f"{name}, cell {cell.id}: alt text {alt!r}"
                assert "text/html" not in output.data, "GitHub would show that, and may leave its picture out"
                words = [other.data.get("text/html", "") for other in cell.outputs if "data" in other]
                assert any(html.escape(alt) in text for text in words), f"{name}, cell {cell.id}: not in words"
    assert pictures >= 20
    for name, nb in ALL.items():
        for cell in nb.cells:
            assert not re.search(r"!\[\s*\]", cell.source), f"{name}, cell {cell.id}: a picture without alt text"


def test_every_task_has_its_answer_hints_and_check_in_this_order():
    found = []
    for nb in ALL.values():
        for i, cell in enumerate(nb.cells):
            name = task_of(cell)
            if not name:
                continue
            found.append(name)
            hints, check = nb.cells[i + 1], nb.cells[i + 2]
            assert hints.id == "hints-" + name.replace("_", "-")
            assert hints.source.count("<details>") == hints.source.count("</details>") == 3
            assert hints.source.startswith(f"*Give it {TASKS[name].minutes} minutes before you open a hint.*")
            assert [f"Hint {k}" in hints.source for k in (1, 2, 3)] == [True] * 3
            assert check.source == f"check({name})" and grade_info(check)["grade_id"] == f"check-{name}"
            assert grade_info(check)["points"] > 0 and check.metadata.tags == ["hide-output"]
    assert found == list(TASKS)


def test_check_cells_show_a_pass():
    for name, cell in CODE_CELLS:
        if is_check(cell):
            text = "".join(output.get("text", "") for output in cell.outputs)
            assert "ok" in text and "FAIL" not in text, (name, cell.id)


def test_answer_cells_are_the_references_head_and_nothing_else():
    for nb in ALL.values():
        for name, cell in answer_cells(nb).items():
            reference = getattr(import_module(TASKS[name].module), name)
            (function,) = ast.parse(cell.source).body
            (reference_function,) = ast.parse(inspect.getsource(reference)).body
            assert ast.unparse(function.args) == ast.unparse(reference_function.args)
            assert ast.get_docstring(function) == inspect.getdoc(reference)
            assert len(function.body) == 2 and isinstance(function.body[1], ast.Raise)
            assert ast.unparse(function.body[1]).startswith("raise NotImplementedError(")
            assert not cell.outputs


def test_no_line_of_code_is_broken_on_paper():
    """The book prints lines of 120 letters whole."""
    lines = [(name, cell.id, line) for name, cell in CODE_CELLS for line in cell.source.splitlines()]
    assert [place for *place, line in lines if len(line) > 120] == []


def test_an_ignored_cell_is_tagged_and_not_commented():
    for name, cell in CODE_CELLS:
        assert "NBVAL_" not in cell.source, f"{name}, cell {cell.id}: use a tag"
        assert set(cell.metadata.get("tags", [])) <= {"nbval-ignore-output", "hide-output", "hide-input"}


def test_what_answers_something_is_stored_collapsed_and_its_first_line_says_nothing():
    """JupyterLab shows the first line of a collapsed output."""
    for name, cell in CODE_CELLS:
        tags = cell.metadata.get("tags", [])
        hidden = {"outputs_hidden": "hide-output" in tags, "source_hidden": "hide-input" in tags}
        assert cell.metadata.get("jupyter", {}) == {key: True for key, value in hidden.items() if value}, cell.id
        if hidden["source_hidden"]:
            assert cell.source.startswith("# "), f"{name}, cell {cell.id}: no caption"
        first = cell.outputs[0].get("text", "").splitlines()[:1] if cell.outputs else []
        if step_of(cell) or "reveal(" in cell.source:
            assert hidden["outputs_hidden"] and first, f"{name}, cell {cell.id}"
            says_nothing = r"compare [\w, ]+:|the number that your experiment gives, by cause:"
            assert first[0] == FIRST_LINE or re.fullmatch(says_nothing, first[0]), f"{name}, cell {cell.id}"
        if prediction_of(cell):
            assert not cell.outputs


def test_nbval_does_not_compare_pictures():
    """They are shown as HTML, and another version of matplotlib draws other pixels."""
    for name, cell in CODE_CELLS:
        if "vis.show(" in cell.source:
            assert "nbval-ignore-output" in cell.metadata.get("tags", []), f"{name}, cell {cell.id}"


def test_demonstrations_never_use_a_students_function():
    """Outside the answer and check cells, no cell calls a task's function by its bare name."""
    for name, cell in CODE_CELLS:
        if task_of(cell) or is_check(cell):
            continue
        used = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
        assert not used & set(TASKS), f"{name}, cell {cell.id}: call layers.{(used & set(TASKS)).pop()}"


def test_no_table_holds_a_formula():
    """nbconvert's HTML lets MathJax break lines, which ruins formulas in the cells of a table."""
    for name, nb in ALL.items():
        for cell in nb.cells:
            rows = [
                line for line in cell.source.splitlines() if line.lstrip().startswith("|") and "|" in line.strip()[1:]
            ]
            assert cell.cell_type == "code" or not any("$" in row for row in rows), f"{name}, cell {cell.id}"
