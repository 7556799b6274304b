"""Blanks in a release, in real kernels: none of them leads to a raw error, and a perfect student sees no error at all.

A raw error is a traceback. What a student may see is one line: of a check, or of a cell that says what it waits for.
Training runs are short here, by notebook 3's own switch. A run that is equal to an earlier one returns the earlier
result, and so does a numerical gradient.
"""

import re

import pytest

from cs231n.assignment.actions import NOTEBOOKS, STEPS, TASKS
from cs231n.grading.publishing.release import release
from tests.helpers.release_walk import Walk, checked, solve_earlier, unpack

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The zip of a release."""
    return release(tmp_path_factory.mktemp("made") / "course")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_any_single_blank_left_leads_to_no_raw_error(archive, tmp_path, name):
    notebooks = unpack(archive, tmp_path)
    solve_earlier(notebooks, name)
    with Walk(notebooks, name, short=True) as walk:
        full, broken = walk.run_with_each_blank()
        checks = {checked(cell): cell.id for cell in walk.cells if checked(cell)}
    assert full == {}, "a perfect student sees no error"
    assert len(broken) == 1 + sum(kind.notebook == name for kind in [*STEPS.values(), *TASKS.values()])
    raw = {(blank, cell): e for blank, errors in broken.items() for cell, e in errors.items() if e.startswith("RAW")}
    assert raw == {}
    for blank, errors in broken.items():
        task = blank.replace("-", "_")
        if task in TASKS:
            assert f"task {TASKS[task].number}, {task}: not written yet" in errors[checks[task]]
        failed = {error for cell, error in errors.items() if cell in checks.values() and cell != checks.get(task)}
        assert all(re.search(r"it needs (\w+), which is not written yet", error) for error in failed), blank


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_with_every_blank_left_the_checks_and_what_needs_them_say_so_in_one_line(archive, tmp_path, name):
    notebooks = unpack(archive, tmp_path)
    with Walk(notebooks, name, short=True) as walk:
        seen = walk.run_all(blank=lambda cell: True)
        checks = {checked(cell): seen[cell.id] for cell in walk.cells if checked(cell)}
    assert {cell: error for cell, (_, error) in seen.items() if error and error.startswith("RAW")} == {}
    for task, (text, error) in checks.items():
        forward = ": it needs affine_bn_relu_forward, which is" if task == "affine_bn_relu_backward" else ":"
        assert text == "" and f"task {TASKS[task].number}, {task}{forward} not written yet" in error
    assert seen["setup"] == ("", None)
    missing, error = seen["use-my-answers"]
    assert error is None and f"softmax_loss: not written yet, task 1.3 in {TASKS['softmax_loss'].place}" in missing
    assert not (notebooks / "my_answers").exists()
