"""Whatever stands in a release earns nothing when a student pastes or calls it as an answer.

Every function of a release's library and notebooks is called with what each task's answer is given: in every order,
under every name, with caches and settings handed through, transposed, cut down to one row or column. What it returns,
and every value that it computes on the way, is compared with the graded results on inputs of the probes. check() then
judges what was found. (An answer that check() accepts has all of these results, so it is found first.)

Of the ways to call a function a sample is tried; with ``--exhaustive``, which a weekly run has, a larger one.
"""

import json
import pickle
import shutil
import subprocess
import sys

import pytest

from cs231n.grading.publishing.library_copy import write_library
from tests.helpers.pasted_situations import list_items, make_situations
from tests.helpers.paths import ROOT

PROCESSES = 2
SAMPLE = 0.1
DIFFERENTIATES = "a tool that differentiates: students need it to check their gradients; check() refuses a call of it"
MATRIX_PRODUCT = "a matrix product: who calls it with dout and the transposed w or x has derived the gradient"
# Finds that are allowed: the beginning of a function's name, to the tasks that it earns points of and the reason.
ALLOWED = {
    "cs231n.gradient_check.": (("numerical_gradient", "affine_backward", "batchnorm_backward_staged"), DIFFERENTIATES),
    "cs231n.assignment.steps.nudge.": (
        ("numerical_gradient", "affine_backward", "batchnorm_backward_staged"),
        DIFFERENTIATES,
    ),
    "cs231n.assignment.properties.layers._numerical_relu": (("relu_backward",), DIFFERENTIATES),
    "cs231n.assignment.properties.all_properties.properties_of": (("relu_backward",), DIFFERENTIATES),
    "cs231n.assignment.assess.": (("relu_backward",), DIFFERENTIATES),
    "cs231n.layers.affine_forward": (("affine_backward",), MATRIX_PRODUCT),
    "cs231n.layer_utils.affine_relu_forward": (("affine_backward",), MATRIX_PRODUCT),
}


def offer_all(release, folder, share, start=""):
    """Offer the functions of a release whose names begin with ``start``. Return the finds and all functions' names.

    Arguments:
        share: how large a sample of the ways to call one is, 1 for the largest.
    """
    situations = folder / "situations.pickle"
    situations.write_bytes(pickle.dumps((make_situations(), list_items())))
    files = [folder / f"found-{part}.json" for part in range(PROCESSES)]
    command = [sys.executable, "-m", "tests.helpers.pasted_child", release, situations]
    parts = [[*command, file, str(part), str(PROCESSES), str(share), start] for part, file in enumerate(files)]
    children = [subprocess.Popen(part, cwd=ROOT, stdin=subprocess.DEVNULL) for part in parts]
    try:
        codes = [child.wait(timeout=1200) for child in children]
    finally:
        for child in children:
            child.kill()
    assert codes == [0] * PROCESSES
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return [find for part in found for find in part["finds"]], found[0]["functions"]


def write_release(folder):
    """Write the parts of a release that hold functions."""
    write_library(folder)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns("my_answers", ".*"))
    return folder


@pytest.fixture(scope="module")
def offered(tmp_path_factory, exhaustive):
    release, found = (tmp_path_factory.mktemp(name) for name in ("release", "found"))
    return offer_all(write_release(release), found, share=1 if exhaustive else SAMPLE)


def find_reason(find):
    """The reason why a find is allowed, or None."""
    for start, (tasks, reason) in ALLOWED.items():
        if find["function"].startswith(start) and find["task"] in tasks:
            return start, reason
    return None


@pytest.mark.slow
def test_no_function_of_the_library_earns_a_point(offered):
    finds, functions = offered
    assert len(functions) > 700 and "cs231n.figures.batchnorm.projection" in functions
    assert [find for find in finds if ".ipynb" not in find["function"] and not find_reason(find)] == []


@pytest.mark.slow
def test_no_function_of_a_notebook_earns_a_point(offered):
    finds, functions = offered
    assert any(".ipynb" in name for name in functions)
    found = [find for find in finds if ".ipynb" in find["function"]]
    assert found == []


@pytest.mark.slow
def test_every_exception_is_still_needed(offered):
    needed = {find_reason(find) for find in offered[0]}
    assert {start for start, _ in filter(None, needed)} == set(ALLOWED)


@pytest.mark.slow
def test_check_accepts_no_exception(offered):
    assert [find for find in offered[0] if find["accepted"] and ".ipynb" not in find["function"]] == []


PLANTED = '''
"""Answers in disguise."""

import os
import sys

import numpy as np


def swapped(labels, numbers):
    """Softmax's loss, with its arguments exchanged."""
    z = numbers - numbers.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return "the loss", {"it is": -np.mean(log_p[np.arange(len(labels)), labels])}


def upright(numbers):
    """Softmax of every column."""
    e = np.exp(numbers - numbers.max(axis=0))
    return e / e.sum(axis=0)


def of_one(numbers):
    """The probabilities of one example."""
    e = np.exp(numbers - numbers.max())
    return (e / e.sum()).tolist()


def is_right(dx, dout, cache):
    """A rule that knows the answer, and returns only whether another one is right."""
    x, gamma, beta, var, mu, x_hat, eps = cache
    right = gamma / np.sqrt(var + eps) * (dout - dout.mean(axis=0) - x_hat * np.mean(dout * x_hat, axis=0))
    return np.allclose(dx, right)


class Layer:
    """Something with a method."""

    def slopes(self, p):
        """The Jacobian of softmax."""
        return [np.diag(row) - np.outer(row, row) for row in p]


def make_rule(rate=1e-3):
    """A function that returns a function."""

    def gate(dout, x):
        return np.where(x > 0, dout, 0)

    return gate


def loops(x):
    while True:
        x = x + 1


def ends(x):
    sys.exit(x)


def writes(x):
    print(x)
    with open("written.txt", "w") as file:
        file.write(str(x))


def starts(x):
    os.system("touch started.txt")


def innocent(x, y, dout, w):
    """What is near an answer, and none."""
    return x - x.max(), dout - x, x.T, dout.sum(axis=1), -x
'''
PLANTED_FINDS = {
    ("swapped", "softmax_loss"),
    ("upright", "softmax"),
    ("of_one", "softmax"),
    ("is_right", "batchnorm_backward_staged"),
    ("Layer.slopes", "softmax_jacobian"),
    ("make_rule", "relu_backward"),
}


@pytest.mark.slow
def test_planted_answers_in_disguise_are_found(tmp_path):
    release = write_release(tmp_path / "release")
    (release / "cs231n" / "planted.py").write_text(PLANTED, encoding="utf-8")
    finds, functions = offer_all(release, tmp_path, 1, "cs231n.planted.")
    assert "cs231n.planted.loops" in functions
    found = {(find["function"].removeprefix("cs231n.planted."), find["task"]) for find in finds}
    assert found >= PLANTED_FINDS
    accepted = {find["function"].removeprefix("cs231n.planted.") for find in finds if find["accepted"]}
    assert "Layer.slopes" in accepted, "check() was asked, too"
    assert {name for name, _ in found} == {name for name, _ in PLANTED_FINDS}
    assert not list(ROOT.glob("written.txt")) and not list(ROOT.glob("started.txt"))
