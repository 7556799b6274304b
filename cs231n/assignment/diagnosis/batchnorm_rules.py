"""Rule about batch norm: a variance that loses its digits where a feature lies far from zero.

Rounding decides which wrong variance comes out, so no pattern of numbers can be known in advance.
"""

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.closeness import is_close
from ..cases.stored import Arrays
from .evidence import Known, Observed, Results, name_mistake, read_results

FAR = 1e4  # a feature lies far from zero if its mean is so many standard deviations from zero
VARIANCE_LOST = (
    "everything is right but the variance where a feature lies far from zero. The mean square minus the squared mean "
    "does that: it is a small difference of two large numbers, and rounding takes its digits. Take the mean away "
    "first, then square."
)


def find_lost_variance(task: str, observed: Observed) -> Known | None:
    """Say that the variance is lost if this explains all that is wrong in features far from zero."""
    far = {case for case in observed if _lies_far(stored.inputs(case))}
    got = read_results(task, observed)
    if not far or not got:
        return None
    explains = _explains_forward if task == "batchnorm_forward" else _explains_backward
    wrong = {case for case in got if not _is_right(task, case, got)}
    if not wrong or not wrong <= far or not all(explains(task, case, got[case]) for case in wrong):
        return None
    return name_mistake("mean-square-minus-squared-mean", VARIANCE_LOST, TASKS["batchnorm_forward"].heading)


def _lies_far(inputs: Arrays) -> bool:
    x = inputs["x"]
    if x.ndim != 2 or "test_mode" in inputs:
        return False
    return bool(np.any((x.std(axis=0) > 0) & (np.abs(x.mean(axis=0)) > FAR * x.std(axis=0))))


def _is_right(task: str, case: str, got: Results) -> bool:
    return all(is_close(got[case][name], want) for name, want in stored.expected(task, case).items())


def _explains_forward(task: str, case: str, outputs: Arrays) -> bool:
    """Whether out is right up to another variance: every column is x - mu times a number, plus beta, or nan."""
    inputs, want = stored.inputs(case), stored.expected(task, case)
    if not is_close(outputs["running_mean"], want["running_mean"], 1e-9):
        return False
    xmu = inputs["x"] - inputs["x"].mean(axis=0)
    columns = (outputs["out"] - inputs["beta"]).T
    return all(_fit(column, xmu[:, [d]]) is not None for d, column in enumerate(columns))


def _explains_backward(task: str, case: str, outputs: Arrays) -> bool:
    """Whether dx and dgamma are right up to the variance. Columns of nan belong to a negative one."""
    inputs, want = stored.inputs(case), stored.expected(task, case)
    if not is_close(outputs["dbeta"], want["dbeta"]):
        return False
    xmu, dout = inputs["x"] - inputs["x"].mean(axis=0), inputs["dout"]
    straight = dout - dout.mean(axis=0)
    for d, column in enumerate(outputs["dx"].T):
        factors = _fit(column, np.stack([straight[:, d], xmu[:, d]], axis=1))
        if factors is None:
            return False
        other_std = inputs["gamma"][d] / factors[0]
        ratio = np.sqrt(inputs["var"][d] + float(inputs.get("eps", 1e-5))) / other_std
        dgammas = (want["dgamma"][d], ratio * want["dgamma"][d], np.nan)
        if not any(
            np.isclose(outputs["dgamma"][d], dgamma, rtol=1e-4, atol=1e-6, equal_nan=True) for dgamma in dgammas
        ):
            return False
    return True


def _fit(column: np.ndarray, parts: np.ndarray) -> np.ndarray | None:
    """Write a column as a sum of multiples of the parts.

    Returns:
        The factors, nan for a column of nan. None if there are none, or if the first one is not positive.
    """
    if not np.any(np.isfinite(column)):
        return np.full(parts.shape[1], np.nan)
    if not np.all(np.isfinite(column)):
        return None
    factors, *_ = np.linalg.lstsq(parts, column, rcond=None)
    return factors if factors[0] > 0 and is_close(parts @ factors, column, 1e-6) else None
