"""The numerical gradient with which steps are judged."""

from collections.abc import Callable
from typing import Any

import numpy as np

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
    point = np.asarray(x, dtype=np.float64)
    slopes = np.zeros_like(point)
    for place in np.ndindex(point.shape):
        up, down = point.copy(), point.copy()
        up[place] += STEP
        down[place] -= STEP
        slopes[place] = np.sum((np.asarray(f(up)) - np.asarray(f(down))) * dout) / (2 * STEP)
    return slopes
