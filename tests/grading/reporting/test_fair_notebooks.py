"""Tests of fairness with the real grader: a notebook whose checks all pass from top to bottom earns everything.

Each submission holds right answers in many styles. First the course's own checks pass in a real kernel, then all
submissions are graded in one call.
"""

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.grading.publishing.notebooks import read_notebooks
from tests.helpers.boxed import BOX_MARKS
from tests.helpers.student_answers import (
    ADAM,
    BACKWARD_OF_OBJECT,
    CALLABLE,
    CLOSURE,
    FORWARD_WITH_OBJECT,
    GLOBAL_STATE,
    LOOPS,
    MATH_STAR,
    NOISY,
    OWN_LOSS,
    SANDWICH_BACKWARD,
    SANDWICH_FORWARD,
    STAGED_OF_OBJECT,
)
from tests.helpers.student_notebooks import Student, all_flags, grade_students, lost, try_checks

pytestmark = BOX_MARKS

SHIFT = "def prepare(x):\n    return x - x.max(axis=level, keepdims=True)"
WITH_SHIFT = (
    "def softmax(x):\n    e = np.exp(prepare(x))\n    return normalise(e)\n\n"
    "def normalise(e):\n    return e / e.sum(axis=level, keepdims=True)"
)
WRONG = "def {}(*arguments):\n    return arguments[0]"


def places():
    """Cells and checks at other places than in the course's notebooks."""
    student = Student("places")
    # Notebook 1: the same names mean other things further down; a check in the answer's cell, one deleted, one moved.
    student.put("softmax", WITH_SHIFT, above=f"level = 1\n\n{SHIFT}").put("check-softmax", "SAME\nSAME")
    student.put("relu_backward", "def relu_backward(dout, cache):\n    return prepare(dout) * (cache > 0)",
                above="level = 'none'\n\ndef prepare(x):\n    return x.copy()")  # fmt: skip
    student.put("softmax_jacobian", "SAME\n\ncheck(softmax_jacobian)").drop("check-softmax_jacobian")
    student.put("softmax_loss", WRONG.format("softmax_loss"), below=student.get("softmax_loss"))  # a second try
    student.drop("check-affine_backward", "check-numerical_gradient")
    student.last(1, "for function in (affine_backward, relu_backward):\n    check(function)", "level = prepare = None")
    # Notebook 2: two answers in one cell, below an earlier try.
    both = "SAME\n\n\n" + student.get("batchnorm_backward_alt")
    student.drop("batchnorm_backward_alt").put("batchnorm_backward", both, above=WRONG.format("batchnorm_backward"))
    # Notebook 3: answers in the other order; a helper above the check; a second check, and then the name is lost.
    student.put("affine_bn_relu_forward", student.get("affine_bn_relu_backward") + "\n\n\nSAME")
    student.drop("affine_bn_relu_backward").put("check-adam", "%time check(adam)")
    student.put(
        "steps_to_reach",
        "def steps_to_reach(history, level):\n    return first(history, level)",
        above="%%writefile helpers.py\ndef first(history, level):\n"
        "    return next((k for k, h in enumerate(history) if h >= level), None)",
        below="from helpers import *",
    )
    return student.last(3, "check(adam)", "adam = 3")  # fmt: skip


def forms():
    """Answers that are no plain functions, and caches of their own."""
    student = Student("forms")
    student.put("softmax", CALLABLE).put("softmax_loss", OWN_LOSS).put("relu_backward", CLOSURE)
    student.put("softmax_jacobian", "from functools import partial\n\ndef jacobian(scale, p):\n"
                "    return scale * np.array([np.diag(row) - np.outer(row, row) for row in p])\n\n"
                "softmax_jacobian = partial(jacobian, 1)")  # fmt: skip
    decorator = (
        "import functools\n\ndef logged(f):\n    @functools.wraps(f)\n    def g(*arguments):\n        print(f)\n"
    )
    student.put("affine_backward", f"{decorator}        return f(*arguments)\n    return g\n\n@logged\nSAME")
    student.put("batchnorm_forward", FORWARD_WITH_OBJECT, above="class Saved: pass")
    student.put("batchnorm_backward_staged", STAGED_OF_OBJECT).put("batchnorm_backward", BACKWARD_OF_OBJECT)
    student.put(
        "batchnorm_backward_alt", "batchnorm_backward_alt = lambda dout, saved: batchnorm_backward(dout, saved)"
    )
    student.put("affine_bn_relu_forward", SANDWICH_FORWARD).put("affine_bn_relu_backward", SANDWICH_BACKWARD)
    return student.put("adam", ADAM).put("steps_to_reach", "if True:\n    steps_to_reach = " + (
        "lambda history, level: min([k for k, h in enumerate(history) if h >= level], default=None)"))  # fmt: skip


