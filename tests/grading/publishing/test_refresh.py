"""Test how notebooks are solved, refreshed and stripped."""

import subprocess
import sys

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.grading import __main__ as command
from cs231n.grading.publishing import refresh
from cs231n.grading.publishing.notebooks import (
    NOTEBOOK_FOLDER,
    answer_cells,
    read_notebooks,
    reference_body,
    replace_body,
    solve,
    strip,
)
from cs231n.grading.publishing.refresh import execute, read_fresh
from cs231n.grading.publishing.steps import find_blanks, prediction_of, step_of
from tests.helpers.paths import ROOT

CELL = '''def softmax(x):
    """Softmax of every row."""
    # my own thoughts
    raise NotImplementedError("task 1.1")'''


def test_replace_body_keeps_signature_docstring_and_the_cells_own_comments():
    solved = replace_body(CELL, "    return x")
    assert solved.splitlines() == [*CELL.splitlines()[:3], "    return x"]


@pytest.mark.parametrize("source", ["x = 1", CELL + "\nx = 1", "def f(x):\n    return x", ""])
def test_replace_body_refuses_what_is_not_an_answer_cell(source):
    with pytest.raises(ValueError, match="one function with a docstring"):
        replace_body(source, "    return x")


def test_reference_bodies_are_short_and_self_contained():
    """A body may use only numpy, its arguments, earlier answers and, in notebook 3, layers."""
    import ast
    import builtins

    earlier = set()
    for nb in read_notebooks().values():
        for name, cell in answer_cells(nb).items():
            assert len([line for line in reference_body(name).splitlines() if line.strip()]) <= 22, name
            tree = ast.parse(replace_body(cell.source, reference_body(name)))
            names = {node.id: type(node.ctx) for node in ast.walk(tree) if isinstance(node, ast.Name)}
            bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            bound |= {arg.arg for arg in ast.walk(tree) if isinstance(arg, ast.arg)}
            free = set(names) - bound - set(dir(builtins))
            assert free <= {"np", "layers"} | earlier, (name, free)
            earlier.add(name)


def test_solve_fills_in_blanks_only_and_leaves_the_original_alone():
    for name, nb in read_notebooks().items():
        before = nbformat.writes(nb)
        solved = solve(nb)
        assert nbformat.writes(nb) == before, name
        for cell, solved_cell in zip(nb.cells, solved.cells):
            if cell.id in {c.id for c in answer_cells(nb).values()}:
                assert "NotImplementedError" in cell.source
                assert "NotImplementedError" not in solved_cell.source
            elif cell.cell_type == "code" and (step_of(cell) or prediction_of(cell)):
                assert find_blanks(cell.source) and not find_blanks(solved_cell.source)
            else:
                assert cell == solved_cell


def test_solve_command_writes_all_notebooks_and_never_over_the_unsolved_ones(tmp_path, capsys):
    command.main(["solve", str(tmp_path / "new" / "folder")])
    assert len(list((tmp_path / "new" / "folder").glob("*.ipynb"))) == 3
    assert "wrote" in capsys.readouterr().out
    before = [path.read_bytes() for path in sorted(NOTEBOOK_FOLDER.glob("*.ipynb"))]
    with pytest.raises(SystemExit, match="would be overwritten"):
        command.main(["solve", str(NOTEBOOK_FOLDER)])
    assert before == [path.read_bytes() for path in sorted(NOTEBOOK_FOLDER.glob("*.ipynb"))]


def test_solve_refuses_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="is a file"):
        command.main(["solve", str(tmp_path / "file")])


def test_refresh_refuses_a_notebook_that_was_solved_in_place(tmp_path, monkeypatch):
    from cs231n.grading.publishing import refresh

    solved = {name: solve(nb) for name, nb in read_notebooks().items()}
    monkeypatch.setattr(refresh, "read_notebooks", lambda: solved)
    monkeypatch.setattr(refresh.fingerprints, "build", lambda: None)
    with pytest.raises(ValueError, match="01_softmax_gradient.ipynb holds an answer for softmax"):
        refresh.refresh()


def test_strip_keeps_what_readers_need_and_drops_what_differs_between_machines():
    language = {"name": "python", "version": "3.11.7"}
    nb = nbformat.v4.new_notebook(metadata={"colab": {"x": 1}, "language_info": language})
    nb.cells = [nbformat.v4.new_code_cell("1", id="one", metadata={"ExecuteTime": 5, "tags": ["nbval-ignore-output"]})]
    picture = nbformat.v4.new_output(
        "display_data",
        {"image/png": "aGk="},
        metadata={"image/png": {"alt": "a curve", "width": 3, "machine": 1}, "x": 1},
    )
    nb.cells[0].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="a\n"),
        nbformat.v4.new_output("stream", name="stdout", text="b\n"),
        picture,
        nbformat.v4.new_output("execute_result", {"text/plain": "1"}, execution_count=17),
    ]
    strip(nb)
    (cell,) = nb.cells
    assert nb.metadata.language_info == {"name": "python"} and "colab" not in nb.metadata
    assert cell.metadata == {"tags": ["nbval-ignore-output"]} and cell.execution_count == 1
    stream, picture, result = cell.outputs
    assert stream.text == "a\nb\n"
    assert picture.metadata == {"image/png": {"alt": "a curve", "width": 3}}
    assert result.execution_count == 1
    nbformat.validate(nb)


@pytest.mark.kernel
def test_execution_runs_in_an_automated_session_in_the_notebooks_folder():
    source = "import os\nfrom pathlib import Path\nprint(Path.cwd().name, os.environ['CS231N_AUTOMATED'])"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="a")])
    execute(nb)
    assert nb.cells[0].outputs[0].text == "notebooks 1\n"


def test_an_edited_notebook_is_not_fresh(tmp_path, monkeypatch):
    from cs231n.grading.publishing import hashes

    name = "01_softmax_gradient.ipynb"
    fresh = read_fresh()[name]["notebook"]
    (tmp_path / "notebooks").mkdir()
    text = (NOTEBOOK_FOLDER / name).read_text(encoding="utf-8")
    monkeypatch.setattr(hashes, "ROOT", tmp_path)
    monkeypatch.setattr(hashes, "NOTEBOOK_FOLDER", tmp_path / "notebooks")
    copy = tmp_path / "notebooks" / name
    copy.write_bytes(text.replace("\n", "\r\n").encode())
    assert hashes.notebook_hash(name) == fresh, "Windows line ends change nothing"
    copy.write_bytes(text.replace("softmax", "softmin", 1).encode())
    assert hashes.notebook_hash(name) != fresh


def test_what_is_stale_is_named(monkeypatch):
    library = {"library": refresh.library_hash()}
    fresh = {name: {**library, "notebook": refresh.notebook_hash(name)} for name in (*NOTEBOOKS, refresh.FIGURE)}
    monkeypatch.setattr(refresh, "read_fresh", lambda: fresh)
    assert refresh.find_stale() == []
    fresh[NOTEBOOKS[0]]["library"] = fresh[NOTEBOOKS[2]]["notebook"] = "another"
    del fresh[refresh.FIGURE]
    assert refresh.find_stale() == [NOTEBOOKS[0], NOTEBOOKS[2], refresh.FIGURE]


@pytest.mark.slow
def test_command_line_lists_the_commands():
    run = subprocess.run([sys.executable, "-m", "cs231n.grading"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2 and "solve" in run.stderr and "refresh" in run.stderr
    with pytest.raises(SystemExit, match="no such notebook: 04.ipynb"):
        command.main(["refresh", "04.ipynb"])
