"""The checks of `FullyConnectedNet`: its settings, its batches, and the mark of caches that need no second check."""

import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .conditions import NUMBERS, SEQUENCES, as_examples, as_whole_number, check_labels, want_floating, want_number

NORMALIZATIONS = (None, "batchnorm", "layernorm")


def translate_older_names(
    keep_ratio: Any, normalization: Any, dropout: Any = None, use_batchnorm: Any = None
) -> tuple[Any, Any]:
    """Translate how CS231n's notebooks of earlier years called `FullyConnectedNet`. Warn, and name today's spelling.

    - From 2018 to 2020, ``dropout`` was the probability of keeping a unit; 1 meant no dropout.
    - Until 2017, ``dropout`` was the probability of *dropping* a unit; 0 meant no dropout. There was a boolean
      ``use_batchnorm`` where ``normalization`` is now, so a call with it is read in this way.

    Arguments:
        keep_ratio, normalization: what the call says under today's names or in their positions.
        dropout, use_batchnorm: what it says under the older names; None where it does not.

    Returns:
        dropout_keep_ratio, normalization: under today's names.

    Raises:
        TypeError: if one thing is said under both names.
    """
    of_2017 = use_batchnorm is not None or isinstance(normalization, bool | np.bool_)
    if use_batchnorm is not None:
        if normalization is not None:
            raise TypeError("normalization and use_batchnorm say the same; leave out use_batchnorm, the older name")
        normalization = use_batchnorm
    if of_2017:
        if normalization not in (False, True):
            raise TypeError(f'use_batchnorm is {normalization!r}; write normalization="batchnorm", or None')
        was, normalization = bool(normalization), "batchnorm" if normalization else None
        if dropout is None and use_batchnorm is not None and keep_ratio not in (0, 1):
            raise TypeError(
                f"{keep_ratio!r} beside use_batchnorm can mean keeping or, until 2017, dropping; "
                f"write normalization={normalization!r} and dropout_keep_ratio=..."
            )
        _warn_of_older_name(f"use_batchnorm={was}", f"normalization={normalization!r}")
    if dropout is None and not (of_2017 and keep_ratio != 1):
        return keep_ratio, normalization
    if dropout is not None and keep_ratio != 1:
        raise TypeError("dropout_keep_ratio and dropout say the same; leave out dropout, the older name")
    value = keep_ratio if dropout is None else dropout
    if not isinstance(value, NUMBERS) or not 0 <= value <= 1:
        raise ValueError(f"dropout is {value!r}; write dropout_keep_ratio, the probability of keeping, in (0, 1]")
    if of_2017 or value == 0:
        _warn_of_older_name(f"dropout={value!r} (until 2017: the probability of dropping)", f"{1 - value!r}", kept=True)
        return 1 - value, normalization
    note = "" if value == 1 else f". If your notebook is of 2017 or before, it drops {value!r}: write {1 - value!r}"
    _warn_of_older_name(f"dropout={value!r} (2018 to 2020: the probability of keeping)", f"{value!r}{note}", kept=True)
    return value, normalization


def _warn_of_older_name(older: str, today: str, kept: bool = False) -> None:
    """Warn of an older spelling, in the line that makes the network."""
    today = f"dropout_keep_ratio={today}" if kept else today
    warnings.warn(f"FullyConnectedNet: {older} is an older spelling; today's is {today}", FutureWarning, stacklevel=4)


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


def as_network_inputs(X: Any, input_dim: int, dtype: Any) -> np.ndarray:
    """Convert inputs to an array of shape (N, input_dim) in this dtype. Raise ValueError if they do not fit."""
    X = np.asarray(as_examples("X", X), dtype=dtype)
    features = math.prod(X.shape[1:])
    if X.ndim == 0 or len(X) == 0 or features != input_dim:
        raise ValueError(
            f"X has shape {X.shape}; it must be (N, ...) with N of at least 1 and input_dim = {input_dim} "
            "features per example"
        )
    return X.reshape(len(X), features)
