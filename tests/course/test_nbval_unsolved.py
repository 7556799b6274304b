"""The unsolved notebooks under nbval. A file of its own, since pytest-xdist gives each file to one worker."""

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.grading.publishing.refresh import write_notebook
from cs231n.grading.publishing.steps import step_of
from tests.helpers.nbval_run import run_nbval
from tests.helpers.release_walk import SWITCH

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

MISSING = "no guess yet", "still empty", "not judged yet", "NotYet: "  # what a cell says of a blank


def test_unsolved_notebooks_fail_at_checks_and_blanks_only_and_quietly(tmp_path):
    """A step or a prediction with a blank prints other text than the solved one, and no error.

    Notebook 3 trains for a short time, by its own switch: what it prints of a run is compared in test_nbval_solved.py.
    So a blank counts as noticed only where the text that differs says that something is missing.
    """
    folder = tmp_path / "unsolved"
    folder.mkdir()
    notebooks = read_notebooks()
    for name, nb in notebooks.items():
        for cell in nb.cells:
            cell.source = cell.source.replace(*SWITCH)
        write_notebook(nb, folder / name)
    assert sum(SWITCH[1] in cell.source for nb in notebooks.values() for cell in nb.cells) == 1
    outcomes = run_nbval(folder, tmp_path)
    failed = {cell for cell, text in outcomes.items() if text is not None}
    checks = {
        (name, cell.id)
        for name, nb in notebooks.items()
        for cell in nb.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    blanks = {
        (name, cell.id)
        for name, nb in notebooks.items()
        for cell in nb.cells
        if cell.cell_type == "code" and (step_of(cell) or "reveal(" in cell.source)
    }
    compared = {
        (name, cell.id)
        for name, nb in notebooks.items()
        for cell in nb.cells
        if "nbval-ignore-output" in cell.metadata.get("tags", [])
    }
    assert checks <= failed
    assert blanks - compared <= failed, "a blank that nbval does not notice"
    for cell in blanks - compared:
        assert any(words in outcomes[cell] for words in MISSING), f"{cell}: {outcomes[cell]}"
    for cell in failed - checks:  # a blank, or a cell that needs one: it prints something else, or says that it waits
        assert "NotYet: " in outcomes[cell] or "Cell outputs differ" in outcomes[cell], f"{cell}: {outcomes[cell]}"
        assert "most recent call last" not in outcomes[cell], f"{cell}: {outcomes[cell]}"
    for name, cell_id in checks:
        task = TASKS[cell_id.removeprefix("check-").replace("-", "_")]
        text = outcomes[name, cell_id]
        assert f"task {task.number}, {task.name}: not written yet" in text
        assert 'File "' not in text and "site-packages" not in text, "a traceback is not quiet"
