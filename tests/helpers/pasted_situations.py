"""Make the situations in which the functions of a release are offered as answers, from the inputs of the probes.

An item is earned by a function that gives its output in all settings of the item. Of several calls in a row only the
first is asked here, so this asks a little less than the probes do.
"""

import copy
from typing import Any

import numpy as np

from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.cases.tables import NODES, RESULTS
from cs231n.assignment.saving.installed import FORWARD_OF
from cs231n.grading.judging.boxes.inside.probe_calls import Calls, encode
from cs231n.grading.judging.probing.graded_items import ITEMS
from cs231n.grading.judging.probing.probe_inputs import Draw
from cs231n.grading.mistakes.fingerprints import reference
from tests.helpers.pasted_inputs import FUNCTION_OF_CASE, Situation, take_apart

SEED = "what stands in a release"
ARGUMENTS = {
    "softmax": ("x",),
    "softmax_jacobian": ("p",),
    "softmax_loss": ("x", "y"),
    "numerical_gradient": ("f", "x", "df", "h"),
    "batchnorm_forward": ("x", "gamma", "beta", "bn_param"),
    "affine_bn_relu_forward": ("x", "w", "b", "gamma", "beta", "bn_param"),
    "adam": ("w", "dw", "config"),
    "steps_to_reach": ("history", "level"),
}  # a backward pass takes dout and cache
MANY_CALLS = {"bn_sequence"}  # the settings that cannot be asked by one call
SHORTER = ("batchnorm_backward", "batchnorm_backward_alt")  # their results are among those of the staged one


class _Called(BaseException):
    """Carries the arguments of a call out of it."""


def make_situations() -> dict[str, dict[str, Situation]]:
    """All situations by task and setting. Each stands for one call of a probe."""
    situations: dict[str, dict[str, Situation]] = {}
    for task, items in ITEMS.items():
        if task in SHORTER:
            continue
        draws = {name: draw for item in items for name, draw in item.settings.items() if name not in MANY_CALLS}
        situations[task] = {
            name: _make_situation(task, name, draw(Draw(SEED, task, name))) for name, draw in draws.items()
        }
    return situations


def list_items() -> dict[str, dict[str, tuple[str, list[str]]]]:
    """For each task and item: the output that it asks for, and the settings in which it asks."""
    return {
        task: {item.name: (item.output, [name for name in item.settings if name not in MANY_CALLS]) for item in items}
        for task, items in ITEMS.items()
        if task not in SHORTER
    }


def _make_situation(task: str, setting: str, inputs: dict[str, np.ndarray]) -> Situation:
    def spy(*arguments: Any) -> Any:
        raise _Called(arguments)

    given: tuple[Any, ...] = ()
    try:
        call = {"name": setting, "case": setting, "inputs": encode(inputs)}
        Calls(task, spy, None, task in FORWARD_OF, [call]).results(setting)
    except _Called as called:
        given = called.args[0]
    arguments = dict(zip(ARGUMENTS.get(task, ("dout", "cache")), copy.deepcopy(given)))
    with quietly():
        outputs = _name_outputs(task, reference(task)(*given), given)
    if task == "numerical_gradient":
        arguments["f"] = FUNCTION_OF_CASE + setting
    return Situation(task, setting, arguments, take_apart(task, arguments), outputs)


def _name_outputs(task: str, returned: Any, given: tuple[Any, ...]) -> dict[str, np.ndarray]:
    """The right results by name, as the items call them."""
    parts = returned if isinstance(returned, tuple) else (returned,)
    named = dict(zip(RESULTS[task], parts))
    if task == "batchnorm_backward_staged":
        named = {name: returned[name] for name in NODES}
    if task == "adam":
        named |= {name: named["config"][name] for name in ("m", "v")}
    if task.endswith("_forward"):
        named |= {name: given[-1][name] for name in ("running_mean", "running_var")}
    kept = {name: value for name, value in named.items() if name not in ("cache", "config") and value is not None}
    return {name: np.asarray(value, dtype=np.float64) for name, value in kept.items()}
