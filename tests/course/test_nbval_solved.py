"""The solved notebooks under nbval. A file of its own, since pytest-xdist gives each file to one worker."""

import pytest

from cs231n.grading.publishing.notebooks import read_notebooks, solve
from cs231n.grading.publishing.refresh import write_notebook
from tests.helpers.nbval_run import run_nbval

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


def test_solved_notebooks_pass_nbval_in_full(tmp_path):
    folder = tmp_path / "solved"
    folder.mkdir()
    notebooks = read_notebooks()
    for name, nb in notebooks.items():
        write_notebook(solve(nb), folder / name)
    outcomes = run_nbval(folder, tmp_path)
    assert len(outcomes) == sum(cell.cell_type == "code" for nb in notebooks.values() for cell in nb.cells)
    problems = {cell: text for cell, text in outcomes.items() if text is not None}
    assert not problems, "\n".join(f"{cell}: {text}" for cell, text in problems.items())
