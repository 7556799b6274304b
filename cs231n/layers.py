"""Layers, forward and backward: affine, ReLU, dropout, softmax, SVM. Batch norm is in ``batchnorm.py``.

Every layer is a pair of functions::

    out, cache = layer_forward(x, ...)      # cache: what the backward pass will need
    dx, ... = layer_backward(dout, cache)   # dout = dL/d(out), the same shape as out

``dout`` is the gradient of the loss with respect to *this layer's output*. The layer above computed it.
A backward function multiplies ``dout`` by the layer's transposed Jacobian, but never builds that matrix.
(Only `softmax_jacobian` builds one, for study.) No function changes its arguments, with one exception:
`batchnorm_forward` updates the running statistics in ``bn_param``.

The library always calls these functions as ``layers.name(...)``. So when a student's own answer replaces a
function of this module, the whole library uses the answer.

Source: CS231n, assignment 2 (names, arguments and results).
"""

from typing import Any

import numpy as np

from . import guards
from .batchnorm import (  # noqa: F401  (re-exported, so that `layers` has every layer)
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
        b: biases, shape (M,), or one that broadcasts to it: (1, M), or a number. Its gradient has the same shape.

    Returns:
        out: shape (N, M).
        cache: ``(x, w, b)``.

    Raises:
        ValueError: if the shapes do not fit together, or the batch is empty.
        TypeError: if an argument is not an array of real numbers.

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
        TypeError: if an argument is not an array of real numbers.

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
        dx: dL/dx, the same shape. At exactly x = 0 ReLU has a kink and no slope. By convention we take 0; 1 is as good.
    """
    x = cache
    return dout * (x > 0)


def dropout_forward(x: np.ndarray, dropout_param: dict[str, Any]) -> tuple[np.ndarray, tuple]:
    """Inverted dropout: keep each entry with probability p and divide it by p; in test mode do nothing.

    The division by p keeps the expected value of every entry the same, so test mode needs no change.
    Source: Srivastava et al. 2014, section 10 (they scale at test time instead).

    Arguments:
        x: any shape.
        dropout_param: dictionary with
            ``mode``: ``"train"`` or ``"test"``;
            ``p``: the probability of *keeping* an entry, 0 < p <= 1;
            ``seed`` (optional): an integer; every call then draws the same mask (for gradient checks);
            ``rng`` (optional): the ``np.random.Generator`` to draw from if there is no seed. Without both,
            NumPy's global generator draws the mask, so ``np.random.seed`` determines it.

    Returns:
        out: the shape of x.
        cache: ``(dropout_param, mask)``. The mask holds 0 and 1/p. In test mode it is None.

    Raises:
        ValueError: if the mode is neither ``"train"`` nor ``"test"``, p is outside (0, 1], the seed is not an
            integer of at least 0, or a key of ``dropout_param`` is missing or unknown.
        TypeError: if x is not an array of real numbers, ``dropout_param`` is not a dictionary, p is not a number,
            or rng is not a ``np.random.Generator``.

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
    seed = dropout_param.get("seed")
    rng = np.random.default_rng(seed) if seed is not None else dropout_param.get("rng") or np.random
    mask = ((rng.random(x.shape) < p) / p).astype(x.dtype)
    return x * mask, (dropout_param, mask)


def dropout_backward(dout: np.ndarray, cache: tuple) -> np.ndarray:
    """Backward pass of inverted dropout: multiply the gradient by the same mask.

    Arguments:
        dout: dL/d(out), any shape.
        cache: ``(dropout_param, mask)`` from `dropout_forward`.

    Returns:
        dx: dL/dx, the same shape.

    Raises:
        ValueError: if ``dout`` and the mask differ in shape, or the cache does not have two parts.
        TypeError: if ``dout`` is not an array of real numbers, or the cache is not a tuple.

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
        dx: dL/dx, shape (N, C). Where x[n, j] is exactly x[n, y[n]] - 1 the loss has a kink and no slope. By
            convention we take that of the flat side, 0.

    Raises:
        ValueError: if the scores do not have two axes, or no entry; if the labels do not have shape (N,), or one is
            out of range.
        TypeError: if the scores are not an array of real numbers, or the labels are not integers.

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


# From here on, every function checks its arguments before it begins: see guards/.
guards.guard(globals(), layer_checks.LAYERS, layer_checks.WRAPPERS)
