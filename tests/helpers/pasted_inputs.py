"""A situation: what an answer is given in one call, and what it should return. The parts can be pickled."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

FUNCTION_OF_CASE = "the function of the case "  # stands for a function, since functions cannot be pickled
BATCHNORM_CACHE = ("x", "gamma", "beta", "var", "mu", "x_hat", "eps")


@dataclass
class Situation:
    """One call of an answer.

    Attributes:
        task, setting: the task, and the setting of its probes.
        arguments: the arguments of the call by name, in their order.
        leaves: the arrays and numbers among them by name; a cache or a config is taken apart.
        outputs: the right results by name.
        part: "", or "row" or "column" if all arrays are cut down to their first one.
    """

    task: str
    setting: str
    arguments: dict[str, Any]
    leaves: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, np.ndarray] = field(default_factory=dict)
    part: str = ""


def take_apart(task: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Name the arrays and numbers in the arguments of an answer. Caches are taken apart in their documented order."""
    leaves = {name: value for name, value in arguments.items() if name not in ("cache", "config", "bn_param")}
    leaves |= {name: value for name, value in (arguments.get("config") or {}).items()}
    leaves |= {name: value for name, value in arguments.get("bn_param", {}).items() if name != "mode"}
    cache = arguments.get("cache")
    if task == "relu_backward":
        leaves["x"] = cache
    elif task == "affine_backward":
        leaves |= dict(zip(("x", "w", "b"), cache))
    elif task == "affine_bn_relu_backward":
        leaves |= dict(zip(BATCHNORM_CACHE, cache[1])) | {"a": cache[1][0], "a_bn": cache[2]}
        leaves |= dict(zip(("x", "w", "b"), cache[0]))
    elif cache is not None:
        leaves |= dict(zip(BATCHNORM_CACHE, cache))
    return {name: value for name, value in leaves.items() if not isinstance(value, str) or name == "f"}


def cut(situation: Situation, part: str) -> Situation | None:
    """The same for one row or one column of all arrays, for functions of one example or one feature. None if empty."""
    if situation.task in ("adam", "steps_to_reach", "numerical_gradient"):
        return None
    two = [np.shape(value) for value in situation.leaves.values() if np.ndim(value) == 2]
    if not two or len(two[0]) != 2:
        return None
    rows, columns = two[0]
    outputs = {name: _cut(value, part, rows, columns) for name, value in situation.outputs.items()}
    outputs = {name: value for name, value in outputs.items() if value is not None and np.size(value) > 2}
    leaves = {name: _cut(value, part, rows, columns) for name, value in situation.leaves.items()}
    leaves = {name: value for name, value in leaves.items() if value is not None}
    return Situation(situation.task, situation.setting, {}, leaves, outputs, part) if outputs else None


def _cut(value: Any, part: str, rows: int, columns: int) -> Any:
    shape = np.shape(value)
    if shape == (rows, columns):
        return np.array(value[0] if part == "row" else value[:, 0])
    if shape == (rows, columns, columns):
        return np.array(value[0]) if part == "row" else None
    if shape == (columns,) and part == "column":
        return value[0]
    if shape == (rows,) and part == "row":
        return value[0]
    return value if shape in ((), (columns,)) else None


def list_scales(situation: Situation) -> list[np.ndarray]:
    """The factors with which an adapter may multiply a result: gamma / std, which stands in front of dx."""
    leaves = situation.leaves
    return [leaves["gamma"] / np.sqrt(leaves["var"] + leaves["eps"])] if "var" in leaves else []


def copied(value: Any) -> Any:
    """A copy of all arrays in nested tuples, lists and dictionaries, since a function may write to its arguments."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    if type(value) in (tuple, list):
        return type(value)(copied(part) for part in value)
    return value
