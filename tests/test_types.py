"""Type hints: mypy finds nothing wrong, and the public API has them."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import get_overloads

import pytest

from cs231n.assignment.tasks import TASKS

ROOT = Path(__file__).resolve().parent.parent
MODULES = (
    "layers", "batchnorm", "layernorm", "svm", "layer_utils", "optim", "solver", "gradient_check", "data_utils",
    "session", "guards.conditions", "guards.mechanism", "training.checkpoint",
    "training.fast", "vis_utils", "network_gradients", "files", "threads",
    "classifiers.fc_net",
)  # fmt: skip


def test_mypy_finds_nothing_wrong(tmp_path):
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def public_functions(module):
    """Pairs of name and function: a module's own functions and its classes' own methods, without leading underscore."""
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
    """The parameters of a function without a hint, and "return"."""
    parameters = list(inspect.signature(function).parameters)
    if parameters[:1] == ["self"]:
        parameters = parameters[1:]
    wanted = parameters if function.__name__ == "__init__" else [*parameters, "return"]
    return [name for name in wanted if name not in function.__annotations__]


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_are_annotated(name):
    # The answers' heads stand word for word in the students' cells, where hints would be one more thing to read.
    functions = dict(public_functions(import_module(f"cs231n.{name}")))
    missing = {path: unannotated(function) for path, function in functions.items() if path not in TASKS}
    assert functions and not {path: names for path, names in missing.items() if names}
