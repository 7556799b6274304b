"""Notebook 3's step `update`: run a student's update of a network, and say what it has done to one parameter."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...support.articles import add_article
from ...support.student_calls import call_or_error
from .judge import Fault
from .waiting import Waiting

TWO_THINGS = "adam returns two things, next_w and config"


def try_update(
    update: Callable[[np.ndarray, np.ndarray], Any], net: Any, configs: Mapping[str, Any], data: Mapping[str, Any],
    name: str = "gamma3",
) -> tuple[Any, Any]:  # fmt: skip
    """Run an update on two batches: Adam has to remember the first one in the second.

    Arguments:
        update: function of images and labels. It writes to ``net.params`` and to ``configs``.
        net: the network.
        configs: Adam's dictionaries, by parameter.
        data: dictionary with ``X_train`` and ``y_train``.
        name: the parameter to look at.

    Returns:
        parameter: its value after the first update.
        counted: how many steps its dictionary has counted after the second.
        Each may be what says why it cannot be judged: ``...`` if the update does nothing yet, a `Waiting`, an error.
    """
    start = net.params[name].copy()
    error = _call(update, data, 0)
    if error:
        return error, Waiting(f"it waits for {name}")
    parameter, config = net.params[name], configs[name]
    if not isinstance(parameter, np.ndarray):
        fault = Fault(
            f"net.params[name] is {add_article(type(parameter).__name__)} now, and an array is wanted: {TWO_THINGS}"
        )
        return fault, Waiting(f"it waits for {name}")
    if not isinstance(config, dict):
        return parameter, Fault(f"configs[name] is {add_article(type(config).__name__)} now: {TWO_THINGS}")
    if np.array_equal(parameter, start) and "t" not in config:
        return ..., ...
    parameter = parameter.copy()
    error = _call(update, data, 1)
    if error:
        return parameter, error
    if configs[name].get("t", 0) < 2:
        return parameter, Fault("configs[name] has not kept both steps: hand it to adam, and keep what adam returns")
    return parameter, configs[name]["t"]


def _call(update: Callable[[np.ndarray, np.ndarray], Any], data: Mapping[str, Any], batch: int) -> Exception | None:
    """Run an update on a batch of 100 images. Return the error that it raises, or None."""
    rows = slice(100 * batch, 100 * (batch + 1))
    result = call_or_error(update, data["X_train"][rows], data["y_train"][rows])
    return result if isinstance(result, Exception) else None
