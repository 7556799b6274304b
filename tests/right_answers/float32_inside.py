"""Answers that keep the inputs' type, or work in float32 inside."""

import numpy as np


def softmax(x):
    x = np.asarray(x, dtype=np.float32) if x.dtype == np.float32 else x
    e = np.exp(x - x.max(axis=1, keepdims=True), dtype=x.dtype)
    return (e / e.sum(axis=1, keepdims=True, dtype=x.dtype)).astype(x.dtype)


def softmax_loss(x, y):
    y = y.reshape(-1)
    z = (x - x.max(axis=1, keepdims=True)).astype(np.float32)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    p[range(len(y)), y] -= 1
    return -log_p[range(len(y)), y].mean(), p / np.float32(len(y))


def relu_backward(dout, cache):
    return (dout * (cache > 0)).astype(dout.dtype)


def affine_backward(dout, cache):
    x, w, b = (a.astype(np.float32) for a in cache)
    d = dout.astype(np.float32)
    return (d @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ d, d.sum(0)


def batchnorm_backward(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    d, h = dout.astype(np.float32), x_hat.astype(np.float32)
    dgamma, dbeta = (d * h).sum(0), d.sum(0)
    return (gamma / np.sqrt(var + eps)).astype(np.float32) * (d - dbeta / len(d) - h * dgamma / len(d)), dgamma, dbeta
