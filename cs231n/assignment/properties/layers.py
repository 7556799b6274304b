"""The properties of the answers in notebook 1."""

import numpy as np

from ..cases import stored
from ..cases.closeness import is_close
from ..cases.differences import Differs, require_same
from ..cases.recorded import to_array
from ..cases.stored import Arrays
from ..cases.variants import LABEL_TYPES, compute_slopes, record_points
from .property import (
    NUMERICAL_TOLERANCE,
    Answer,
    Property,
    far_from_zero,
    float32,
    gradient,
    integers,
    require_zero,
    shapes,
    unchanged,
    values,
)


def _rows_sum_to_one(answer: Answer) -> None:
    p = np.asarray(answer.outputs("scores_plain")["p"])
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    sentence = f"the rows of p sum to {_format_range(rows)}"
    if is_close(columns, np.ones_like(columns), 1e-6):
        sentence = "the columns of p sum to 1, not the rows: the sum must run over the classes, axis 1"
    require_zero(rows - 1, 1.0, sentence)


def _format_range(numbers: np.ndarray) -> str:
    low, high = (f"{number:.6g}" for number in (numbers.min(), numbers.max()))
    return low if low == high else f"numbers from {low} to {high}"


def _jacobian_symmetric(answer: Answer) -> None:
    J = np.asarray(answer.outputs("p_plain")["J"])
    require_zero(J - np.swapaxes(J, 1, 2), 1.0, "J[n, i, j] and J[n, j, i] differ")


def _jacobian_sums(answer: Answer) -> None:
    J = np.asarray(answer.outputs("p_plain")["J"])
    sentence = "the sum over i of J[n, i, j] is not 0, but the probabilities always sum to 1, so their changes sum to 0"
    require_zero(J.sum(axis=1), 1.0, sentence)


def _loss(answer: Answer) -> None:
    """The loss on ordinary scores.

    Any wrong number is some multiple of the right one. So only the factors N / C and 1 / C are named.
    """
    for case in ("scores_plain", "scores_single"):
        results = answer.results(case)
        got, want, (N, C) = results.got["loss"], results.want["loss"], stored.inputs(case)["x"].shape
        try:
            require_same(got, want, "loss", results=results)
        except Differs:
            for factor, text in ((N / C, "N / C"), (1 / C, "1 / C")):
                if factor != 1 and isinstance(got, (float, np.floating, np.ndarray)) and is_close(got, factor * want):
                    raise Differs(
                        f"loss is {factor:.4g} times what it should be. That is {text}, with N = {N} rows and C = {C} "
                        "classes: the mean runs over the rows"
                    ) from None
            raise


def _gradient_of_the_loss(answer: Answer) -> None:
    """dx agrees with the numerical gradient of the student's own loss. If not, the loss may be the wrong one."""
    results = answer.results("scores_plain")
    dx = answer.slopes("scores_plain")["dx"]
    if not np.all(np.isfinite(dx)):
        raise Differs("a small step in one score does not give a finite loss")
    if not is_close(results.got["dx"], dx, NUMERICAL_TOLERANCE) and is_close(results.got["dx"], results.want["dx"]):
        raise Differs("dx is right, but it is not the gradient of your loss: the loss is another function")
    require_same(results.got["dx"], dx, "dx", tolerance=NUMERICAL_TOLERANCE, results=results)


def _loss_rows_sum_to_zero(answer: Answer) -> None:
    dx = np.asarray(answer.outputs("scores_plain")["dx"])
    sentence = "the rows of dx do not sum to 0, but adding one number to a whole row of scores does not change the loss"
    require_zero(dx.sum(axis=1), 1.0, sentence)


def _label_types(answer: Answer) -> None:
    want = stored.expected("softmax_loss", "scores_plain")
    for dtype in LABEL_TYPES:
        outputs = answer.outputs(f"scores_plain/{dtype}")
        for name in ("loss", "dx"):
            require_same(outputs[name], want[name], f"with labels of type {dtype}, {name}")


def _same_memory(answer: Answer) -> None:
    """f may return its argument. The two values of f must then not be one array."""
    for case in ("num_identity", "num_view"):
        results = answer.results(case)
        dx, want = results.got["dx"], results.want["dx"]
        if np.shape(dx) == want.shape and not np.any(dx):
            raise Differs(
                "dx is 0 everywhere. Here f returns its argument, or a view of it: if both values of f are the memory "
                "of one array, their difference is 0"
            )
        require_same(dx, want, "dx", results=results)


def _numerical_affine(answer: Answer, case: str) -> Arrays:
    inputs = stored.inputs(case)

    def total(**changed: np.ndarray) -> float:
        x, w, b = (changed.get(name, inputs[name]) for name in ("x", "w", "b"))
        return float(np.sum((x.reshape(len(x), -1) @ w + b) * inputs["dout"]))

    return {
        "dx": compute_slopes(record_points(lambda x: total(x=x), inputs["x"])),
        "dw": compute_slopes(record_points(lambda w: total(w=w), inputs["w"])),
        "db": compute_slopes(record_points(lambda b: total(b=b), inputs["b"])),
    }


