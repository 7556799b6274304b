"""Test a release as a student uses it: unpack it, and work through it cell by cell in real kernels.

The cells of notebook 3 after the last check are left out, since they train networks. test_blanks.py runs them all.
"""

import zipfile

import pytest

from cs231n.assignment.actions import NOTEBOOKS, STEPS, TASKS
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.grading.publishing.release import release
from tests.helpers.release_walk import Walk, checked, save_answers, unpack

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

LAST_CELL = {NOTEBOOKS[2]: "check-steps-to-reach"}
OWN_TEXT = ("use-my-answers", "progress")  # cells whose text depends on what is saved


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The zip of a release."""
    return release(tmp_path_factory.mktemp("made") / "course")


def work_through(notebooks, name):
    """Run a notebook from the top in a new kernel, up to the last cell that these tests run.

    Arguments:
        notebooks: the folder of the notebooks.
        name: the notebook's file name.

    Returns:
        The cells that ran, and dictionary from a cell's id to (text on stdout, line of the error or None).
    """
    with Walk(notebooks, name) as walk:
        ids = [cell.id for cell in walk.cells]
        if name in LAST_CELL:
            walk.cells = walk.cells[: ids.index(LAST_CELL[name]) + 1]
        return walk.cells, walk.run_all()


def test_solved_by_hand_every_cell_runs_and_all_runs_on_the_students_code(archive, tmp_path):
    notebooks = unpack(archive, tmp_path)
    stored = {
        (name, cell.id): "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
        for name, nb in read_notebooks().items()
        for cell in nb.cells
        if cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get("tags", [])
    }
    for name in NOTEBOOKS:
        cells, first = work_through(notebooks, name)
        assert [(cell, error) for cell, (_, error) in first.items() if error] == []
        for cell in cells:
            assert not cell.outputs and cell.execution_count is None, "a release holds no output"
            task = checked(cell)
            if task:
                text = first[cell.id][0]
                assert "FAIL" not in text
                assert text.endswith(f"note  saved in my_answers/{task}.py; the library now runs on your {task}\n")

        _, second = work_through(notebooks, name)  # Restart Kernel and Run All Cells
        assert [(cell, error) for cell, (_, error) in second.items() if error] == []
        for cell in cells:
            wanted, text = stored.get((name, cell.id)), second[cell.id][0]
            if wanted is not None and cell.id not in OWN_TEXT:
                assert text == wanted or (checked(cell) and text.startswith(wanted)), cell.id
    assert second["use-my-answers"][0].splitlines() == [f"{task}: yours" for task in TASKS]
    with Walk(notebooks, NOTEBOOKS[0]) as walk:  # a new kernel knows only what is saved
        walk.cells = [cell for cell in walk.cells if cell.id in ("setup", "progress")]
        done = walk.run_all()["progress"][0]
    assert done.count("done, saved") == len(TASKS) and "Next: the written questions" in done
    for number, name in enumerate(NOTEBOOKS[:2], start=1):
        steps = sum(step.notebook == name for step in STEPS.values())
        assert f"{steps} of {steps} in notebook {number}" in done
    saved = {f"notebooks/my_answers/{task}.py" for task in TASKS}
    written = {path.relative_to(notebooks.parent).as_posix() for path in notebooks.parent.rglob("*.py")}
    with zipfile.ZipFile(archive) as packed:
        assert written - {name.removeprefix("course/") for name in packed.namelist()} == saved


def test_a_student_who_skips_one_answer_is_told_where_to_go_back_to(archive, tmp_path):
    notebooks = unpack(archive, tmp_path)
    seen = {NOTEBOOKS[0]: save_answers(notebooks, NOTEBOOKS[0], leave=("relu_backward",))}
    seen |= {name: work_through(notebooks, name)[1] for name in NOTEBOOKS[1:]}
    failed = {cell: error for part in seen.values() for cell, (_, error) in part.items() if "check-" in cell and error}
    back = "task 3.2, affine_bn_relu_backward: it needs relu_backward, which is not written yet"
    assert failed == {
        "check-relu-backward": "CheckFailed: task 1.6, relu_backward: not written yet. Write it in the cell above, "
        "run that cell, then this one.",
        "check-affine-bn-relu-backward": f"CheckFailed: {back}. That is task 1.6, in {TASKS['relu_backward'].place}.",
    }
    for name in NOTEBOOKS[1:]:
        text = seen[name]["use-my-answers"][0]
        assert "softmax_loss: yours\n" in text
        assert f"relu_backward: not written yet, task 1.6 in {TASKS['relu_backward'].place}\n" in text
    written = "NotWritten: task 1.6, relu_backward: not written yet. Write it in 01_softmax_gradient.ipynb"
    assert seen[NOTEBOOKS[1]]["last-layers"][1].startswith(written)


def test_any_one_backward_pass_of_batch_norm_is_enough_to_train_on(archive, tmp_path):
    others = ("batchnorm_backward", "batchnorm_backward_staged")
    notebooks = unpack(archive, tmp_path)
    seen = {}
    for name in NOTEBOOKS:
        seen |= save_answers(notebooks, name, leave=others)
    failed = {cell for cell, (_, error) in seen.items() if error}
    assert failed == {"check-" + task.replace("_", "-") for task in others}
    _, seen = work_through(notebooks, NOTEBOOKS[2])  # as after a break
    said = seen["use-my-answers"][0]
    assert "batchnorm_backward: your batchnorm_backward_alt stands in for it\n" in said
    assert "affine_bn_relu_forward: yours\naffine_bn_relu_backward: yours\n" in said
    assert [cell for cell, (_, error) in seen.items() if error] == []
