"""Find the small number with which a softmax loss keeps its logarithm away from log 0."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ..cases import stored
from ..cases.closeness import is_close


def p_of_the_true_class(case: str) -> np.ndarray:
    """The probability of every row's true class in a case of softmax_loss, from the committed data."""
    y = stored.inputs(case)["y"]
    return stored.expected("softmax", case)["p"][np.arange(len(y)), y]


PATCHES: tuple[Callable[[np.ndarray, float], np.ndarray], ...] = (  # ways to keep p away from 0 by a number
    lambda p, number: p + number,
    lambda p, number: np.maximum(p, number),
    lambda p, number: np.where(p == 0, number, p),
)


def find_patch(losses: Mapping[str, np.ndarray]) -> float | None:
    """Find the number that explains all losses. None if there is none, or if two numbers do."""
    found = []
    for patch in PATCHES:
        for number in _solve(patch, losses):
            if all(is_close(loss, _patched_loss(patch, case, number)) for case, loss in losses.items()):
                found.append(number)
    round_numbers = [number for number in found if _is_round(number)]
    found = round_numbers or found
    return found[0] if found and max(found) < 1.01 * min(found) else None


def _patched_loss(patch: Callable, case: str, number: float) -> float:
    return float(-np.mean(np.log(patch(p_of_the_true_class(case), number))))


def _solve(patch: Callable, losses: Mapping[str, np.ndarray]) -> Iterator[float]:
    """Solve for the number in the case whose loss depends on it most. The loss falls when the number grows."""
    saturated = [case for case in losses if np.any(p_of_the_true_class(case) == 0)]
    for case in saturated[:1]:
        low, high = np.log(5e-324), np.log(0.1)
        if not _patched_loss(patch, case, np.exp(high)) <= losses[case] <= _patched_loss(patch, case, 5e-324) + 1e-6:
            return
        for _ in range(80):
            middle = (low + high) / 2
            if _patched_loss(patch, case, max(np.exp(middle), 5e-324)) > losses[case]:
                low = middle
            else:
                high = middle
        yield max(float(np.exp(high)), 5e-324)


def _is_round(number: float) -> bool:
    """Whether a number is one that people write: one digit and a power of ten, or a constant of floating point."""
    kinds = [np.finfo(kind) for kind in (np.float64, np.float32)]
    digit = number / 10.0 ** np.floor(np.log10(number) + 1e-6)
    known = [float(constant) for kind in kinds for constant in (kind.eps, kind.tiny, kind.smallest_subnormal)]
    return bool(abs(digit - round(digit)) < 1e-4 or np.any(np.abs(np.array(known) / number - 1) < 1e-4))
