"""The unsolved notebooks under nbval. A file of its own, since pytest-xdist gives each file to one worker."""

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.grading.publishing.refresh import write_notebook
from tests.helpers.nbval_run import run_nbval

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


def test_unsolved_notebooks_fail_at_their_checks_only_and_quietly(tmp_path):
    folder = tmp_path / "unsolved"
    folder.mkdir()
    notebooks = read_notebooks()
    for name, nb in notebooks.items():
        write_notebook(nb, folder / name)
    outcomes = run_nbval(folder, tmp_path)
    failed = {cell for cell, text in outcomes.items() if text is not None}
    checks = {
        (name, cell.id)
        for name, nb in notebooks.items()
        for cell in nb.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert failed == checks
    for name, cell_id in checks:
        task = TASKS[cell_id.removeprefix("check-").replace("-", "_")]
        text = outcomes[name, cell_id]
        assert f"task {task.number}, {task.name}: not written yet" in text
        assert 'File "' not in text and "site-packages" not in text, "a traceback is not quiet"
