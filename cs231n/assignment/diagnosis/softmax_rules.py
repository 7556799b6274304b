"""Rules about softmax and its loss: a missing shift, a logarithm of 0, a number of classes taken from the labels."""

from collections.abc import Callable

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.closeness import is_close
from ..cases.stored import Arrays
from ..cases.tables import FAR_CASES
from .evidence import Known, Observed, Results, name_mistake, read_results
from .patched_logarithm import find_patch, p_of_the_true_class

MAX_EXPONENT, MIN_EXPONENT, ZERO_EXPONENT = 709.78, -708.0, -746.0  # exp is inf above, inexact below, 0 below
LOGARITHM = "A class that lies far below"
NO_SHIFT, ONE_FOR_ALL = "no-shift", "one-maximum-for-all-rows"  # the ids of two mistakes

SOFTMAX_WITHOUT_SHIFT = (
    "no maximum is taken away from the scores before the exponential. The exponential of a score above about 709 is "
    "inf, and inf / inf is nan. Softmax does not change when one number is taken from a whole row."
)
LOSS_WITHOUT_SHIFT = (
    "no maximum is taken away from the scores before the exponential. The exponential of a score above about 709 is "
    "inf, and the loss becomes nan or inf. Take each row's maximum away first: nothing else changes."
)
ONE_MAXIMUM = (
    "one maximum is taken away from the whole batch, not each row's own maximum from that row. In a row far below the "
    "largest one every exponential is then 0, and so is their sum. The shift has to bring the largest score of every "
    "row to 0."
)
LOG_OF_P = (
    "the logarithm is taken of the finished probability. When the true class lies more than about 745 below the "
    "maximum, that probability underflows to 0 and the loss is not finite, although the true loss is only about that "
    "number. Log-sum-exp takes the logarithm of the quotient apart before anything can underflow."
)
TRUE_CLASS_TAKEN_AWAY = (
    "the true class's score is taken away before the exponential. Where another score lies more than about 709 above "
    "it, that exponential is inf, although the true loss is only about that number. Each row's maximum has to be taken "
    "away: then no exponential is above 1."
)
LOG_OF_EVERY_P = (
    "the logarithm is taken of every finished probability, and multiplied by the one-hot target. A probability that "
    "underflows to 0 has the logarithm -inf, and 0 times -inf is nan. Only the true class's logarithm is needed."
)
PATCHED_LOGARITHM = (
    "a small number keeps the logarithm away from log 0. The loss stays finite, but once the true class's probability "
    "underflows to 0, the loss no longer says how far that class lies below the maximum. Log-sum-exp needs no such "
    "number."
)
CLASSES_FROM_LABELS = (
    "it stops only where the last class does not occur in y: the number of classes is taken from the labels. It is the "
    "number of columns of x, whichever classes the batch happens to hold."
)

# --- softmax and its loss: where do the exponentials break? ------------------------------------------


def _breaks_without_shift(x: np.ndarray) -> np.ndarray:
    """The rows in which the sum of the exponentials overflows or underflows."""
    largest = x.max(axis=1)
    return (largest > MAX_EXPONENT) | (largest < MIN_EXPONENT)


def _breaks_with_one_maximum(x: np.ndarray) -> np.ndarray:
    """The rows in which all exponentials underflow after the largest score of the batch is taken away."""
    return x.max(axis=1) - x.max() < MIN_EXPONENT


def _underflows(x: np.ndarray) -> np.ndarray:
    """The probabilities that are 0 in float64, although no score is wrong. Shape (N, C)."""
    return x - x.max(axis=1, keepdims=True) < ZERO_EXPONENT


def _has_no_probability_left(row: np.ndarray, scale: float) -> bool:
    """Whether a row holds only what is left after an overflow or underflow: nan, inf, 0, and -1 for the true class."""
    left = ~np.isfinite(row) | (np.abs(row) < 1e-12 * scale) | (np.abs(row + scale) < 1e-9 * scale)
    return bool(np.all(left))


