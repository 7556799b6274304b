"""Test copies of the library without answers: what stubs say, what is left out, and that the rest is unchanged."""

import ast
import importlib.util
import subprocess
import sys
from importlib import import_module

import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing import library_copy
from cs231n.grading.publishing.notebooks import read_notebooks, solve
from tests.helpers.paths import ROOT


@pytest.fixture(scope="module")
def without_answers(tmp_path_factory):
    """A folder with a copy of the library in which all tasks are stubs."""
    folder = tmp_path_factory.mktemp("library")
    library_copy.write_library(folder)
    return folder


def run_in(folder, code):
    """Run Python code in a new process, in a folder with a library. Return what it prints."""
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_module_of_the_library_without_answers_is_imported(without_answers):
    modules = sorted(without_answers.rglob("*.py"))
    names = [".".join(path.relative_to(without_answers).with_suffix("").parts) for path in modules]
    names = [name.removesuffix(".__init__") for name in names]
    assert len(names) > 35 and "cs231n.layers" in names
    code = f"import importlib, cs231n\nfor name in {names}: importlib.import_module(name)\nprint(cs231n.__file__)"
    assert run_in(without_answers, code).strip() == str(without_answers / "cs231n" / "__init__.py")
    assert importlib.util.find_spec("cs231n.grading") and not (without_answers / "cs231n" / "grading").exists()


def test_only_bodies_differ_from_the_library(without_answers):
    """Signatures, docstrings and other functions are the library's. Only the bodies of TASKS and TWINS differ."""
    different = set()
    for copy in sorted(without_answers.rglob("*.py")):
        original = ast.parse((ROOT / copy.relative_to(without_answers)).read_text(encoding="utf-8"))
        copied = ast.parse(copy.read_text(encoding="utf-8"))
        assert len(original.body) == len(copied.body)
        for ours, theirs in zip(original.body, copied.body):
            if ast.dump(ours) != ast.dump(theirs):
                stub = library_copy.stub_bodies(TASKS)[ours.name]
                assert ast.unparse(theirs.body[1:]) == ast.unparse(ast.parse(f"def f():\n{stub}").body[0].body)
                theirs.body[1:] = ours.body[1:]
                assert ast.dump(ours) == ast.dump(theirs)
                different.add(ours.name)
    assert different == {*TASKS, *library_copy.TWINS}


def test_a_stub_names_its_task_and_is_recognised(without_answers):
    code = f"""
import inspect
from importlib import import_module
from cs231n.assignment.actions import TASKS
from cs231n.assignment.saving.installed import is_stub, library_function
for name, task in TASKS.items():
    assert is_stub(library_function(name)), name
    function = inspect.unwrap(library_function(name))
    try:
        function(*[None] * len(inspect.signature(function).parameters))
    except NotImplementedError as error:
        assert str(error).startswith(f"task {{task.number}}, {{name}}: not written yet"), error
        assert task.place in str(error)
        print(name)
for module, name in {twins()}:
    function = inspect.unwrap(getattr(import_module(module), name))
    try:
        function(*[None] * len(inspect.signature(function).parameters))
    except NotImplementedError as error:
        assert str(error).startswith(f"{{name}} is left out here: it would give away task "), error
        print(name)
"""
    assert run_in(without_answers, code).split() == [*TASKS, *library_copy.TWINS]


def twins():
    """Return a pair of a module's name and a function's name for each of the TWINS."""
    names = ("layernorm", "batchnorm", "layer_utils", "optim", "layers")
    modules = [import_module(f"cs231n.{name}") for name in names]
    return [next((m.__name__, name) for m in modules if hasattr(m, name)) for name in library_copy.TWINS]


def test_a_network_without_answers_says_which_task_it_waits_for(without_answers):
    code = """
import numpy as np
from cs231n import experiments
data = {"X_train": np.ones((4, 3)), "y_train": np.arange(4), "X_val": np.ones((4, 3)), "y_val": np.arange(4)}
print(experiments.make_net("plain", data).loss(data["X_train"]).shape)
for net in ("plain", "bn"):
    try:
        experiments.make_net(net, data).loss(data["X_train"], data["y_train"])
    except NotImplementedError as error:
        print(str(error).split(":")[0])
"""
    assert run_in(without_answers, code).splitlines() == [
        "(4, 10)", "task 1.3, softmax_loss", "task 3.1, affine_bn_relu_forward",
    ]  # fmt: skip


def test_stubs_for_one_notebook_leave_the_references_of_the_earlier_ones(tmp_path):
    third = [name for name, task in TASKS.items() if task.number.startswith("3.")]
    library_copy.write_library(tmp_path, third)
    code = """
from cs231n.assignment.saving.installed import is_stub, library_function
from cs231n.assignment.actions import TASKS
from cs231n import layers, optim
print(*(name for name in TASKS if is_stub(library_function(name))))
print(is_stub(layers.layernorm_backward), is_stub(optim.rmsprop))
"""
    stubs, twins = run_in(tmp_path, code).splitlines()
    assert stubs.split() == third
    assert twins == "False True", "batch norm's backward is there to be read anyway, Adam is not"


def test_write_library_refuses_an_unknown_task_and_a_folder_that_has_a_library(tmp_path):
    with pytest.raises(ValueError, match="no task is called softmix; the tasks are softmax, "):
        library_copy.write_library(tmp_path, ["softmix"])
    assert not list(tmp_path.iterdir())
    library_copy.write_library(tmp_path)
    with pytest.raises(FileExistsError, match="name another folder"):
        library_copy.write_library(tmp_path)


def test_a_task_or_twin_without_a_function_is_an_error_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(library_copy, "TWINS", {"batchnorm_sideways": (("adam",), "no such function")})
    with pytest.raises(RuntimeError, match="batchnorm_sideways"):
        library_copy.write_library(tmp_path)
    assert not list(tmp_path.iterdir())


def test_notebooks_solved_in_place_are_not_released(monkeypatch):
    assert list(library_copy.release_notebooks()) == list(NOTEBOOKS)
    solved = {name: solve(nb) for name, nb in read_notebooks().items()}
    monkeypatch.setattr(library_copy, "read_notebooks", lambda: solved)
    with pytest.raises(ValueError, match="01_softmax_gradient.ipynb holds an answer for softmax;"):
        library_copy.release_notebooks()
