"""Layers that are often used together, joined in one pair of functions.

Source: CS231n, assignment 2 (names, arguments and results).
"""

from typing import Any

import numpy as np

from . import guards, layers
from .guards import layers as layer_checks


def affine_relu_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Affine layer, then ReLU.

    Arguments:
        x: inputs, shape (N, d_1, ..., d_k); w: weights (D, M); b: biases (M,).

    Returns:
        out: shape (N, M).
        cache: for `affine_relu_backward`.

    Raises:
        ValueError: if the shapes do not fit together, or the batch is empty.
        TypeError: if an argument is not an array of real numbers.

    >>> out, cache = affine_relu_forward(np.array([[1.0, 2.0]]), np.eye(2), np.array([-2.0, 0.0]))
    >>> out
    array([[0., 2.]])
    """
    a, fc_cache = layers.affine_forward(x, w, b)
    out, relu_cache = layers.relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Backward pass of `affine_relu_forward`.

    Arguments:
        dout: dL/d(out), shape (N, M).
        cache: from `affine_relu_forward`.

    Returns:
        dx, dw, db: the shapes of x, w and b.

    Raises:
        ValueError: if the shapes do not fit together, or the cache does not have two parts.
        TypeError: if ``dout`` is not an array of real numbers, or the cache is not a tuple.

    >>> out, cache = affine_relu_forward(np.array([[1.0, 2.0]]), np.eye(2), np.array([-2.0, 0.0]))
    >>> dx, dw, db = affine_relu_backward(np.ones((1, 2)), cache)
    >>> dx, db
    (array([[0., 1.]]), array([0., 1.]))
    """
    fc_cache, relu_cache = cache
    da = layers.relu_backward(dout, relu_cache)
    return layers.affine_backward(da, fc_cache)


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    """The sandwich layer: affine, then batch norm, then ReLU.

    Arguments:
        x: inputs, shape (N, D).
        w, b: weights (D, M) and biases (M,) of the affine layer.
        gamma, beta: scale and shift of batch norm, shape (M,) each.
        bn_param: see `layers.batchnorm_forward`; its running statistics are updated in training mode.

    Returns:
        out: shape (N, M).
        cache: for `affine_bn_relu_backward`.
    """
    a, fc_cache = layers.affine_forward(x, w, b)
    a_bn, bn_cache = layers.batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = layers.relu_forward(a_bn)
    return out, (fc_cache, bn_cache, relu_cache)


def affine_bn_relu_backward(dout, cache):
    """Backward pass of `affine_bn_relu_forward` in training mode.

    Arguments:
        dout: dL/d(out), shape (N, M).
        cache: from `affine_bn_relu_forward`.

    Returns:
        dx, dw, db, dgamma, dbeta: the shapes of x, w, b, gamma and beta.
    """
    fc_cache, bn_cache, relu_cache = cache
    da_bn = layers.relu_backward(dout, relu_cache)
    da, dgamma, dbeta = layers.batchnorm_backward(da_bn, bn_cache)
    dx, dw, db = layers.affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta


def affine_ln_relu_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: dict[str, Any]
) -> tuple[np.ndarray, tuple]:
    """The sandwich layer with layer normalization: affine, then layer norm, then ReLU.

    Arguments:
        x: inputs, shape (N, D).
        w, b: weights (D, M) and biases (M,) of the affine layer.
        gamma, beta: scale and shift of layer norm, shape (M,) each.
        ln_param: see `layers.layernorm_forward`.

    Returns:
        out: shape (N, M).
        cache: for `affine_ln_relu_backward`.

    Raises:
        ValueError: if the shapes do not fit together, the batch is empty, or layer norm refuses a setting.
        TypeError: if an argument is not an array of real numbers, or ``ln_param`` is not a dictionary.

    >>> x, w, one, zero = np.array([[1.0, 3.0]]), np.eye(2), np.ones(2), np.zeros(2)
    >>> out, cache = affine_ln_relu_forward(x, w, zero, one, zero, {"eps": 0})
    >>> out
    array([[0., 1.]])
    """
    a, fc_cache = layers.affine_forward(x, w, b)
    a_ln, ln_cache = layers.layernorm_forward(a, gamma, beta, ln_param)
    out, relu_cache = layers.relu_forward(a_ln)
    return out, (fc_cache, ln_cache, relu_cache)


def affine_ln_relu_backward(
    dout: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Backward pass of `affine_ln_relu_forward`.

    Arguments:
        dout: dL/d(out), shape (N, M).
        cache: from `affine_ln_relu_forward`.

    Returns:
        dx, dw, db, dgamma, dbeta: the shapes of x, w, b, gamma and beta.

    Raises:
        ValueError: if the shapes do not fit together, or the cache does not have three parts.
        TypeError: if ``dout`` is not an array of real numbers, or the cache is not a tuple.
    """
    fc_cache, ln_cache, relu_cache = cache
    da_ln = layers.relu_backward(dout, relu_cache)
    da, dgamma, dbeta = layers.layernorm_backward(da_ln, ln_cache)
    dx, dw, db = layers.affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta


# Each layer checks its own arguments, so only the caches are checked here: see guards/.
guards.guard(globals(), layer_checks.SANDWICHES)
