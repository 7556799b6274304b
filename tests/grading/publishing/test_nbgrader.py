"""Test the course with the real nbgrader: its validator, generate_assignment and autograde.

Only notebook 1 is autograded here, since all three take two minutes for two students. A trial by hand with all three
gave a right submission all autograded points and an empty one none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing.edition import course_edition
from cs231n.grading.publishing.nbgrader_source import ASSIGNMENT, write_source
from cs231n.grading.publishing.notebooks import (
    answer_cells,
    is_graded,
    read_notebooks,
    reference_body,
    replace_body,
    solve,
)
from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.publishing.release import release
from cs231n.grading.publishing.steps import prediction_of, step_of

pytestmark = pytest.mark.slow

FIRST = NOTEBOOKS[0]
POINTS = {"softmax": 5, "relu_backward": 0.5}
MACHINE = ("CS231N_AUTOMATED", "CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "PYTHONPATH", "MPLBACKEND")


def nbgrader(course, *arguments):
    """Run an nbgrader command in a course folder, as an instructor would in an activated environment."""
    environment = {key: value for key, value in os.environ.items() if key not in MACHINE}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    environment |= {"IPYTHONDIR": str(course / "ipython"), "JUPYTER_CONFIG_DIR": str(course / "config")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    run = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder after generate_assignment."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    write_source(folder, POINTS)
    nbgrader(folder, "generate_assignment", ASSIGNMENT)
    return folder


def read(folder):
    """Read the three notebooks in a folder. Return them by name."""
    return {name: nbformat.read(folder / name, as_version=4) for name in NOTEBOOKS}


def test_the_notebooks_of_a_release_pass_nbgraders_validator(tmp_path):
    release(tmp_path / "course", POINTS)
    notebooks = read(tmp_path / "course" / "notebooks")
    for nb in notebooks.values():
        MetadataValidator().validate_nb(nb)
    cell = answer_cells(notebooks[FIRST])["softmax"]
    cell.metadata.nbgrader["locked"] = "yes"
    with pytest.raises(Exception, match="'yes' is not of type 'boolean'"):
        MetadataValidator().validate_nb(notebooks[FIRST])


def test_the_source_is_the_solved_notebooks_with_marks(course):
    for name, nb in read(course / "source" / ASSIGNMENT).items():
        solved = solve(read_notebooks()[name])
        for cell, solved_cell in zip(nb.cells, solved.cells, strict=True):
            lines = [line for line in cell.source.splitlines() if "### " not in line]
            if cell.cell_type == "code" and not (step_of(cell) or prediction_of(cell)):
                assert "\n".join(lines) == solved_cell.source
                assert cell.source.count("### BEGIN SOLUTION") == (cell.id in ids_of_answers(nb))


def ids_of_answers(nb):
    """Return the ids of a notebook's answer cells."""
    return {cell.id for cell in answer_cells(nb).values()}


def test_nbgrader_hands_out_stubs_and_leaves_everything_else_as_committed(course):
    handed_out = course / "release" / ASSIGNMENT
    for name, nb in read(handed_out).items():
        committed = read_notebooks()[name]
        MetadataValidator().validate_nb(nb)
        assert nb.metadata.cs231n.edition == course_edition()
        for cell, ours in zip(nb.cells, committed.cells, strict=True):
            if cell.id in ids_of_answers(committed):
                assert cell.source == replace_body(ours.source, "    # YOUR CODE HERE\n    raise NotImplementedError()")
            elif cell.cell_type == "markdown" and is_graded(cell):
                assert cell.source == ours.source + "\n\nYOUR ANSWER HERE"
            else:
                assert cell.source == ours.source
            assert not cell.get("outputs"), "a student runs the cells"
    for path in handed_out.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for task in TASKS:
            assert reference_body(task) not in text, (path, task)
    assert (handed_out / "cs231n" / "assignment" / "cases" / "expected.npz").is_file()
    assert (handed_out / "datasets" / "mnist_5k.npz").is_file() and not (handed_out / "cs231n" / "grading").exists()


def test_autograde_gives_a_right_submission_all_points_and_an_empty_one_none(course):
    for student in ("right", "empty"):
        shutil.copytree(course / "release" / ASSIGNMENT, course / "submitted" / student / ASSIGNMENT)
    path = course / "submitted" / "right" / ASSIGNMENT / FIRST
    nbformat.write(solve(nbformat.read(path, as_version=4)), path)
    nbgrader(course, "autograde", ASSIGNMENT, "--notebook", Path(FIRST).stem)

    grades = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in ("right", "empty"):
            graded = gradebook.find_submission_notebook(Path(FIRST).stem, ASSIGNMENT, student).grades
            grades[student] = {
                grade.name.removeprefix("check-"): (grade.auto_score, grade.max_score) for grade in graded
            }
    points = {**points_by_task(), **POINTS}
    first = {name: points[name] for name, task in TASKS.items() if task.notebook == FIRST}
    assert grades["right"] == {name: (value, value) for name, value in first.items()}
    assert grades["empty"] == {name: (0, value) for name, value in first.items()}
    saved = course / "autograded" / "right" / ASSIGNMENT / "my_answers"
    assert {file.stem for file in saved.glob("*.py")} == first.keys(), (
        "later notebooks run on the student's own answers"
    )
    assert not (course / "autograded" / "empty" / ASSIGNMENT / "my_answers").exists()


def test_a_course_folder_that_is_in_use_is_not_overwritten(course):
    with pytest.raises(FileExistsError, match="somebody has worked in it: "):
        write_source(course)
