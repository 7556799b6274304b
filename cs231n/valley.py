"""A valley to try optimizers on, before a network is trained: two parameters, and one direction far steeper.

The loss is ``sum(steepness * w**2) / 2``, so its gradient is ``steepness * w`` and its minimum is at 0. A *direction*
is a function ``direction(g, memory, t)`` of the gradient of step t (from 1), and of a dictionary in which it remembers
``m`` and ``v`` between steps. Both start at 0. It returns the direction in which w moves, times -1. A direction that is
not written yet returns ``...``. One without a ``return`` returns None; that is passed on, and so is an error.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .support.student_calls import call_or_error

Direction = Callable[[np.ndarray, dict[str, Any], int], Any]


def feed(direction: Direction, gradients: Sequence[Any], keep: str | None = None) -> Any:
    """Give a direction some gradients in turn.

    Arguments:
        direction: see the top of this file.
        gradients: T gradients, shape (T, ...).
        keep: None, or the name of an entry of the memory.

    Returns:
        What the direction returns after each gradient, shape (T, ...); with ``keep``, that entry of its memory
        instead. ``...`` if a line of it is not written yet; None if it returns nothing; the error if it raises one.
    """
    memory: dict[str, Any] = {"m": 0.0, "v": 0.0}
    found = []
    for t, g in enumerate(gradients, start=1):
        result = _call(direction, np.asarray(g, dtype=np.float64), memory, t)
        if result is ... or isinstance(result, Exception) or (result is None and keep is None):
            return result
        found.append(memory.get(keep) if keep else result)
    return found


def settle(direction: Direction, gradient: Sequence[float], steps: int = 10_000) -> Any:
    """Give a direction the same gradient again and again.

    Arguments:
        direction: see the top of this file.
        gradient: shape (...).
        steps: how often.

    Returns:
        What the direction returns in the last step, the gradient's shape. Else what `feed` returns in place of results.
    """
    found = feed(direction, [gradient] * steps)
    return found[-1] if isinstance(found, list) else found


def undo_division(results: Any, squares: Any) -> Any:
    """Multiply each result of a direction, with its sign squared, by the average of squares that it was divided by.

    Arguments:
        results, squares: T arrays each, from `feed`, or what it returns in their place.

    Returns:
        Shape (T, ...): the signed squares of what was divided. The argument that is no list of arrays, if there is one.
    """
    for found in (results, squares):
        if not isinstance(found, list):
            return found
    return [result * abs(result) * square for result, square in zip(results, squares)]


def descend(
    direction: Direction, steepness: Sequence[float], rate: float, steps: int, start: Sequence[float] = (-9.0, 2.0),
    noise: Sequence[float] = (0.0, 0.0), seed: int = 0,
) -> np.ndarray | None:  # fmt: skip
    """Walk down the valley: in every step w becomes ``w - rate * direction(g, memory, t)``.

    Arguments:
        direction: see the top of this file.
        steepness: of the two parameters.
        rate: the learning rate.
        steps: how many steps.
        start: the first w.
        noise: standard deviation of the noise in the two entries of the gradient, as if it came from a small batch.
        seed: of the noise. Every direction sees the same noise.

    Returns:
        Where w was, shape (steps + 1, 2). None if the direction is not written yet, or has no return, or fails.
    """
    rng = np.random.default_rng(seed)
    memory: dict[str, Any] = {"m": 0.0, "v": 0.0}
    path = [np.array(start, dtype=np.float64)]
    for t in range(1, steps + 1):
        g = np.asarray(steepness) * path[-1] + np.asarray(noise) * rng.normal(size=2)
        step = _call(direction, g, memory, t)
        if step is None or step is ... or isinstance(step, Exception):
            return None
        path.append(path[-1] - rate * step)
    return np.array(path)


def _call(direction: Direction, g: np.ndarray, memory: dict[str, Any], t: int) -> Any:
    """Call a direction. Return ``...`` if a line of it is still a blank, and the error if it raises one."""
    result = call_or_error(direction, g.copy(), memory, t)
    if isinstance(result, TypeError) and any(value is ... for value in memory.values()):
        return ...  # a blank of an earlier step, used in arithmetic
    return result
