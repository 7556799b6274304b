"""Numerical gradients. This course checks every backward pass against them.

For a whole network use `grad_check_network`. There `rel_error` and `gradient_error` may be up to 1 although all
gradients are right: a step across the kink of one ReLU is enough.

Source: CS231n, assignment 2 (`eval_numerical_gradient`, `eval_numerical_gradient_array`, `grad_check_sparse` and
`rel_error`: names, arguments and results).
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import guards
from .guards import Model
from .guards import gradients as gradient_checks


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
    """Relative error of a gradient: the norm of the difference, divided by the sum of the norms.

    This is one number for the whole array. So entries that are exactly zero do no harm, while an entrywise relative
    error is undefined there. Because of the floor, two gradients agree if both are zero up to rounding: a difference
    of norm 1e-9 gives at most 1e-6. Rounding noise at h = 1e-6 is about 1e-10 for values near 1.

    Arguments:
        analytic, numeric: two arrays of the same shape.
        floor: added to the sum of the norms.

    Returns:
        A float in 0..1; below 1e-6 for a right gradient of a smooth function in float64. ReLU is not smooth: see
        `grad_check_network`.

    Raises:
        ValueError: if the shapes differ (broadcasting would hide it).

    >>> round(gradient_error([3.0, 4.0], [3.0, 4.0 + 1e-6]), 9)
    1e-07
    """
    a, n = np.asarray(analytic, dtype=np.float64), np.asarray(numeric, dtype=np.float64)
    if a.shape != n.shape:
        raise ValueError(f"shapes differ: analytic {a.shape}, numeric {n.shape}")
    return float(np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n) + floor))


def rel_error(x: np.ndarray, y: np.ndarray) -> float:
    """CS231n's measure: the largest entrywise relative error of two arrays.

    It is large if two entries are both zero up to rounding, even if nothing is wrong; `gradient_error` is not. Right
    gradients of a ReLU network may give 1: check a network with `grad_check_network`.

    Arguments:
        x, y: two arrays of the same shape, or two numbers.

    Returns:
        The largest ``|x - y| / max(1e-8, |x| + |y|)``, in 0..1.

    Raises:
        ValueError: if the shapes differ, or there is no entry.
        TypeError: if an argument does not hold real numbers.

    >>> float(rel_error(np.array([1.0, 2.0]), np.array([1.0, 6.0])))
    0.5
    """
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def _central_differences(
    f: Callable[[np.ndarray], Any], x: np.ndarray, h: float, indices: Iterable[tuple[int, ...]] | None = None
) -> Iterator[tuple[tuple[int, ...], np.ndarray, np.ndarray]]:
    """Yield (index, f at x[index] + h, f at x[index] - h) for these indices, or for all. Change x, and restore it."""
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
    """Numerical gradient of a scalar function, with CS231n's signature.

    Unlike `numerical_gradient`, it changes x *in place* and restores it, as CS231n's callers need: x belongs to a
    model, and their f ignores its argument.

    Arguments:
        f: function of x that returns a scalar.
        x: the point, a float array of any shape.
        verbose: print every entry.
        h: the step.

    Returns:
        The gradient, the shape of x.

    Raises:
        ValueError: if f returns more than one number, x is read-only, or the step is negative, not finite, or too
            small to change x.
        TypeError: if x is not a float array, or is float32 with a step below 1e-3; if f is not a function, or returns
            None or a tuple; if the step is not a number.

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
    """Numerical gradient of sum(f(x) * df), with CS231n's signature. It changes x in place and restores it.

    Arguments:
        f: function of x that returns an array.
        x: the point, a float array of any shape.
        df: dL/d(f's output), the shape of f's output.
        h: the step.

    Returns:
        The gradient, the shape of x.

    Raises:
        ValueError, TypeError: as `eval_numerical_gradient`. Also ValueError if f's output and df differ in shape.

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
    """Compare a gradient with the numerical gradient at a few random entries, and print each comparison.

    Arguments:
        f: function of x that returns a scalar. x is changed in place and restored.
        x: the point, a float array.
        analytic_grad: the gradient to check, the shape of x.
        num_checks: how many entries to check, at least one. An entry may be drawn twice.
        h: the step.
        seed: of the generator that draws the entries.

    Returns:
        The largest relative error seen. If it is above 1e-3, a last line says how a right gradient may give it.

    Raises:
        ValueError, TypeError: as `eval_numerical_gradient`; also if the gradient has another shape than x.

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
    if not worst <= 1e-3:
        print("(A step across the kink of a ReLU gives this, too. grad_check_network checks a whole network.)")
    return worst


