"""The checks of numerical gradients, one for each function of ``gradient_check.py``."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..support.articles import add_article
from .conditions import as_real_array, want_number, want_shape
from .mechanism import Checks


def _check_results_of(f: Any, shape: tuple[int, ...] | None) -> Callable:
    """Wrap the function f so that each result is checked: it must be an array or a number of this shape (None: any).

    If the result had another shape than df, their product would broadcast, and the sum would count entries repeatedly.
    """
    if not callable(f):
        raise TypeError(
            f"f is {add_article(type(f).__name__)}; a function of one array is wanted, such as lambda x: np.sum(x**2)"
        )

    def checked(x: np.ndarray) -> Any:
        value = f(x)
        if value is None or isinstance(value, tuple | list | dict):
            kind = "None" if value is None else add_article(type(value).__name__)
            raise TypeError(f"f returned {kind}; an array or a number is wanted, such as lambda x: layer(x)[0]")
        if shape is not None and np.shape(value) != shape:
            wanted = "one number" if shape == () else f"df has shape {shape}, and the same shape"
            raise ValueError(f"f returned shape {np.shape(value)}; {wanted} is wanted")
        return value

    return checked


def _want_step(x: np.ndarray, h: Any) -> None:
    """Raise an error unless h is a finite number of at least 0 that changes every entry of x."""
    want_number("h, the step,", h, 0)
    if np.any(x + x.dtype.type(h) == x):
        raise ValueError(f"h, the step, is {h!r}; beside the largest entry of x, {np.max(np.abs(x)):.3g}, it is lost")


def check_numerical_gradient(f: Any, x: Any, df: Any = None, h: Any = 1e-6) -> tuple:
    """The output of f must have df's shape. The step must change every entry of x."""
    point = np.asarray(x)
    if point.dtype.kind not in "fiub":
        raise TypeError(f"x has dtype {point.dtype}; real numbers are wanted")
    _want_step(point.astype(np.float64), h)
    return _check_results_of(f, None if df is None else np.shape(df)), x, df, h


def _want_array_to_step_in(x: Any, h: Any) -> None:
    """Raise an error unless x is an array in which a step of h can be made in place."""
    if as_real_array("x", x) is not x:
        raise TypeError(f"x has dtype {x.dtype}, and steps of {h} in place are lost in it; use x.astype(float)")
    if not x.flags.writeable:
        raise ValueError("x is read-only, and this function steps in place; use x.copy(), or numerical_gradient")
    _want_step(x, h)
    if x.dtype.itemsize < 8 and h < 1e-3:
        raise TypeError(
            f"x has dtype {x.dtype}, where a step of {h} drowns in rounding; use x.astype(np.float64) (for a network, "
            "dtype=np.float64), or numerical_gradient"
        )


def check_eval_numerical_gradient(f: Any, x: Any, verbose: Any = True, h: Any = 1e-5) -> tuple:
    """f must return one number. x must allow steps in place."""
    _want_array_to_step_in(x, h)
    return _check_results_of(f, ()), x, verbose, h


def check_eval_numerical_gradient_array(f: Any, x: Any, df: Any, h: Any = 1e-5) -> tuple:
    """The output of f must have df's shape. x must allow steps in place."""
    _want_array_to_step_in(x, h)
    return _check_results_of(f, np.shape(df)), x, df, h


def check_grad_check_sparse(
    f: Any, x: Any, analytic_grad: Any, num_checks: Any = 10, h: Any = 1e-5, seed: Any = 0
) -> tuple:
    """The gradient must have x's shape. x must allow steps in place."""
    _want_array_to_step_in(x, h)
    want_shape("analytic_grad", analytic_grad, x.shape, "the shape of x")
    if not isinstance(num_checks, int | np.integer) or num_checks < 1 or x.size == 0:
        raise ValueError(f"num_checks is {num_checks!r} and x has shape {x.shape}; at least one entry must be checked")
    return _check_results_of(f, ()), x, analytic_grad, num_checks, h, seed


def check_rel_error(x: Any, y: Any) -> tuple:
    """x and y must be arrays of the same shape, or numbers. Integers become float64."""
    arrays = [as_real_array(name, np.asarray(value)) for name, value in (("x", x), ("y", y))]
    want_shape("y", arrays[1], arrays[0].shape, "the shape of x")
    if arrays[0].size == 0:
        raise ValueError(f"x has shape {arrays[0].shape}; there is nothing to compare")
    return tuple(arrays)


GRADIENTS: Checks = {
    "numerical_gradient": check_numerical_gradient,
    "eval_numerical_gradient": check_eval_numerical_gradient,
    "eval_numerical_gradient_array": check_eval_numerical_gradient_array,
    "grad_check_sparse": check_grad_check_sparse,
    "rel_error": check_rel_error,
}
