"""The graded items of every task, such as "dx" or "out, test mode", and the settings that each is probed in.

A task's points are spread evenly over its items. A setting is one call of the student's function: its name, and the
function that draws its inputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ....assignment.cases.tables import NODES
from . import probe_inputs as draw_inputs

DrawInputs = Callable[[draw_inputs.Draw], dict[str, np.ndarray]]  # a function that draws the inputs of one call

# Tables of settings, by kind of input. A setting's name is the argument `case` of `calls.call`. The inputs are drawn
# from the seed and this name, so another name gives other numbers.
SCORES = {
    "plain": partial(draw_inputs.scores, n=7, c=4),
    "square": partial(draw_inputs.scores, n=5, c=5),
    "single": partial(draw_inputs.scores, n=1, c=6),
    "offsets": partial(draw_inputs.scores, n=5, c=3, kind="offsets"),
    "gap": partial(draw_inputs.scores, n=6, c=4, kind="gap"),
    "tower": partial(draw_inputs.scores, n=3, c=5, kind="tower"),
}
ORDINARY_SCORES = ("plain", "square", "single")
BATCHES = {
    "plain": partial(draw_inputs.batchnorm, n=9, d=4),
    "large eps": partial(draw_inputs.batchnorm, n=7, d=3, eps=0.3),
    "square": partial(draw_inputs.batchnorm, n=5, d=5, eps=0.1),
}
HARD_BATCHES = {
    "offset": partial(draw_inputs.batchnorm, n=8, d=3, offset=100.0),
    "two rows": partial(draw_inputs.batchnorm, n=2, d=4, eps=0.2),
    "small spread": partial(draw_inputs.batchnorm, n=8, d=3, offset=-2.0, spread=0.003),  # the default eps counts
}
TRAINING = {
    **BATCHES,
    "running": partial(draw_inputs.batchnorm_training, n=8, d=3, eps=0.5, momentum=0.7),
}
TEST_MODE = {
    "test": partial(draw_inputs.batchnorm_test, n=6, d=3, eps=0.4),
    "one row": partial(draw_inputs.batchnorm_test, n=1, d=4, eps=0.1),
}
CALLS = {"bn_sequence": partial(draw_inputs.batchnorm_calls, n=6, d=3)}
AFFINE = {
    "images": partial(draw_inputs.affine, n=7, shape=(2, 3), m=4),
    "square": partial(draw_inputs.affine, n=4, shape=(4,), m=4),
    "single": partial(draw_inputs.affine, n=1, shape=(3,), m=2),
}
RELU: dict[str, DrawInputs] = {
    "matrix": lambda draw: draw_inputs.relu(draw, 6, 5),
    "images": lambda draw: draw_inputs.relu(draw, 3, 2, 4),
}
SANDWICH = {
    "sandwich": partial(draw_inputs.sandwich, n=8, d=5, m=3, eps=0.2, momentum=0.8),
    "square": partial(draw_inputs.sandwich, n=4, d=4, m=4, eps=0.1),
}
EQUAL_ENTRIES = {f"reached {k}": draw_inputs.curve for k in range(8)} | {"at once": draw_inputs.curve_at_once}
CURVES = {f"over {k}": partial(draw_inputs.curve, over=0.02) for k in range(8)} | {
    f"never {k}": partial(draw_inputs.curve, reached=False) for k in range(2)
}


@dataclass(frozen=True)
class Item:
    """One thing that earns points: an output of a task, in some settings.

    Attributes:
        name: its name on the feedback page.
        output: the name of the result in `calls`.
        settings: name of a setting to the function that draws its inputs.
        places: significant digits shown.
        shared: names of arrays that an earlier call gets, too. It must not have changed them.
        untouched: names of inputs that are shown beside the output after the call. It must not have changed them.
    """

    name: str
    output: str
    settings: Mapping[str, DrawInputs]
    places: int = 4
    shared: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


def _backward_items(outputs: tuple[str, ...]) -> list[Item]:
    """The items of a backward pass of batch norm."""
    items = [Item(name, name, BATCHES) for name in outputs]
    again = Item("dgamma, called twice", "dgamma", BATCHES, shared=("x", "dout", "x_hat", "var", "mu", "gamma"))
    return [*items, again, Item("dx, hard batches", "dx", HARD_BATCHES, 3)]


def _numerical_settings(*cases: str) -> dict[str, DrawInputs]:
    """The settings for some of the functions in `calls.NUMERICAL_FUNCTIONS` that the numerical gradient is tried on."""

    def inputs(
        draw: draw_inputs.Draw, shape: tuple[int, ...], df: tuple[int, ...] | None, dtype: type = float,
        h: float | None = None,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        x = draw.normal(*shape) if dtype is not int else np.round(3 * draw.normal(*shape))
        optional = {"df": draw.normal(*df)} if df else {}
        return {"x": x.astype(dtype), **optional, **({"h": np.array(h)} if h else {})}

    kinds = {
        "num_sum_of_squares": partial(inputs, shape=(2, 3), df=None),
        "num_log_sum_exp": partial(inputs, shape=(5,), df=None),
        "num_weighted": partial(inputs, shape=(4, 3), df=(4, 2)),
        "num_unweighted": partial(inputs, shape=(3, 3), df=None),
        "num_step": partial(inputs, shape=(2, 3), df=(2, 3), h=0.1),
        "num_integer": partial(inputs, shape=(2, 3), df=(2, 3), dtype=int),
        "num_identity": partial(inputs, shape=(3, 2), df=(3, 2)),
        "num_view": partial(inputs, shape=(3, 2), df=(2, 3)),
        "num_float32": partial(inputs, shape=(3, 2), df=(3, 2), dtype=np.float32),
    }
    return {case: kinds[case] for case in cases}


ITEMS: dict[str, list[Item]] = {
    "softmax": [
        Item("p (x is not to be changed)", "p", {name: SCORES[name] for name in ORDINARY_SCORES}, untouched=("x",)),
        Item("p, large scores", "p", {name: SCORES[name] for name in ("offsets", "tower")}),
    ],
    "softmax_jacobian": [
        Item("J", "J", {"plain": partial(draw_inputs.probabilities, n=5, c=4)}),
        Item("J, as many examples as classes", "J", {"square": partial(draw_inputs.probabilities, n=3, c=3)}),
    ],
    "softmax_loss": [
        Item("loss", "loss", {name: SCORES[name] for name in ORDINARY_SCORES}),
        Item("dx (x is not to be changed)", "dx", {name: SCORES[name] for name in ORDINARY_SCORES}, untouched=("x",)),
        Item("loss, large scores", "loss", {name: SCORES[name] for name in ("offsets", "gap", "tower")}),
        Item("dx, large scores", "dx", {name: SCORES[name] for name in ("offsets", "gap", "tower")}),
    ],
    "numerical_gradient": [
        Item("dx, f returns a scalar", "dx", _numerical_settings("num_sum_of_squares", "num_log_sum_exp")),
        Item("dx, f returns an array", "dx", _numerical_settings("num_weighted", "num_unweighted", "num_step")),
        Item("dx, x in integers or float32", "dx", _numerical_settings("num_integer", "num_float32")),
        Item("dx, f returns its argument, or a view of it", "dx", _numerical_settings("num_identity", "num_view")),
    ],
    "affine_backward": [Item(name, name, AFFINE) for name in ("dx", "dw", "db")],
    "relu_backward": [
        Item("dx", "dx", RELU),
        Item("dx again (dout and x are not to be changed)", "dx", RELU, shared=("dout",), untouched=("x",)),
    ],
    "batchnorm_forward": [
        Item("out, training mode (x is not to be changed)", "out", BATCHES, untouched=("x",)),
        Item("out, training mode, hard batches", "out", HARD_BATCHES, 3),
        Item(
            "out, test mode (no statistics are to be changed)",
            "out",
            TEST_MODE,
            untouched=("running_mean", "running_var"),
        ),
        Item("running_mean", "running_mean", TRAINING),
        Item("running_var", "running_var", TRAINING | CALLS),
    ],
    "batchnorm_backward_staged": [
        *(Item(name, name, BATCHES) for name in NODES),
        Item("dgamma, called twice", "dgamma", BATCHES, shared=("x", "dout", "x_hat", "var", "mu", "gamma")),
    ],
    "batchnorm_backward": _backward_items(("dx", "dgamma", "dbeta")),
    "batchnorm_backward_alt": _backward_items(("dx", "dgamma", "dbeta")),
    "affine_bn_relu_forward": [
        Item("out, training mode", "out", SANDWICH),
        Item("running_var", "running_var", SANDWICH),
        Item("out, test mode", "out", {"test": partial(draw_inputs.sandwich_test, n=6, d=4, m=3)}),
    ],
    "affine_bn_relu_backward": [Item(name, name, SANDWICH) for name in ("dx", "dw", "dgamma", "dbeta")],
    "adam": [
        Item("next_w, first steps", "next_w", {"default": partial(draw_inputs.adam, steps=3, settings=False)}),
        Item(
            "next_w, other settings (w is not to be changed)",
            "next_w",
            {"settings": partial(draw_inputs.adam, steps=4)},
            untouched=("w",),
        ),
        Item("next_w, resumed", "next_w", {"adam_resumed": partial(draw_inputs.adam, steps=1, resumed=True)}),
        Item("m", "m", {"adam_resumed": partial(draw_inputs.adam, steps=1, resumed=True)}),
        Item("v", "v", {"adam_resumed": partial(draw_inputs.adam, steps=1, resumed=True)}),
    ],
    "steps_to_reach": [
        Item("steps, and None", "steps", CURVES),
        Item("steps, an entry equals the level", "steps", EQUAL_ENTRIES),
    ],
}
