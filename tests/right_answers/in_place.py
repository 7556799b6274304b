"""Much work in place, on arrays of one's own; nested functions; the documented caches."""

import numpy as np


def softmax_jacobian(p):
    J = np.zeros(p.shape + p.shape[-1:])
    for n, row in enumerate(p):
        np.outer(row, -row, out=J[n])
        J[n].flat[:: len(row) + 1] += row
    return J


def relu_backward(dout, cache):
    dx = np.empty_like(dout)
    np.multiply(dout, cache > 0, out=dx)
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)

    def normalise(mu, var):
        out = x - mu
        out /= np.sqrt(var + eps)
        return out

    modes = {"train", "test"}
    if bn_param["mode"] not in modes:
        raise ValueError("what mode is that?")
    if bn_param["mode"] == "test":
        mu, var = bn_param["running_mean"], bn_param["running_var"]
    else:
        mu, var = x.mean(axis=0), x.var(axis=0)
        for key, new in (("running_mean", mu), ("running_var", var)):
            old = bn_param.setdefault(key, np.zeros_like(new))
            old *= bn_param.get("momentum", 0.9)
            old += (1 - bn_param.get("momentum", 0.9)) * new
    x_hat = normalise(mu, var)
    out = x_hat * gamma
    out += beta
    return out, (x, gamma, beta, var, mu, x_hat, eps)


def batchnorm_backward_staged(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    std, N = (var + eps) ** 0.5, len(x)
    nodes = {"dbeta": dout.sum(axis=0), "dgamma": (dout * x_hat).sum(axis=0), "dx_hat": gamma * dout}
    nodes["dinv_std"] = ((x - mu) * nodes["dx_hat"]).sum(axis=0)
    nodes["dxmu1"] = nodes["dx_hat"] / std
    nodes["dstd"] = nodes["dinv_std"] * -(std**-2)
    nodes["dvar"] = nodes["dstd"] * 0.5 / std
    nodes["dsq"] = np.broadcast_to(nodes["dvar"] / N, x.shape)
    nodes["dxmu2"] = nodes["dsq"] * (x - mu)
    nodes["dxmu2"] *= 2
    nodes["dxmu"] = nodes["dxmu1"] + nodes["dxmu2"]
    nodes["dmu"] = np.negative(nodes["dxmu"].sum(axis=0))
    nodes["dx1"] = nodes["dxmu"].copy()
    nodes["dx2"] = np.broadcast_to(nodes["dmu"] / N, x.shape)
    nodes["dx"] = nodes["dx1"].copy()
    nodes["dx"] += nodes["dx2"]
    return nodes


def batchnorm_backward(dout, cache):
    nodes = batchnorm_backward_staged(dout, cache)
    return tuple(nodes[name] for name in ("dx", "dgamma", "dbeta"))


def batchnorm_backward_alt(dout, cache):
    x, gamma, beta, var, mu, x_hat, eps = cache
    dx = dout - dout.mean(0)
    dx -= x_hat * (dout * x_hat).mean(0)
    dx *= gamma
    dx /= np.sqrt(var + eps)
    return dx, np.sum(dout * x_hat, 0), np.sum(dout, 0)


def adam(w, dw, config=None):
    config = config or {}
    config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0, **config}
    m = config.setdefault("m", np.zeros(w.shape))
    v = config.setdefault("v", np.zeros(w.shape))
    config["t"] += 1
    m *= config["beta1"]
    m += (1 - config["beta1"]) * dw
    v *= config["beta2"]
    v += (1 - config["beta2"]) * np.square(dw)
    step = m / (1 - config["beta1"] ** config["t"])
    step /= np.sqrt(v / (1 - config["beta2"] ** config["t"])) + config["epsilon"]
    return w - config["learning_rate"] * step, config


def steps_to_reach(history, level):
    step = 0
    while step < len(history):
        if not history[step] < level and not np.isnan(history[step]):
            return step
        step += 1
    return None
