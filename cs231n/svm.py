"""The multiclass SVM (hinge) loss, the other loss of CS231n. Import it from ``cs231n.layers``."""

import numpy as np


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
