"""Backward passes that are right for a mistaken forward pass, derived by hand. Their caches are the documented ones.

Each is a function of the task's arguments. The table gives the task, the mistake of the forward pass, and its variant.
"""

import numpy as np

from cs231n import layers


def _by_paths(dout, cache, std, dvar_of_dstd, of_mean, of_var):
    """The backward pass along the documented graph.

    Arguments:
        std: what x - mu is divided by.
        dvar_of_dstd: d std / d var.
        of_mean, of_var: what the sums of x and of (x - mu)**2 are multiplied by.
    """
    x, gamma, beta, var, mu, x_hat, eps = cache
    xmu, dx_hat = x - mu, dout * gamma
    dinv_std = np.sum(dx_hat * xmu, axis=0)
    dstd = -dinv_std / std**2
    dvar = dstd * dvar_of_dstd
    dsq = np.ones_like(x) * dvar * of_var
    dxmu1, dxmu2 = dx_hat / std, 2 * xmu * dsq
    dxmu = dxmu1 + dxmu2
    dmu = -dxmu.sum(axis=0)
    dx2 = np.ones_like(x) * dmu * of_mean
    return {
        "dbeta": dout.sum(axis=0), "dgamma": (dout * x_hat).sum(axis=0), "dx_hat": dx_hat, "dinv_std": dinv_std,
        "dxmu1": dxmu1, "dstd": dstd, "dvar": dvar, "dsq": dsq, "dxmu2": dxmu2, "dxmu": dxmu, "dmu": dmu, "dx1": dxmu,
        "dx2": dx2, "dx": dxmu + dx2,
    }  # fmt: skip


def _three(nodes):
    return nodes["dx"], nodes["dgamma"], nodes["dbeta"]


def without_eps_staged(dout, cache):
    root, n = np.sqrt(cache[3]), len(dout)
    return _by_paths(dout, cache, root, 0.5 / root, 1 / n, 1 / n)


def without_eps(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    return gamma / np.sqrt(var) * (dout - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta


def eps_outside_staged(dout, cache):
    root, n = np.sqrt(cache[3]), len(dout)
    return _by_paths(dout, cache, root + cache[6], 0.5 / root, 1 / n, 1 / n)


def eps_outside(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    n, root = len(x), np.sqrt(var)
    dx_hat = dout * gamma
    dx = (dx_hat - dx_hat.mean(axis=0)) / (root + eps) - (x - mu) * np.sum(dx_hat * (x - mu), axis=0) / (
        n * root * (root + eps) ** 2
    )
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def unbiased_staged(dout, cache):
    std, n = np.sqrt(cache[3] + cache[6]), len(dout)
    return _by_paths(dout, cache, std, 0.5 / std, 1 / n, 1 / (n - 1))


def unbiased(dout, cache):
    return _three(unbiased_staged(dout, cache))


def by_the_variance(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    dx_hat, over = dout * gamma, var + eps
    dvar = -np.sum(dx_hat * (x - mu), axis=0) / over**2
    dx = (dx_hat - dx_hat.mean(axis=0)) / over + 2 * (x - mu) * dvar / len(x)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def sum_for_the_variance(dout, cache):
    std = np.sqrt(cache[3] + cache[6])
    return _three(_by_paths(dout, cache, std, 0.5 / std, 1 / len(dout), 1.0))


def sums_for_both_staged(dout, cache):
    std = np.sqrt(cache[3] + cache[6])
    return _by_paths(dout, cache, std, 0.5 / std, 1.0, 1.0)


def beta_scaled(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    dx, dgamma, dbeta = layers.batchnorm_backward(dout, (x, gamma, beta, var, mu, x_hat, eps))
    return dx, dgamma + beta * dbeta, gamma * dbeta


def sandwich_without_relu(dout, cache):
    fc_cache, bn_cache, _ = cache
    da, dgamma, dbeta = layers.batchnorm_backward(dout, bn_cache)
    return *layers.affine_backward(da, fc_cache), dgamma, dbeta


def sandwich_with_relu_first(dout, cache):
    fc_cache, bn_cache, relu_cache = cache
    da_relu, dgamma, dbeta = layers.batchnorm_backward(dout, bn_cache)
    return *layers.affine_backward(layers.relu_backward(da_relu, relu_cache), fc_cache), dgamma, dbeta


def sandwich_with_gamma_and_beta_swapped(dout, cache):
    fc_cache, bn_cache, relu_cache = cache
    da, dbeta, dgamma = layers.batchnorm_backward(layers.relu_backward(dout, relu_cache), bn_cache)
    return *layers.affine_backward(da, fc_cache), dgamma, dbeta


STAGED, PLAIN, ALT = "batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"
SANDWICH = "affine_bn_relu_backward"
CONSISTENT = [  # (task, mistake of the forward pass, variant, backward pass)
    (STAGED, "eps-nowhere", 0, without_eps_staged),
    (ALT, "eps-nowhere", 0, without_eps),
    (STAGED, "eps-outside-the-root", 0, eps_outside_staged),
    (PLAIN, "eps-outside-the-root", 0, eps_outside),
    (STAGED, "unbiased-variance", 0, unbiased_staged),
    (PLAIN, "unbiased-variance", 0, unbiased),
    (PLAIN, "divided-by-the-variance", 0, by_the_variance),
    (ALT, "sums-for-means", 1, sum_for_the_variance),
    (STAGED, "sums-for-means", 2, sums_for_both_staged),
    (PLAIN, "beta-scaled", 0, beta_scaled),
    (SANDWICH, "no-relu", 0, sandwich_without_relu),
    (SANDWICH, "relu-before-batch-norm", 0, sandwich_with_relu_first),
    (SANDWICH, "gamma-and-beta-swapped", 0, sandwich_with_gamma_and_beta_swapped),
]
