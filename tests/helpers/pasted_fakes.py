"""The library of a release, made ready for offering its functions: no figures, and the data of today's situation.

The rules and properties of check() read the inputs of a case from committed data. Here they get the inputs of the
situation instead. The right results are not to be had: wrong ones stand in for them, and for the answer's results.
"""

import ast
import contextlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from tests.helpers.pasted_inputs import FUNCTION_OF_CASE, Situation, copied
from tests.helpers.pasted_recorder import instrument

_today: list[Situation] = []
_committed: list[Any] = []  # two functions of the library, see committed_data, and how many arrays they read


class Blank:
    """Stands for an axis, a figure or anything else that only draws."""

    def __getattr__(self, name: str) -> "Blank":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: Any, **settings: Any) -> "Blank":
        return self

    def __getitem__(self, key: Any) -> float:
        return 1.0


def set_situation(situation: Situation) -> None:
    """From now on the committed inputs of any case are those of this situation."""
    _today[:] = [situation]


@contextlib.contextmanager
def committed_data() -> Iterator[None]:
    """Inside the block, check() works: it reads its own committed data."""
    stored = importlib.import_module("cs231n.assignment.cases.stored")
    wrong = stored.inputs, stored.expected
    stored.inputs, stored.expected = _committed[:2]
    stored.forget()  # a function that was offered may have changed them
    try:
        yield
    finally:
        stored.inputs, stored.expected = wrong


def read_committed() -> None:
    """Read the committed data, if they are not there whole: a watched call could not compute so much."""
    stored = importlib.import_module("cs231n.assignment.cases.stored")
    if len(stored._arrays()) != _committed[2]:
        stored.forget()
        stored._arrays()
    stored.sentences()


def prepare_library() -> None:
    """Replace committed data, the drawing of figures and the student's saved answers in the library of the release."""
    stored = importlib.import_module("cs231n.assignment.cases.stored")
    _committed[:] = [stored.inputs, stored.expected, len(stored._arrays())]
    stored.inputs = lambda case: _make_inputs(_today[0])
    stored.expected = lambda task, case: make_wrong(_today[0])
    style = importlib.import_module("cs231n.figures.style")
    style.new_figure = _new_figure
    style.new_mosaic = lambda *arguments, **settings: (Blank(), Blank())
    installed = importlib.import_module("cs231n.assignment.saving.saved_answers")
    installed.load = dict


def _new_figure(rows: int = 1, columns: int = 1, squeeze: bool = True, **settings: Any) -> tuple[Blank, Any]:
    axes = np.empty((rows, columns), dtype=object)
    axes[...] = Blank()
    return Blank(), axes if not squeeze else axes[0, 0] if axes.size == 1 else np.squeeze(axes)


def _make_inputs(situation: Situation) -> dict[str, Any]:
    inputs = {name: np.asarray(value) for name, value in copied(situation.leaves).items() if not isinstance(value, str)}
    if situation.task == "adam":
        inputs["dw"] = inputs["dw"][None]
    return inputs


def make_wrong(situation: Situation) -> dict[str, np.ndarray]:
    """Results of the right names and shapes, and of wrong values."""
    wrong = {name: 1.5 * value + 0.1 for name, value in situation.outputs.items()}
    if situation.task == "adam":
        wrong = {"next_w": wrong.get("next_w", situation.leaves["w"])[None]}
    return wrong


def make_special(situation: Situation) -> dict[str, dict[str, Any]]:
    """Values of the library's own classes for an offer, by the name of the class or of the parameter."""
    tables = importlib.import_module("cs231n.assignment.cases.tables")
    recorded = importlib.import_module("cs231n.assignment.cases.recorded")
    prop = importlib.import_module("cs231n.assignment.properties.property")
    task, wrong = situation.task, make_wrong(situation)
    if isinstance(situation.leaves.get("f"), str):
        situation.leaves["f"] = tables.NUMERICAL_FUNCTIONS[situation.leaves["f"].removeprefix(FUNCTION_OF_CASE)]
    returned = recorded.to_plain(tuple(wrong.values()) if len(wrong) > 1 else next(iter(wrong.values())))
    calls = {case: recorded.Call(returned, dict(wrong)) for case in tables.CASES[task]}
    answer = prop.Answer(task, calls, {}, ())
    return {
        "task": {task: task}, "case": {case: case for case in tables.CASES[task][:1]},
        "dictionary": {"wrong results": wrong, "observed": {case: dict(wrong) for case in tables.CASES[task]},
                       "calls": calls, "inputs": _make_inputs(situation)},
        "Answer": {"an answer": answer}, "Record": {"a record": recorded.Record(task, calls)},
        "Call": {"a call": next(iter(calls.values()))},
        "self": {"a network": _make_network(situation), "an answer": answer},
    }  # fmt: skip


def _make_network(situation: Situation) -> Any:
    """A network of one hidden layer whose weights are those of the situation, if it has any."""
    fc_net = importlib.import_module("cs231n.classifiers.fc_net")
    leaves = situation.leaves
    features = np.shape(leaves.get("x", np.zeros((1, 2))))[-1] if np.ndim(leaves.get("x", 0)) else 1
    weights = leaves["w"] if np.ndim(leaves.get("w", 0)) == 2 else np.eye(features)
    net = fc_net.FullyConnectedNet([weights.shape[1]], input_dim=weights.shape[0], num_classes=3, dtype=np.float64)
    net.params["W1"] = weights
    if "b" in leaves:
        net.params["b1"] = leaves["b"]
    return net


def run_definitions(path: Path) -> dict[str, Any]:
    """Run the imports and the definitions of functions in a notebook, and return its functions by name."""
    names: dict[str, Any] = {"__name__": "__main__"}
    functions: dict[str, Any] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        with contextlib.suppress(SyntaxError):  # a cell with a command of IPython
            for statement in ast.parse("".join(cell["source"])).body:
                if _is_definition(statement):
                    source = ast.unparse(statement)
                    with contextlib.suppress(Exception):
                        exec(compile(instrument(source, f"{path.name} {cell['id']}"), path.name, "exec"), names)
        for name, value in list(names.items()):
            if isinstance(value, FunctionType) and value.__module__ == "__main__":
                functions[f"{path.name} {cell['id']} {name}"] = value
                value.__module__ = path.stem
    return functions


def _is_definition(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
        return True
    if not isinstance(statement, ast.Assign):
        return False
    calls = [node for node in ast.walk(statement.value) if isinstance(node, ast.Call)]
    return not calls or isinstance(statement.value, ast.Lambda)
