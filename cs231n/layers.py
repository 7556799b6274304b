"""Layers, forward and backward: affine, ReLU, dropout, softmax, SVM; batch norm is in ``batchnorm.py``.

Every layer is a pair of functions::

    out, cache = layer_forward(x, ...)      # cache: whatever the backward pass will need
    dx, ... = layer_backward(dout, cache)   # dout = dL/d(out), the same shape as out

``dout`` is the gradient of the loss with respect to *this layer's output*; the layer above computed
it. A backward function multiplies it by the layer's transposed Jacobian, without ever building that
matrix (`softmax_jacobian`, built for study, is the exception). No function writes to its arguments.

All of the library calls these functions as ``layers.name(...)`` at the moment of the call, so a function
that replaces one of them here (a student's own answer) is used everywhere.

Source: CS231n, assignment 2 (names, arguments and results).
"""

from typing import Any

import numpy as np

from . import guards
from .batchnorm import (  # noqa: F401  (re-exported: layers is the one place to look for a layer)
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_backward_staged,
    batchnorm_backward_test,
    batchnorm_forward,
)
from .guards import layers as layer_checks
from .layernorm import layernorm_backward, layernorm_forward  # noqa: F401


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Affine (fully connected) layer: ``out = x @ w + b``.

    Arguments:
        x: inputs, shape (N, d_1, ..., d_k); each example is flattened to D = d_1 * ... * d_k numbers.
        w: weights, shape (D, M).
        b: biases, shape (M,).

    Returns:
        out: shape (N, M).
        cache: ``(x, w, b)``.

    Raises:
        ValueError: for shapes that do not fit, or an empty batch.
        TypeError: for what is no array of real numbers.

    >>> out, cache = affine_forward(np.ones((2, 3)), np.ones((3, 4)), np.zeros(4))
    >>> out.shape
    (2, 4)
    """
    out = x.reshape(x.shape[0], -1) @ w + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    """Backward pass of the affine layer ``out = x @ w + b``.

    Arguments:
        dout: dL/d(out), shape (N, M).
        cache: ``(x, w, b)`` from `affine_forward`; x has shape (N, d_1, ..., d_k), w (D, M), b (M,).

    Returns:
        dx: dL/dx, the shape of x.
        dw: dL/dw, shape (D, M).
        db: dL/db, shape (M,).
    """
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rectified linear unit, elementwise: ``out = max(x, 0)``.

    Arguments:
        x: any shape.

    Returns:
        out: the shape of x.
        cache: ``x``.

    Raises:
        TypeError: for what is no array of real numbers.

    >>> out, cache = relu_forward(np.array([-1.0, 0.0, 2.0]))
    >>> out
    array([0., 0., 2.])
    """
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    """Backward pass of ReLU. Writes neither to ``dout`` nor to the cache.

    Arguments:
        dout: dL/d(out), any shape.
        cache: ``x`` from `relu_forward`, the same shape.

    Returns:
        dx: dL/dx, the same shape. At exactly x = 0, where ReLU has a kink, the slope is taken as 0.
    """
    x = cache
    return dout * (x > 0)


def dropout_forward(x: np.ndarray, dropout_param: dict[str, Any]) -> tuple[np.ndarray, tuple]:
    """Inverted dropout: keep each entry with probability p and divide it by p; in test mode do nothing.

    Dividing at training time keeps the expected value of every entry, so test mode needs no change.
    Source: Srivastava et al. 2014, section 10 (who scale at test time instead).

    Arguments:
        x: any shape.
        dropout_param: dictionary with
            ``mode``: ``"train"`` or ``"test"``;
            ``p``: the probability of *keeping* an entry, 0 < p <= 1;
            ``seed`` (optional): an integer; every call then draws the same mask (for gradient checks);
            ``rng`` (optional): a ``np.random.Generator`` to draw from, where there is no seed.

    Returns:
        out: the shape of x.
        cache: ``(dropout_param, mask)``; the mask holds 0 and 1/p and is None in test mode.

    Raises:
        ValueError: for a mode other than ``"train"`` and ``"test"``, p outside (0, 1], a seed that is no integer of
            at least 0, or a key of ``dropout_param`` that is missing or unknown.
        TypeError: for what is no array of real numbers; for a ``dropout_param`` that is no dictionary, a p that
            is no number, an rng that is no ``np.random.Generator``.

    >>> out, cache = dropout_forward(np.ones(6), {"mode": "train", "p": 0.5, "seed": 0})
    >>> out
    array([0., 2., 2., 2., 0., 0.])
    """
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode not in ("train", "test"):
        raise ValueError(f'dropout_param["mode"] is {mode!r}; it must be "train" or "test"')
    if not 0 < p <= 1:
        raise ValueError(f'dropout_param["p"] is {p!r}; it is the probability of keeping, 0 < p <= 1')
    if mode == "test":
        return x.copy(), (dropout_param, None)
    if "seed" in dropout_param:
        rng = np.random.default_rng(dropout_param["seed"])
    else:
        rng = dropout_param.get("rng") or np.random.default_rng()
    mask = ((rng.random(x.shape) < p) / p).astype(x.dtype)
    return x * mask, (dropout_param, mask)


