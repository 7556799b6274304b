"""Code that began in Python 2 and still runs: future imports, float() around counts, what an IDE imported by itself."""

from __future__ import absolute_import, division, print_function  # noqa: UP010

import pdb  # noqa: F401
from builtins import range  # noqa: A004, UP029
from unicodedata import normalize  # noqa: F401

import numpy as np


def softmax(X):
    X = X - np.amax(X, axis=1).reshape(-1, 1)
    num = np.exp(X)
    den = np.sum(num, axis=1).reshape(-1, 1)
    return np.divide(num, den)


def softmax_jacobian(p):
    from math import pi  # noqa: F401

    (N, C) = p.shape
    out = np.empty((N, C, C))
    for n in range(0, N):
        col = p[n].reshape((C, 1))
        out[n] = np.diagflat(col) - np.dot(col, col.T)
    return out


def softmax_loss(X, y):
    num_train = float(X.shape[0])
    scores = X.copy()
    scores -= np.max(scores, axis=1).reshape(-1, 1)
    correct = scores[range(int(num_train)), list(y)]
    log_sum = np.log(np.sum(np.exp(scores), axis=1))
    loss = np.sum(log_sum - correct) / num_train
    margin = np.exp(scores) / np.exp(log_sum).reshape(-1, 1)
    margin[range(int(num_train)), list(y)] += -1
    return loss, margin / num_train


def numerical_gradient(f, x, df=None, h=1e-6):
    shape = x.shape
    flat = np.array(x, dtype=float).flatten()
    grad = np.zeros(len(flat))
    for ix in range(len(flat)):
        old = flat[ix]
        flat[ix] = old + h
        pos = f(flat.reshape(shape).copy())
        flat[ix] = old - h
        neg = f(flat.reshape(shape).copy())
        flat[ix] = old
        diff = (pos - neg) / (2.0 * h)
        grad[ix] = np.sum(diff * (np.ones_like(diff) if df is None else df))
    return grad.reshape(shape)


def affine_backward(dout, cache):
    (x, w, b) = cache
    N = x.shape[0]
    D = int(np.prod(x.shape)) // N
    dx = np.dot(dout, np.transpose(w)).reshape(*x.shape)
    dw = np.dot(np.transpose(x.reshape(N, D)), dout)
    db = np.sum(np.transpose(dout), axis=1)
    return dx, dw, db


def relu_backward(dout, cache):
    dx, x = None, cache
    mask = np.zeros(x.shape)
    mask[x > 0] = 1.0
    dx = np.multiply(mask, dout)
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    if not ("running_mean" in bn_param):  # noqa: E713
        bn_param["running_mean"] = np.zeros(D, dtype=x.dtype)
    if not ("running_var" in bn_param):  # noqa: E713
        bn_param["running_var"] = np.zeros(D, dtype=x.dtype)
    out, cache = None, None
    if mode == "train":
        mean = np.sum(x, axis=0) / float(N)
        var = np.sum((x - np.tile(mean, (N, 1))) ** 2, axis=0) / float(N)
        xhat = (x - mean) / np.sqrt(var + eps)
        out = np.multiply(xhat, gamma) + beta
        bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1.0 - momentum) * mean
        bn_param["running_var"] = momentum * bn_param["running_var"] + (1.0 - momentum) * var
        cache = (mean, var, xhat, gamma, beta, x, bn_param)
    elif mode == "test":
        xhat = (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps)
        out = np.multiply(xhat, gamma) + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)  # noqa: UP031
    return out, cache


def batchnorm_backward_staged(dout, cache):
    mean, var, xhat, gamma, beta, x, bn_param = cache
    m = float(x.shape[0])
    v = var + bn_param.get("eps", 1e-5)
    d = dict()
    d["dx_hat"] = np.multiply(dout, gamma)
    d["dinv_std"] = np.sum(np.multiply(d["dx_hat"], x - mean), axis=0)
    d["dstd"] = -d["dinv_std"] / v
    d["dvar"] = d["dstd"] / np.sqrt(v) / 2.0
    d["dsq"] = np.tile(d["dvar"] / m, (int(m), 1))
    d["dxmu1"] = d["dx_hat"] / np.sqrt(v)
    d["dxmu2"] = 2.0 * (x - mean) * d["dsq"]
    d["dxmu"] = d["dxmu1"] + d["dxmu2"]
    d["dmu"] = -d["dxmu"].sum(axis=0)
    d["dx1"] = 1.0 * d["dxmu"]
    d["dx2"] = np.tile(d["dmu"] / m, (int(m), 1))
    d["dx"] = d["dx1"] + d["dx2"]
    d["dgamma"] = np.sum(np.multiply(dout, xhat), axis=0)
    d["dbeta"] = np.sum(dout, axis=0)
    return d


def batchnorm_backward(dout, cache):
    mean, var, xhat, gamma, beta, x, bn_param = cache
    m = float(x.shape[0])
    inv = 1.0 / np.sqrt(var + bn_param.get("eps", 1e-5))
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mean) * (-0.5) * inv**3, axis=0)
    dmean = np.sum(dxhat * -inv, axis=0) + dvar * np.sum(-2.0 * (x - mean), axis=0) / m
    dx = dxhat * inv + dvar * 2.0 * (x - mean) / m + dmean / m
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_alt(dout, cache):
    mean, var, xhat, gamma, beta, x, bn_param = cache
    m = 1.0 * dout.shape[0]
    inv = (var + bn_param.get("eps", 1e-5)) ** (-1.0 / 2)
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = (1.0 / m) * gamma * inv * (m * dout - dbeta - (x - mean) * inv**2 * np.sum(dout * (x - mean), axis=0))
    return dx, dgamma, dbeta


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a = np.dot(x, w) + b
    bn, bn_cache = batchnorm_forward(a, gamma, beta, bn_param)
    return np.maximum(0.0, bn), [(x, w, b), bn_cache, bn]


def affine_bn_relu_backward(dout, cache):
    dbn = relu_backward(dout, cache[2])
    da, dgamma, dbeta = batchnorm_backward(dbn, cache[1])
    dx, dw, db = affine_backward(da, cache[0])
    return dx, dw, db, dgamma, dbeta


def adam(x, dx, config=None):
    if config is None:
        config = {}
    for key, default in list({"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}.items()):
        if key not in config.keys():  # noqa: SIM118
            config[key] = default
    if "m" not in config:
        config["m"] = np.zeros(x.shape)
        config["v"] = np.zeros(x.shape)
    config["t"] = config["t"] + 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dx
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * (dx**2)
    mt = config["m"] / (1 - np.power(config["beta1"], config["t"]))
    vt = config["v"] / (1 - np.power(config["beta2"], config["t"]))
    next_x = x - config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return next_x, config


def steps_to_reach(history, level):
    i = 0
    for i in range(0, len(history)):
        if history[i] >= level:
            break
    else:
        return None
    return i
