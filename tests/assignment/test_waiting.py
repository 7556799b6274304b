"""Names that are not there yet: any use says in one line what they wait for."""

import math
import operator
import re

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment.steps.waiting import NotYet, Waiting, is_missing, not_yet
from cs231n.grading.publishing.notebooks import read_notebooks

REASON = "this cell needs loss, and the cell that makes it has not run to its end"
USES = {
    "attribute": lambda v: v.shape, "item": lambda v: v[0], "set item": lambda v: operator.setitem(v, 0, 1),
    "call": lambda v: v(), "sum": lambda v: v + 1, "sum from the right": lambda v: 1 + v,
    "array": lambda v: np.ones(3) * v, "array from the right": lambda v: v * np.ones(3), "minus": lambda v: -v,
    "matrix product": lambda v: np.ones((2, 2)) @ v, "np.sum": lambda v: np.sum(v, axis=0), "np.log": np.log,
    "np.allclose": lambda v: np.allclose(v, 0), "np.asarray": np.asarray, "len": len, "iteration": list,
    "unpacking": lambda v: (lambda a, b: a)(*v), "float": float, "format": lambda v: f"{v:.3f}", "round": round,
    "comparison": lambda v: v > 0, "equality": lambda v: v == 0, "truth": bool, "in": lambda v: 1 in v, "abs": abs,
    "power": lambda v: v**2, "index": lambda v: [1, 2][v], "attribute set": lambda v: setattr(v, "x", 1),
    "math": math.sqrt, "a layer": lambda v: layers.affine_forward(v, np.ones((2, 2)), np.ones(2)),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_every_use_says_what_is_missing(use):
    with pytest.raises(NotYet) as caught:
        USES[use](not_yet("loss"))
    assert str(caught.value) == REASON
    assert caught.value._render_traceback_() == [f"NotYet: {REASON}"]


def test_several_names_and_what_counts_as_missing():
    a, b = not_yet("a", "b")
    assert isinstance(a, Waiting) and repr(b).startswith("(waiting: this cell needs b")
    assert is_missing(a) and is_missing(...) and not is_missing(None) and not is_missing(np.zeros(2))


def test_where_a_step_above_is_not_right_its_cell_is_not_said_to_have_stopped():
    with pytest.raises(NotYet) as caught:
        not_yet("a right to_probabilities", step_above=True)[0]
    assert str(caught.value) == (
        "this cell waits for a right to_probabilities: go back to that step, and then run both cells again"
    )


def test_the_notebooks_say_so_wherever_they_make_such_a_name_in_a_cell_of_their_own():
    sources = [cell.source for nb in read_notebooks().values() for cell in nb.cells if cell.id != "setup"]
    calls = re.findall(r'not_yet\(("[^)]*)\)', "\n".join(sources))
    assert len(calls) == 3 and all(call.endswith(", step_above=True") for call in calls)
