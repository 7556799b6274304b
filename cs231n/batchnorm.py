"""Batch normalization: one forward pass, three ways to write the same backward pass.

Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift", 2015 (arXiv:1502.03167). The forward pass is Algorithm 1. The backward pass is the unnumbered
equations of section 3. Import these functions from ``cs231n.layers``.
"""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    """Batch normalization, feature by feature, over the batch.

    In training mode the batch's own mean and (biased) variance normalise it, and the running statistics
    move towards them: ``running = momentum * running + (1 - momentum) * batch``. In test mode the running
    statistics normalise, and nothing is updated.

    Arguments:
        x: inputs, shape (N, D).
        gamma: scale, shape (D,).
        beta: shift, shape (D,).
        bn_param: dictionary with
            ``mode``: ``"train"`` or ``"test"``;
            ``eps``: added to the variance, inside the square root (default 1e-5);
            ``momentum``: how much of the running statistics is kept at each step (default 0.9);
            ``running_mean``, ``running_var``: shape (D,); zeros where missing. Training mode writes the
            new values into the dictionary: the one argument that this function changes.

    Returns:
        out: ``gamma * x_hat + beta``, shape (N, D).
        cache: ``(x, gamma, beta, var, mu, x_hat, eps)``, with the mean and variance that were used.

    Raises:
        ValueError: for a mode other than ``"train"`` and ``"test"``.
    """
    mode = bn_param["mode"]
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if mode == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        mu, var = running_mean, running_var
    else:
        raise ValueError(f'bn_param["mode"] is {mode!r}; it must be "train" or "test"')
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x, gamma, beta, var, mu, x_hat, eps)


def batchnorm_backward_staged(dout, cache):
    """Backward pass of batch norm in training mode, one line per node of the computation graph.

    The graph: ``mu = mean(x)``, ``xmu = x - mu``, ``sq = xmu**2``, ``var = mean(sq)``,
    ``std = sqrt(var + eps)``, ``inv_std = 1 / std``, ``x_hat = xmu * inv_std``,
    ``out = gamma * x_hat + beta``. Means are over the batch.

    Arguments:
        dout: dL/d(out), shape (N, D).
        cache: ``(x, gamma, beta, var, mu, x_hat, eps)`` from `batchnorm_forward` in training mode.

    Returns:
        A dictionary with the gradient of the loss at every node, in the order of computing:
        ``dbeta, dgamma`` (D,); ``dx_hat`` (N, D); ``dinv_std`` (D,);
        ``dxmu1`` (N, D), what reaches xmu by way of x_hat; ``dstd, dvar`` (D,); ``dsq`` (N, D);
        ``dxmu2`` (N, D), what reaches xmu by way of the variance; ``dxmu`` (N, D), their sum;
        ``dmu`` (D,); ``dx1`` (N, D), what reaches x straight from xmu; ``dx2`` (N, D), what reaches x by
        way of the mean; ``dx`` (N, D), their sum.
    """
    x, gamma, beta, var, mu, x_hat, eps = cache
    N, xmu, std = x.shape[0], x - mu, np.sqrt(var + eps)
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    dinv_std = np.sum(dx_hat * xmu, axis=0)
    dxmu1 = dx_hat / std
    dstd = -dinv_std / std**2
    dvar = dstd / (2 * std)
    dsq = np.ones_like(dout) * dvar / N
    dxmu2 = 2 * xmu * dsq
    dxmu = dxmu1 + dxmu2
    dmu = -np.sum(dxmu, axis=0)
    dx1 = dxmu
    dx2 = np.ones_like(dout) * dmu / N
    dx = dx1 + dx2
    return {
        "dbeta": dbeta, "dgamma": dgamma, "dx_hat": dx_hat, "dinv_std": dinv_std, "dxmu1": dxmu1,
        "dstd": dstd, "dvar": dvar, "dsq": dsq, "dxmu2": dxmu2, "dxmu": dxmu, "dmu": dmu,
        "dx1": dx1, "dx2": dx2, "dx": dx,
    }  # fmt: skip


def batchnorm_backward(dout, cache):
    """Backward pass of batch norm in training mode, by the paper's formulas (section 3).

    Arguments:
        dout: dL/d(out), shape (N, D).
        cache: ``(x, gamma, beta, var, mu, x_hat, eps)`` from `batchnorm_forward` in training mode.

    Returns:
        dx: dL/dx, shape (N, D).
        dgamma: dL/dgamma, shape (D,).
        dbeta: dL/dbeta, shape (D,).
    """
    x, gamma, beta, var, mu, x_hat, eps = cache
    N, xmu, inv_std = x.shape[0], x - mu, 1 / np.sqrt(var + eps)
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * xmu, axis=0) * -0.5 * inv_std**3
    dmu = -np.sum(dx_hat, axis=0) * inv_std  # the paper's second term is identically zero
    dx = dx_hat * inv_std + dvar * 2 * xmu / N + dmu / N
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    """Backward pass of batch norm in training mode, in closed form (what fused kernels compute).

    Arguments:
        dout: dL/d(out), shape (N, D).
        cache: ``(x, gamma, beta, var, mu, x_hat, eps)`` from `batchnorm_forward` in training mode.

    Returns:
        dx: dL/dx, shape (N, D).
        dgamma: dL/dgamma, shape (D,).
        dbeta: dL/dbeta, shape (D,).
    """
    x, gamma, beta, var, mu, x_hat, eps = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx = gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat * (dgamma / N))
    return dx, dgamma, dbeta


def batchnorm_backward_test(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Backward pass of batch norm in *test* mode, where mean and variance are constants.

    Arguments:
        dout: dL/d(out), shape (N, D).
        cache: ``(x, gamma, beta, var, mu, x_hat, eps)`` from `batchnorm_forward` in test mode.

    Returns:
        dx: dL/dx, shape (N, D); here the layer is elementwise, ``dx = dout * gamma / sqrt(var + eps)``.
        dgamma: dL/dgamma, shape (D,).
        dbeta: dL/dbeta, shape (D,).

    Raises:
        ValueError: if the shapes do not fit together, the batch is empty, the cache does not have seven parts, or
            `layers.batchnorm_forward` made it in training mode.
        TypeError: if ``dout`` is not an array of real numbers, or the cache is not a tuple.

    >>> x, one, zero = np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1)
    >>> param = {"mode": "test", "eps": 0, "running_mean": zero, "running_var": np.array([4.0])}
    >>> out, cache = batchnorm_forward(x, one, zero, param)
    >>> batchnorm_backward_test(np.ones((2, 1)), cache)
    (array([[0.5],
           [0.5]]), array([2.]), array([2.]))
    """
    x, gamma, beta, var, mu, x_hat, eps = cache
    return dout * gamma / np.sqrt(var + eps), np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
