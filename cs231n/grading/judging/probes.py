"""The probes of every task: what earns the points, and the digits that are expected.

A task's points are spread evenly over its *items*, such as "dx" or "out, test mode". An item is one or two probe
cells: a backward pass is probed after the student's own forward pass and on the documented cache, and one of the two
is enough, so that a mistake in the forward pass costs once.

The expected digits come from the reference, outside the box. The weights of the sums are drawn until no digit is near
a rounding boundary (a margin of a tenth of the last place), no sum is small beside the array's norm, and the reference
shows the same digits in float32: so a right answer shows them too, whatever its order of computing.
"""

import json
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...assignment.cases.calls import NODES, quietly
from ...assignment.saving.installed import FORWARD_OF
from ..mistakes.fingerprints import reference
from . import probe_inputs as draw_inputs
from .inside import probe

SUMS = 2  # sums per array
SCORES = {
    "plain": partial(draw_inputs.scores, n=7, c=4),
    "square": partial(draw_inputs.scores, n=5, c=5),
    "single": partial(draw_inputs.scores, n=1, c=6),
    "offsets": partial(draw_inputs.scores, n=5, c=3, kind="offsets"),
    "gap": partial(draw_inputs.scores, n=6, c=4, kind="gap"),
    "tower": partial(draw_inputs.scores, n=3, c=5, kind="tower"),
}
ORDINARY = ("plain", "square", "single")
BATCHES = {
    "plain": partial(draw_inputs.batchnorm, n=9, d=4),
    "large eps": partial(draw_inputs.batchnorm, n=7, d=3, eps=0.3),
    "square": partial(draw_inputs.batchnorm, n=5, d=5, eps=0.1),
}
OFFSET = {"offset": partial(draw_inputs.batchnorm, n=8, d=3, offset=100.0), "two rows": partial(
    draw_inputs.batchnorm, n=2, d=4, eps=0.2)}  # fmt: skip
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
RELU = {"matrix": lambda draw: draw_inputs.relu(draw, 6, 5), "images": lambda draw: draw_inputs.relu(draw, 3, 2, 4)}
SANDWICH = {
    "sandwich": partial(draw_inputs.sandwich, n=8, d=5, m=3, eps=0.2, momentum=0.8),
    "square": partial(draw_inputs.sandwich, n=4, d=4, m=4, eps=0.1),
}
EQUALS = {f"reached {k}": draw_inputs.curve for k in range(8)}
CURVES = {f"over {k}": partial(draw_inputs.curve, over=0.02) for k in range(8)} | {
    f"never {k}": partial(draw_inputs.curve, reached=False) for k in range(2)
}


@dataclass(frozen=True)
class Item:
    """One thing that earns points: an output of a task, in some settings.

    Attributes:
        name: for people.
        output: the result's name, as `runs` has it.
        settings: name of a setting to the function that draws its inputs.
        places: significant digits shown.
        shared: names of arrays that an earlier call was given, too, and must have left alone.
        untouched: names of inputs that are shown after the call, beside the output.
    """

    name: str
    output: str
    settings: dict
    places: int = 4
    shared: tuple = ()
    untouched: tuple = ()


def _backward(outputs):
    items = [Item(name, name, BATCHES) for name in outputs]
    again = Item("dgamma, called twice", "dgamma", BATCHES, shared=("x", "dout", "x_hat", "var", "mu", "gamma"))
    return [*items, again, Item("dx, hard batches", "dx", OFFSET, 3)]


def _numerical(*cases):
    def inputs(draw, shape, df, dtype=float, h=None):
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


ITEMS = {
    "softmax": [
        Item("p (x is not to be changed)", "p", {name: SCORES[name] for name in ORDINARY}, untouched=("x",)),
        Item("p, large scores", "p", {name: SCORES[name] for name in ("offsets", "tower")}),
    ],
    "softmax_jacobian": [
        Item("J", "J", {"plain": partial(draw_inputs.probabilities, n=5, c=4)}),
        Item("J, as many examples as classes", "J", {"square": partial(draw_inputs.probabilities, n=3, c=3)}),
    ],
    "softmax_loss": [
        Item("loss", "loss", {name: SCORES[name] for name in ORDINARY}),
        Item("dx (x is not to be changed)", "dx", {name: SCORES[name] for name in ORDINARY}, untouched=("x",)),
        Item("loss, large scores", "loss", {name: SCORES[name] for name in ("offsets", "gap", "tower")}),
        Item("dx, large scores", "dx", {name: SCORES[name] for name in ("offsets", "gap", "tower")}),
    ],
    "numerical_gradient": [
        Item("dx, f returns a scalar", "dx", _numerical("num_sum_of_squares", "num_log_sum_exp")),
        Item("dx, f returns an array", "dx", _numerical("num_weighted", "num_unweighted", "num_step")),
        Item("dx, x in integers or float32", "dx", _numerical("num_integer", "num_float32")),
        Item("dx, f returns its argument, or a view of it", "dx", _numerical("num_identity", "num_view")),
    ],
    "affine_backward": [Item(name, name, AFFINE) for name in ("dx", "dw", "db")],
    "relu_backward": [
        Item("dx", "dx", RELU),
        Item("dx again (dout and x are not to be changed)", "dx", RELU, shared=("dout",), untouched=("x",)),
    ],
    "batchnorm_forward": [
        Item("out, training mode (x is not to be changed)", "out", BATCHES, untouched=("x",)),
        Item("out, training mode, hard batches", "out", OFFSET, 3),
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
    "batchnorm_backward": _backward(("dx", "dgamma", "dbeta")),
    "batchnorm_backward_alt": _backward(("dx", "dgamma", "dbeta")),
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
        Item("steps, an entry equals the level", "steps", EQUALS),
    ],
}


