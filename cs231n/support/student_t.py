"""Confidence intervals of paired differences, by Student's t. Import these functions from ``cs231n.experiments``."""

import math

import numpy as np
from numpy.typing import ArrayLike


def paired_interval(differences: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """The mean of paired differences, and its confidence interval by Student's t.

    For n differences with mean m and standard deviation s (with n - 1 in the denominator), the interval is
    ``m +- t * s / sqrt(n)``. Here t is the quantile of Student's distribution with n - 1 degrees of freedom.

    Arguments:
        differences: n >= 2 numbers, one per pair.
        level: the confidence of the interval, between 0 and 1.

    Returns:
        mean, low, high: three floats.

    Raises:
        ValueError: if there are fewer than two differences, or the level is outside (0, 1).
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1 or len(d) < 2:
        raise ValueError(f"an interval needs at least two paired differences in a row; got shape {d.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}; it must lie between 0 and 1")
    mean = float(np.mean(d))
    half = t_quantile(level, len(d) - 1) * float(np.std(d, ddof=1)) / math.sqrt(len(d))
    return mean, mean - half, mean + half


def t_quantile(level: float, df: int) -> float:
    """The t with P(-t <= T <= t) = level, for Student's T with df degrees of freedom.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4. A finite sum gives the
    probability as a function of theta = arctan(t / sqrt(df)). Bisection inverts this function.

    Arguments:
        level: a probability in 0..1.
        df: the degrees of freedom, an integer of at least 1.

    Returns:
        t, a float.

    >>> round(t_quantile(0.95, 1), 3), round(t_quantile(0.95, 10), 3)
    (12.706, 2.228)
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        theta = (low + high) / 2
        low, high = (theta, high) if _compute_t_probability(theta, df) < level else (low, theta)
    return math.sqrt(df) * math.tan(theta)


def _compute_t_probability(theta: float, df: int) -> float:
    """Compute P(-t <= T <= t) for t = sqrt(df) * tan(theta)."""
    sin, cos = math.sin(theta), math.cos(theta)
    k = df % 2
    term, total = cos**k, 0.0
    while k <= df - 2:
        total += term
        term *= cos**2 * (k + 1) / (k + 2)
        k += 2
    return 2 / math.pi * (theta + sin * total) if df % 2 else sin * total
