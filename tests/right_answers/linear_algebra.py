"""Einsum, explicit Jacobians and closed forms; renamed arguments; nearly everything in one line."""

import numpy as np


def softmax(z):
    return np.exp(z - np.log(np.sum(np.exp(z.T - z.max(1)), 0))[:, None] - z.max(1)[:, None])


def softmax_jacobian(probabilities):
    q = probabilities
    return np.einsum("ni,ij->nij", q, np.eye(q.shape[1])) - np.einsum("ni,nj->nij", q, q)


def softmax_loss(scores, labels):
    N, C = scores.shape
    onehot = np.eye(C)[labels]
    z = scores - scores.max(1, keepdims=True)
    lse = np.log(np.exp(z).sum(1))
    return float(np.mean(lse - (z * onehot).sum(1))), (np.exp(z - lse[:, None]) - onehot) / N


def numerical_gradient(function, at, upstream=None, step=1e-5):
    at = np.asarray(at, dtype=float)
    columns = []
    for e in np.eye(at.size):
        e = e.reshape(at.shape) * step
        slope = (np.asarray(function(at + e)) - np.asarray(function(at - e))) / (2 * step)
        columns.append(slope.sum() if upstream is None else np.vdot(slope, upstream))
    return np.array(columns).reshape(at.shape)


def affine_backward(delta, cache):
    x, w, _ = cache
    flat = x.reshape(len(x), -1)
    return (
        np.einsum("nm,dm->nd", delta, w).reshape(x.shape),
        np.einsum("nd,nm->dm", flat, delta),
        np.einsum("nm->m", delta),
    )


def relu_backward(delta, x):
    return np.where(x > 0, delta, 0.0)


def batchnorm_forward(a, scale, shift, settings):
    eps = settings.get("eps", 1e-5)
    keep = settings.get("momentum", 0.9)
    if settings["mode"] == "test":
        inverse = (settings["running_var"] + eps) ** -0.5
        return scale * (a - settings["running_mean"]) * inverse + shift, None
    if settings["mode"] != "train":
        raise ValueError(settings["mode"])
    center = np.eye(len(a)) - 1 / len(a)
    b = center @ a
    variance = np.einsum("nd,nd->d", b, b) / len(a)
    hat = b / np.sqrt(variance + eps)
    for key, value in (("running_mean", a.mean(0)), ("running_var", variance)):
        settings[key] = keep * settings.get(key, 0.0) + (1 - keep) * value
    return scale * hat + shift, (hat, scale / np.sqrt(variance + eps), center)


def batchnorm_backward(delta, cache):
    hat, factor, center = cache
    N = len(delta)
    J = center[:, :, None] - np.einsum("id,jd->ijd", hat, hat) / N
    return np.einsum("ijd,jd,d->id", J, delta, factor), (delta * hat).sum(0), delta.sum(0)


def batchnorm_backward_alt(delta, cache):
    hat, factor, center = cache
    dgamma = (delta * hat).sum(0)
    return factor * (center @ delta - hat * dgamma / len(delta)), dgamma, delta.sum(0)


def steps_to_reach(curve, goal):
    return next((i for i, v in enumerate(curve) if v >= goal), None)
