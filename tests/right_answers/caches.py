"""Caches of every kind: a dictionary of twelve, a list of three, nested ones, bn_param itself, None in test mode.

Arguments have other names, and the backward passes return lists.
"""

import numpy as np


def softmax(logits):
    """By way of the sigmoid's own trick, written for many classes: one over a sum of exponentials of differences."""
    differences = logits[:, None, :] - logits[:, :, None]
    return 1.0 / np.exp(differences).sum(axis=2)


def softmax_jacobian(s):
    N, C = s.shape
    return s[..., None] * (np.identity(C)[None] - s.reshape(N, 1, C))


def softmax_loss(logits, targets):
    n = np.arange(logits.shape[0])
    safe = logits - logits.max(axis=-1, keepdims=True)
    total = np.exp(safe).sum(axis=-1)
    nll = np.log(total) - safe[n, targets]
    gradient = np.exp(safe) / total[:, np.newaxis]
    gradient[n, targets] = gradient[n, targets] - 1
    return nll.mean(axis=0), gradient * (1 / n.size)


def numerical_gradient(func, point, weights=None, delta=1e-6):
    slopes = np.empty(np.shape(point))
    for place, _ in np.ndenumerate(point):
        bump = np.zeros(np.shape(point))
        bump[place] = delta
        up, down = np.array(func(point + bump)), np.array(func(point - bump))
        w = 1 if weights is None else weights
        slopes[place] = ((up - down) * w).sum() / delta / 2
    return slopes


def affine_backward(upstream, saved):
    inputs, weights = saved[0], saved[1]
    flat = inputs.reshape(inputs.shape[0], -1)
    return [
        np.tensordot(upstream, weights, (1, 1)).reshape(inputs.shape),
        np.tensordot(flat, upstream, (0, 0)),
        upstream.sum(0),
    ]


def relu_backward(upstream, saved):
    return np.heaviside(saved, 0) * upstream


def batchnorm_forward(activations, scale, shift, state):
    mode = state["mode"]
    eps = state.get("eps", 1e-5)
    if mode == "test":
        return scale * (activations - state["running_mean"]) / np.sqrt(state["running_var"] + eps) + shift, None
    if mode != "train":
        raise ValueError("mode?")
    cache = {"n": activations.shape[0], "d": activations.shape[1], "mode": mode, "eps": eps, "bn_param": state}
    cache["mu"] = activations.mean(axis=0)
    cache["centred"] = activations - cache["mu"]
    cache["var"] = np.mean(cache["centred"] ** 2, axis=0)
    cache["std"] = np.sqrt(cache["var"] + eps)
    cache["normalised"] = cache["centred"] / cache["std"]
    cache["scale"], cache["shift"] = scale, shift
    keep = state.get("momentum", 0.9)
    state["running_mean"] = keep * state.get("running_mean", 0) + (1 - keep) * cache["mu"]
    state["running_var"] = keep * state.get("running_var", 0) + (1 - keep) * cache["var"]
    return cache["normalised"] * scale + shift, cache


def batchnorm_backward_staged(upstream, saved):
    n, std, centred = saved["n"], saved["std"], saved["centred"]
    everyone = np.ones((n, 1))
    dx_hat = upstream * saved["scale"]
    dinv_std = (dx_hat * centred).sum(axis=0)
    dstd = -dinv_std / np.square(std)
    dvar = dstd / std / 2
    dsq = everyone @ dvar[None] / n
    dxmu1, dxmu2 = dx_hat / std, 2 * centred * dsq
    dmu = -(dxmu1 + dxmu2).sum(axis=0)
    dx2 = everyone @ dmu[None] / n
    return {
        "dx": dxmu1 + dxmu2 + dx2, "dx2": dx2, "dx1": dxmu1 + dxmu2, "dmu": dmu, "dxmu": dxmu1 + dxmu2, "dxmu2": dxmu2,
        "dsq": dsq, "dvar": dvar, "dstd": dstd, "dxmu1": dxmu1, "dinv_std": dinv_std, "dx_hat": dx_hat,
        "dgamma": (upstream * saved["normalised"]).sum(axis=0), "dbeta": upstream.sum(axis=0),
    }  # fmt: skip


def batchnorm_backward(upstream, saved):
    eps = saved["bn_param"].get("eps", 1e-5)
    root = np.sqrt(saved["var"] + eps)
    back = upstream * saved["scale"] / root
    along = (back * saved["normalised"]).mean(axis=0)
    return [
        back - back.mean(axis=0) - saved["normalised"] * along,
        (upstream * saved["normalised"]).sum(0),
        upstream.sum(0),
    ]


def batchnorm_backward_alt(upstream, saved):
    nodes = batchnorm_backward_staged(upstream, saved)
    return [nodes["dx"], nodes["dgamma"], nodes["dbeta"]]


def affine_bn_relu_forward(x, w, b, scale, shift, state):
    hidden = np.einsum("nd,dm->nm", x, w) + b
    normed, inner = batchnorm_forward(hidden, scale, shift, state)
    return normed * (normed > 0), {"affine": [x, w], "bn": inner, "positive": normed > 0}


def affine_bn_relu_backward(upstream, saved):
    dhidden, dscale, dshift = batchnorm_backward(upstream * saved["positive"], saved["bn"])
    dx, dw, db = affine_backward(dhidden, saved["affine"])
    return [dx, dw, db, dscale, dshift]


def adam(params, gradient, memory=None):
    memory = dict(memory or {})
    lr, b1 = memory.setdefault("learning_rate", 1e-3), memory.setdefault("beta1", 0.9)
    b2, tiny = memory.setdefault("beta2", 0.999), memory.setdefault("epsilon", 1e-8)
    memory["t"] = memory.get("t", 0) + 1
    for name, b, new in (("m", b1, gradient), ("v", b2, gradient**2)):
        old = memory.get(name)
        memory[name] = (1 - b) * new if old is None else old + (1 - b) * (new - old)
    first, second = (memory[name] / (1 - b ** memory["t"]) for name, b in (("m", b1), ("v", b2)))
    return params - lr * first / (second**0.5 + tiny), memory


def steps_to_reach(curve, target):
    good = [i for i in range(len(curve)) if curve[i] >= target]
    return min(good) if good else None
