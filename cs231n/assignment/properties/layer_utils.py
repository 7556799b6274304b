"""The properties of the sandwich layer, affine_bn_relu."""

from collections.abc import Callable

import numpy as np

from ..cases import stored
from ..cases.calls import sandwich_arguments
from ..cases.differences import Differs
from ..cases.stored import Arrays
from .property import Answer, Property, central_differences, float32, gradient, require_zero, shapes, unchanged, values

SANDWICH_GRADIENTS = ("dx", "dw", "db", "dgamma", "dbeta")


def _sandwich_cache(answer: Answer) -> None:
    inputs = stored.inputs("sandwich_train")
    _, cache = answer.function(*sandwich_arguments(inputs))
    if cache is None:
        raise Differs("the cache is None in training mode: the backward pass will need what the three layers kept")


def _numerical_sandwich(answer: Answer, inputs: Arrays) -> Arrays:
    names = ("x", "w", "b", "gamma", "beta")
    forward = answer.forward
    assert forward is not None  # find_forward falls back to the library's

    def total(name: str) -> Callable[[np.ndarray], float]:
        def at(array: np.ndarray) -> float:
            return float(np.sum(forward(*sandwich_arguments({**inputs, name: array}))[0] * inputs["dout"]))

        return at

    return {f"d{name}": central_differences(total(name), inputs[name]) for name in names}


def _bias_is_useless(answer: Answer) -> None:
    db = answer.run("sandwich_train").outputs["db"]
    sentence = "db is not 0, but batch norm takes away any number that the bias adds to a whole column"
    require_zero(db, 1.0, sentence)


PROPERTIES: dict[str, list[Property]] = {
    "affine_bn_relu_forward": [
        shapes("out has shape (N, M), the running statistics have shape (M,)", "sandwich_train"),
        values("training mode: out", "sandwich_train", only=("out",)),
        values(
            "training mode: bn_param gets the running statistics",
            "sandwich_train",
            only=("running_mean", "running_var"),
        ),
        Property("training mode: a cache for the backward pass", _sandwich_cache),
        values("test mode: out, from the running statistics", "sandwich_test"),
        float32("inputs in float32", "sandwich_train"),
        unchanged("x, w, b, gamma and beta are left as they were", "sandwich_train", "sandwich_test"),
    ],
    "affine_bn_relu_backward": [
        shapes("all five gradients have the shapes of x, w, b, gamma and beta", "sandwich_train"),
        *(values(name, "sandwich_train", only=(name,)) for name in SANDWICH_GRADIENTS if name != "db"),
        Property("db is 0: a bias in front of batch norm has no effect", _bias_is_useless),
        gradient("all five against numerical gradients", _numerical_sandwich, "sandwich_train"),
        values("all sizes equal (no axis mixed up)", "sandwich_square"),
        float32("inputs in float32", "sandwich_train"),
        unchanged("dout and the cache are left as they were", "sandwich_train"),
    ],
}