def _judge_rows(
    got: Results, task: str, name: str, breaks: Callable, scale: Callable[[int], float], free: Callable
) -> bool:
    """Whether a result is right (times a number) in the rows that do not break, and spoilt in those that do.

    Arguments:
        got: the results by case.
        task, name: the task, and its result with a row per example.
        breaks: function of the scores. It tells which rows break.
        scale: function of the number of rows N: the factor of the whole result.
        free: function of a case. It tells in which rows anything may be.
    """
    spoilt = 0
    for case, outputs in got.items():
        x, want = stored.inputs(case)["x"].astype(np.float64), stored.expected(task, case)[name]
        broken, anything = breaks(x), free(case)
        for row, right, is_broken, is_free in zip(outputs[name], want * scale(len(x)), broken, anything):
            spoilt += bool(is_broken)
            factor = scale(len(x)) * (1 / len(x) if task == "softmax_loss" else 1.0)
            if is_broken and (is_close(row, right) or not _has_no_probability_left(row, factor)):
                return False
            if not is_broken and not is_free and not is_close(row, right):
                return False
    return spoilt > 0


def _true_class_is_lost(case: str) -> np.ndarray:
    """The rows whose true class has a probability that underflows to 0."""
    return p_of_the_true_class(case) == 0


def _no_row(case: str) -> np.ndarray:
    return np.zeros(len(stored.inputs(case)["x"]), dtype=bool)


def _softmax_overflows(observed: Observed) -> Known | None:
    got = read_results("softmax", observed)
    for breaks, name, sentence in (
        (_breaks_without_shift, NO_SHIFT, SOFTMAX_WITHOUT_SHIFT),
        (_breaks_with_one_maximum, ONE_FOR_ALL, ONE_MAXIMUM),
    ):
        if got and _judge_rows(got, "softmax", "p", breaks, lambda n: 1.0, _no_row):
            return name_mistake(name, sentence, TASKS["softmax"].heading)
    return None


SCALES: tuple[Callable[[int], float], ...] = (lambda n: 1.0, lambda n: float(n), lambda n: 1.0 / n)
SCALE_TEXTS = ("", "without the factor 1/N", "divided by N twice")  # what each of the scales means


def _loss_scale(got: Results) -> int | None:
    """Which of SCALES the loss has on the cases with ordinary scores. None if it has another one."""
    ordinary = [case for case in got if np.max(np.abs(stored.inputs(case)["x"])) < 30]
    for number, scale in enumerate(SCALES):
        right = {case: stored.expected("softmax_loss", case)["loss"] for case in ordinary}
        factors = {case: scale(stored.rows(case) or 1) for case in ordinary}
        # Not exactly: a number that patches the logarithm shows a little on ordinary scores, too.
        if ordinary and all(is_close(got[case]["loss"], factors[case] * right[case], 1e-2) for case in ordinary):
            return number
    return None


def _say_scales(loss: int, dx: int) -> str:
    """What is to be said first about the scales of the loss and of dx."""
    if loss == dx:
        return f"loss and dx are {SCALE_TEXTS[loss]}. Besides, " if loss else ""
    found = (("the loss", SCALE_TEXTS[loss]), ("dx", SCALE_TEXTS[dx]))
    said = ", and ".join(f"{name} is {text}" for name, text in found if text)
    return f"{said}. Besides, "


def _loss_overflows(observed: Observed) -> Known | None:
    """The shift is missing, in the loss, in dx or in both: they are spoilt where the exponentials break."""
    got = read_results("softmax_loss", observed)
    loss_scale = _loss_scale(got) if got else None
    if not got or loss_scale is None:
        return None
    far = FAR_CASES["softmax_loss"]  # it tells the two apart if the loss alone breaks
    for breaks, name, sentence in (
        (_breaks_without_shift, NO_SHIFT, LOSS_WITHOUT_SHIFT),
        (_breaks_with_one_maximum, ONE_FOR_ALL, ONE_MAXIMUM),
    ):
        broken = [case for case in got if breaks(stored.inputs(case)["x"]).any()]
        loss_breaks = not any(np.isfinite(got[case]["loss"]) for case in broken)
        if not loss_breaks and not _loss_is_right(got, broken, SCALES[loss_scale]):
            continue
        for number, scale in enumerate(SCALES):
            said = sentence
            if not loss_breaks:
                said = f"for dx only: {SOFTMAX_WITHOUT_SHIFT if sentence == LOSS_WITHOUT_SHIFT else sentence}"
            dx_breaks = _judge_rows(got, "softmax_loss", "dx", breaks, scale, _true_class_is_lost)
            if not dx_breaks and loss_breaks and far in got and _dx_is_right(got, scale):
                dx_breaks, said = True, f"for the loss only: {sentence}"
            if dx_breaks:
                return name_mistake(name, _say_scales(loss_scale, number) + said, TASKS["softmax"].heading)
    return None


