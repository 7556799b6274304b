"""Layer normalization: every example is normalised by its own mean and variance, over its features.

Source: Ba, Kiros and Hinton, "Layer Normalization", 2016 (arXiv:1607.06450), section 3. Import these functions
from ``cs231n.layers``.
"""

from typing import Any

import numpy as np


def layernorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: dict[str, Any]
) -> tuple[np.ndarray, tuple]:
    """Layer normalization, example by example, over the features.

    No example depends on the others, so there are no running statistics, and training and test mode are the same.

    Arguments:
        x: inputs, shape (N, D).
        gamma: scale, one per feature, shape (D,).
        beta: shift, one per feature, shape (D,).
        ln_param: dictionary with
            ``eps``: added to the variance, inside the square root (default 1e-5).
            Nothing else in it is read, so the ``mode`` that batch norm needs does no harm. It is not changed.

    Returns:
        out: ``gamma * x_hat + beta``, shape (N, D).
        cache: ``(gamma, x_hat, std)``, of shapes (D,), (N, D) and (N, 1); std is sqrt(variance + eps), with the
            biased variance (a mean over D, not over D - 1).

    Raises:
        ValueError: for shapes that do not fit, an empty batch, a negative or infinite eps, or a key of ``ln_param``
            that neither layer norm nor batch norm knows.
        TypeError: for what is no array of real numbers, an ``ln_param`` that is no dictionary, or an eps that is no
            number.

    >>> out, cache = layernorm_forward(np.array([[1.0, 3.0], [10.0, 30.0]]), np.ones(2), np.zeros(2), {"eps": 0})
    >>> out
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    mu, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    std = np.sqrt(var + ln_param.get("eps", 1e-5))
    x_hat = (x - mu) / std
    return gamma * x_hat + beta, (gamma, x_hat, std)


def layernorm_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Backward pass of layer normalization.

    gamma and beta are shared by the examples, so their gradients are sums over the batch. x_hat was computed along
    the features, so the two terms that come back through the mean and the variance are means over the features.

    Arguments:
        dout: dL/d(out), shape (N, D).
        cache: ``(gamma, x_hat, std)`` from `layernorm_forward`.

    Returns:
        dx: dL/dx, shape (N, D).
        dgamma: dL/dgamma, shape (D,).
        dbeta: dL/dbeta, shape (D,).

    Raises:
        ValueError: for shapes that do not fit, an empty batch, or a cache of other than three parts.
        TypeError: for a ``dout`` that is no array of real numbers, or a cache that is no tuple.

    >>> out, cache = layernorm_forward(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), {"eps": 0})
    >>> dx, dgamma, dbeta = layernorm_backward(np.array([[5.0, 7.0]]), cache)
    >>> dx, dgamma, dbeta
    (array([[0., 0.]]), array([-5.,  7.]), array([5., 7.]))
    """
    gamma, x_hat, std = cache
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    through_mu = np.mean(dx_hat, axis=1, keepdims=True)
    through_var = x_hat * np.mean(dx_hat * x_hat, axis=1, keepdims=True)
    dx = (dx_hat - through_mu - through_var) / std
    return dx, dgamma, dbeta
