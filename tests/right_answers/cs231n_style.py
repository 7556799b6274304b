"""In the manner of published CS231n solutions.

Staged graphs, dictionary caches, prints left in, stray imports, in-place work on arrays of one's own.
"""

import math  # noqa: F401
import random  # noqa: F401

import numpy as np


def softmax(scores):
    print("scores", scores.shape)
    shifted = scores - scores.max(axis=1)[:, np.newaxis]
    shifted = shifted.copy()
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=1, keepdims=True)
    return shifted


def softmax_jacobian(probs):
    return np.array([np.diag(row) - np.outer(row, row) for row in probs])


def softmax_loss(x, y):
    shifted_logits = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(x.shape[0], np.prod(x.shape[1:])).T, dout)
    db = np.dot(np.ones(x.shape[0]), dout)
    return [dx, dw, db]


def relu_backward(dout, cache):
    dx, x = None, cache
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == "train":
        print("train mode")
        mu = 1.0 / N * np.sum(x, axis=0)
        xmu = x - mu
        sq = xmu**2
        var = 1.0 / N * np.sum(sq, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        gammax = gamma * xhat
        out = gammax + beta
        running_mean *= momentum
        running_mean += (1 - momentum) * mu
        running_var *= momentum
        running_var += (1 - momentum) * var
        cache = {
            "xhat": xhat,
            "gamma": gamma,
            "xmu": xmu,
            "ivar": ivar,
            "sqrtvar": sqrtvar,
            "var": var,
            "bn_param": bn_param,
        }
    elif mode == "test":
        xhat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * xhat + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)  # noqa: UP031
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    c = cache
    eps = c["bn_param"].get("eps", 1e-5)
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * c["xhat"], axis=0)
    dxhat = dgammax * c["gamma"]
    divar = np.sum(dxhat * c["xmu"], axis=0)
    dxmu1 = dxhat * c["ivar"]
    dsqrtvar = -1.0 / (c["sqrtvar"] ** 2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(c["var"] + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * c["xmu"] * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    print("dx norm", np.linalg.norm(dx))
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    return batchnorm_backward(dout, cache)


def batchnorm_backward_staged(dout, cache):
    c = cache
    N, D = dout.shape
    g = {"why": "extra keys are welcome"}
    g["dbeta"] = np.sum(dout, axis=0)
    g["dgamma"] = np.einsum("nd,nd->d", dout, c["xhat"])
    g["dx_hat"] = c["gamma"] * dout
    g["dinv_std"] = (g["dx_hat"] * c["xmu"]).sum(0)
    g["dxmu1"] = g["dx_hat"] * c["ivar"]
    g["dstd"] = -g["dinv_std"] * c["ivar"] ** 2
    g["dvar"] = 0.5 * g["dstd"] * c["ivar"]
    g["dsq"] = np.tile(g["dvar"] / N, (N, 1))
    g["dxmu2"] = g["dsq"] * 2 * c["xmu"]
    g["dxmu"] = g["dxmu1"] + g["dxmu2"]
    g["dmu"] = -g["dxmu1"].sum(0)
    g["dx1"] = g["dxmu"]
    g["dx2"] = np.tile(g["dmu"] / N, (N, 1))
    g["dx"] = g["dx1"] + g["dx2"]
    return g


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    from cs231n import layers

    fc, fc_cache = layers.affine_forward(x, w, b)
    bn, bn_cache = layers.batchnorm_forward(fc, gamma, beta, bn_param)
    out, relu_cache = layers.relu_forward(bn)
    cache = {"relu": relu_cache, "bn": bn_cache, "fc": fc_cache}
    return out, cache


def affine_bn_relu_backward(dout, cache):
    from cs231n import layers

    dbn = layers.relu_backward(dout, cache["relu"])
    dfc, dgamma, dbeta = layers.batchnorm_backward_alt(dbn, cache["bn"])
    dx, dw, db = layers.affine_backward(dfc, cache["fc"])
    return dx, dw, db, dgamma, dbeta


def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    lr, b1, b2, e = config["learning_rate"], config["beta1"], config["beta2"], config["epsilon"]
    m, v, t = config["m"], config["v"], config["t"] + 1
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * (dw**2)
    next_w = w - lr * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + e * np.sqrt(1 - b2**t))
    return next_w, dict(config, m=m, v=v, t=t)


def steps_to_reach(history, level):
    where = np.where(np.array(history) >= level)[0]
    if len(where) > 0:
        return where[0]
