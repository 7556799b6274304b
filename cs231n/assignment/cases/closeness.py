"""When are two arrays close enough to count as equal?"""

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = 1e-5  # wide enough for an answer that computes in float32
NORM_FLOOR = 0.1  # added to the norm of the right result, which may be 0; the fixed inputs are of size 1


def relative_error(got: np.ndarray, want: np.ndarray) -> float:
    """The norm of the difference over the norm of the right result (plus NORM_FLOOR)."""
    return float(np.linalg.norm(got - want) / (np.linalg.norm(want) + NORM_FLOOR))


def is_close(got: ArrayLike, want: ArrayLike, tolerance: float = TOLERANCE) -> bool:
    """Whether two arrays have the same shape and a small relative error. A result with nan or inf is never close."""
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
    return got.shape == want.shape and bool(np.all(np.isfinite(got))) and relative_error(got, want) <= tolerance
