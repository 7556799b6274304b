"""The right answers in other styles, and functions that are made from source as in a notebook cell."""

import importlib.util
import textwrap

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment.actions import TASKS
from tests.helpers.paths import ROOT

RIGHT_ANSWERS = sorted((ROOT / "tests" / "right_answers").glob("*.py"))


def functions_of(path):
    """The answers that a file of tests/right_answers/ defines."""
    spec = importlib.util.spec_from_file_location(f"right_answers_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [function for name, function in vars(module).items() if name in TASKS]


STYLES = [pytest.param(f, id=f"{path.stem}-{f.__name__}") for path in RIGHT_ANSWERS for f in functions_of(path)]


def compiled(source, name, **names):
    """The function that a source defines, as in a notebook cell. Other names are given as keywords."""
    namespace = {"np": np, **names}
    exec(textwrap.dedent(source), namespace)
    return namespace[name]


def function_from(source, name, folder):
    """The function that a source defines. The source is written to a file in a folder, so that inspect finds it."""
    file = folder / f"cell_{name}_{abs(hash(source))}.py"
    file.write_text(source, encoding="utf-8")
    namespace = {"np": np, "layers": layers}
    exec(compile(source, str(file), "exec"), namespace)
    return namespace[name]