@dataclass(frozen=True)
class Probe:
    """One probe cell.

    Attributes:
        task, item: what it earns points for.
        variant: "plain"; or, for a backward pass, "own" or "documented": whose cache it works on.
        spec: what `inside.probe` needs; JSON.
        expected: the digits that a right answer shows.
    """

    task: str
    item: str
    variant: str
    spec: dict
    expected: str

    @property
    def id(self):
        """A valid cell id."""
        names = [item.name for item in ITEMS[self.task]]
        return f"probe-{self.task}-{names.index(self.item) + 1}-{self.variant}".replace("_", "-")

    @property
    def source(self):
        """The probe's cell."""
        return f"import json, probe\nprobe.show(globals(), json.loads({json.dumps(self.spec)!r}))"


def make_probes(seed, only=None, whole=False):
    """All probes of all tasks for one grading seed: a list of `Probe`.

    Arguments:
        seed: any text or number; the same seed gives the same probes.
        only: one task, or None for all.
        whole: make them show whole arrays instead of a few digits, to explain a grade.
    """
    tasks = ITEMS if only is None else [only]
    return [made for task in tasks for item in ITEMS[task] for made in _probes_of(seed, task, item, whole)]


def _probes_of(seed, task, item, whole):
    settings = [_setting(seed, task, item, name, make) for name, make in item.settings.items()]
    for variant in ("own", "documented") if task in FORWARD_OF else ("plain",):
        spec = {
            "task": task, "output": item.output, "places": item.places, "forward": FORWARD_OF.get(task),
            "documented": variant == "documented", "settings": settings, "whole": whole,
        }  # fmt: skip
        yield Probe(task, item.name, variant, spec, _expected(spec))


def _setting(seed, task, item, name, make):
    """One setting with inputs and weights, as JSON; inputs that have nothing to show (all 0) are drawn again."""
    spec = {"task": task, "output": item.output, "documented": task in FORWARD_OF}
    for attempt in range(100):
        key = (seed, task, name, attempt)
        setting = {"case": name, "inputs": probe.encode(make(draw_inputs.Draw(*key)))}
        if item.shared:
            before = make(draw_inputs.Draw(*key, "before"))
            setting |= {"before": probe.encode(before), "shared": [name for name in item.shared if name in before]}
        setting |= {"untouched": list(item.untouched)} if item.untouched else {}
        with quietly():
            value = np.asarray(probe.outputs(reference(task), None, spec, setting)[item.output], dtype=np.float64)
            rough = value if item.places < 4 else _in_float32(task, spec, setting, item.output)
        draw = draw_inputs.Draw(*key, item.output, "weights")
        weights = [_weights(draw, item.output, value, rough, item.places) for _ in range(SUMS)]
        if None not in weights:
            return setting | {"weights": weights}
    raise ValueError(f"{task}, {name}: no inputs found whose {item.output} can be shown safely")


def _in_float32(task, spec, setting, output):
    """The reference's result with all inputs in float32."""

    def narrow(inputs):
        return {name: ["float32" if kind == "float64" else kind, array] for name, (kind, array) in inputs.items()}

    narrowed = {key: narrow(setting[key]) for key in ("inputs", "before") if key in setting}
    values = probe.outputs(reference(task), None, spec, setting | narrowed)
    return np.asarray(values[output], dtype=np.float64)


def _weights(draw, output, value, rough, places):
    """Weights whose sum is safe to show, see the top of this file; None where there are none."""
    for _ in range(200):
        pair = draw.weights()
        weights = probe.weights_of(value.size, pair)
        total = abs(float(value.ravel() @ weights))
        norm = float(np.linalg.norm(value))
        if output == "steps":
            return pair  # a whole number, or nan for None: nothing is rounded
        if value.ndim and total < 0.3 * norm or not total:
            continue
        scaled = total / 10 ** (np.floor(np.log10(total)) - places + 1)
        if abs(scaled % 1 - 0.5) > 0.1 and np.allclose(rough.ravel() @ weights, value.ravel() @ weights, rtol=2e-5):
            return pair
    return None


def _expected(spec):
    with quietly():
        forward = reference(spec["forward"]) if spec["forward"] else None
        return probe.digits(reference(spec["task"]), forward, spec)
