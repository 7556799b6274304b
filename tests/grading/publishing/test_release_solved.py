"""Test a release as a student uses it: unpack it, and work through it cell by cell in real kernels.

The kernels run as for a person: no variable of CI or pytest is set, only the release is on the path, and answers are
saved in the release's own ``notebooks/my_answers/``. The cells of notebook 3 after the last check are left out, since
they train networks for a minute. test_notebooks.py runs them all with the reference.
"""

import ast
import os
import re
import zipfile

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing.notebooks import reference_body, replace_body, task_of
from cs231n.grading.publishing.release import release
from tests.helpers.kernels import Kernel

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

MACHINE = (
    "CS231N_AUTOMATED", "CS231N_ANSWERS", "CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "PYTHONPATH", "MPLBACKEND",
)  # fmt: skip
LAST_CELL = {"03_batchnorm_comparison.ipynb": "check-steps-to-reach"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The zip of a release."""
    return release(tmp_path_factory.mktemp("made") / "course")


def unpack(archive, folder):
    """Unpack a release as a student does. Return the folder of its notebooks."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / "course" / "notebooks"


def start(notebooks):
    """Start a kernel as Jupyter Lab does for a notebook in this folder."""
    environment = {key: value for key, value in os.environ.items() if key not in MACHINE}
    environment["IPYTHONDIR"] = str(notebooks.parent.parent / "ipython")
    return Kernel(environment, notebooks)


def code_cells(notebooks, name):
    """Return the code cells of a notebook, up to the last one that these tests run."""
    cells = [cell for cell in nbformat.read(notebooks / name, as_version=4).cells if cell.cell_type == "code"]
    ids = [cell.id for cell in cells]
    return cells[: ids.index(LAST_CELL[name]) + 1] if name in LAST_CELL else cells


def checked(cell):
    """Return the task whose check cell this is, or None."""
    return (re.fullmatch(r"check\((\w+)\)", cell.source) or [None, None])[1]


def work_through(notebooks, name, write=tuple(TASKS)):
    """Run a notebook's code cells from the top in a new kernel. Fill in answers with the reference's bodies.

    Arguments:
        notebooks: the folder of the notebooks.
        name: the notebook's file name.
        write: the tasks to answer. The others stay stubs.

    Returns:
        Dictionary from a cell's id to (text on stdout, last line of the error or None), in the order of running.
    """
    kernel, seen = start(notebooks), {}
    try:
        for cell in code_cells(notebooks, name):
            task, source = task_of(cell), cell.source
            if task in write:
                source = replace_body(source, reference_body(task))
            text, errors = kernel.run(source)
            seen[cell.id] = (text, re.sub(r"\x1b\[[\d;]*m", "", errors[-1]).splitlines()[-1] if errors else None)
    finally:
        kernel.close()
    return seen


def require_that_every_stop_is_explained(notebooks, name, seen):
    """Assert that a cell stops only at a task that is not written, or at a name that a stopped cell did not make."""
    unmade = set()
    for cell in code_cells(notebooks, name):
        error = seen[cell.id][1]
        names = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)]
        if error is None:
            continue
        stub = re.match(r"NotWritten: task .+, (\w+): not written yet. Write it in (\w+\.ipynb, section \d)", error)
        if stub:
            assert TASKS[stub[1]].place == stub[2]
        elif checked(cell):
            assert error.startswith(f"CheckFailed: task {TASKS[checked(cell)].number}, {checked(cell)}: "), error
        else:
            assert unmade & {node.id for node in names if isinstance(node.ctx, ast.Load)}, f"{cell.id}: {error}"
        unmade |= {node.id for node in names if isinstance(node.ctx, ast.Store)}


