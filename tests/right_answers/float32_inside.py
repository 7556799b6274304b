"""Answers that keep the inputs' type, float32 for float32, or work in float32 inside."""

import numpy as np


def softmax(x):
    x = np.asarray(x, dtype=np.float32) if x.dtype == np.float32 else x
    e = np.exp(x - x.max(axis=1, keepdims=True), dtype=x.dtype)
    return (e / e.sum(axis=1, keepdims=True, dtype=x.dtype)).astype(x.dtype)


def softmax_jacobian(p):
    J = np.zeros((p.shape[0], p.shape[1], p.shape[1]), dtype=np.float32)
    J[:, range(p.shape[1]), range(p.shape[1])] = p
    J -= (p[:, :, None] * p[:, None, :]).astype(np.float32)
    return J


def softmax_loss(x, y):
    y = y.reshape(-1)
    z = (x - x.max(axis=1, keepdims=True)).astype(np.float32)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    p[range(len(y)), y] -= 1
    return -log_p[range(len(y)), y].mean(), p / np.float32(len(y))


def numerical_gradient(f, x, df=None, h=1e-6):
    """The steps in float64, as they must be; the result in the type of x where that is a floating-point one."""
    out = np.zeros(x.shape, dtype=x.dtype if x.dtype.kind == "f" else np.float64)
    for i in np.ndindex(x.shape):
        up, down = x.astype(np.float64), x.astype(np.float64)
        up[i], down[i] = up[i] + h, down[i] - h
        difference = np.array(f(up), dtype=np.float64) - np.array(f(down), dtype=np.float64)
        out[i] = (difference if df is None else difference * df).sum() / (2 * h)
    return out


def relu_backward(dout, cache):
    return (dout * (cache > 0)).astype(dout.dtype)


def affine_backward(dout, cache):
    x, w, b = (a.astype(np.float32) for a in cache)
    d = dout.astype(np.float32)
    return (d @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ d, d.sum(0)


def batchnorm_forward(x, gamma, beta, bn_param):
    t, mode = x.dtype, bn_param["mode"]
    eps, momentum = t.type(bn_param.get("eps", 1e-5)), t.type(bn_param.get("momentum", 0.9))
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1])).astype(t)
    running_var = bn_param.get("running_var", np.zeros(x.shape[1])).astype(t)
    if mode == "train":
        mu, var = np.mean(x, axis=0, dtype=t), np.var(x, axis=0, dtype=t)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        mu, var = running_mean, running_var
    else:
        raise ValueError(f"{mode} is no mode")
    x_hat = ((x - mu) / np.sqrt(var + eps)).astype(t)
    return (gamma * x_hat + beta).astype(t), (x, gamma, beta, var, mu, x_hat, eps)


def batchnorm_backward_staged(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    t, N = dout.dtype, len(dout)
    xmu, std = (x - mu).astype(t), np.sqrt(var + eps).astype(t)
    nodes = {"dbeta": dout.sum(0), "dgamma": (dout * x_hat).sum(0), "dx_hat": dout * gamma}
    nodes["dinv_std"] = (nodes["dx_hat"] * xmu).sum(0)
    nodes["dstd"] = -nodes["dinv_std"] / (std * std)
    nodes["dvar"] = nodes["dstd"] / (2 * std)
    nodes["dsq"] = np.full_like(dout, 1 / N) * nodes["dvar"]
    nodes["dxmu1"], nodes["dxmu2"] = nodes["dx_hat"] / std, 2 * xmu * nodes["dsq"]
    nodes["dxmu"] = nodes["dx1"] = nodes["dxmu1"] + nodes["dxmu2"]
    nodes["dmu"] = -nodes["dxmu"].sum(0)
    nodes["dx2"] = np.full_like(dout, 1 / N) * nodes["dmu"]
    nodes["dx"] = nodes["dx1"] + nodes["dx2"]
    return {name: node.astype(t) for name, node in nodes.items()}


def batchnorm_backward(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    d, h = dout.astype(np.float32), x_hat.astype(np.float32)
    dgamma, dbeta = (d * h).sum(0), d.sum(0)
    return (gamma / np.sqrt(var + eps)).astype(np.float32) * (d - dbeta / len(d) - h * dgamma / len(d)), dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    return tuple(batchnorm_backward_staged(dout, cache)[name] for name in ("dx", "dgamma", "dbeta"))


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a = (x @ w + b).astype(x.dtype)
    z, cache = batchnorm_forward(a, gamma, beta, bn_param)
    return np.maximum(z, x.dtype.type(0)), [x, w, b, cache, z]


def affine_bn_relu_backward(dout, cache):
    *affine, bn, z = cache
    da, dgamma, dbeta = batchnorm_backward_alt(relu_backward(dout, z), bn)
    return *(d.astype(dout.dtype) for d in affine_backward(da, affine)), dgamma, dbeta


def adam(w, dw, config=None):
    t = w.dtype
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0, **(config or {})}
    c["t"] += 1
    for key, beta, new in (("m", "beta1", dw), ("v", "beta2", dw * dw)):
        c[key] = (c[beta] * c.get(key, np.zeros_like(w)) + (1 - c[beta]) * new).astype(t)
    m, v = c["m"] / (1 - c["beta1"] ** c["t"]), c["v"] / (1 - c["beta2"] ** c["t"])
    return (w - c["learning_rate"] * m / (np.sqrt(v) + c["epsilon"])).astype(t), c


def steps_to_reach(history, level):
    reached = np.array(history, dtype=np.float64) >= level
    return np.argmax(reached) if reached.any() else None
