"""Python loops over examples and features, no broadcasting, lists as caches."""

import numpy as np


def softmax(x):
    p = np.zeros(x.shape)
    for n in range(x.shape[0]):
        top = max(x[n])
        for c in range(x.shape[1]):
            p[n, c] = np.exp(x[n, c] - top)
        p[n] /= p[n].sum()
    return p


def softmax_jacobian(p):
    N, C = p.shape
    J = np.zeros((N, C, C))
    for n in range(N):
        for i in range(C):
            for j in range(C):
                J[n, i, j] = p[n, i] * ((i == j) - p[n, j])
    return J


def softmax_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        shifted = x[n] - x[n].max()
        total = 0.0
        for c in range(C):
            total += np.exp(shifted[c])
        loss += np.log(total) - shifted[y[n]]
        for c in range(C):
            dx[n, c] = np.exp(shifted[c]) / total
        dx[n, y[n]] -= 1.0
    loss /= N
    dx /= N
    return loss, dx


def numerical_gradient(f, x, df=None, h=1e-6):
    x = x.astype(np.float64)
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        oldval = x[ix]
        x[ix] = oldval + h
        pos = np.array(f(x))
        x[ix] = oldval - h
        neg = np.array(f(x))
        x[ix] = oldval
        if df is None:
            grad[ix] = np.sum(pos - neg) / (2 * h)
        else:
            grad[ix] = np.sum((pos - neg) * df) / (2 * h)
        it.iternext()
    return grad


def affine_backward(dout, cache):
    x, w, b = cache
    N, M = dout.shape
    flat = x.reshape(N, -1)
    dx, dw, db = np.zeros(flat.shape), np.zeros(w.shape), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n, m]
            for d in range(flat.shape[1]):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += flat[n, d] * dout[n, m]
    return dx.reshape(x.shape), dw, db


def relu_backward(dout, cache):
    dx = np.zeros(dout.shape)
    for i in np.ndindex(dout.shape):
        if cache[i] >= 0:
            dx[i] = dout[i]
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = np.zeros((N, D)), None
    if mode == "train":
        rows = []
        mean, var = np.zeros(D), np.zeros(D)
        for d in range(D):
            mean[d] = sum(x[n, d] for n in range(N)) / N
            var[d] = sum((x[n, d] - mean[d]) ** 2 for n in range(N)) / N
            for n in range(N):
                out[n, d] = gamma[d] * (x[n, d] - mean[d]) / (var[d] + eps) ** 0.5 + beta[d]
        for n in range(N):
            rows.append((x[n] - mean) / np.sqrt(var + eps))
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
        cache = [rows, gamma, var + eps]
    elif mode == "test":
        for n in range(N):
            out[n] = gamma * (x[n] - running_mean) / np.sqrt(running_var + eps) + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)  # noqa: UP031
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    rows, gamma, v = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for d in range(D):
        for n in range(N):
            dgamma[d] += dout[n, d] * rows[n][d]
            dbeta[d] += dout[n, d]
        for i in range(N):
            for j in range(N):
                dx[i, d] += gamma[d] / np.sqrt(v[d]) * ((i == j) - 1 / N - rows[i][d] * rows[j][d] / N) * dout[j, d]
    return dx, dgamma, dbeta


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
    config["t"] += 1
    next_w = np.zeros(w.shape)
    config["m"], config["v"] = config["m"].copy(), config["v"].copy()
    for i in np.ndindex(w.shape):
        config["m"][i] = config["beta1"] * config["m"][i] + (1 - config["beta1"]) * dw[i]
        config["v"][i] = config["beta2"] * config["v"][i] + (1 - config["beta2"]) * dw[i] ** 2
        mb = config["m"][i] / (1 - config["beta1"] ** config["t"])
        vb = config["v"][i] / (1 - config["beta2"] ** config["t"])
        next_w[i] = w[i] - config["learning_rate"] * mb / (np.sqrt(vb) + config["epsilon"])
    return next_w, config


def steps_to_reach(history, level):
    for step, value in enumerate(history):
        if value >= level:
            return step
    return None
