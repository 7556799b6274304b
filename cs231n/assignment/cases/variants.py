"""All calls that check() makes of an answer: the fixed cases of its task, and variants of some of them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from . import stored
from .calls import record_call, record_call_with_mode
from .recorded import Call
from .tables import CASES, FAR_CASES, INTEGER_CASES

SMALL_CASES = {  # two or three rows, two features, numbers that one can check by hand
    "softmax": ("scores_small", "scores_small_far"),
    "softmax_jacobian": ("p_small",),
    "softmax_loss": ("scores_small", "scores_small_far"),
    "affine_backward": ("affine_small",),
    "relu_backward": ("relu_small",),
    "batchnorm_forward": ("bn_small", "bn_small_test"),
    "batchnorm_backward_staged": ("bn_small",),
    "batchnorm_backward": ("bn_small",),
    "batchnorm_backward_alt": ("bn_small",),
    "affine_bn_relu_forward": ("sandwich_small", "sandwich_small_test"),
    "affine_bn_relu_backward": ("sandwich_small",),
    "adam": ("adam_small",),
}
FLOAT32_CASES = {  # the case of each task that is tried in float32 too
    "softmax": "scores_plain",
    "softmax_jacobian": "p_plain",
    "softmax_loss": "scores_plain",
    "affine_backward": "affine_images",
    "relu_backward": "relu_plain",
    "batchnorm_forward": "bn_train",
    "batchnorm_backward_staged": "bn_plain",
    "batchnorm_backward": "bn_plain",
    "batchnorm_backward_alt": "bn_plain",
    "affine_bn_relu_forward": "sandwich_train",
    "affine_bn_relu_backward": "sandwich_train",
    "adam": "adam_sequence",
}
LABEL_TYPES = ("uint8", "int8", "int32", "int64")
WRONG_MODES = ("valid", "Train", None)
HISTORIES: tuple[tuple[list, float, int | None], ...] = (  # of steps_to_reach: history, level, steps
    ([0.1, 0.6, 0.7], 0.5, 1),
    ([0.1, 0.2], 0.5, None),
    ([0, 1, 2, 3], 2, 2),
)
STEP = 0.01  # of the numerical gradients


def iterate_calls(
    task: str, function: Callable, forward: Callable | None = None
) -> Iterator[tuple[str, Callable[[], Call]]]:
    """Yield every call to make: its name, and a function that makes it.

    Arguments:
        task, function, forward: as for `calls.call`.
    """
    make = partial(record_call, task, function, forward=forward)
    for case in list_all_cases(task):
        yield case, partial(make, case)
    if task in FLOAT32_CASES:
        case = FLOAT32_CASES[task]
        inputs = {name: cast_to_float32(array) for name, array in stored.inputs(case).items()}
        yield f"{case}/float32", partial(make, case, inputs=inputs)
    if task == "softmax_loss":
        for dtype in LABEL_TYPES:
            inputs = stored.inputs("scores_plain")
            inputs["y"] = inputs["y"].astype(dtype)
            yield f"scores_plain/{dtype}", partial(make, "scores_plain", inputs=inputs)
    if task == "relu_backward":
        inputs = stored.inputs("relu_plain")
        inputs["x"][::2] = 0.0
        yield "relu_plain/zeros", partial(make, "relu_plain", inputs=inputs)
    if task == "batchnorm_forward":
        inputs = {"x": stored.inputs("bn_plain")["x"], "gamma": np.ones(3), "beta": np.zeros(3)}
        yield "bn_plain/normalised", partial(make, "bn_plain", inputs=inputs)
        for mode in WRONG_MODES:
            yield f"bn_test/{mode}", partial(record_call_with_mode, function, mode)
    if task == "adam":
        for turn in ("first", "second"):
            yield f"adam_fresh/{turn}", partial(make, "adam_fresh")
    if task == "steps_to_reach":
        for number, (history, level, _) in enumerate(HISTORIES):
            lists: Any = {"history": list(history), "level": level}
            yield f"steps_list/{number}", partial(make, "steps_list", inputs=lists)


def list_all_cases(task: str) -> list[str]:
    """The cases of a task for which the right results are stored."""
    special = [table[task] for table in (INTEGER_CASES, FAR_CASES) if task in table]
    return [*CASES[task], *SMALL_CASES.get(task, ()), *special]


def cast_to_float32(array: np.ndarray) -> np.ndarray:
    """Cast a float64 array to float32. Numbers and other types stay as they are."""
    return array.astype(np.float32) if array.dtype == np.float64 and array.ndim else array


def record_points(f: Callable[[np.ndarray], Any], x: np.ndarray) -> np.ndarray:
    """Record a scalar function at four points for each entry of x: plus and minus one step, plus and minus two.

    The steps are large on purpose: the error of the numerical gradient is of order STEP**4, and an answer that computes
    in float32 is still judged fairly.

    Returns:
        Array of shape (4, *x.shape); nan where f raises an exception, or does not give a number.
    """
    points = np.full((4, *x.shape), np.nan)
    for index in np.ndindex(x.shape):
        for place, steps in enumerate((1, -1, 2, -2)):
            point = x.copy()
            point[index] += steps * STEP
            try:
                points[(place, *index)] = float(f(point))
            except Exception:
                return points
    return points


def compute_slopes(points: np.ndarray) -> np.ndarray:
    """The numerical gradient from four points for each entry, as from `record_points`."""
    return (8 * (points[0] - points[1]) - (points[2] - points[3])) / (12 * STEP)