def dropout_backward(dout: np.ndarray, cache: tuple) -> np.ndarray:
    """Backward pass of inverted dropout: the same mask, applied to the gradient.

    Arguments:
        dout: dL/d(out), any shape.
        cache: ``(dropout_param, mask)`` from `dropout_forward`.

    Returns:
        dx: dL/dx, the same shape.

    Raises:
        ValueError: for a ``dout`` of another shape than the mask, or a cache of other than two parts.
        TypeError: for a ``dout`` that is no array of real numbers, or a cache that is no tuple.

    >>> dropout_backward(np.ones(3), ({"mode": "train", "p": 0.5}, np.array([0.0, 2.0, 2.0])))
    array([0., 2., 2.])
    """
    dropout_param, mask = cache
    return dout.copy() if mask is None else dout * mask


def softmax(x):
    """Softmax of every row, safe for scores of any size.

    Arguments:
        x: scores, shape (N, C).

    Returns:
        p: probabilities, shape (N, C); ``p[n, i] = exp(x[n, i]) / sum_j exp(x[n, j])``.

    >>> softmax(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_jacobian(p):
    """Jacobian of softmax, one matrix per example, from softmax's output.

    Arguments:
        p: probabilities, shape (N, C), as `softmax` returns them.

    Returns:
        J: shape (N, C, C); ``J[n, i, j]`` is the derivative of ``p[n, i]`` with respect to ``x[n, j]``.

    >>> softmax_jacobian(np.array([[0.5, 0.5]]))
    array([[[ 0.25, -0.25],
            [-0.25,  0.25]]])
    """
    C = p.shape[1]
    J = -p[:, :, None] * p[:, None, :]
    J[:, np.arange(C), np.arange(C)] += p
    return J


def softmax_loss(x, y):
    """Mean softmax cross-entropy loss and its gradient: where the backward pass begins.

    Arguments:
        x: scores, shape (N, C).
        y: labels, N integers in 0..C-1.

    Returns:
        loss: ``-1/N * sum_n log p[n, y[n]]``, in nats; finite however far the true class lies below.
        dx: dL/dx, shape (N, C).
    """
    rows = np.arange(x.shape[0])
    z = x - np.max(x, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    loss = -np.mean(log_p[rows, y])
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return loss, dx / x.shape[0]


def svm_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean multiclass hinge loss and its gradient: every wrong class should score at least 1 below the true one.

    Source: Weston and Watkins, "Multi-class Support Vector Machines", 1998; CS231n's notes on linear classification.

    Arguments:
        x: scores, shape (N, C).
        y: labels, N integers in 0..C-1.

    Returns:
        loss: ``1/N * sum_n sum_{j != y[n]} max(0, x[n, j] - x[n, y[n]] + 1)``.
        dx: dL/dx, shape (N, C). Where a margin is met exactly, where the loss has a kink, the slope is taken as 0.

    Raises:
        ValueError: for scores that have not two axes or no entry; for labels of another shape than (N,) or out of
            range.
        TypeError: for scores that are no array of real numbers; for labels that are not integers.

    >>> loss, dx = svm_loss(np.array([[3.0, 1.0, 2.5]]), np.array([0]))
    >>> float(loss)
    0.5
    >>> dx
    array([[-1.,  0.,  1.]])
    """
    N = x.shape[0]
    rows = np.arange(N)
    margins = np.maximum(x - x[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    loss = np.sum(margins) / N
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] -= np.sum(dx, axis=1)
    return loss, dx / N


# Bad input is refused before any of these functions begins: see guards/.
guards.guard(globals(), layer_checks.LAYERS, layer_checks.MARKED)
