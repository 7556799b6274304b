"""Numerical gradients: the judge of every backward pass in this course.

Source: CS231n, assignment 2 (`eval_numerical_gradient`, `eval_numerical_gradient_array`, `grad_check_sparse` and
`rel_error`: names, arguments and results).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from . import guards
from .guards import gradients as gradient_checks
from .network_gradients import grad_check_network  # noqa: F401  (the one place to look for a gradient check)


def numerical_gradient(f, x, df=None, h=1e-6):
    """Gradient of sum(f(x) * df) with respect to x, by central differences.

    Two calls of f per entry of x. Works in float64 whatever x is, on a copy of x: a step of 1e-6 is lost
    in float32, and impossible in an integer array.

    Arguments:
        f: function of one array that returns a scalar or an array.
        x: the point, any shape.
        df: dL/d(f's output), the shape of f's output; None stands for ones.
        h: the step; the default suits float64 and values near 1.

    Returns:
        dx: float64, the shape of x. For a smooth f its error is of the order of h**2 + 1e-16 / h.
    """
    x = np.array(x, dtype=np.float64)
    df = 1.0 if df is None else df
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x_plus, x_minus = x.copy(), x.copy()
        x_plus[i] += h
        x_minus[i] -= h
        dx[i] = np.sum((f(x_plus) - f(x_minus)) * df) / (2 * h)
    return dx


def gradient_error(analytic: ArrayLike, numeric: ArrayLike, floor: float = 1e-3) -> float:
    """How far a gradient is from the numerical one: the norm of the difference over the norms' sum.

    One number for the whole array, so entries that are exactly zero do no harm (an entrywise relative error
    is undefined there). The floor lets two gradients agree that are both zero up to rounding: with the
    default, a difference of norm 1e-9 never gives more than 1e-6. Rounding noise at h = 1e-6 is 1e-10 or so
    for values near 1.

    Arguments:
        analytic, numeric: arrays of one shape.
        floor: added to the norms' sum; for gradients much smaller than it the error is an absolute one,
            the norm of the difference over the floor.

    Returns:
        A float in 0..1; below 1e-6 for a right gradient of a smooth function in float64.

    Raises:
        ValueError: when the shapes differ (broadcasting would hide it).

    >>> round(gradient_error([3.0, 4.0], [3.0, 4.0 + 1e-6]), 9)
    1e-07
    """
    a, n = np.asarray(analytic, dtype=np.float64), np.asarray(numeric, dtype=np.float64)
    if a.shape != n.shape:
        raise ValueError(f"shapes differ: analytic {a.shape}, numeric {n.shape}")
    return float(np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n) + floor))


def rel_error(x: np.ndarray, y: np.ndarray) -> float:
    """CS231n's measure: the largest entrywise relative error of two arrays of one shape.

    Two entries that are both zero up to rounding make it large although nothing is wrong; see
    `gradient_error` for a measure without that trap.

    Arguments:
        x, y: arrays of one shape, or two numbers.

    Returns:
        The largest ``|x - y| / max(1e-8, |x| + |y|)``, in 0..1.

    Raises:
        ValueError: when the shapes differ, or there is no entry.
        TypeError: for what are no real numbers.

    >>> float(rel_error(np.array([1.0, 2.0]), np.array([1.0, 6.0])))
    0.5
    """
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def _central_differences(f, x, h, indices=None):
    """Yield (index, f at x[index] + h, f at x[index] - h), writing x in place and restoring it."""
    for i in np.ndindex(x.shape) if indices is None else indices:
        old = x[i]
        try:
            x[i] = old + h
            f_plus = np.array(f(x))
            x[i] = old - h
            f_minus = np.array(f(x))
        finally:
            x[i] = old
        yield i, f_plus, f_minus


def eval_numerical_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, verbose: bool = True, h: float = 1e-5
) -> np.ndarray:
    """Numerical gradient of a scalar function, CS231n's signature.

    Unlike `numerical_gradient` it steps *in place* and restores x, since CS231n's callers hand over an array
    inside a model and an f that ignores its argument.

    Arguments:
        f: function of x that returns a scalar.
        x: the point, a float array of any shape.
        verbose: print every entry.
        h: the step.

    Returns:
        The gradient, the shape of x.

    Raises:
        ValueError: when f returns more than one number; for a read-only x; for a step that is negative, not
            finite or lost beside x.
        TypeError: for an x that is no float array, or too coarse for the step (float32 and steps below 1e-3); for an f
            that is no function, or returns None or a tuple; for a step that is no number.

    >>> eval_numerical_gradient(lambda x: np.sum(x**2), np.array([1.0, -3.0]), verbose=False).round(6)
    array([ 2., -6.])
    """
    grad = np.zeros_like(x)
    for i, f_plus, f_minus in _central_differences(f, x, h):
        grad[i] = (f_plus - f_minus) / (2 * h)
        if verbose:
            print(i, grad[i])
    return grad


def eval_numerical_gradient_array(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, df: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Numerical gradient of sum(f(x) * df), CS231n's signature; steps in place and restores x.

    Arguments:
        f: function of x that returns an array.
        x: the point, a float array of any shape.
        df: dL/d(f's output), the shape of f's output.
        h: the step.

    Returns:
        The gradient, the shape of x.

    Raises:
        ValueError: when f's output has not the shape of df; for a read-only x; for a step that is negative, not
            finite or lost beside x.
        TypeError: for an x that is no float array, or too coarse for the step (float32 and steps below 1e-3); for an f
            that is no function, or returns None or a tuple; for a step that is no number.

    >>> eval_numerical_gradient_array(lambda x: x**2, np.array([1.0, -3.0]), np.array([1.0, 10.0])).round(6)
    array([  2., -60.])
    """
    grad = np.zeros_like(x)
    for i, f_plus, f_minus in _central_differences(f, x, h):
        grad[i] = np.sum((f_plus - f_minus) * df) / (2 * h)
    return grad


def grad_check_sparse(
    f: Callable[[np.ndarray], float], x: np.ndarray, analytic_grad: np.ndarray, num_checks: int = 10, h: float = 1e-5,
    seed: int = 0,
) -> float:  # fmt: skip
    """Compare a gradient with the numerical one at a few random entries, and print each.

    Arguments:
        f: function of x that returns a scalar; x is stepped in place and restored.
        x: the point, a float array.
        analytic_grad: the gradient to check, the shape of x.
        num_checks: how many entries, at least one; an entry may be drawn twice.
        h: the step.
        seed: which entries.

    Returns:
        The largest relative error seen.

    Raises:
        ValueError: when f returns more than one number, the gradient has not x's shape, or nothing is to be checked;
            for a read-only x; for a step that is negative, not finite or lost beside x.
        TypeError: for an x that is no float array, or too coarse for the step (float32 and steps below 1e-3); for an f
            that is no function, or returns None or a tuple; for a step that is no number.

    >>> x = np.array([3.0])
    >>> worst = grad_check_sparse(lambda x: np.sum(x**2), x, 2 * x, num_checks=1)  # doctest: +ELLIPSIS
    numerical: 6.000000 analytic: 6.000000, relative error: ...
    >>> worst < 1e-8
    True
    """
    rng = np.random.default_rng(seed)
    indices = [tuple(int(rng.integers(m)) for m in x.shape) for _ in range(num_checks)]
    worst = 0.0
    for i, f_plus, f_minus in _central_differences(f, x, h, indices):
        numeric = float((f_plus - f_minus) / (2 * h))
        error = float(rel_error(np.array(numeric), np.array(analytic_grad[i])))
        worst = max(worst, error)
        print(f"numerical: {numeric:f} analytic: {analytic_grad[i]:f}, relative error: {error:e}")
    return worst


# Bad input is refused before any of these functions begins: see guards/.
guards.guard(globals(), gradient_checks.GRADIENTS)
