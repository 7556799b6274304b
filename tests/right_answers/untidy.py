"""Right, and not tidy: prints, imports inside, helpers outside, dead code, copies of copies, objects as caches."""

import types

import numpy as np

DEBUG = True
EPS, counter = 1e-5, [0]


def say(*things):
    counter[0] += 1
    if DEBUG:
        print("debug", counter[0], *things)


def col(v):
    return v.reshape(len(v), 1)


def mean0(a):
    return np.ones(len(a)).dot(a) / len(a)


def softmax(x, axis=1, debug=True):
    import math  # noqa: F401

    say("x", x.shape, x.dtype)
    y = np.array(x, copy=True).copy()
    m = np.max(y, axis=axis)
    m2 = m  # noqa: F841
    z = y - col(m)
    # z = z / np.linalg.norm(z)
    ez = np.exp(z)
    s = ez.sum(axis)
    assert s.shape == m.shape, "shapes!"
    result = ez / col(s)
    if debug and False:
        return None
    return result


def softmax_jacobian(p: np.ndarray) -> np.ndarray:
    say(p)
    temp = []
    for row in p.copy():
        diagonal, outer = np.diag(row), col(row) @ row[None, :]
        temp.append(diagonal)
        temp[-1] = temp[-1] - outer
    temp = np.array(temp)
    return temp


def softmax_loss(x, y):
    import os
    import sys  # noqa: F401

    os.getcwd()
    x, y = np.copy(x), np.copy(y).astype(int)
    N, C = x.shape
    p = softmax(x)
    onehot = np.zeros((N, C))
    for i, k in enumerate(y):
        onehot[i][k] = 1
    z = x - col(x.max(axis=1))
    losses = [np.log(sum(np.exp(z[i]))) - z[i][y[i]] for i in range(N)]
    loss = 0
    for each in losses:
        loss = loss + each
    grad = p.copy()
    grad = grad - onehot
    grad /= N
    print("loss:", loss / N)
    return loss / N, grad


def numerical_gradient(f, x, df=None, h=1e-6):
    """My notes: (f(x + h) - f(x - h)) / 2h, see the notebook."""
    say("h =", h)
    backup = x.copy()
    answer = dict()  # noqa: C408
    for i in np.ndindex(*backup.shape):
        values = []
        for sign in [+1.0, -1.0]:
            moved = backup.astype(float).copy()
            moved[i] = moved[i] + sign * h
            values.append(np.array(f(moved)).copy())
        if df is not None:
            values = [np.multiply(v, df) for v in values]
        answer[i] = (np.sum(values[0]) - np.sum(values[1])) / (2 * h)
    out = np.zeros(backup.shape)
    for i in answer:
        out[i] = answer[i]
    return out


def affine_backward(dout, cache):
    say("affine", dout.shape)
    x, w, b = [a.copy() for a in cache]
    x2 = np.array([row.flatten() for row in x])
    dx, dw, db = 0, 0, 0
    for n in range(x2.shape[0]):
        dw = dw + np.outer(x2[n], dout[n])
        db = db + dout[n]
    dx = np.zeros(x2.shape)
    for n in range(x2.shape[0]):
        dx[n] = w.dot(dout[n])
    dx = np.reshape(dx, x.shape)
    return dx, dw, db


def relu_backward(dout, cache):
    x = cache
    out = np.maximum(0, x)
    dx = np.array(dout)
    dx[np.where(out == 0)] = 0
    print(dx[:1])
    return dx


def batchnorm_forward(x, gamma, beta, bn_param, unused=None):
    import warnings

    warnings.filterwarnings("default")
    say("mode", bn_param["mode"])
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", EPS), bn_param.get("momentum", 0.9)
    x = x.copy()
    if "running_mean" not in bn_param:
        bn_param["running_mean"], bn_param["running_var"] = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    if mode == "train":
        mu = mean0(x)
        var = mean0((x - mu) * (x - mu))
        bn_param["running_mean"] = bn_param["running_mean"] * momentum + mu - mu * momentum
        bn_param["running_var"] = bn_param["running_var"] * momentum + var - var * momentum
    elif mode == "test":
        mu, var = bn_param["running_mean"].copy(), bn_param["running_var"].copy()
    else:
        raise ValueError("mode is " + str(mode))
    box = types.SimpleNamespace(x=x, gamma=gamma.copy(), mu=mu, var=var, eps=eps)
    box.x_hat = (x - mu) / np.sqrt(var + eps)
    box.out = gamma * box.x_hat + beta
    return box.out.copy(), box


