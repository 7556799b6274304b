"""Test that check() names a known mistake in whatever style it is written, since it compares effects."""

import textwrap

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.check import report

# A right forward pass. Some cases below put a mistake into it.
FORWARD = """
        def batchnorm_forward(x, gamma, beta, bn_param):
            eps, keep, mode = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9), bn_param["mode"]
            for key in ("running_mean", "running_var"):
                bn_param.setdefault(key, np.zeros(x.shape[1]))
            if mode not in ("train", "test"):
                raise ValueError(mode)
            if mode == "test":
                return (x - bn_param["running_mean"]) / (bn_param["running_var"] + eps) ** 0.5 * gamma + beta, None
            mean = sum(x) / len(x)
            var = sum((row - mean) ** 2 for row in x) / len(x)
            for key, new in (("running_mean", mean), ("running_var", var)):
                bn_param[key] = keep * bn_param[key] + (1 - keep) * new
            return (x - mean) / (var + eps) ** 0.5 * gamma + beta, [x, mean, var]
"""

OTHER_STYLES = [
    ("softmax_loss", "log-of-a-probability", """
        def softmax_loss(x, y):
            probs = np.exp(x - np.max(x, axis=1, keepdims=True))
            probs /= np.sum(probs, axis=1, keepdims=True)
            N = x.shape[0]
            loss = -np.sum(np.log(probs[np.arange(N), y])) / N
            dx = probs.copy()
            dx[np.arange(N), y] -= 1
            return loss, dx / N
        """),
    ("softmax_loss", "no-shift", """
        def softmax_loss(scores, labels):
            N, total, grad = len(scores), 0, []
            for row, label in zip(scores, labels):
                p = np.exp(row) / sum(np.exp(row))
                total -= np.log(p[label])
                grad.append(p - (np.arange(len(row)) == label))
            return total / N, np.array(grad) / N
        """),
    (
        "relu_backward",
        "overwrites-dout",
        "def relu_backward(dout, cache):\n    dout *= (cache > 0)\n    return dout",
    ),
    ("batchnorm_forward", "test-mode-eps-outside-the-root", """
        def batchnorm_forward(x, gamma, beta, bn_param):
            eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
            mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
            var = bn_param.get("running_var", np.zeros(x.shape[1]))
            if bn_param["mode"] == "train":
                centred = x - np.mean(x, axis=0)
                sample = np.mean(centred**2, axis=0)
                out = centred / np.sqrt(sample + eps) * gamma + beta
                bn_param["running_mean"] = keep * mean + (1 - keep) * np.mean(x, axis=0)
                bn_param["running_var"] = keep * var + (1 - keep) * sample
                return out, {"centred": centred}
            return (x - mean) / (np.sqrt(var) + eps) * gamma + beta, None
        """),
    ("batchnorm_backward", "elementwise", """
        def batchnorm_backward(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            return np.einsum("nd,d->nd", dout, gamma / np.sqrt(var + eps)), (dout * x_hat).sum(0), dout.sum(0)
        """),
    ("batchnorm_backward_alt", "not-summed", """
        def batchnorm_backward_alt(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            dnorm, inverse = dout * gamma, (var + eps) ** -0.5
            dvar = -0.5 * dnorm * (x - mu) * inverse**3
            dmu = np.sum(-dnorm * inverse, axis=0)
            dx = dnorm * inverse + 2 * dvar * (x - mu) / len(x) + dmu / len(x)
            return dx, (dout * x_hat).sum(0), dout.sum(0)
        """),
    ("softmax_loss", "nothing-averaged", """
        def softmax_loss(x, y):
            z = (x - x.max(axis=1, keepdims=True)).astype(np.float32)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            onehot = np.eye(x.shape[1], dtype=np.float32)[y]
            return -(log_p * onehot).sum(), np.exp(log_p) - onehot
        """),
    ("batchnorm_backward", "half", """
        def batchnorm_backward(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = (np.asarray(part, dtype=np.float32) for part in cache)
            d, N = (dout * gamma).astype(np.float32), np.float32(len(dout))
            dx = (d - d.mean(axis=0) - 2 * x_hat * (d * x_hat).sum(axis=0) / N) / np.sqrt(var + eps)
            return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
        """),
    ("adam", "t-increased-too-late", """
        def adam(w, dw, config=None):
            c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0, "v": 0, "t": 0}
            c.update(config or {})
            c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
            c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw * dw
            mt, vt = c["m"] / (1 - c["beta1"] ** c["t"]), c["v"] / (1 - c["beta2"] ** c["t"])
            c["t"] += 1
            return w - c["learning_rate"] * mt / (np.sqrt(vt) + c["epsilon"]), c
        """),
    ("softmax", "one-maximum-for-all-rows", """
        def softmax(x):
            e, p = np.exp(x - x.max()), np.zeros(x.shape)
            for n in range(len(x)):
                p[n] = e[n] / e[n].sum()
            return p
        """),
    ("softmax_jacobian", "no-diagonal", """
        def softmax_jacobian(p):
            return np.array([[[-a * b for b in row] for a in row] for row in p])
        """),
    ("softmax_loss", "extra-derivative", """
        def softmax_loss(x, y):
            e = np.exp(x - x.max(1)[:, None])
            a = e / e.sum(1)[:, None]
            target = np.eye(x.shape[1])[y]
            loss = np.mean(np.log(e.sum(1)) - np.sum((x - x.max(1)[:, None]) * target, 1))
            return loss, (a - target) * (a - a**2) / len(x)
        """),
    ("numerical_gradient", "one-sided", """
        def numerical_gradient(f, x, df=None, h=1e-6):
            x = x.astype(float)
            base, slopes = np.array(f(x.copy())), []
            for e in np.eye(x.size):
                change = (f(x + h * e.reshape(x.shape)) - base) / h
                slopes.append(np.sum(change if df is None else change * df))
            return np.reshape(slopes, x.shape)
        """),
    ("affine_backward", "db-mean", """
        def affine_backward(dout, cache):
            x, w, b = cache
            dx, dw = [w @ row for row in dout], np.einsum("nd,nm->dm", x.reshape(len(x), -1), dout)
            return np.reshape(dx, x.shape), dw, sum(dout) / len(dout)
        """),
    ("relu_backward", "overwrites-the-cache", """
        def relu_backward(dout, cache):
            mask = cache
            mask[mask < 0] = 0
            mask[mask > 0] = 1
            return mask * dout
        """),
    ("batchnorm_forward", "unbiased-variance", FORWARD.replace("in x) / len(x)", "in x) / (len(x) - 1)")),
    (
        "batchnorm_forward", "momentum-the-wrong-way-round",
        FORWARD.replace("keep * bn_param[key] + (1 - keep) * new", "(1 - keep) * bn_param[key] + keep * new"),
    ),
    ("batchnorm_forward", "test-mode-without-eps", FORWARD.replace('_var"] + eps)', '_var"])')),
    ("batchnorm_backward", "mean-constant", """
        def batchnorm_backward(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            N, dx = len(x), np.zeros_like(x)
            for i in range(N):
                for j in range(N):
                    dx[i] += ((i == j) - x_hat[i] * x_hat[j] / N) * dout[j] * gamma / np.sqrt(var + eps)
            return dx, (dout * x_hat).sum(0), dout.sum(0)
        """),
    ("batchnorm_backward_alt", "sign-mean", """
        def batchnorm_backward_alt(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            d = dout * gamma / (var + eps) ** 0.5
            return d + d.mean(0) - x_hat * (d * x_hat).mean(0), (dout * x_hat).sum(0), dout.sum(0)
        """),
    ("batchnorm_backward_staged", "sign-var", """
        def batchnorm_backward_staged(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            n, s = len(x), 1 / np.sqrt(var + eps)
            out = {"dx_hat": gamma * dout, "dgamma": (x_hat * dout).sum(0), "dbeta": dout.sum(0)}
            out["dinv_std"] = ((x - mu) * out["dx_hat"]).sum(0)
            out["dstd"], out["dxmu1"] = s * s * out["dinv_std"], s * out["dx_hat"]
            out["dvar"] = 0.5 * s * out["dstd"]
            out["dsq"] = np.tile(out["dvar"] / n, (n, 1))
            out["dxmu2"] = out["dsq"] * (x - mu) * 2
            out["dx1"] = out["dxmu"] = out["dxmu1"] + out["dxmu2"]
            out["dmu"] = -out["dxmu"].sum(0)
            out["dx2"] = np.tile(out["dmu"] / n, (n, 1))
            return {**out, "dx": out["dx1"] + out["dx2"]}
        """),
    ("affine_bn_relu_forward", "relu-before-batch-norm", """
        def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
            hidden = x.dot(w) + b
            hidden[hidden < 0] = 0
            return layers.batchnorm_forward(hidden, gamma, beta, bn_param)
        """),
    ("affine_bn_relu_backward", "batch-norm-forgotten", """
        def affine_bn_relu_backward(dout, cache):
            fc, bn, relu = cache
            back = np.where(relu > 0, dout, 0)
            _, dgamma, dbeta = layers.batchnorm_backward_alt(back, bn)
            return back.dot(fc[1].T), fc[0].T.dot(back), back.sum(0), dgamma, dbeta
        """),
    ("adam", "no-bias-correction", """
        def adam(w, g, config=None):
            c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0 * w, "v": 0 * w, "t": 0}
            c.update(config or {})
            c["m"], c["v"] = (c[b] * c[k] + (1 - c[b]) * s for k, b, s in (("m", "beta1", g), ("v", "beta2", g * g)))
            return w - c["learning_rate"] * c["m"] / (c["v"] ** 0.5 + c["epsilon"]), {**c, "t": c["t"] + 1}
        """),
    ("steps_to_reach", "strictly-above", """
        def steps_to_reach(history, level):
            for step, value in enumerate(history):
                if value > level:
                    return step
        """),
]  # fmt: skip


@pytest.mark.parametrize("task, name, source", OTHER_STYLES, ids=[f"{task}-{name}" for task, name, _ in OTHER_STYLES])
def test_same_mistake_in_another_style_gets_the_same_name(task, name, source):
    namespace = {"np": np, "layers": layers}
    exec(textwrap.dedent(source), namespace)
    lines, failed = report(task, namespace[task])
    sentences = {**stored.sentences()["batchnorm_backward"], **stored.sentences()[task]}
    assert failed and lines[-1] == f"This looks like: {sentences[name]}"


def test_the_forward_pass_above_is_right():
    namespace = {"np": np}
    exec(textwrap.dedent(FORWARD), namespace)
    assert report("batchnorm_forward", namespace["batchnorm_forward"])[1] is None


def test_every_task_has_a_mistake_in_another_style():
    assert {task for task, _, _ in OTHER_STYLES} == set(TASKS)
