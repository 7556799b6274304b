"""A release has stubs for the answers. If a notebook needs one, it says in one line which, and where to go."""

import pickle
import shutil

import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.assignment.saving.stubs import SESSION_NAME, DoesNotFit, NotWritten, is_stub, stub_body, stub_message
from cs231n.grading.publishing.library_copy import write_library
from cs231n.grading.publishing.notebooks import answer_cells, read_notebooks, solve, task_of
from tests.helpers.kernels import Kernel, environment_of
from tests.helpers.paths import ROOT

ALL = read_notebooks()


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A folder with the library as students get it, with a stub for every answer, and the data."""
    folder = tmp_path_factory.mktemp("release")
    write_library(folder)
    (folder / "notebooks").mkdir()
    (folder / "datasets").mkdir()
    shutil.copy(ROOT / "datasets" / "mnist_5k.npz", folder / "datasets")
    return folder


def kernel_in(release, answers):
    environment = environment_of(answers.parent, automated=False)
    environment |= {"PYTHONPATH": str(release), "CS231N_ANSWERS": str(answers), "MPLBACKEND": "agg"}
    return Kernel(environment, release / "notebooks")


def walk(kernel, nb, until=None, stop_at_error=False):
    """Run a notebook's code cells.

    Returns:
        The text on stdout and the error lines of each cell, by cell id.
    """
    seen = {}
    for cell in nb.cells:
        if cell.id == until:
            break
        if cell.cell_type == "code":
            seen[cell.id] = kernel.run(cell.source)
            if stop_at_error and seen[cell.id][1]:
                break
    return seen


def save_answers_of(kernel, nb, leave_out=()):
    """Run a notebook's answer cells with the right answers, and check them, as a student does in the end."""
    solved = solve(nb)
    kernel.run(next(cell.source for cell in nb.cells if cell.id == "setup"))
    for name, cell in answer_cells(solved).items():
        if name not in leave_out:
            kernel.run(cell.source)
            text, errors = kernel.run(f"check({name})")
            assert not errors and "saved in" in text, (text, errors)


@pytest.fixture(scope="module")
def answers_of_notebook_1(release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers") / "my_answers"
    kernel = kernel_in(release, folder)
    try:
        save_answers_of(kernel, ALL[NOTEBOOKS[0]])
    finally:
        kernel.close()
    return folder


@pytest.mark.slow
@pytest.mark.kernel
def test_missing_prerequisite_is_named_in_one_line(release, answers_of_notebook_1, tmp_path):
    folder = shutil.copytree(answers_of_notebook_1, tmp_path / "my_answers")
    (folder / "softmax_loss.py").unlink()
    kernel = kernel_in(release, folder)
    try:
        seen = walk(kernel, solve(ALL[NOTEBOOKS[1]]), stop_at_error=True)
    finally:
        kernel.close()
    lines = seen["use-my-answers"][0].splitlines()
    assert lines[1:4] == [
        "softmax_jacobian: yours",
        f"softmax_loss: not written yet, task 1.3 in {TASKS['softmax_loss'].place}",
        "numerical_gradient: yours",
    ]
    (last,) = list(seen.values())[-1][1]
    assert last == f"NotWritten: {stub_message('softmax_loss')}"
    assert f"task 1.3, softmax_loss: not written yet. Write it in {TASKS['softmax_loss'].place}" in last


@pytest.mark.kernel
def test_check_names_a_prerequisite_that_is_a_stub(release, tmp_path):
    kernel = kernel_in(release, tmp_path / "my_answers")
    try:
        kernel.run("from cs231n import layers\nfrom cs231n.assignment import check")
        kernel.run(answer_cells(solve(ALL[NOTEBOOKS[2]]))["affine_bn_relu_forward"].source)
        _, errors = kernel.run("check(affine_bn_relu_forward)")
    finally:
        kernel.close()
    assert errors == [
        "CheckFailed: task 3.1, affine_bn_relu_forward: it needs batchnorm_forward, which is not written yet. "
        f"That is task 2.1, in {TASKS['batchnorm_forward'].place}."
    ]


def test_sections_are_those_of_the_notebooks():
    found = {}
    for name, nb in ALL.items():
        section = None
        for cell in nb.cells:
            numbers = [line.split()[1] for line in cell.source.splitlines() if line.startswith("## ")]
            if cell.cell_type == "markdown" and numbers and numbers[-1].rstrip(".").isdigit():
                section = int(numbers[-1].rstrip("."))
            if task_of(cell):
                found[task_of(cell)] = f"{name}, section {section}"
    assert found == {name: task.place for name, task in TASKS.items()}


@pytest.mark.parametrize(
    "session, end",
    [
        ("notebooks/01_softmax_gradient.ipynb", "section 2, run its check, and then this cell again."),
        ("notebooks/02_batchnorm_backward.ipynb", "01_softmax_gradient.ipynb, section 2, and run its check; then run "
         "use_my_answers() here, if this notebook has it, and this cell again."),
        ("notebooks/my_01_softmax_gradient.ipynb", "if this notebook has it, and this cell again."),
        (None, "if this notebook has it, and this cell again."),
    ],
)  # fmt: skip
def test_a_stub_in_the_notebook_that_is_open_is_found_by_its_section(session, end, monkeypatch):
    monkeypatch.delenv(SESSION_NAME, raising=False)
    if session:
        monkeypatch.setenv(SESSION_NAME, session)
    text = stub_message("softmax")
    assert text.startswith("task 1.1, softmax: not written yet. Write it in ") and text.endswith(end)


def test_stub_is_recognised_and_its_exception_survives_pickling():
    namespace = {}
    exec(f"def softmax(x):\n{stub_body('softmax')}", namespace)
    assert is_stub(namespace["softmax"])
    with pytest.raises(NotImplementedError, match="^task 1.1, softmax: not written yet. Write it in 01") as caught:
        namespace["softmax"](None)
    assert str(pickle.loads(pickle.dumps(caught.value))) == stub_message("softmax")
    unfit = pickle.loads(pickle.dumps(DoesNotFit("softmax", "task 1.1, softmax: another")))
    assert unfit._render_traceback_() == ["DoesNotFit: task 1.1, softmax: another"] and unfit.name == "softmax"
    assert isinstance(caught.value, NotWritten) and caught.value._render_traceback_() == [
        f"NotWritten: {stub_message('softmax')}"
    ]
