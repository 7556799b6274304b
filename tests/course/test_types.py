"""Tests of the type hints: mypy finds no error, and all public functions have them."""

import inspect
import subprocess
import sys
from importlib import import_module
from typing import get_overloads

import pytest

from cs231n.assignment.actions import TASKS
from tests.helpers.paths import ROOT

MODULES = (
    "layers", "batchnorm", "layernorm", "layer_utils", "optim", "solver", "gradient_check", "data_utils",
    "support.session", "guards.conditions", "guards.mechanism", "training.checkpoint", "training.fast", "vis_utils",
    "support.whole_files", "support.threads", "classifiers.fc_net",
)  # fmt: skip


@pytest.mark.slow
def test_mypy_finds_nothing_wrong(tmp_path):
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def public_functions(module):
    """Pairs (name, function) of a module's own public functions and its classes' own public methods."""
    for name, member in vars(module).items():
        if name.startswith("_") or getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(member):
            yield name, inspect.unwrap(member)
        elif inspect.isclass(member):
            for method, function in vars(member).items():
                if inspect.isfunction(function) and (method == "__init__" or not method.startswith("_")):
                    for number, one in enumerate(get_overloads(function) or [function]):
                        yield f"{name}.{method}" + f", overload {number}" * (one is not function), one


def unannotated(function):
    """The parameters of a function that have no hint, and "return" if the result has none."""
    parameters = list(inspect.signature(function).parameters)
    if parameters[:1] == ["self"]:
        parameters = parameters[1:]
    wanted = parameters if function.__name__ == "__init__" else [*parameters, "return"]
    return [name for name in wanted if name not in function.__annotations__]


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_are_annotated(name):
    # The 14 answers have no hints. Their heads are copied into the students' cells, where hints would distract.
    functions = dict(public_functions(import_module(f"cs231n.{name}")))
    missing = {path: unannotated(function) for path, function in functions.items() if path not in TASKS}
    assert functions and not {path: names for path, names in missing.items() if names}
