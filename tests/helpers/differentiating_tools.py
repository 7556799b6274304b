"""Ways to differentiate numerically, and answers that do it. No one of them is an answer of the course."""

import threading
from types import SimpleNamespace

import numpy as np

from cs231n import layers


# The tools. Each measures the gradient of sum(f(x) * df) with respect to x.
def loss_of(x, gamma, beta, eps):
    centred = x - x.mean(axis=0)
    return gamma * centred / np.sqrt((centred * centred).mean(axis=0) + eps) + beta


def central(f, x, df, h=1e-5):
    g = np.zeros_like(x)
    for i in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        g[i] = ((f(up) - f(down)) * df).sum() / 2 / h
    return g


def forward_differences(f, x, df, h=1e-7):
    return np.array([[((f(x + h * e) - f(x)) * df).sum() / h for e in row] for row in _units(x)])


def _units(x):
    return np.eye(x.size).reshape(*x.shape, *x.shape)


def complex_steps(f, x, df):
    return np.array(
        [np.sum(f(x + 1e-30j * e).imag * df) / 1e-30 for e in np.eye(x.size).reshape(-1, *x.shape)]
    ).reshape(x.shape)


def in_place(f, x, df, h=1e-6):
    flat, g = x.reshape(-1), np.zeros(x.size)
    look = lambda: f(x)  # noqa: E731
    for k in range(len(flat)):
        old = flat[k]
        flat[k] = old + h
        up = look()
        flat[k] = old - h
        down = look()
        flat[k] = old
        g[k] = np.sum((up - down) * df) / (2 * h)
    return g.reshape(x.shape)


def batched(f, x, df, h=1e-6):
    points = x[None] + h * np.eye(x.size).reshape(-1, *x.shape)
    return np.reshape([np.sum((f(a) - f(b)) * df) / (2 * h) for a, b in zip(points, 2 * x - points)], x.shape)


def in_a_list(f, x, df, h=1e-6):
    rows, g = [list(row) for row in x], np.zeros_like(x)
    for i in range(len(rows)):
        for j in range(x.shape[1]):
            rows[i][j] += h
            g[i, j] = np.sum((f(np.array(rows)) - f(x)) * df) / h
            rows[i][j] -= h
    return g


def in_attributes(f, x, df, h=1e-6):
    model, g = SimpleNamespace(params={"x": x.copy()}), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        model.params["x"][i] += h
        g[i] = np.sum((f(model.params["x"]) - f(x)) * df) / h
        model.params["x"][i] -= h
    return g


def whole_rows(f, x, df, h=1e-6):  # the features do not know of each other
    g = np.zeros_like(x)
    for n in range(len(x)):
        up = x.copy()
        up[n] += h
        g[n] = np.sum((f(up) - f(x)) * df, axis=0) / h
    return g


def shifted(f, x, df):  # batch norm does not see a shift, so the point is not the input
    return central(f, x + 5.0, df)


def transposed(f, x, df):
    return central(lambda z: f(z.T), x.T.copy(), df).T


def in_single_precision(f, x, df):
    return central(f, x.astype(np.float32), df, 1e-3)


def in_exec(f, x, df):
    names = {"f": f, "x": x, "df": df, "np": np, "g": np.zeros_like(x), "h": 1e-6}
    exec("for i in np.ndindex(x.shape):\n z = x.copy(); z[i] += h\n g[i] = ((f(z) - f(x)) * df).sum() / h", names)
    return names["g"]


def in_a_thread(f, x, df):
    found = []
    thread = threading.Thread(target=lambda: found.append(central(f, x, df)))
    thread.start()
    thread.join()
    return found[0]


def library_tool(module, name):
    return lambda f, x, df: getattr(__import__(f"cs231n.{module}", fromlist=["x"]), name)(f, x, df)


TOOLS = {
    **{
        tool.__name__: tool
        for tool in (
            central, forward_differences, complex_steps, in_place, batched, in_a_list,
            in_attributes, whole_rows, shifted, transposed, in_single_precision, in_exec, in_a_thread,
        )
    },
    "the course's": library_tool("gradient_check", "numerical_gradient"),
    "CS231n's": library_tool("gradient_check", "eval_numerical_gradient_array"),
    "nudge": library_tool("assignment.steps.nudge", "nudge"),
}  # fmt: skip


def softmax_by_columns(p, h=1e-6):
    scores, J = np.log(p), np.zeros((*p.shape, p.shape[1]))
    before = p / p.sum(axis=1, keepdims=True)
    for c in range(p.shape[1]):
        moved = scores.copy()
        moved[:, c] += h
        e = np.exp(moved)
        J[:, :, c] = (e / e.sum(axis=1, keepdims=True) - before) / h
    return J


def loss_by_steps(x, y):
    f = lambda z: (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y]).mean()  # noqa: E731
    return f(x), central(f, x, 1.0)


def affine_by_units(dout, cache):
    x, w, b = cache
    flat = x.reshape(len(x), -1)
    forward = lambda z: z @ w + b  # noqa: E731
    dx = [np.sum((forward(flat + e) - forward(flat)) * dout) for e in np.eye(flat.size).reshape(-1, *flat.shape)]
    return np.reshape(dx, x.shape), flat.T @ dout, dout.sum(axis=0)


def affine_by_one_hot_weights(dout, cache):
    x, w, b = cache
    dw = np.zeros_like(w)
    for i, j in np.ndindex(w.shape):
        unit = np.zeros_like(w)
        unit[i, j] = 1
        dw[i, j] = np.sum(x.reshape(len(x), -1) @ unit * dout)
    return (dout @ w.T).reshape(x.shape), dw, dout.sum(axis=0)


def relu_by_steps(dout, x):
    return central(lambda z: np.maximum(z, 0), x, dout)


def by_random_directions(dout, cache, h=1e-6):  # no step along an entry, but many forward passes
    x, gamma, beta, var, mu, x_hat, eps = cache
    directions = np.linalg.qr(np.random.default_rng(0).normal(size=(x.size, x.size)))[0].reshape(-1, *x.shape)
    f = lambda z: np.sum(layers.batchnorm_forward(z, gamma, beta, {"mode": "train", "eps": eps})[0] * dout)  # noqa: E731
    dx = sum((f(x + h * u) - f(x)) / h * u for u in directions)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def by_a_batch_in_the_last_axis(dout, cache, h=1e-6):
    x, gamma, beta, var, mu, x_hat, eps = cache
    points = x[..., None] + h * np.eye(x.size).reshape(*x.shape, x.size)
    centred = points - points.mean(axis=0)
    moved = centred / np.sqrt((centred**2).mean(axis=0) + eps)
    slopes = np.sum((moved - x_hat[..., None]) * (dout * gamma)[..., None], axis=(0, 1)) / h
    return slopes.reshape(x.shape), (dout * x_hat).sum(axis=0), dout.sum(axis=0)


OTHERS = {
    by_a_batch_in_the_last_axis: "batchnorm_backward_alt",
    softmax_by_columns: "softmax_jacobian",
    loss_by_steps: "softmax_loss",
    affine_by_units: "affine_backward",
    affine_by_one_hot_weights: "affine_backward",
    relu_by_steps: "relu_backward",
    by_random_directions: "batchnorm_backward_alt",
}
