"""Test the edition: a release says it, it is the same on every system, and it changes with what students get."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.grading.publishing.edition import course_edition, list_released_files
from cs231n.grading.publishing.library_copy import write_library
from cs231n.grading.publishing.nbgrader_source import ASSIGNMENT, write_source
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.grading.publishing.release import release
from tests.helpers.paths import ROOT

TABLE = "cs231n/assignment/action_tables/01_softmax_gradient.toml"
ONE = f"notebooks/{NOTEBOOKS[0]}"


@pytest.fixture
def tree(tmp_path):
    """A copy of the checkout's library, notebooks and data."""
    for name in ("cs231n", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "my_answers"))
    (tmp_path / "datasets").mkdir()
    shutil.copy(ROOT / "datasets" / "mnist_5k.npz", tmp_path / "datasets")
    return tmp_path


def edition_of(tree):
    """The edition of a tree, computed there."""
    code = "from cs231n.grading.publishing.edition import course_edition; print(course_edition())"
    run = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def edit(path, old, new):
    """Replace a text in a file."""
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def with_windows_line_ends(tree):
    for path in (path for path in tree.rglob("*") if path.suffix in (".py", ".toml", ".json", ".ipynb")):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def with_other_outputs(tree):
    nb = json.loads((tree / ONE).read_text(encoding="utf-8"))
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"], cell["metadata"]["tags"] = [], 7, ["hide-output"]
        if cell["metadata"].get("nbgrader", {}).get("points"):
            cell["metadata"]["nbgrader"]["points"] = 99
    (tree / ONE).write_text(json.dumps(nb), encoding="utf-8")


SAME = {
    "nothing": lambda tree: None,
    "Windows line ends": with_windows_line_ends,
    "outputs and points of a notebook": with_other_outputs,
    "points in the table": lambda tree: edit(tree / TABLE, b"points = 2", b"points = 7"),
    "the grader": lambda tree: (tree / "cs231n" / "grading" / "new.py").write_text("x = 1"),
    "a cache": lambda tree: (tree / "cs231n" / "__pycache__").mkdir(exist_ok=True),
}
OTHER = {
    "a layer": lambda tree: edit(tree / "cs231n" / "layers.py", b"import", b"import ", ),
    "a new module": lambda tree: (tree / "cs231n" / "new.py").write_text("x = 1"),
    "a hint": lambda tree: edit(tree / TABLE, b"[[task.hints]]", b"[[task.hints]]  # new"),
    "a text of a notebook": lambda tree: edit(tree / ONE, b"softmax", b"soft-max"),
    "the data": lambda tree: (tree / "datasets" / "mnist_5k.npz").write_bytes(b"none"),
}  # fmt: skip


@pytest.mark.parametrize("change", SAME)
def test_what_does_not_concern_students_leaves_the_edition(tree, change):
    SAME[change](tree)
    assert edition_of(tree) == course_edition()


@pytest.mark.parametrize("change", OTHER)
def test_what_students_get_changes_the_edition(tree, change):
    OTHER[change](tree)
    assert edition_of(tree) != course_edition() and re.fullmatch("[0-9a-f]{8}", edition_of(tree))


def test_a_release_says_its_edition_in_its_notebooks_and_its_readme(tmp_path):
    release(tmp_path / "course", {"softmax": 7})
    for name in NOTEBOOKS:
        nb = nbformat.read(tmp_path / "course" / "notebooks" / name, as_version=4)
        assert nb.metadata.cs231n == {"edition": course_edition()}
        nbformat.validate(nb)
    readme = (tmp_path / "course" / "README.md").read_text(encoding="utf-8")
    assert f"This is edition {course_edition()} of the course." in readme


def test_an_nbgrader_folder_says_its_edition_in_its_notebooks_and_its_settings(tmp_path):
    write_source(tmp_path / "course")
    for name in NOTEBOOKS:
        nb = nbformat.read(tmp_path / "course" / "source" / ASSIGNMENT / name, as_version=4)
        assert nb.metadata.cs231n == {"edition": course_edition()}
    assert course_edition() in (tmp_path / "course" / "nbgrader_config.py").read_text(encoding="utf-8").splitlines()[0]


def test_a_clone_is_no_release():
    assert all("cs231n" not in nb.metadata for nb in read_notebooks().values())


def test_the_edition_is_of_the_files_that_a_release_holds(tmp_path):
    write_library(tmp_path)
    copied = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert copied == [path.relative_to(ROOT).as_posix() for path in list_released_files()]
