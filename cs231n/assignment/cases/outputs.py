"""The named results of a recorded call. A result of the wrong form raises `WrongForm`."""

from typing import Any

import numpy as np

from . import stored
from .closeness import is_close
from .differences import Differs, WrongForm, name_type
from .recorded import Call, CallRaised, Parts, to_array
from .tables import NODES, RESULTS

WITH_RUNNING_STATISTICS = ("batchnorm_forward", "affine_bn_relu_forward")


def name_outputs(task: str, case: str, call: Call) -> dict[str, Any]:
    """Name the results of a call, as in the table of the right results.

    Arguments:
        task: the task's name.
        case: the case's name.
        call: what was recorded.

    Raises:
        CallRaised: if the call ended in an exception.
        WrongForm: if the function did not return the parts that its docstring names.
    """
    if call.raised:
        raise CallRaised(call.raised)
    if task == "adam":
        return _name_adam(case, call)
    parts = split_results(call.returned, RESULTS[task])
    if task == "batchnorm_backward_staged":
        return select_nodes(parts["nodes"])
    if task in WITH_RUNNING_STATISTICS:
        return {"out": parts["out"], **running_statistics(call.kept)}
    if task == "steps_to_reach":
        return {"steps": np.nan if parts["steps"] is None else parts["steps"]}
    return parts


def are_all_right(task: str, case: str, call: Call) -> bool:
    """Whether all results of a call are there, and are the right ones."""
    try:
        outputs = name_outputs(task, case, call)
    except (CallRaised, Differs):
        return False
    for name, want in stored.expected(task, case).items():
        got = to_array(outputs[name])
        if got is None or not is_close(got, want):
            return False
    return True


def split_results(returned: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Name the parts of a returned tuple.

    Raises:
        WrongForm: if the result has another number of parts.
    """
    if len(names) == 1:
        return {names[0]: returned}
    if not isinstance(returned, Parts) or returned.type_name == "dict":
        raise WrongForm(f"returns {name_returned(returned)}, but should return {len(names)} things: {', '.join(names)}")
    if len(returned.items) != len(names):
        raise WrongForm(f"returns {len(returned.items)} things, but should return {len(names)}: {', '.join(names)}")
    return dict(zip(names, returned.items.values()))


def name_returned(value: Any) -> str:
    """Name the type of what a function returned."""
    return "None (is there a return?)" if value is None else name_type(value)


def select_nodes(returned: Any) -> dict[str, Any]:
    """Get the nodes of the graph from a returned dictionary.

    Raises:
        WrongForm: if it is not a dictionary, or if a node is missing.
    """
    if not isinstance(returned, Parts) or returned.type_name != "dict":
        raise WrongForm(f"returns {name_returned(returned)}, but should return a dictionary with a key for every node")
    missing = [name for name in NODES if name not in returned.items]
    if missing:
        raise WrongForm(f"the dictionary has no {', '.join(missing)}")
    return {name: returned.items[name] for name in NODES}


def running_statistics(kept: dict[Any, Any]) -> dict[str, Any]:
    """Get the running statistics from ``bn_param`` after a call.

    Raises:
        WrongForm: if they are missing.
    """
    for key in ("running_mean", "running_var"):
        if key not in kept:
            raise Differs(f'bn_param has no "{key}" after a call in training mode')
    return {key: kept[key] for key in ("running_mean", "running_var")}


def _name_adam(case: str, call: Call) -> dict[str, Any]:
    """The weights after every step, stacked; for a step that goes on from given moments, also the new config."""
    steps = [split_results(returned, RESULTS["adam"]) for returned in call.returned.items.values()]
    config = steps[-1]["config"]
    if not isinstance(config, Parts) or config.type_name != "dict":
        raise WrongForm(f"config comes back as {name_type(config)}, but should be the dictionary for the next step")
    weights: list[np.ndarray] = []
    for step in steps:
        w = to_array(step["next_w"])
        if w is None:
            raise WrongForm(f"next_w is {name_type(step['next_w'])}, but should be an array of the shape of w")
        if weights and w.shape != weights[0].shape:
            raise Differs(f"next_w has shape {weights[0].shape} after the first step, but {w.shape} after a later one")
        weights.append(w)
    kinds = [np.asarray(step["next_w"]).dtype for step in steps]
    stacked = np.stack(weights).astype(np.result_type(*kinds))
    memory = {key: config.items.get(key) for key in ("m", "v", "t")} if case == "adam_resumed" else {}
    return {"next_w": stacked, **memory}