def test_solved_by_hand_every_check_turns_to_ok_and_all_runs_on_the_students_code(archive, tmp_path):
    notebooks = unpack(archive, tmp_path)
    for name in NOTEBOOKS:
        first = work_through(notebooks, name)
        require_that_every_stop_is_explained(notebooks, name, first)
        for cell in code_cells(notebooks, name):
            task = checked(cell)
            if task:
                text, error = first[cell.id]
                assert error is None and "FAIL" not in text, (task, text, error)
                assert text.endswith(f"note  saved in my_answers/{task}.py; the library now runs on your {task}\n")

        second = work_through(notebooks, name)  # Restart Kernel and Run All Cells
        assert [(cell, error) for cell, (_, error) in second.items() if error] == []
        for cell in code_cells(notebooks, name):
            its_own = cell.id in ("use-my-answers", "progress")
            if "nbval-ignore-output" not in cell.metadata.get("tags", []) and not its_own:
                wanted = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
                text = second[cell.id][0]
                assert text == wanted or (checked(cell) and text.startswith(wanted)), cell.id
    yours = [f"{task}: yours" for task in TASKS]
    assert second["use-my-answers"][0].splitlines() == yours
    done = work_through(notebooks, NOTEBOOKS[0])["progress"][0]
    assert done.count("done, saved") == len(TASKS) and "What is left are the written questions" in done
    saved = {f"notebooks/my_answers/{task}.py" for task in TASKS}
    written = {path.relative_to(notebooks.parent).as_posix() for path in notebooks.parent.rglob("*.py")}
    with zipfile.ZipFile(archive) as packed:
        assert written - {name.removeprefix("course/") for name in packed.namelist()} == saved


def test_before_anything_is_written_set_up_and_demonstrations_run_and_checks_wait(archive, tmp_path):
    notebooks = unpack(archive, tmp_path)
    ran = set()
    for name in NOTEBOOKS:
        seen = work_through(notebooks, name, write=())
        require_that_every_stop_is_explained(notebooks, name, seen)
        for cell in code_cells(notebooks, name):
            text, error = seen[cell.id]
            task = checked(cell)
            if task:
                forward = ": it needs affine_bn_relu_forward, which is" if task == "affine_bn_relu_backward" else ":"
                assert text == "" and f"task {TASKS[task].number}, {task}{forward} not written yet" in error
        assert seen["setup"] == ("", None)
        text, error = seen["use-my-answers"]
        assert error is None and "softmax_loss: not written yet, task 1.3 in 01_softmax_gradient.ipynb" in text
        ran |= {cell for cell, (_, error) in seen.items() if error is None} - set(TASKS)
    assert not (notebooks / "my_answers").exists()
    assert {"not-in-reverse", "overflow", "fancy-indexing", "five-pairs", "saturated"} <= ran  # 1
    assert {"what-layers-see", "fig-spread", "spread-claims"} <= ran  # 2
    assert {"data", "network-figure", "parameters", "pairs"} <= ran  # 3


def test_a_student_who_skips_one_answer_is_told_where_to_go_back_to(archive, tmp_path):
    notebooks = unpack(archive, tmp_path)
    others = [task for task in TASKS if task != "relu_backward"]
    seen = {name: work_through(notebooks, name, others) for name in NOTEBOOKS}
    for name in NOTEBOOKS:
        require_that_every_stop_is_explained(notebooks, name, seen[name])
    one, two, three = seen.values()
    failed = {
        cell: error for part in (one, two, three) for cell, (_, error) in part.items() if "check-" in cell and error
    }
    back = "task 3.2, affine_bn_relu_backward: it needs relu_backward, which is not written yet"
    assert failed == {
        "check-relu-backward": "CheckFailed: task 1.6, relu_backward: not written yet. Write it in the cell above, "
        "run that cell, then this one.",
        "check-affine-bn-relu-backward": f"CheckFailed: {back}. That is task 1.6, in {TASKS['relu_backward'].place}.",
    }
    for part in (two, three):
        assert "softmax_loss: yours\n" in part["use-my-answers"][0]
        line = "relu_backward: not written yet, task 1.6 in 01_softmax_gradient.ipynb, section 7\n"
        assert line in part["use-my-answers"][0]
    assert two["last-layers"][1].startswith("NotWritten: task 1.6, relu_backward: not written yet. Write it in 01")
    assert two["three-ways"][1] is None, "what does not need it runs"
