"""Tests of a notebook opened alone, without the course's folder: its first cell says so in two lines, and stops."""

import os

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from cs231n.grading.publishing.notebooks import NOTEBOOKS, read_notebooks
from tests.helpers.kernels import Kernel
from tests.helpers.paths import ROOT

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
ALL = read_notebooks()


def first_cell(name):
    return next(cell.source for cell in ALL[name].cells if cell.cell_type == "code")


@pytest.fixture
def alone(tmp_path):
    """A kernel in an empty folder that does not find the library by itself."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    kernel = Kernel({**environment, "IPYTHONDIR": str(tmp_path / "ipython")}, tmp_path)
    yield kernel
    kernel.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_first_cell_says_in_two_lines_what_is_missing_and_how_to_get_it(name, alone, tmp_path):
    text, errors = alone.run(first_cell(name))
    lines = "\n".join(errors).splitlines()
    assert text == "" and len(lines) == 2, lines
    assert "needs the course's folder cs231n/" in lines[0] and str(tmp_path) in lines[0]
    for words in (
        "a clone of the course",
        "the unpacked zip",
        "In Colab: upload the zip",
        "!unzip -q",
        "this cell again",
    ):
        assert words in lines[1]


def test_it_is_the_same_text_in_all_notebooks():
    texts = {
        first_cell(name).partition("except ModuleNotFoundError")[2].partition("from None\n")[0] for name in NOTEBOOKS
    }
    assert len(texts) == 1


def test_the_cell_runs_once_the_course_is_there(alone, tmp_path):
    """In Colab: unpack the zip, go into its notebooks/, run the cell again."""
    name = next(iter(NOTEBOOKS))
    assert alone.run(first_cell(name))[1]
    (tmp_path / "course" / "notebooks").mkdir(parents=True)
    (tmp_path / "course" / "cs231n").symlink_to(ROOT / "cs231n", target_is_directory=True)
    alone.run("%cd course/notebooks")
    assert alone.run(first_cell(name)) == ("", [])
    assert alone.run("print(check.__module__)")[0].startswith("cs231n.assignment")


def test_another_cs231n_is_not_taken_for_the_course(alone, tmp_path):
    """A folder of Stanford's CS231n has a cs231n/ with layers.py, too."""
    (tmp_path / "cs231n").mkdir()
    for name in ("__init__.py", "layers.py"):
        (tmp_path / "cs231n" / name).write_text("")
    lines = "\n".join(alone.run(first_cell(next(iter(NOTEBOOKS))))[1]).splitlines()
    assert len(lines) == 2 and "needs the course's folder" in lines[0]


def test_another_missing_package_is_named_as_before(alone, tmp_path):
    (tmp_path / "cs231n" / "assignment").mkdir(parents=True)
    (tmp_path / "cs231n" / "assignment" / "__init__.py").write_text("import no_such_package")
    errors = "\n".join(alone.run(first_cell(next(iter(NOTEBOOKS))))[1])
    assert "No module named 'no_such_package'" in errors and "CourseNotFound" not in errors.splitlines()[-1]


def test_run_all_stops_there(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    nb = nbformat.from_dict(ALL[next(iter(NOTEBOOKS))])
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    with pytest.raises(CellExecutionError):
        NotebookClient(nb, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in nb.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output.output_type for output in outputs] == ["error"] and outputs[0].ename == "CourseNotFound"
