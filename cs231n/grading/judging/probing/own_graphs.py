"""The graph of batchnorm_forward, node by node, for its known mistakes: what batchnorm_backward_staged goes back along.

A graph is a list of names with their expressions. ``x1`` and ``x2`` are the two ways from x, to xmu and to mu. ``xmu1``
and ``xmu2`` are the two ways from xmu, to x_hat and to sq. So the gradient at each name is a result of the staged
backward pass: ``dx1`` belongs to ``x1``. ``x3`` is a third way from x, which only a mistake has.
"""

from typing import Any

import numpy as np

from ....assignment.cases.tables import NODES
from .dual_numbers import NUMPY, Dual, contract, seed, split

EPS = 'bn_param.get("eps", 1e-5)'
GRAPH = {
    "x": "x",
    "x1": "x",
    "x2": "x",
    "x3": "x",
    "gamma": "gamma",
    "beta": "beta",
    "mu": "x2.mean(axis=0)",
    "xmu": "x1 - mu",
    "xmu1": "xmu",
    "xmu2": "xmu",
    "sq": "xmu2**2",
    "var": "sq.mean(axis=0)",
    "std": "np.sqrt(var + eps)",
    "inv_std": "1 / std",
    "x_hat": "xmu1 * inv_std",
    "out": "gamma * x_hat + beta",
}
SECOND_WAY = ("dxmu2", "dxmu", "dx1")  # where sq does not come from xmu
STATISTICS = ("dmu", "dvar", "dstd", "dinv_std")  # where it is open which shape the mean and the variance have
INNER = tuple(name for name in NODES if name not in ("dbeta", "dgamma", "dx"))  # where the graph is not known

# For each known mistake, or for one variant of it: the lines that differ, and the results that its graph does not have,
# or that can be meant in two ways.
Change = tuple[dict[str, str], tuple[str, ...]]
CHANGES: dict[tuple[str, int | None], Change] = {
    ("another-default-eps", None): ({}, ()),  # the edit of eps itself is in the mistake's row
    ("eps-of-its-own", None): ({}, ()),
    ("eps-outside-the-root", None): ({"std": "np.sqrt(var) + eps"}, ()),
    ("eps-nowhere", None): ({"std": "np.sqrt(var)"}, ()),
    ("eps-twice", None): ({"std": "np.sqrt(var + eps + eps)"}, ()),
    ("eps-subtracted", None): ({"std": "np.sqrt(var - eps)"}, ()),
    ("divided-by-the-variance", None): ({"std": "var + eps"}, ("dstd",)),
    ("sums-for-means", 0): ({"mu": "x2.sum(axis=0)", "sq": "(x3 - x3.mean(axis=0)) ** 2"}, SECOND_WAY),
    ("sums-for-means", 1): ({"var": "sq.sum(axis=0)"}, ()),
    ("sums-for-means", 2): ({"mu": "x2.sum(axis=0)", "var": "sq.sum(axis=0)"}, ()),
    ("sums-for-means", 3): ({"mu": "x2.sum(axis=0)"}, ()),
    ("whole-array", None): ({"mu": "x2.mean()", "var": "sq.mean()"}, STATISTICS),
    ("over-the-features", None): (
        {"mu": "x2.mean(axis=1, keepdims=True)", "var": "sq.mean(axis=1, keepdims=True)"},
        STATISTICS,
    ),
    ("unbiased-variance", 0): ({"var": "sq.sum(axis=0) / (len(sq) - 1)"}, ()),
    ("mean-not-taken-away", None): ({"x_hat": "x3 * inv_std"}, ("dxmu1", "dxmu", "dmu", "dx1", "dx2")),
    ("sign-of-x-hat", None): ({"xmu": "mu - x1"}, ("dxmu1", "dxmu2", "dxmu")),
    ("standard-deviation-for-variance", None): ({"var": "np.sqrt(sq.mean(axis=0))"}, ()),
    ("variance-around-zero", None): ({"sq": "x3**2"}, SECOND_WAY),
    ("no-gamma-and-beta", None): ({"out": "x_hat"}, ()),
    ("gamma-and-beta-swapped", None): ({"out": "beta * x_hat + gamma"}, ()),
    ("beta-scaled", None): ({"out": "gamma * (x_hat + beta)"}, ()),
}


def find_change(mistake: str, number: int) -> Change | None:
    """What a known mistake changes in the graph; None if its graph is not known."""
    return CHANGES.get((mistake, number), CHANGES.get((mistake, None)))


def list_missing(mistake: str, number: int) -> tuple[str, ...]:
    """The results of the staged backward pass that a mistaken forward pass does not define."""
    change = find_change(mistake, number)
    return INNER if change is None else change[1]


def evaluate(change: Change, eps: str, arguments: dict[str, np.ndarray], param: dict[str, Any]) -> dict[str, Any]:
    """The values of all names of a graph.

    Arguments:
        change: from `find_change`.
        eps: the expression for eps.
        arguments: x, gamma and beta.
        param: bn_param.
    """
    return _run(GRAPH | change[0], eps, arguments, param, {})


def differentiate(
    change: Change, eps: str, arguments: dict[str, np.ndarray], param: dict[str, Any], dout: np.ndarray
) -> dict[str, np.ndarray]:
    """The gradients of ``sum(out * dout)`` at all names of a graph, by the names of the staged backward pass.

    Arguments:
        change, eps, arguments, param: as for `evaluate`.
        dout: the shape of out.
    """
    values = evaluate(change, eps, arguments, param)
    nodes = {name: np.asarray(values[name]) for name in GRAPH if name != "out"}
    nudges = seed({name: np.zeros_like(value) for name, value in nodes.items()})
    out = _run(GRAPH | change[0], eps, arguments, param, nudges)["out"]
    gradients = split(contract(out, dout, sum(value.size for value in nodes.values())), nodes)
    return {f"d{name}": gradient for name, gradient in gradients.items() if f"d{name}" in NODES}


def _run(
    graph: dict[str, str], eps: str, arguments: dict[str, np.ndarray], param: dict[str, Any], nudges: dict[str, Dual]
) -> dict[str, Any]:
    """Compute a graph line by line. After each line its nudge is added: 0, but with derivatives."""
    names: dict[str, Any] = {"np": NUMPY, "bn_param": param, "len": len, "__builtins__": {}}
    names |= arguments | {"eps": eval(eps, names)}
    for name, expression in graph.items():
        names[name] = eval(expression, names)
        if name in nudges:
            names[name] = nudges[name] + names[name]
    return names
