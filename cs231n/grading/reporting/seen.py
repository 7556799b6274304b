"""What was seen when the probes called an answer, in one sentence for each graded item."""

from typing import Any

import numpy as np

from ...assignment.caches import is_forward_right
from ...assignment.cases.differences import Differs, Results, require_same
from ...assignment.cases.outputs import name_outputs
from ...assignment.cases.recorded import Call, CallRaised, Calls, Record
from ...assignment.diagnosis import exceptions
from ..judging.probing.probes import TaskProbes


def describe_item(made: TaskProbes, number: int, probed: Calls, record: Record) -> str:
    """Say what was seen of an item that was not right: what its first wrong call raised or returned.

    Arguments:
        made: the task's probes.
        number: the item's number, from 1.
        probed: the records of the probes' calls, vouched.
        record: check's record, vouched.

    Returns:
        The sentence; "" if nothing is certain.
    """
    item = made.spec["items"][number - 1]
    variant = _choose_variant(made, probed, record)
    for name in item["calls"]:
        call = probed.get(f"{variant}/{name}")
        said = _describe_call(made, item, name, call) if call is not None else ""
        if said:
            return said
    return ""


def _choose_variant(made: TaskProbes, probed: Calls, record: Record) -> str:
    """The probes that say most; "" if none says anything that is certain.

    Of a backward pass, these are the probes with its own cache if its forward pass is right. If the forward pass is
    wrong, the results for its cache have to be others than ours. The documented cache says nothing, either, about a
    backward pass that ends in an exception with it, but not with its own.
    """
    own, documented = made.spec["variants"][0], made.spec["variants"][-1]
    if own == documented or (record.forward is not None and is_forward_right(record.forward)):
        return own
    names = [call["name"] for call in made.spec["calls"]]
    raised = {kind: any(_has_raised(probed.get(f"{kind}/{name}")) for name in names) for kind in (own, documented)}
    own_runs = not raised[own] and any(f"{own}/{name}" in probed for name in names)
    return "" if own_runs and raised[documented] else documented


def _has_raised(call: Call | None) -> bool:
    return call is not None and call.raised is not None


def _describe_call(made: TaskProbes, item: dict[str, Any], name: str, call: Call) -> str:
    """Describe a call that is wrong in this item's output; "" if it is right, as far as can be seen."""
    spec = next(call for call in made.spec["calls"] if call["name"] == name)
    output, want = item["output"], made.want[name]
    kept = {*item["untouched"], *spec.get("shared", ())}
    written = [argument for argument in call.changed if argument in kept]
    if written:
        second = ", so a second call gets other numbers" if "before" in spec else ""
        return f"The function writes to {' and '.join(written)}{second}."
    if made.task == "steps_to_reach" and isinstance(call.returned, int | float | np.number | None):
        said, asked = _name_step(call.returned), _name_step(want[output])
        if not call.raised and (said == "None") != (asked == "None"):
            return f"It returned {said}, and should have returned {asked}."
    try:
        got = name_outputs(made.task, spec["case"], call)
        right = {key: np.asarray(want[key]) for key in got if key in want}
        require_same(got[output], want[output], output, 1e-4, Results(got, right, None, call.shared))
    except CallRaised as error:
        return f"It raised {exceptions.describe(error.raised)}."
    except Differs as difference:
        return f"{difference}."
    return ""


def _name_step(step: Any) -> str:
    """A result of steps_to_reach. The table of right results holds nan for None."""
    return "None" if step is None or np.isnan(step) else f"{float(step):g}"
