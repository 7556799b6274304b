"""The probes: calls of a student's function, and the digits that a right function shows.

An item (see `graded_items`) has one or two probes. A backward pass has two: one works on the cache of the student's own
forward pass, the other on the documented cache. One right probe earns the item, so that a mistake in the forward pass
costs only once. All probes of a task share their calls, and stand in one cell: the *task cell*.

The expected digits come from the reference, outside the box. A right answer may compute in another order, so its last
bits may differ. It must show the same digits nevertheless. So the weights of the sums are drawn again until

- no shown digit is near a rounding boundary (the margin is a tenth of the last place),
- no sum is small compared with the norm of the array,
- the reference gives the same sums in float32.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....assignment.cases.calls import quietly
from ....assignment.saving.installed import FORWARD_OF
from ...mistakes.fingerprints import reference
from ..boxes.inside.probe_calls import Calls, decode, digits, encode, make_probe_id, weights_of
from .graded_items import ITEMS, DrawInputs, Item
from .probe_inputs import Draw

SUMS_PER_ARRAY = 2
NOT_WATCHED = ("softmax", "numerical_gradient", "batchnorm_forward", "affine_bn_relu_forward", "adam", "steps_to_reach")


@dataclass(frozen=True)
class Pair:
    """A function that shows what is right, and the forward pass that makes its cache."""

    function: Callable
    forward: Callable | None = None


@dataclass(frozen=True)
class Probe:
    """One probe.

    Attributes:
        task, item: what it earns points for.
        variant: for a backward pass, the cache that it works on: "own" (of the student's forward pass) or "documented".
            "plain" for all other tasks.
        expected: the digits that a right answer shows.
    """

    task: str
    item: str
    variant: str
    expected: str

    @property
    def number(self) -> int:
        """The item's number among those of the task, from 1."""
        return [item.name for item in ITEMS[self.task]].index(self.item) + 1

    @property
    def id(self) -> str:
        """The name under which its digits are published."""
        return make_probe_id(self.task, self.number, self.variant)


@dataclass(frozen=True)
class TaskProbes:
    """The probes of one task.

    Attributes:
        task: the task's name.
        spec: what `inside.task_cell` needs to run them. It can be written as JSON.
        probes: the probes, by id.
        want: the right results of each call by name, together with the inputs as they are after it.
    """

    task: str
    spec: dict[str, Any]
    probes: dict[str, Probe]
    want: dict[str, dict[str, np.ndarray]]

    def source(self, skip: Iterable[str] = (), record: bool = True, pause: float = 0) -> str:
        """The source of the task's cell.

        Arguments:
            skip: ids of probes to leave out.
            record: whether check's record is wanted, too.
            pause: seconds that the kernel waits after each probe, so that its digits are out before it can die.
        """
        spec = self.spec | {"skip": sorted(skip), "record": record, "pause": pause}
        return f"import json, task_cell\ntask_cell.run(globals(), json.loads({json.dumps(spec)!r}))"


def make_probes(seed: str | int, tasks: Iterable[str] = tuple(ITEMS)) -> dict[str, TaskProbes]:
    """The probes of some tasks for one grading seed, by task. The same seed gives the same probes.

    Raises:
        ValueError: if no inputs are found whose digits can be shown safely.
    """
    return {task: make_task_probes(seed, task) for task in tasks}


def make_task_probes(
    seed: str | int, task: str, right: Pair | None = None, numbers: Iterable[int] | None = None
) -> TaskProbes:
    """The probes of one task.

    Arguments:
        seed: the same seed gives the same probes.
        task: the task's name.
        right: for a backward pass, one that is right for a mistaken forward pass, and that forward pass. Then there are
            only probes on the student's own cache. None for the reference.
        numbers: the numbers of the items that are probed; None for all.

    Raises:
        ValueError: if no inputs are found whose digits can be shown safely.
    """
    forward = FORWARD_OF.get(task)
    pair = right or Pair(reference(task), reference(forward) if forward else None)
    items: list[dict[str, Any]] = []
    for number, item in enumerate(ITEMS[task], 1):
        if numbers is not None and number not in numbers:
            continue
        names = [_name_call(setting, item) for setting in item.settings]
        shown: dict[str, Any] = {
            "number": number,
            "output": item.output,
            "places": item.places,
            "untouched": list(item.untouched),
        }
        items.append(shown | {"calls": names, "weights": {}})
    calls, want = [], {}
    for name, draw_arrays, same in _list_calls(task):
        using = [item for item in items if name in item["calls"]]
        if not using:
            continue
        call, results, weights = _draw_call((seed, task, name), draw_arrays, same, using, pair)
        calls.append(call)
        want[name] = results
        for using_item, pairs in zip(using, weights):
            using_item["weights"][name] = pairs
    variants = ["plain"] if forward is None else ["own"] if right else ["own", "documented"]
    spec = {"task": task, "forward": forward, "variants": variants, "calls": calls, "items": items}
    spec["stepping"] = None if task in NOT_WATCHED else calls[0]["name"]
    return TaskProbes(task, spec, _make_probes(spec, pair), want)


def _make_probes(spec: dict[str, Any], pair: Pair) -> dict[str, Probe]:
    task = spec["task"]
    made = Calls(task, pair.function, pair.forward, False, spec["calls"])
    with quietly():
        expected = {ITEMS[task][item["number"] - 1].name: digits(made, item) for item in spec["items"]}
    probes = [Probe(task, item, variant, text) for variant in spec["variants"] for item, text in expected.items()]
    return {probe.id: probe for probe in probes}


def _name_call(setting: str, item: Item) -> str:
    return f"{setting} again" if item.shared else setting


def _list_calls(task: str) -> list[tuple[str, DrawInputs, Item]]:
    """The calls of a task in the order in which items need them: name, function that draws the inputs, first item."""
    found: dict[str, tuple[str, DrawInputs, Item]] = {}
    for item in ITEMS[task]:
        for setting, draw_arrays in item.settings.items():
            name = _name_call(setting, item)
            found.setdefault(name, (name, draw_arrays, item))
    return list(found.values())


def _draw_call(
    key: tuple, draw_arrays: DrawInputs, item: Item, using: list[dict[str, Any]], pair: Pair
) -> tuple[dict[str, Any], dict[str, np.ndarray], list[list]]:
    """Draw one call, and the weights of the items that use it. Inputs without safe weights are drawn again.

    Arguments:
        key: names the call. The same key gives the same numbers.
        draw_arrays: draws the inputs.
        item: the first item that uses the call.
        using: all items that do.
        pair: what is right.

    Returns:
        call: see `inside.probe_calls`.
        results: the right results by name, together with the inputs as they are after the call.
        weights: the pairs of each item.
    """
    _, task, name = key
    for attempt in range(100):
        call: dict[str, Any] = {"name": name, "case": name.removesuffix(" again")}
        call["inputs"] = encode(draw_arrays(Draw(*key, attempt)))
        if item.shared:
            before = draw_arrays(Draw(*key, attempt, "before"))
            call |= {"before": encode(before), "shared": [name for name in item.shared if name in before]}
        results, rough = _compute(task, call, pair), _compute(task, _narrow(call), pair)
        weights = []
        for shown in using:
            draws = [Draw(*key, attempt, shown["output"], number) for number in range(SUMS_PER_ARRAY)]
            weights.append([_draw_safe_weights(draw, shown, results, rough) for draw in draws])
        if not any(None in pairs for pairs in weights):
            return call, results, weights
    raise ValueError(f"{task}, {name}: no inputs found whose results can be shown safely")


def _compute(task: str, call: dict[str, Any], pair: Pair) -> dict[str, np.ndarray]:
    with quietly():
        return Calls(task, pair.function, pair.forward, False, [call]).results(call["name"])


def _narrow(call: dict[str, Any]) -> dict[str, Any]:
    """The call with all its inputs in float32."""
    narrowed = dict(call)
    for part in ("inputs", "before"):
        if part in call:
            arrays = decode(call[part]).items()
            narrowed[part] = encode({k: a.astype(np.float32) if a.dtype == np.float64 else a for k, a in arrays})
    return narrowed


def _draw_safe_weights(
    draw: Draw, item: dict[str, Any], results: dict[str, np.ndarray], rough: dict[str, np.ndarray]
) -> tuple[float, float] | None:
    """Draw weights whose sum is safe to show, see the top of this file; None if 200 draws found none.

    Arguments:
        results, rough: the right results, computed in float64 and in float32.
    """
    value = np.asarray(results[item["output"]], dtype=np.float64)
    other = np.asarray((rough if item["places"] >= 4 else results)[item["output"]], dtype=np.float64)
    norm = float(np.linalg.norm(value))
    for _ in range(200):
        pair = draw.weights()
        weights = weights_of(value.size, pair)
        total = abs(float(value.ravel() @ weights))
        if item["output"] == "steps":
            return pair  # it is a whole number, or nan for None, so nothing is rounded
        if value.ndim and total < 0.3 * norm or not total:
            continue
        scaled = total / 10 ** (np.floor(np.log10(total)) - item["places"] + 1)
        if abs(scaled % 1 - 0.5) > 0.1 and np.allclose(other.ravel() @ weights, value.ravel() @ weights, rtol=2e-5):
            return pair
    return None