def noise():
    """Right answers that print, warn, draw, sleep, loop or change settings, and cells that fail or exit."""
    student = Student("noise")
    student.first(1, "from google.colab import drive\ndrive.mount('/content/drive')\nimport numpy\n"
                     "from numpy import exp as e_to\nTINY = 0.0")  # fmt: skip
    student.put("softmax", NOISY, below="%timeit -n 1 -r 1 softmax(np.ones((3, 4)))\n!echo done\nsoftmax?")
    student.put("softmax_jacobian", LOOPS, below="for k in range(2000):\n    print(k, softmax_jacobian(np.eye(2)))")
    student.put("relu_backward", "%%time\nSAME", above="import torch").put("check-softmax_loss", "%%time\nSAME")
    student.put(
        "affine_backward",
        "SAME",
        above="1 / 0",
        below="import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()",
    )
    student.last(1, "import sys\nsys.stdout.close()", "exit()", "import os\nos._exit(1)")
    student.first(2, GLOBAL_STATE).put("batchnorm_backward", "SAME", above="raise KeyboardInterrupt")
    student.put("batchnorm_backward_alt", "SAME", above="import time\ntime.sleep(2)")
    return student.first(3, MATH_STAR).put("adam", "SAME", below="adam(np.ones(300), np.ones(300))")


def only_backward():
    """The backward passes are written, their forward passes are not."""
    student = Student("only backward", 2, 3)
    unsolved = {cell.id: cell.source for nb in read_notebooks().values() for cell in nb.cells}
    student.put("batchnorm_forward", unsolved["batchnorm-forward"])
    return student.drop("affine_bn_relu_forward")


def write_files(folder):
    """The solved notebooks as three programs write them: Colab, IPython 2, and an editor on Windows."""
    (folder / "files").mkdir(parents=True)
    colab, old, windows = Student("files").notebooks.values()
    for number, cell in enumerate(colab.cells):
        del cell["id"]
        cell.metadata = nbformat.from_dict({"id": f"aBc{number}"})
    colab.nbformat_minor, colab.metadata = 0, nbformat.from_dict({"colab": {"provenance": []}})
    nbformat.write(colab, folder / "files" / NOTEBOOKS[0])
    nbformat.write(nbformat.convert(old, 3), folder / "files" / NOTEBOOKS[1], version=3)
    text = nbformat.writes(windows).replace("\n", "\r\n").encode()
    (folder / "files" / f"Copy of {NOTEBOOKS[2]}").write_bytes(b"\xef\xbb\xbf" + text)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The records of all submissions, by student."""
    folder = tmp_path_factory.mktemp("fair")
    write_files(folder / "class")
    return grade_students(folder, places(), forms(), noise(), only_backward())


@pytest.mark.parametrize("make", [places, forms, noise], ids=lambda make: make.__name__)
def test_every_check_of_the_submissions_passes_from_top_to_bottom(make, tmp_path):
    (tmp_path / "google").mkdir()
    (tmp_path / "google" / "colab.py").write_text("class drive:\n    mount = print\n")
    wrong = try_checks(make(), tmp_path, (tmp_path,))
    expected = {"1 / 0", "import torch", "raise KeyboardInterrupt"} if make is noise else set()
    assert set(wrong) == expected, wrong


@pytest.mark.parametrize("name", ["places", "forms", "noise", "files"])
def test_right_answers_earn_everything_wherever_and_however_they_stand(graded, name):
    assert lost(graded[name]) == {} and sum(graded[name]["points"].values()) == 45


def test_backward_passes_without_forward_passes_earn_everything(graded):
    assert lost(graded["only backward"]) == {} and len(graded["only backward"]["answered"]) == 6


def test_only_true_flags_are_raised(graded):
    assert all_flags(graded["places"]) == [
        "duplicate-answer",
        "changed-locked-cell",
    ]  # check(softmax) stands there twice
    assert all_flags(graded["forms"]) == all_flags(graded["files"]) == []
    assert all_flags(graded["noise"]) == ["missing-module", "kernel-stopped"]
    assert all_flags(graded["only backward"]) == ["missing-answer"]


def test_the_remark_about_exit_names_its_cell_and_no_answer(graded):
    (remark,) = [text for text in graded["noise"]["remarks"] if "stopped the run" in text]
    assert "a cell of yours" in remark and remark.endswith("It begins: exit()")
    reports = graded["noise"]["tasks"].values()
    assert not any(report["note"] or "stopped" in " ".join(report["remarks"]) for report in reports)