def _numerical_relu(answer: Answer, case: str) -> Arrays:
    inputs = stored.inputs(case)
    points = record_points(lambda x: np.sum(np.maximum(x, 0) * inputs["dout"]), inputs["x"])
    return {"dx": compute_slopes(points)}


def _relu_values(answer: Answer) -> None:
    """dx away from the kink; at exactly 0 any slope from 0 to 1 is accepted."""
    values("", "relu_plain").verify(answer)
    dx = to_array(answer.outputs("relu_plain/zeros")["dx"])
    if dx is not None and not np.all(np.isfinite(dx)):
        raise Differs("dx is not finite where x is exactly 0. The slope there may be 0 or 1, but not 0 / 0")


def _own_memory(answer: Answer) -> None:
    if answer.call("relu_plain").shares_dout:
        raise Differs("dx shares its memory with dout: if somebody writes to dx later, dout changes too")


PROPERTIES: dict[str, list[Property]] = {
    "softmax": [
        shapes("p has the shape of x, (N, C)", "scores_plain"),
        values("p on ordinary scores", "scores_plain", "scores_single"),
        Property("every row of p sums to 1", _rows_sum_to_one),
        values("as many rows as classes (no axis mixed up)", "scores_square"),
        integers("scores that are integers", "softmax"),
        values("scores as large as 10,000, of both signs", "scores_extreme"),
        values("a different offset in every row", "scores_row_offsets"),
        far_from_zero("scores of a million, with small differences", "softmax"),
        float32("scores in float32", "softmax"),
        unchanged("x is left as it was", "scores_plain", "scores_extreme"),
    ],
    "softmax_jacobian": [
        shapes("J has shape (N, C, C)", "p_plain"),
        values("every entry of J", "p_plain"),
        Property("J is symmetric", _jacobian_symmetric),
        Property("J's rows and columns sum to 0", _jacobian_sums),
        values("as many examples as classes (no axis mixed up)", "p_square"),
        values("probabilities of exactly 0 and 1", "p_saturated"),
        float32("probabilities in float32", "softmax_jacobian"),
        unchanged("p is left as it was", "p_plain"),
    ],
    "softmax_loss": [
        shapes("the loss is one number, dx has the shape of x", "scores_plain"),
        Property("the loss on ordinary scores", _loss),
        values("dx on ordinary scores", "scores_plain", "scores_single", only=("dx",)),
        Property("dx is the gradient of the loss (small steps in every score)", _gradient_of_the_loss),
        Property("every row of dx sums to 0", _loss_rows_sum_to_zero),
        values("as many rows as classes (no axis mixed up)", "scores_square"),
        integers("scores that are integers", "softmax_loss"),
        values("scores as large as 10,000, of both signs", "scores_extreme"),
        values("a different offset in every row", "scores_row_offsets"),
        far_from_zero("scores of a million, with small differences", "softmax_loss"),
        values("a true class 1,000 below the maximum: a finite loss", "scores_gap"),
        float32("scores in float32", "softmax_loss"),
        Property("labels of any integer type", _label_types),
        unchanged("x and y are left as they were", "scores_plain", "scores_extreme"),
    ],
    "numerical_gradient": [
        shapes("dx has the shape of x", "num_sum_of_squares"),
        values("f returns a scalar: a sum of squares, a log-sum-exp", "num_sum_of_squares", "num_log_sum_exp"),
        values("f returns an array, weighted by df", "num_weighted"),
        values("f returns an array, and df is left out: weights of 1", "num_unweighted"),
        values("a step of 0.1: differences on both sides of x", "num_step"),
        values("x in integers: the step is not rounded away", "num_integer"),
        values("x in float32: the step is not lost", "num_float32"),
        Property("f returns its argument, or a view of it", _same_memory),
        unchanged("x and df are left as they were", "num_weighted"),
    ],
    "affine_backward": [
        shapes("dx, dw and db have the shapes of x, w and b", "affine_images"),
        values("dx", "affine_images", "affine_flat", only=("dx",)),
        values("dw", "affine_images", "affine_flat", only=("dw",)),
        values("db", "affine_images", "affine_flat", only=("db",)),
        gradient("all three against numerical gradients", _numerical_affine, "affine_images", "affine_flat"),
        values("all sizes equal (no axis mixed up)", "affine_square"),
        values("a batch of one", "affine_single"),
        integers("x in integers, such as pixels", "affine_backward"),
        float32("inputs in float32", "affine_backward"),
        unchanged("dout and the cache are left as they were", "affine_images", "affine_flat"),
    ],
    "relu_backward": [
        shapes("dx has the shape of x", "relu_plain"),
        Property("dx: dout where x > 0, and 0 where x < 0", _relu_values),
        values("inputs of any shape", "relu_images"),
        gradient("dx against a numerical gradient", _numerical_relu, "relu_plain"),
        integers("x in integers", "relu_backward"),
        float32("inputs in float32", "relu_backward"),
        unchanged("dout and the cache are left as they were", "relu_plain"),
        Property("dx is a new array", _own_memory),
    ],
}
