"""Layers that are used together, as one pair of functions each."""

from typing import Any

import numpy as np

from . import layers, validation
from .validation import checks_layers


def affine_relu_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Affine layer, then ReLU.

    Arguments:
        x: inputs, shape (N, d_1, ..., d_k); w: weights (D, M); b: biases (M,).

    Returns:
        out: shape (N, M).
        cache: for `affine_relu_backward`.
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
    """
    fc_cache, ln_cache, relu_cache = cache
    da_ln = layers.relu_backward(dout, relu_cache)
    da, dgamma, dbeta = layers.layernorm_backward(da_ln, ln_cache)
    dx, dw, db = layers.affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta


# Every layer checks its own arguments; here only the caches need it: see validation.py.
validation.guard(globals(), checks_layers.SANDWICHES)
