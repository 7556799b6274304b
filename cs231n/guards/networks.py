"""The checks of `FullyConnectedNet`: its settings, its batches, and the mark of caches that need no second check."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .conditions import NUMBERS, SEQUENCES, as_whole_number, check_labels, want_floating, want_number

NORMALIZATIONS = (None, "batchnorm", "layernorm")


class NetworkSizes(NamedTuple):
    """The settings of a network that are integers, as Python's own integers."""

    hidden_dims: list[int]
    input_dim: int
    num_classes: int
    seed: int | None


def check_network_settings(
    hidden_dims: Sequence[int], input_dim: int, num_classes: int, dropout_keep_ratio: float, normalization: str | None,
    reg: float, weight_scale: Any, dtype: Any, seed: int | None,
) -> NetworkSizes:  # fmt: skip
    """Check the arguments of `FullyConnectedNet`, and return those that are integers.

    Raises:
        ValueError, TypeError: see `FullyConnectedNet`.
    """
    if normalization not in NORMALIZATIONS:
        raise ValueError(f"normalization is {normalization!r}; choose from {NORMALIZATIONS}")
    if not isinstance(dropout_keep_ratio, NUMBERS) or not 0 < dropout_keep_ratio <= 1:
        raise ValueError(f"dropout_keep_ratio is {dropout_keep_ratio!r}; it must be in (0, 1]")
    if isinstance(weight_scale, str) and weight_scale != "he":
        raise ValueError(f'weight_scale is {weight_scale!r}; it must be a number or "he"')
    if not isinstance(weight_scale, str):
        want_number("weight_scale", weight_scale, 0)
    want_number("reg", reg, 0)
    want_floating("dtype", dtype)
    if not isinstance(hidden_dims, SEQUENCES):
        raise TypeError(f"hidden_dims is {hidden_dims!r}; a list of widths is wanted, such as [100, 100]")
    return NetworkSizes(
        [as_whole_number(f"hidden_dims[{i}]", width, 1) for i, width in enumerate(hidden_dims)],
        as_whole_number("input_dim", input_dim, 1),
        as_whole_number("num_classes", num_classes, 1),
        as_whole_number("seed", seed, 0, none="for fresh weights"),
    )


class CheckedCache(tuple):
    """The cache of a hidden layer whose arguments have been checked. Its shape and dtype are those of the output.

    For such a cache, the backward pass checks only that ``dout`` has this shape and dtype. Any other cache is a plain
    tuple, and then every layer checks its arguments.
    """

    shape: tuple[int, ...]
    dtype: np.dtype

    @classmethod
    def of(cls, cache: Any, out: np.ndarray) -> Any:
        """Mark a cache as checked. If an installed answer made a cache that is not a tuple, return it unchanged."""
        if type(cache) is not tuple:
            return cache
        checked = cls(cache)
        checked.shape, checked.dtype = out.shape, out.dtype
        return checked


def check_finite(X: np.ndarray) -> None:
    """Raise ValueError if inputs, shape (N, D), hold NaN or infinity, which would spoil the running statistics."""
    flat = X.ravel(order="K")
    with np.errstate(over="ignore", invalid="ignore"):  # the squares of large finite numbers may overflow
        quick = np.isfinite(np.dot(flat, flat))
    if not quick and not np.isfinite(X).all():
        bad = np.flatnonzero(~np.isfinite(X).all(axis=1))
        raise ValueError(
            f"X has NaN or infinity in {len(bad)} of {len(X)} examples, first in X[{bad[0]}] (in {X.dtype}); "
            "repair them or leave them out"
        )


def check_batch(X: np.ndarray, y: Any, classes: int, normalization: str | None = None) -> None:
    """Refuse a batch that would give a wrong number, even if the layers are a student's own and check nothing.

    With batch norm in training mode, a single example is refused: its variance is 0, so every output is beta, no
    gradient passes, and the running variance moves towards 0. (PyTorch refuses it, too. The layer itself computes it,
    as CS231n's does.)

    Arguments:
        X: inputs, shape (N, D), as they go into the first layer.
        y: labels, N integers in 0..classes-1.
        classes: the number of classes, C.
        normalization: the network's.

    Raises:
        ValueError: if the labels do not have shape (N,), or one is out of range; if there is only one example, with
            batch norm.
        TypeError: if the labels are not integers.
    """
    check_labels(y, len(X), classes)
    if normalization == "batchnorm" and len(X) == 1:
        raise ValueError(
            "X has one example; batch norm needs at least two in training mode, since the variance of one is 0. "
            "Use larger batches, or loss(X) without labels for scores"
        )
