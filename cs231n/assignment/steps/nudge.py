"""The numerical gradient with which steps are judged."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...gradient_check import _central_differences

STEP = 1e-6


def nudge(f: Callable[[np.ndarray], Any], x: Any, dout: Any = 1.0) -> np.ndarray:
    """Measure a gradient: nudge every entry of x a little up and down, and see what the loss does.

    A layer has no loss, so the loss is ``sum(f(x) * dout)``. check() refuses an answer that calls this function.

    Arguments:
        f: function of one array. It returns a number or an array.
        x: where to measure, any shape.
        dout: the gradient of the loss with respect to f's output. It broadcasts to the shape of that output.

    Returns:
        The gradient of the loss with respect to x: float64, the shape of x, by central differences.
    """
    point = np.array(x, dtype=np.float64)  # a copy, which is changed and restored
    slopes = np.zeros_like(point)
    for place, up, down in _central_differences(f, point, STEP):
        slopes[place] = np.sum((up - down) * dout) / (2 * STEP)
    return slopes
