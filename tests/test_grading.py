"""Solving, grafting, refreshing: the mechanism behind the notebooks."""

import subprocess
import sys

import nbformat
import pytest
from nbval_run import ROOT

from cs231n.grading import __main__ as command
from cs231n.grading.notebooks import (
    NOTEBOOK_FOLDER,
    answer_cells,
    graft,
    read_notebooks,
    reference_body,
    replace_body,
    solve,
    strip,
)
from cs231n.grading.refresh import execute, read_fresh

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
    """A body may use numpy, its arguments, earlier answers and, in notebook 3, layers."""
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


def test_solve_changes_answer_cells_only_and_leaves_the_original_alone():
    for name, nb in read_notebooks().items():
        before = nbformat.writes(nb)
        solved = solve(nb)
        assert nbformat.writes(nb) == before, name
        for cell, solved_cell in zip(nb.cells, solved.cells):
            if cell.id in {c.id for c in answer_cells(nb).values()}:
                assert "NotImplementedError" in cell.source
                assert "NotImplementedError" not in solved_cell.source
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


def test_graft_takes_the_answers_and_nothing_else():
    nb = read_notebooks()["01_softmax_gradient.ipynb"]
    submission = solve(nb)
    submission.cells = [c for c in submission.cells if c.id != "softmax-jacobian"]
    for cell in submission.cells:
        if cell.id.startswith("check-"):
            cell.source = "print('ok')"
    grafted, doubts = graft(nb, submission)
    assert doubts == ["no answer cell for softmax_jacobian: it counts as not written"]
    assert answer_cells(grafted)["softmax"].source == answer_cells(solve(nb))["softmax"].source
    assert answer_cells(grafted)["softmax_jacobian"].source == answer_cells(nb)["softmax_jacobian"].source
    for cell, grafted_cell in zip(nb.cells, grafted.cells):
        if cell.id not in {c.id for c in answer_cells(nb).values()}:
            assert cell == grafted_cell


def test_graft_finds_answers_whose_metadata_an_editor_has_dropped_and_says_when_there_are_two():
    nb = read_notebooks()["01_softmax_gradient.ipynb"]
    submission = solve(nb)
    for number, cell in enumerate(submission.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"cell-{number}"
    grafted, doubts = graft(nb, submission)
    assert doubts == []
    assert [c.source for c in grafted.cells] == [c.source for c in solve(nb).cells]
    submission.cells.append(nbformat.v4.new_code_cell("def softmax(x):\n    return x", id="again"))
    grafted, doubts = graft(nb, submission)
    assert doubts == ["2 answer cells for softmax: the last one counts"]
    assert answer_cells(grafted)["softmax"].source == submission.cells[-1].source


def test_graft_leaves_nothing_of_another_student_and_never_writes_into_the_submission(tmp_path, capsys):
    alice, bob, out = tmp_path / "alice", tmp_path / "bob", tmp_path / "out"
    command.main(["solve", str(alice)])
    bob.mkdir()
    assert command.main(["graft", str(alice), str(out)]) == 0 and len(list(out.iterdir())) == 3
    assert command.main(["graft", str(bob), str(out)]) == 1 and not list(out.iterdir())
    before = [path.read_bytes() for path in sorted(alice.iterdir())]
    with pytest.raises(SystemExit, match="would be overwritten"):
        command.main(["graft", str(alice), str(alice)])
    assert before == [path.read_bytes() for path in sorted(alice.iterdir())]
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="is a file"):
        command.main(["solve", str(tmp_path / "file")])


def test_refresh_refuses_a_notebook_that_was_solved_in_place(tmp_path, monkeypatch):
    from cs231n.grading import refresh

    solved = {name: solve(nb) for name, nb in read_notebooks().items()}
    monkeypatch.setattr(refresh, "read_notebooks", lambda: solved)
    monkeypatch.setattr(refresh.fingerprints, "build", lambda: None)
    with pytest.raises(ValueError, match="01_softmax_gradient.ipynb holds an answer for softmax"):
        refresh.refresh()


def test_graft_command_says_what_it_could_not_read(tmp_path, capsys):
    submission = tmp_path / "student"
    command.main(["solve", str(submission)])
    (submission / "02_batchnorm_backward.ipynb").write_text("this is not JSON")
    (submission / "03_batchnorm_comparison.ipynb").unlink()
    command.main(["graft", str(submission), str(tmp_path / "out")])
    out = capsys.readouterr().out
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["01_softmax_gradient.ipynb"]
    assert "02_batchnorm_backward.ipynb cannot be read as a notebook" in out
    assert "03_batchnorm_comparison.ipynb is missing" in out
    with pytest.raises(SystemExit, match="is not a folder"):
        command.main(["graft", str(tmp_path / "nobody"), str(tmp_path / "out")])


def test_strip_keeps_what_readers_need_and_drops_what_differs_between_machines():
    language = {"name": "python", "version": "3.11.7"}
    nb = nbformat.v4.new_notebook(metadata={"colab": {"x": 1}, "language_info": language})
    nb.cells = [nbformat.v4.new_code_cell("1", id="one", metadata={"ExecuteTime": 5, "tags": ["nbval-ignore-output"]})]
    picture = nbformat.v4.new_output(
        "display_data", {"image/png": "aGk="}, metadata={"image/png": {"alt": "a curve", "width": 3}, "x": 1}
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
    assert picture.metadata == {"image/png": {"alt": "a curve"}}
    assert result.execution_count == 1
    nbformat.validate(nb)


def test_execution_runs_in_an_automated_session_in_the_notebooks_folder():
    source = "import os\nfrom pathlib import Path\nprint(Path.cwd().name, os.environ['CS231N_AUTOMATED'])"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="a")])
    execute(nb)
    assert nb.cells[0].outputs[0].text == "notebooks 1\n"


def test_an_edited_notebook_is_not_fresh(tmp_path, monkeypatch):
    from cs231n.grading import refresh

    name = "01_softmax_gradient.ipynb"
    fresh = read_fresh()[name]["notebook"]
    (tmp_path / "notebooks").mkdir()
    text = (NOTEBOOK_FOLDER / name).read_text(encoding="utf-8")
    monkeypatch.setattr(refresh, "ROOT", tmp_path)
    monkeypatch.setattr(refresh, "NOTEBOOK_FOLDER", tmp_path / "notebooks")
    copy = tmp_path / "notebooks" / name
    copy.write_bytes(text.replace("\n", "\r\n").encode())
    assert refresh.notebook_hash(name) == fresh, "Windows line ends change nothing"
    copy.write_bytes(text.replace("softmax", "softmin", 1).encode())
    assert refresh.notebook_hash(name) != fresh


def test_command_line_says_what_there_is():
    run = subprocess.run([sys.executable, "-m", "cs231n.grading"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2 and "solve" in run.stderr and "refresh" in run.stderr
    with pytest.raises(SystemExit, match="no such notebook: 04.ipynb"):
        command.main(["refresh", "04.ipynb"])