def grad_check_network(
    model: Model, X: ArrayLike, y: ArrayLike, num_directions: int = 5, h: float = 1e-6, tolerance: float = 1e-6,
    seed: int = 0,
) -> float:  # fmt: skip
    """Check the gradients of all parameters of a network at once, along a few random directions.

    If the gradient g is right, the slope of the loss along any direction u equals the projection ``sum(g * u)``. A
    wrong entry of g changes nearly every projection. This takes ``2 * num_directions + 1`` evaluations of the loss.
    (HIPS autograd's ``check_grads`` and PyTorch's ``gradcheck(fast_mode=True)`` do so, too.)

    Each direction has length 1 within every parameter array, so that small arrays count as much as large ones. Medians
    are compared, since a direction may cross a ReLU's kink, where there is no slope. First the parameters move a
    little, away from biases of 0, where the kinks are, and gammas of 1, where a forgotten gamma is not seen.

    Arguments:
        model: a `FullyConnectedNet` with ``dtype=np.float64``, or another `Model`. At the end it is as it was.
        X, y: a batch for the network.
        num_directions, h: how many directions (best an odd number), and the step along each.
        tolerance, seed: the largest error that passes, and the seed of the directions and of the first move.

    Returns:
        The error: the median difference of slope and projection, divided by the median sum of their sizes plus 1e-3,
        so that zeros agree. If all is right, it is about 1e-9 for a small network and 1e-7 for a large one.

    Raises:
        AssertionError: if the error is above the tolerance or NaN. The message names the wrong gradients.
        ValueError: if dropout draws another mask at every call, or a setting is out of range.
        TypeError: if a parameter is not float64.

    >>> from cs231n.classifiers.fc_net import FullyConnectedNet
    >>> net = FullyConnectedNet([5, 4], input_dim=3, num_classes=2, normalization="batchnorm", dtype=np.float64, seed=0)
    >>> rng = np.random.default_rng(0)
    >>> grad_check_network(net, rng.standard_normal((8, 3)), np.arange(8) % 2) < 1e-6
    True
    """
    guards.want_checkable(model, num_directions, h, tolerance)
    before, bn_params = dict(model.params), copy.deepcopy(guards.find_bn_params(model))
    count = {name: value for name, value in vars(model).items() if name == "num_batches_tracked"}
    rng = np.random.default_rng(seed)
    start = {name: w + 0.1 * rng.standard_normal(w.shape) for name, w in before.items()}

    def error_of(names: Iterable[str]) -> float:
        some = {name: start[name] for name in names}
        return _error_along_directions(model, X, y, grads, some, num_directions, h, seed)

    try:
        model.params.update(start)
        _, grads = model.loss(X, y)
        for name, w in start.items():
            guards.want_shape(f"the gradient of {name}", grads.get(name), w.shape, "the parameter's")
        error = error_of(start)
        if not error <= tolerance:
            wrong = [name for name in start if not error_of([name]) <= tolerance]
            where = f"of {', '.join(wrong)}" if wrong else "together"
            raise AssertionError(
                f"the gradients {where} are not those of the loss: their error along {num_directions} random "
                f"directions is {error:.2g}; at most {tolerance:.2g} is wanted"
            )
        return error
    finally:
        model.params.update(before)
        vars(model).update(count)
        for bn_param, settings in zip(guards.find_bn_params(model), bn_params):
            bn_param.clear()
            bn_param.update(settings)


def _error_along_directions(
    model: Model, X: Any, y: Any, grads: dict[str, Any], start: dict[str, Any], num_directions: int, h: float, seed: int
) -> float:
    """Compute the error of `grad_check_network` for the parameters in ``start``. Step from there, and go back."""
    rng = np.random.default_rng(seed)
    slopes, projections = np.zeros((2, num_directions))
    for i in range(num_directions):
        direction = {name: rng.standard_normal(w.shape) for name, w in start.items()}
        direction = {name: u / np.linalg.norm(u) for name, u in direction.items()}
        losses = []
        for step in (h, -h):
            model.params.update({name: start[name] + step * u for name, u in direction.items()})
            losses.append(model.loss(X, y)[0])
        slopes[i] = (losses[0] - losses[1]) / (2 * h)
        projections[i] = sum(np.sum(grads[name] * u) for name, u in direction.items())
        model.params.update(start)
    return float(np.median(np.abs(slopes - projections)) / (np.median(np.abs(slopes) + np.abs(projections)) + 1e-3))


# From here on, every function checks its arguments before it begins: see guards/.
guards.guard(globals(), gradient_checks.GRADIENTS)
