"""Update rules: given a parameter and its gradient, the parameter's next value.

Each rule is ``next_w, config = rule(w, dw, config=None)``. ``config`` holds the rule's settings and what it
remembers between steps; the rule writes its memory into it (the one argument that it changes) and
returns it for the next call. ``w`` and ``dw`` are never written to.

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
        config: the same dictionary, or a new one for None.

    Raises:
        ValueError: for a ``dw`` of another shape than w; for an unknown key, or a setting out of range:
            learning_rate must be finite and at least 0.
        TypeError: for what are no real numbers, or a config that is no dictionary.

    >>> next_w, config = sgd(np.array([1.0, 2.0]), np.array([10.0, -10.0]), {"learning_rate": 0.1})
    >>> next_w
    array([0., 3.])
    """
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Stochastic gradient descent with momentum.

    The velocity becomes ``momentum * velocity - learning_rate * dw``, and is added to w.

    Arguments:
        w, dw: the parameter and its gradient, the same shape.
        config: ``learning_rate`` (default 1e-2), ``momentum`` (default 0.9), ``velocity`` (zeros at first,
            the shape of w).

    Returns:
        next_w: the shape of w.
        config: the same dictionary, or a new one for None.

    Raises:
        ValueError: for a ``dw`` or velocity of another shape than w; for an unknown key, or a setting out of range:
            learning_rate must be finite and at least 0, momentum in 0..1.
        TypeError: for what are no real numbers, or a config that is no dictionary.

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
    """RMSProp: each entry's step is divided by a running root mean square of its gradient.

    Source: Tieleman and Hinton, Coursera lecture 6.5, 2012.

    Arguments:
        w, dw: the parameter and its gradient, the same shape.
        config: ``learning_rate`` (default 1e-2), ``decay_rate`` (default 0.99), ``epsilon`` (default 1e-8),
            ``cache`` (the running mean of squared gradients, zeros at first, the shape of w).

    Returns:
        next_w: the shape of w.
        config: the same dictionary, or a new one for None.

    Raises:
        ValueError: for a ``dw`` or cache of another shape than w; for an unknown key, or a setting out of range:
            learning_rate and epsilon must be finite and at least 0, decay_rate in 0..1.
        TypeError: for what are no real numbers, or a config that is no dictionary.

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


# Bad input is refused before any of these functions begins: see guards/.
guards.guard(globals(), optim_checks.RULES)
