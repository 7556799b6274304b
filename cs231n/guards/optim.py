"""The checks of update rules, one for each function of ``optim.py``."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .conditions import as_real_array, want_keys, want_number, want_shape
from .mechanism import Checks

SETTING_LIMITS = {  # setting: (lowest value, highest value, whether the highest is excluded)
    "learning_rate": (0, np.inf, False),
    "momentum": (0, 1, False),
    "decay_rate": (0, 1, False),
    "epsilon": (0, np.inf, False),
    "beta1": (0, 1, True),  # at 1 the bias correction would divide by zero
    "beta2": (0, 1, True),
}


def make_rule_check(settings: str, memory: str = "") -> Callable[..., tuple]:
    """Make the check of an update rule.

    Arguments:
        settings: the names of its settings, separated by spaces.
        memory: the names of what it remembers, separated by spaces: ``t``, the number of steps, and arrays of the
            parameter's shape.

    Returns:
        The check, for `guard`.
    """
    limits = [(key, *SETTING_LIMITS[key]) for key in settings.split()]
    arrays = [name for name in memory.split() if name != "t"]
    known = frozenset([*settings.split(), *memory.split()])

    def check(w: Any, dw: Any, config: Any = None) -> tuple:
        w, dw = _as_parameter("w", w), _as_parameter("dw", dw)
        shape = getattr(w, "shape", ())
        if getattr(dw, "shape", ()) != shape:
            want_shape("dw", dw, shape, "the shape of w")
        if config is None:
            return w, dw, config
        want_keys("config", config, known)
        for key, low, high, below in limits:
            value = config.get(key, 0.5)
            if not (type(value) is float and low < value < high):  # nearly always, this quick test is enough
                want_number(f'config["{key}"]', value, low, high, below=below)
        for key in arrays:
            if key in config and getattr(config[key], "shape", ()) != shape:
                want_shape(f'config["{key}"]', config[key], shape, "the shape of w")
        t = config.get("t", 0)
        if not isinstance(t, (int, np.integer)) or t < 0:
            raise ValueError(f'config["t"] is {t!r}; the number of steps so far is wanted, 0, 1, ...')
        return w, dw, config

    return check


def _as_parameter(name: str, value: Any) -> Any:
    """Return a parameter or gradient, which may be an array of real numbers, a list of them, or one number."""
    if type(value) is np.ndarray and value.dtype.kind == "f":
        return value
    if isinstance(value, (float, np.floating)):
        return value
    return as_real_array(name, value if isinstance(value, np.ndarray) else np.asarray(value))


RULES: Checks = {
    "sgd": make_rule_check("learning_rate"),
    "sgd_momentum": make_rule_check("learning_rate momentum", "velocity"),
    "rmsprop": make_rule_check("learning_rate decay_rate epsilon", "cache"),
    "adam": make_rule_check("learning_rate beta1 beta2 epsilon", "m v t"),
}
