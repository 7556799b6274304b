"""The properties of the sandwich layer, affine_bn_relu."""

import numpy as np

from ..cases.differences import Differs
from ..cases.stored import Arrays
from .property import (
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

SANDWICH_GRADIENTS = ("dx", "dw", "db", "dgamma", "dbeta")


def _sandwich_cache(answer: Answer) -> None:
    if answer.call("sandwich_train").returned.items[1] is None:
        raise Differs("the cache is None in training mode, but the backward pass needs what the three layers kept")


def _numerical_sandwich(answer: Answer, case: str) -> Arrays:
    """Numerical gradients through the forward pass that made the cache."""
    return answer.slopes(case)


def _bias_is_useless(answer: Answer) -> None:
    db = answer.outputs("sandwich_train")["db"]
    sentence = "db is not 0, but batch norm takes away any number that the bias adds to a whole column"
    require_zero(np.asarray(db), 1.0, sentence)


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
        integers("x in integers, such as pixels", "affine_bn_relu_forward", in_own_type=True),
        far_from_zero("features far from 0 (about a million), with a variance near 1", "affine_bn_relu_forward"),
        float32("inputs in float32", "affine_bn_relu_forward"),
        unchanged("x, w, b, gamma and beta are left as they were", "sandwich_train", "sandwich_test"),
    ],
    "affine_bn_relu_backward": [
        shapes("all five gradients have the shapes of x, w, b, gamma and beta", "sandwich_train"),
        *(values(name, "sandwich_train", only=(name,)) for name in SANDWICH_GRADIENTS if name != "db"),
        Property("db is 0: a bias in front of batch norm has no effect", _bias_is_useless),
        gradient("all five against numerical gradients", _numerical_sandwich, "sandwich_train"),
        values("all sizes equal (no axis mixed up)", "sandwich_square"),
        integers("x in integers, such as pixels", "affine_bn_relu_backward"),
        float32("inputs in float32", "affine_bn_relu_backward"),
        unchanged("dout and the cache are left as they were", "sandwich_train"),
    ],
}