def batchnorm_backward_staged(dout, cache):
    say("staged")
    n, c = dout.shape[0], cache
    xmu, std = c.x - c.mu, np.sqrt(c.var + c.eps)
    out = {"note": None}
    dbeta = np.zeros_like(c.mu)
    dgamma = np.zeros_like(c.mu)
    for row, hat in zip(dout, c.x_hat):
        dbeta += row
        dgamma += row * hat
    out["dbeta"], out["dgamma"] = dbeta, dgamma
    out["dx_hat"] = dx_hat = dout.copy() * c.gamma
    out["dinv_std"] = dinv_std = sum(dx_hat[i] * xmu[i] for i in range(n))
    out["dxmu1"] = dxmu1 = dx_hat * (1 / std)
    out["dstd"] = dstd = -1 / (std * std) * dinv_std
    out["dvar"] = dvar = dstd * 0.5 * (c.var + c.eps) ** -0.5
    out["dsq"] = dsq = np.array([dvar / n] * n)
    out["dxmu2"] = dxmu2 = xmu * dsq + xmu * dsq
    out["dxmu"] = dxmu = dxmu1.copy()
    dxmu += dxmu2
    out["dmu"] = dmu = -sum(dxmu1) - sum(dxmu2)
    out["dx1"] = dx1 = dxmu.copy()
    out["dx2"] = dx2 = np.array([dmu / n] * n)
    out["dx"] = dx1 + dx2
    out["shape of dx"] = out["dx"].shape
    return out


def batchnorm_backward(dout, cache):
    nodes = batchnorm_backward_staged(dout.copy(), cache)
    say(sorted(nodes))
    return nodes["dx"], nodes["dgamma"], nodes["dbeta"]


def batchnorm_backward_alt(dout, cache):
    from time import time

    begin = time()
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    again = (
        cache.gamma / np.sqrt(cache.var + cache.eps) * (dout - mean0(dout) - cache.x_hat * mean0(dout * cache.x_hat))
    )
    print("took", time() - begin, "difference", np.abs(dx - again).max())
    return again, dgamma, dbeta


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    say("sandwich")
    affine = x.copy().dot(w.copy()) + b
    normal, box = batchnorm_forward(affine, gamma, beta, bn_param)
    out = normal.copy()
    out[out < 0] = 0
    return out, types.SimpleNamespace(affine=(x, w, b), bn=box, normal=normal)


def affine_bn_relu_backward(dout, cache):
    drelu = relu_backward(dout, cache.normal)
    dnormal, dgamma, dbeta = batchnorm_backward_alt(drelu, cache.bn)
    dx, dw, db = affine_backward(dnormal, cache.affine)
    return dx, dw, db, dgamma, dbeta


def adam(w, dw, config=None):
    print("step", config and config.get("t"))
    config = {} if config is None else {k: (v.copy() if isinstance(v, np.ndarray) else v) for k, v in config.items()}
    get = lambda key, default: config[key] if key in config else default  # noqa: E731
    lr, b1, b2, e = get("learning_rate", 1e-3), get("beta1", 0.9), get("beta2", 0.999), get("epsilon", 1e-8)
    m, v, t = get("m", np.zeros(w.shape)), get("v", np.zeros(w.shape)), get("t", 0)
    t += 1
    m, v = m * b1 + dw - b1 * dw, v * b2 + dw * dw - b2 * dw * dw
    m_hat, v_hat = m.copy(), v.copy()
    m_hat /= 1 - b1**t
    v_hat /= 1 - b2**t
    new = w.copy()
    new -= lr * m_hat / (v_hat**0.5 + e)
    config.update(
        {"m": m, "v": v, "t": t, "learning_rate": lr, "beta1": b1, "beta2": b2, "epsilon": e, "last": dw.copy()}
    )
    return new, config


def steps_to_reach(history, level):
    found, steps = False, None
    for number, value in enumerate(list(history)):
        say(number, value)
        if found is False and value >= level:
            found, steps = True, number
        else:
            pass
    if found == True:  # noqa: E712
        return steps
    else:
        return None
