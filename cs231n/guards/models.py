"""What a model must have, so that `Solver` can train it and `grad_check_network` can check it."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..support.articles import add_article
from .conditions import NUMBERS, as_whole_number, want_number


class Model(Protocol):
    """A model that `Solver` can train."""

    params: dict[str, NDArray]

    def loss(self, X: Any, y: Any = None) -> Any:
        """Return scores (N, C) in test mode. With labels y, return ``(loss, grads)``, with a gradient per parameter."""


def check_model(model: Any) -> None:
    """Raise TypeError unless the model has parameters to train, arrays or numbers, and a method ``loss``."""
    params = getattr(model, "params", None)
    if not isinstance(params, dict) or not params or not callable(getattr(model, "loss", None)):
        kind = add_article(type(model).__name__)
        raise TypeError(f"model is {kind}; it needs a dictionary params of arrays and a method loss(X, y)")
    for name, w in params.items():
        if not isinstance(w, (np.ndarray, *NUMBERS)) or (isinstance(w, np.ndarray) and w.dtype.kind not in "fiu"):
            kind = f"an array of {w.dtype}" if isinstance(w, np.ndarray) else add_article(type(w).__name__)
            raise TypeError(f"model.params[{name!r}] is {kind}; parameters must be arrays of floating-point numbers")


def find_bn_params(model: Any) -> list[dict[str, Any]]:
    """Find the dictionaries of settings in ``model.bn_params``, as CS231n's networks and their variants keep them.

    ``bn_params`` may be missing or None, a list with None where a layer has no batch norm, or a dictionary by name.
    """
    found = getattr(model, "bn_params", None)
    if isinstance(found, Mapping):
        found = [found] if "mode" in found else list(found.values())
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list | tuple) else []


def want_checkable(model: Any, num_directions: Any, h: Any, tolerance: Any) -> None:
    """Refuse a network or settings for which the result of `grad_check_network` would mean nothing.

    Raises:
        ValueError: if dropout draws another mask at every call, or a setting is out of range.
        TypeError: if the model has no ``params`` and ``loss``, or a parameter is not float64.
    """
    as_whole_number("num_directions", num_directions, 1)
    want_number("h, the step,", h, 0)
    want_number("tolerance", tolerance, 0)
    if h == 0:
        raise ValueError("h, the step, is 0; it must be above 0")
    check_model(model)
    for name, w in model.params.items():
        if not isinstance(w, np.ndarray) or w.dtype != np.float64:
            raise TypeError(f"params[{name!r}] must be an array of float64; make the network with dtype=np.float64")
    dropout = getattr(model, "dropout_param", None)
    if dropout and dropout.get("seed") is None:
        raise ValueError('dropout draws another mask at every call; set model.dropout_param["seed"] = 0 for the check')