def _loss_is_right(got: Results, cases: list[str], scale: Callable[[int], float]) -> bool:
    """Whether the loss is right in some cases, times a number."""
    return all(
        is_close(got[case]["loss"], scale(len(got[case]["dx"])) * stored.expected("softmax_loss", case)["loss"])
        for case in cases
    )


# --- softmax_loss: the logarithm of a probability that is 0 -------------------------------------------


def _loss_of_zero(observed: Observed) -> Known | None:
    """The loss is wrong only where a probability is 0: it is not finite there, or its logarithm is patched."""
    got = read_results("softmax_loss", observed)
    loss_scale = _loss_scale(got) if got else None
    if not got or loss_scale is None:
        return None
    dx_scale = next((number for number in range(len(SCALES)) if _dx_is_right(got, SCALES[number])), None)
    if dx_scale is None:
        return None
    losses = {case: outputs["loss"] / SCALES[loss_scale](len(outputs["dx"])) for case, outputs in got.items()}
    wrong = {case for case, loss in losses.items() if not is_close(loss, stored.expected("softmax_loss", case)["loss"])}
    not_finite = {case for case in wrong if not np.isfinite(losses[case])}
    first = _say_scales(loss_scale, dx_scale)
    if wrong and wrong == not_finite == {case for case in got if _true_class_is_lost(case).any()}:
        if _is_shifted_by_the_true_class(got, SCALES[dx_scale]):
            return name_mistake("true-class-taken-away", first + TRUE_CLASS_TAKEN_AWAY, LOGARITHM)
        return name_mistake("log-of-a-probability", first + LOG_OF_P, LOGARITHM)
    if wrong and wrong == not_finite == {case for case in got if _underflows(stored.inputs(case)["x"]).any()}:
        return name_mistake("log-of-every-probability", first + LOG_OF_EVERY_P, LOGARITHM)
    number = find_patch(losses) if wrong and not not_finite else None
    if number is None:
        return None
    instead = f"the logarithm of 0 is replaced by that of about {number:.3g}, so such a row has the loss"
    sentence = f"{first}{instead} {-np.log(number):.3g}: {PATCHED_LOGARITHM}"
    return name_mistake("log-of-p-plus-a-bit", sentence, LOGARITHM)


def _is_shifted_by_the_true_class(got: Results, scale: Callable[[int], float]) -> bool:
    """Whether the rows whose true class is lost hold nan, but -1 (as p is 0) at the true class: inf / inf, and 1 / inf.

    A gradient that goes through the finished probability is nan there, too.
    """
    for case, outputs in got.items():
        for row, y in zip(
            outputs["dx"][_true_class_is_lost(case)], stored.inputs(case)["y"][_true_class_is_lost(case)]
        ):
            right = is_close(row[y], -scale(len(outputs["dx"])) / len(outputs["dx"]))
            if not right or not np.isnan(row).any():
                return False
    return True


def _dx_is_right(got: Results, scale: Callable[[int], float]) -> bool:
    """Whether dx is right, times a number, in all rows whose true class has a probability that is not tiny."""
    for case, outputs in got.items():
        sure = p_of_the_true_class(case) > 1e-3
        want = stored.expected("softmax_loss", case)["dx"] * scale(len(sure))
        if not is_close(outputs["dx"][sure], want[sure]):
            return False
    return True


def _classes_counted(observed: Observed) -> Known | None:
    """The function stops exactly where the last class does not occur, and is right elsewhere."""
    missing = {case for case in observed if _lacks_the_last_class(stored.inputs(case))}
    stopped = {case for case, outputs in observed.items() if outputs is None}
    others = {case: outputs for case, outputs in observed.items() if outputs is not None}
    got = read_results("softmax_loss", others)
    if not missing or missing != stopped or len(others) < 2 or not got:
        return None
    for case, outputs in got.items():
        if not all(is_close(outputs[name], want) for name, want in stored.expected("softmax_loss", case).items()):
            return None
    return name_mistake("classes-counted-in-the-labels", CLASSES_FROM_LABELS, TASKS["softmax_loss"].heading)


def _lacks_the_last_class(inputs: Arrays) -> bool:
    return int(inputs["y"].max()) < inputs["x"].shape[1] - 1


LOSS_RULES = (_loss_overflows, _loss_of_zero, _classes_counted)
SOFTMAX_RULES = (_softmax_overflows,)
