"""Every backward pass as a product with a Jacobian that is built in full."""

import numpy as np


def softmax(x):
    return np.stack([np.exp(row - np.logaddexp.reduce(row)) for row in x])


def softmax_jacobian(p):
    eye = np.eye(p.shape[1])
    J = np.empty((*p.shape, p.shape[1]))
    for j in range(p.shape[1]):
        J[:, :, j] = p * (eye[j] - p[:, j : j + 1])
    return J


def softmax_loss(x, y):
    """dx by way of the Jacobian of log-softmax: row y of it."""
    N, C = x.shape
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    jacobian = np.eye(C)[None] - np.exp(log_p)[:, None, :]
    return -log_p[np.arange(N), y].mean(), -jacobian[np.arange(N), y] / N


def numerical_gradient(f, x, df=None, h=1e-6):
    x = np.asarray(x).astype("float64")
    points = [np.reshape(x.ravel() + sign * h * row, x.shape) for row in np.eye(x.size) for sign in (1, -1)]
    values = [np.array(f(point), dtype=float) for point in points]
    jacobian = np.array([(up - down).ravel() for up, down in zip(values[::2], values[1::2])]) / (2 * h)
    weights = np.ones(jacobian.shape[1]) if df is None else np.ravel(df)
    return (jacobian @ weights).reshape(x.shape)


def affine_backward(dout, cache):
    x, w, b = cache
    N, M = dout.shape
    flat = x.reshape(N, -1)
    to_x = np.einsum("nk,dm->nmkd", np.eye(N), w)
    to_w = np.einsum("nd,mk->nmdk", flat, np.eye(M))
    to_b = np.broadcast_to(np.eye(M), (N, M, M))
    return tuple(
        np.tensordot(dout, jacobian, 2).reshape(like.shape) for jacobian, like in ((to_x, x), (to_w, w), (to_b, b))
    )


def relu_backward(dout, cache):
    return (np.diag((cache.ravel() > 0) * 1.0) @ dout.ravel()).reshape(dout.shape)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    old = [bn_param.get(key, np.zeros(x.shape[1])) for key in ("running_mean", "running_var")]
    match bn_param["mode"]:
        case "train":
            used = np.average(x, axis=0), np.var(x, axis=0)
            new = [keep * a + (1 - keep) * b for a, b in zip(old, used)]
            bn_param.update(running_mean=new[0], running_var=new[1])
        case "test":
            used = old
        case other:
            raise ValueError(other)
    root = np.sqrt(used[1] + eps)
    return np.vstack([gamma * (row - used[0]) / root + beta for row in x]), (x, gamma, eps)


def _jacobian(x, eps):
    """d x_hat[i, d] / d x[j, d]: shape (N, N, D)."""
    N, centred = len(x), x - x.mean(0)
    v = (centred**2).mean(0) + eps
    return (np.eye(N) - 1 / N)[:, :, None] / np.sqrt(v) - centred[:, None] * centred[None] / N / v**1.5


def batchnorm_backward(dout, cache):
    x, gamma, eps = cache
    x_hat = (x - x.mean(0)) / np.sqrt(x.var(0) + eps)
    dx = sum(_jacobian(x, eps)[i] * (dout * gamma)[i] for i in range(len(x)))
    return dx, sum(dout * x_hat), sum(dout)


def batchnorm_backward_alt(dout, cache):
    x, gamma, eps = cache
    J = np.zeros((*x.shape, *x.shape))  # all of it: (N, D, N, D), mostly zeros
    for d in range(x.shape[1]):
        J[:, d, :, d] = gamma[d] * _jacobian(x, eps)[:, :, d]
    _, dgamma, dbeta = batchnorm_backward(dout, cache)
    return np.tensordot(dout, J, axes=([0, 1], [0, 1])), dgamma, dbeta


def batchnorm_backward_staged(dout, cache):
    """Node by node, each one the product of what arrives with a local derivative."""
    x, gamma, eps = cache
    N, xmu = len(x), x - x.mean(0)
    std = np.sqrt((xmu**2).mean(0) + eps)
    d = {"dx_hat": np.einsum("nd,d->nd", dout, gamma)}
    d["dinv_std"] = np.einsum("nd,nd->d", d["dx_hat"], xmu)
    d["dxmu1"] = np.einsum("nd,d->nd", d["dx_hat"], 1 / std)
    d["dstd"] = d["dinv_std"] * (-1 / std**2)
    d["dvar"] = d["dstd"] * (0.5 / std)
    d["dsq"] = np.einsum("d,n->nd", d["dvar"], np.full(N, 1 / N))
    d["dxmu2"] = d["dsq"] * (2 * xmu)
    d["dxmu"] = d["dxmu1"] + d["dxmu2"]
    d["dmu"] = np.einsum("nd,n->d", d["dxmu"], np.full(N, -1.0))
    d["dx1"] = np.einsum("nd,nm->md", d["dxmu"], np.eye(N))
    d["dx2"] = np.einsum("d,n->nd", d["dmu"], np.full(N, 1 / N))
    d["dx"] = d["dx1"] + d["dx2"]
    d["dbeta"], d["dgamma"] = np.einsum("nd->d", dout), np.einsum("nd,nd->d", dout, xmu / std)
    return d


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a = x @ w + b
    z, bn_cache = batchnorm_forward(a, gamma, beta, bn_param)
    return (np.abs(z) + z) / 2, (x, w, b, bn_cache, z)


def affine_bn_relu_backward(dout, cache):
    x, w, b, bn_cache, z = cache
    da, dgamma, dbeta = batchnorm_backward_alt(relu_backward(dout, z), bn_cache)
    return *affine_backward(da, (x, w, b)), dgamma, dbeta


def adam(w, dw, config=None):
    state = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0 * w, "v": 0 * w, "t": 0}
    state |= config or {}
    t, b1, b2 = state["t"] + 1, state["beta1"], state["beta2"]
    m, v = np.array([[b1, 0], [0, b2]]) @ np.stack([state["m"].ravel(), state["v"].ravel()]) + np.array(
        [[1 - b1, 0], [0, 1 - b2]]
    ) @ np.stack([dw.ravel(), dw.ravel() ** 2])
    correction = np.sqrt(1 - b2**t) / (1 - b1**t)
    step = state["learning_rate"] * correction * m / (np.sqrt(v) + state["epsilon"] * np.sqrt(1 - b2**t))
    return w - step.reshape(w.shape), {**state, "m": m.reshape(w.shape), "v": v.reshape(w.shape), "t": t}


def steps_to_reach(history, level):
    indices = np.nonzero(np.greater_equal(history, level))[0]
    return int(indices[0]) if indices.size else None
