"""What the caches remember beyond their parts, and the shapes of the parameters' gradients.

A bias of shape (1, M), a gamma of shape (1, D) or a plain number broadcasts to the right output, so the layers accept
it, as CS231n's do. An optimizer needs its gradient in the same shape. The backward passes compute shapes (M,) and (D,);
`shaped_like_parameters` then gives each gradient the shape of its parameter.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .conditions import NUMBERS


class BatchnormCache(tuple):
    """A cache of batch norm that knows the mode of its forward pass. A backward pass accepts plain tuples, too."""

    mode: str | None = None


class LayernormCache(tuple):
    """A cache of layer norm that knows beta, which is not one of its parts. Plain tuples are accepted, too."""

    beta: Any = None


def remember_mode(forward: Callable) -> Callable:
    """Wrap batch norm's forward pass so that its cache knows the mode.

    Then a backward pass can refuse a cache of the wrong mode, for which its formula is wrong.
    """

    @functools.wraps(forward)
    def wrapper(x: Any, gamma: Any, beta: Any, bn_param: Any) -> tuple:
        out, cache = forward(x, gamma, beta, bn_param)
        cache = BatchnormCache(cache)
        cache.mode = bn_param["mode"]
        return out, cache

    return wrapper


def remember_beta(forward: Callable) -> Callable:
    """Wrap layer norm's forward pass so that its cache knows beta, whose shape the backward pass needs."""

    @functools.wraps(forward)
    def wrapper(x: Any, gamma: Any, beta: Any, ln_param: Any) -> tuple:
        out, cache = forward(x, gamma, beta, ln_param)
        cache = LayernormCache(cache)
        cache.beta = beta
        return out, cache

    return wrapper


def shaped_like_parameters(parts: Mapping[Any, Callable[[Any], Any]]) -> Callable[[Callable], Callable]:
    """Make a decorator for a backward pass: it gives gradients the shapes of their parameters.

    Arguments:
        parts: for each gradient, by its index or key in the result: a function from the cache to the parameter.
    """

    def decorate(backward: Callable) -> Callable:
        @functools.wraps(backward)
        def wrapper(dout: Any, cache: Any) -> Any:
            grads = backward(dout, cache)
            for which, get_parameter in parts.items():
                parameter, grad = get_parameter(cache), _get_entry(grads, which)
                if isinstance(grad, np.ndarray) and getattr(parameter, "shape", ()) != grad.shape:
                    grads = _replace(grads, which, _shape_like(grad, parameter))
            return grads

        return wrapper

    return decorate


def _get_entry(grads: Any, which: Any) -> Any:
    """Get one gradient. Return None if there is none: somebody may have edited the layer."""
    if isinstance(grads, dict):
        return grads.get(which)
    return grads[which] if isinstance(grads, tuple) and len(grads) > which else None


def _replace(grads: Any, which: Any, grad: Any) -> Any:
    """Replace one entry of a tuple (return a new one) or of a dictionary."""
    if isinstance(grads, dict):
        grads[which] = grad
        return grads
    return (*grads[:which], grad, *grads[which + 1 :])


def _shape_like(grad: np.ndarray, parameter: Any) -> Any:
    """Give a gradient, shape (D,), its parameter's shape. A number that all features share gets the sum."""
    if np.size(parameter) == 1:
        total = np.sum(grad)
        return np.full_like(parameter, total, dtype=grad.dtype) if isinstance(parameter, np.ndarray) else total
    return grad.reshape(np.shape(parameter)) if grad.size == np.size(parameter) else grad


def _beta_of(cache: Any) -> Any:
    """Find beta in a cache of layer norm. In a plain tuple it is missing; then gamma has the same shape."""
    beta = getattr(cache, "beta", None)
    return cache[0] if beta is None else beta


def _bn_beta_of(cache: Any) -> Any:
    """Find beta in a cache of batch norm. A student's own forward pass may put something else there."""
    return cache[2] if isinstance(cache[2], (np.ndarray, *NUMBERS)) else cache[1]


WRAPPERS: Mapping[str, Callable[[Callable], Callable]] = {
    "batchnorm_forward": remember_mode,
    "layernorm_forward": remember_beta,
    "affine_backward": shaped_like_parameters({2: lambda cache: cache[2]}),
    "layernorm_backward": shaped_like_parameters({1: lambda cache: cache[0], 2: _beta_of}),
    "batchnorm_backward_staged": shaped_like_parameters({"dgamma": lambda cache: cache[1], "dbeta": _bn_beta_of}),
    **{
        name: shaped_like_parameters({1: lambda cache: cache[1], 2: _bn_beta_of})
        for name in ("batchnorm_backward", "batchnorm_backward_alt", "batchnorm_backward_test")
    },
}
