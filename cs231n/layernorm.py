"""Layer normalization: each example is normalised by the mean and variance of its own features.

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
        gamma: scale, one per feature, shape (D,), or one that broadcasts to it: (1, D), or a number.
        beta: shift, likewise. The gradients of gamma and beta have the shapes of these two.
        ln_param: dictionary with
            ``eps``: added to the variance, inside the square root (default 1e-5).
            Batch norm's other settings, such as ``mode``, are allowed and ignored. The dictionary is not changed.

    Returns:
        out: ``gamma * x_hat + beta``, shape (N, D).
        cache: ``(gamma, x_hat, std)``, shapes (D,), (N, D) and (N, 1). Here std is sqrt(variance + eps), with the
            biased variance (the sum of squares is divided by D, not by D - 1).

    Raises:
        ValueError: if the shapes do not fit together, the batch is empty, eps is negative or infinite, or
            ``ln_param`` has a key that neither layer norm nor batch norm knows.
        TypeError: if x, gamma or beta is not an array of real numbers, ``ln_param`` is not a dictionary, or eps is
            not a number.

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

    All examples share gamma and beta, so the gradients of these are sums over the batch. The mean and the variance
    were taken over the features, so the two terms that come back through them are means over the features.

    Arguments:
        dout: dL/d(out), shape (N, D).
        cache: ``(gamma, x_hat, std)`` from `layernorm_forward`.

    Returns:
        dx: dL/dx, shape (N, D).
        dgamma: dL/dgamma, shape (D,).
        dbeta: dL/dbeta, shape (D,).

    Raises:
        ValueError: if the shapes do not fit together, the batch is empty, or the cache does not have three parts.
        TypeError: if ``dout`` is not an array of real numbers, or the cache is not a tuple.

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
