"""Confidence intervals of paired differences, by Student's t; import them from ``cs231n.experiments``."""

import math

import numpy as np


def paired_interval(differences, level=0.95):
    """The mean of paired differences, and Student's t confidence interval for it.

    With n differences of mean m and standard deviation s (n - 1 in its denominator) it is
    ``m +- t * s / sqrt(n)``, with t the quantile of Student's distribution of n - 1 degrees of freedom.

    Arguments:
        differences: n >= 2 numbers, one per pair.
        level: the interval's confidence, between 0 and 1.

    Returns:
        mean, low, high: three floats.

    Raises:
        ValueError: for fewer than two differences, or a level outside (0, 1).
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1 or len(d) < 2:
        raise ValueError(f"an interval needs at least two paired differences in a row; got shape {d.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}; it must lie between 0 and 1")
    mean = float(np.mean(d))
    half = t_quantile(level, len(d) - 1) * float(np.std(d, ddof=1)) / math.sqrt(len(d))
    return mean, mean - half, mean + half


def t_quantile(level, df):
    """The t with P(-t <= T <= t) = level, for Student's T with a whole number df of degrees of freedom.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4: a finite sum gives the
    probability in terms of theta = arctan(t / sqrt(df)); bisection inverts it.

    Arguments:
        level: a probability in 0..1; df: degrees of freedom, a whole number of at least 1.

    Returns:
        t, a float.

    >>> round(t_quantile(0.95, 1), 3), round(t_quantile(0.95, 10), 3)
    (12.706, 2.228)
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        theta = (low + high) / 2
        low, high = (theta, high) if _t_probability(theta, df) < level else (low, theta)
    return math.sqrt(df) * math.tan(theta)


def _t_probability(theta, df):
    sin, cos = math.sin(theta), math.cos(theta)
    k = df % 2
    term, total = cos**k, 0.0
    while k <= df - 2:
        total += term
        term *= cos**2 * (k + 1) / (k + 2)
        k += 2
    return 2 / math.pi * (theta + sin * total) if df % 2 else sin * total
