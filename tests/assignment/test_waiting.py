"""Names that are not there yet: any use says in one line what they wait for."""

import math
import operator

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment.steps.waiting import NotYet, Waiting, is_missing, not_yet

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
