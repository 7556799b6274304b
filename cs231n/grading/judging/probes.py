"""The probes: cells that call a student's function, and the digits that a right function shows.

An item (see `graded_items`) has one or two probe cells. A backward pass has two: one works on the cache of the
student's own forward pass, the other on the documented cache. One right probe earns the item, so that a mistake in the
forward pass costs only once.

The expected digits come from the reference, outside the box. A right answer may compute in another order, so its last
bits may differ. It must show the same digits nevertheless. So the weights of the sums are drawn again until

- no shown digit is near a rounding boundary (the margin is a tenth of the last place),
- no sum is small compared with the norm of the array,
- the reference gives the same sums in float32.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...assignment.cases.calls import quietly
from ...assignment.saving.installed import FORWARD_OF
from ..mistakes.fingerprints import reference
from .graded_items import ITEMS, DrawInputs, Item
from .inside import probe
from .probe_inputs import Draw

SUMS_PER_ARRAY = 2


@dataclass(frozen=True)
class Probe:
    """One probe cell.

    Attributes:
        task, item: what it earns points for.
        variant: for a backward pass, the cache that it works on: "own" (of the student's forward pass) or "documented".
            "plain" for all other tasks.
        spec: what `inside.probe` needs, see `compute_digits` there. It can be written as JSON.
        expected: the digits that a right answer shows.
    """

    task: str
    item: str
    variant: str
    spec: dict[str, Any]
    expected: str

    @property
    def id(self) -> str:
        """The id of the probe's cell."""
        names = [item.name for item in ITEMS[self.task]]
        return f"probe-{self.task}-{names.index(self.item) + 1}-{self.variant}".replace("_", "-")

    @property
    def source(self) -> str:
        """The source of the probe's cell."""
        return f"import json, probe\nprobe.show(globals(), json.loads({json.dumps(self.spec)!r}))"


def make_probes(seed: str | int, only: str | None = None, whole: bool = False) -> list[Probe]:
    """All probes of all tasks for one grading seed.

    Arguments:
        seed: the same seed gives the same probes.
        only: the one task to probe; None for all tasks.
        whole: True to show whole arrays instead of a few digits, to explain a grade.

    Raises:
        ValueError: if no inputs are found whose digits can be shown safely.
    """
    tasks = ITEMS if only is None else [only]
    return [made for task in tasks for item in ITEMS[task] for made in _probes_of(seed, task, item, whole)]


def _probes_of(seed: str | int, task: str, item: Item, whole: bool) -> Iterator[Probe]:
    settings = [_draw_setting(seed, task, item, name, draw) for name, draw in item.settings.items()]
    for variant in ("own", "documented") if task in FORWARD_OF else ("plain",):
        spec = {
            "task": task, "output": item.output, "places": item.places, "forward": FORWARD_OF.get(task),
            "documented": variant == "documented", "settings": settings, "whole": whole,
        }  # fmt: skip
        yield Probe(task, item.name, variant, spec, _expected_digits(spec))


def _draw_setting(seed: str | int, task: str, item: Item, name: str, draw_arrays: DrawInputs) -> dict[str, Any]:
    """Draw one setting: inputs and weights. Inputs without safe weights (such as a result of zeros) are drawn again."""
    spec = {"task": task, "output": item.output, "documented": task in FORWARD_OF}
    for attempt in range(100):
        key = (seed, task, name, attempt)
        setting: dict[str, Any] = {"case": name, "inputs": probe.encode(draw_arrays(Draw(*key)))}
        if item.shared:
            before = draw_arrays(Draw(*key, "before"))
            setting |= {"before": probe.encode(before), "shared": [name for name in item.shared if name in before]}
        setting |= {"untouched": list(item.untouched)} if item.untouched else {}
        with quietly():
            value = np.asarray(probe.call_answer(reference(task), None, spec, setting)[item.output], dtype=np.float64)
            rough = value if item.places < 4 else _in_float32(task, spec, setting, item.output)
        draw = Draw(*key, item.output, "weights")
        weights = [_draw_safe_weights(draw, item.output, value, rough, item.places) for _ in range(SUMS_PER_ARRAY)]
        if None not in weights:
            return setting | {"weights": weights}
    raise ValueError(f"{task}, {name}: no inputs found whose {item.output} can be shown safely")


def _in_float32(task: str, spec: dict[str, Any], setting: dict[str, Any], output: str) -> np.ndarray:
    """The reference's result with all inputs in float32."""

    def narrow(inputs: dict[str, list]) -> dict[str, list]:
        return {name: ["float32" if kind == "float64" else kind, array] for name, (kind, array) in inputs.items()}

    narrowed = {key: narrow(setting[key]) for key in ("inputs", "before") if key in setting}
    values = probe.call_answer(reference(task), None, spec, setting | narrowed)
    return np.asarray(values[output], dtype=np.float64)


def _draw_safe_weights(
    draw: Draw, output: str, value: np.ndarray, rough: np.ndarray, places: int
) -> tuple[float, float] | None:
    """Draw weights whose sum is safe to show, see the top of this file; None if 200 draws found none.

    Arguments:
        value, rough: the reference's result in float64 and in float32.
    """
    for _ in range(200):
        pair = draw.weights()
        weights = probe.weights_of(value.size, pair)
        total = abs(float(value.ravel() @ weights))
        norm = float(np.linalg.norm(value))
        if output == "steps":
            return pair  # it is a whole number, or nan for None, so nothing is rounded
        if value.ndim and total < 0.3 * norm or not total:
            continue
        scaled = total / 10 ** (np.floor(np.log10(total)) - places + 1)
        if abs(scaled % 1 - 0.5) > 0.1 and np.allclose(rough.ravel() @ weights, value.ravel() @ weights, rtol=2e-5):
            return pair
    return None


def _expected_digits(spec: dict[str, Any]) -> str:
    with quietly():
        forward = reference(spec["forward"]) if spec["forward"] else None
        return probe.compute_digits(reference(spec["task"]), forward, spec)
