"""Update rules: compute the next value of a parameter from its value and its gradient.

Each rule is ``next_w, config = rule(w, dw, config=None)``. The dictionary ``config`` holds the rule's settings and
what the rule remembers between steps. The rule updates this memory in ``config`` and returns ``config`` for the
next call. A rule never changes ``w`` or ``dw``.

Source: CS231n, assignment 2 (names, arguments and results).
"""

from typing import Any

import numpy as np

from . import guards
from .guards import optim as optim_checks

Config = dict[str, Any]


def sgd(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Plain stochastic gradient descent.

    Arguments:
        w, dw: the parameter and its gradient, the same shape.
        config: ``learning_rate`` (default 1e-2).

    Returns:
        next_w: the shape of w.
        config: the same dictionary, or a new one if config was None.

    Raises:
        ValueError: if dw and w differ in shape, a key is unknown, or a setting is out of range: learning_rate must
            be finite and at least 0.
        TypeError: if w or dw does not hold real numbers, or config is not a dictionary.

    >>> next_w, config = sgd(np.array([1.0, 2.0]), np.array([10.0, -10.0]), {"learning_rate": 0.1})
    >>> next_w
    array([0., 3.])
    """
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Stochastic gradient descent with momentum.

    The velocity becomes ``momentum * velocity - learning_rate * dw``. Then it is added to w.

    Arguments:
        w, dw: the parameter and its gradient, the same shape.
        config: ``learning_rate`` (default 1e-2), ``momentum`` (default 0.9), ``velocity`` (zeros at first,
            the shape of w).

    Returns:
        next_w: the shape of w.
        config: the same dictionary, or a new one if config was None.

    Raises:
        ValueError: if dw or the velocity differs from w in shape, a key is unknown, or a setting is out of range:
            learning_rate must be finite and at least 0, momentum in 0..1.
        TypeError: if w or dw does not hold real numbers, or config is not a dictionary.

    >>> w, config = sgd_momentum(np.array([1.0]), np.array([1.0]), {"learning_rate": 0.5, "momentum": 0.5})
    >>> w, config["velocity"]
    (array([0.5]), array([-0.5]))
    >>> sgd_momentum(w, np.array([1.0]), config)[0]
    array([-0.25])
    """
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    velocity = config["momentum"] * config.get("velocity", np.zeros_like(w)) - config["learning_rate"] * dw
    config["velocity"] = velocity
    return w + velocity, config


def rmsprop(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """RMSProp: divide each entry's step by the running root mean square of its gradient.

    Source: Tieleman and Hinton, Coursera lecture 6.5, 2012.

    Arguments:
        w, dw: the parameter and its gradient, the same shape.
        config: ``learning_rate`` (default 1e-2), ``decay_rate`` (default 0.99), ``epsilon`` (default 1e-8),
            ``cache`` (the running mean of squared gradients, zeros at first, the shape of w).

    Returns:
        next_w: the shape of w.
        config: the same dictionary, or a new one if config was None.

    Raises:
        ValueError: if dw or the cache differs from w in shape, a key is unknown, or a setting is out of range:
            learning_rate and epsilon must be finite and at least 0, decay_rate in 0..1.
        TypeError: if w or dw does not hold real numbers, or config is not a dictionary.

    >>> settings = {"learning_rate": 0.1, "decay_rate": 0.75, "epsilon": 0}
    >>> next_w, config = rmsprop(np.array([1.0]), np.array([4.0]), settings)
    >>> next_w, config["cache"]
    (array([0.8]), array([4.]))
    """
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    rho = config["decay_rate"]
    config["cache"] = rho * config.get("cache", np.zeros_like(w)) + (1 - rho) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


def adam(w, dw, config=None):
    """Adam: momentum and a per-entry step size, both corrected for starting at zero.

    Source: Kingma and Ba, "Adam", 2015 (arXiv:1412.6980), Algorithm 1. The step counter t is increased
    before it is used.

    Arguments:
        w, dw: the parameter and its gradient, the same shape.
        config: a dictionary, filled in where entries are missing: ``learning_rate`` (default 1e-3),
            ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8); and the memory ``m``, ``v`` (zeros, the
            shape of w) and ``t`` (0), which this function writes.

    Returns:
        next_w: the shape of w.
        config: the same dictionary, with the new m, v and t.
    """
    config = {} if config is None else config
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    for key, value in defaults.items():
        config.setdefault(key, value)
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw
    config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2
    m_hat = config["m"] / (1 - beta1 ** config["t"])
    v_hat = config["v"] / (1 - beta2 ** config["t"])
    next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, config


# From here on, every function checks its arguments before it begins: see guards/.
guards.guard(globals(), optim_checks.RULES)
