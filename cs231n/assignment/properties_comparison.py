"""What check() asks of the answers in notebook 3."""

import operator

import numpy as np

from . import data
from .compare import Differs, kind_of, require_same
from .properties import Property, central_differences, float32, gradient, require_zero, shapes, unchanged, values
from .runs import sandwich_arguments

SANDWICH_GRADIENTS = ("dx", "dw", "db", "dgamma", "dbeta")


def _sandwich_cache(answer):
    inputs = data.inputs("sandwich_train")
    _, cache = answer.function(*sandwich_arguments(inputs))
    if cache is None:
        raise Differs("the cache is None in training mode: the backward pass will need what the three layers kept")


def _numerical_sandwich(answer, inputs):
    names = ("x", "w", "b", "gamma", "beta")

    def total(name):
        def at(array):
            return float(np.sum(answer.forward(*sandwich_arguments({**inputs, name: array}))[0] * inputs["dout"]))

        return at

    return {f"d{name}": central_differences(total(name), inputs[name]) for name in names}


def _bias_is_useless(answer):
    db = answer.run("sandwich_train").outputs["db"]
    sentence = "db is not 0, but batch norm takes away any number that the bias adds to a whole column"
    require_zero(db, 1.0, sentence)


def _steps_in_list(answer):
    for history, level, want in (([0.1, 0.6, 0.7], 0.5, 1), ([0.1, 0.2], 0.5, None), ([0, 1, 2, 3], 2, 2)):
        got = answer.function(list(history), level)
        if got != want or isinstance(got, bool):
            raise Differs(f"steps_to_reach({history}, {level}) is {got}; asked for is {want}")


def _steps_type(answer):
    got = answer.function(np.array([0.1, 0.6]), 0.5)
    try:
        operator.index(got)
    except TypeError:
        raise Differs(f"returns {kind_of(got)} where an int, or None, is asked for") from None


def _steps(text, *cases):
    """The right index on some histories; the data file holds nan for None."""

    def holds(answer):
        for case in cases:
            inputs, want = data.inputs(case), data.expected(answer.task, case)["steps"]
            got = answer.function(inputs["history"], float(inputs["level"]))
            wanted = None if np.isnan(want) else int(want)
            if (got is None) != (wanted is None) or not np.array_equal(got, wanted):
                call = f"steps_to_reach({inputs['history'].tolist()}, {float(inputs['level'])})"
                raise Differs(f"{call} is {got}; asked for is {wanted}")

    return Property(text, holds)


def _fresh_config(answer):
    """Two parameters that both start without a config must not share their memory."""
    w, dw = np.ones(3), np.full(3, 0.5)
    first, _ = answer.function(w.copy(), dw.copy())
    second, _ = answer.function(w.copy(), dw.copy())
    require_same(second, first, "a second parameter's first step")


PROPERTIES = {
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
    "adam": [
        shapes("next_w has the shape of w", "adam_default"),
        values("three steps from nothing, with the default settings", "adam_default"),
        values("four steps with other settings, config carried along", "adam_sequence"),
        values("a step that goes on from given m, v and t", "adam_resumed", only=("next_w",)),
        values("config holds the new m, v and t", "adam_resumed", only=("m", "v", "t")),
        Property("two parameters do not share their memory", _fresh_config),
        float32("parameters in float32", "adam_sequence"),
        unchanged("w and dw are left as they were", "adam_default", "adam_sequence"),
    ],
    "steps_to_reach": [
        _steps("the first entry that reaches the level", "steps_middle"),
        _steps("a level that is reached at once", "steps_first"),
        _steps("an entry that equals the level reaches it", "steps_equal"),
        _steps("a curve that falls below the level again", "steps_dip"),
        _steps("None where the level is never reached", "steps_never"),
        _steps("entries that are nan reach nothing", "steps_nan"),
        Property("a list as well as an array", _steps_in_list),
        Property("an int, not an array", _steps_type),
        unchanged("the history is left as it was", "steps_middle"),
    ],
}
