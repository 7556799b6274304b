"""Layers that are used together, as one pair of functions each."""

from . import layers


def affine_relu_forward(x, w, b):
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


def affine_relu_backward(dout, cache):
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
