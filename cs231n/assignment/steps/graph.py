"""A computation graph made of a student's own forward nodes, and the gradient at each of its nodes by measurement.

It holds no backward formula. A forward node is judged by what defines its value (`DEFINITIONS`); a backward line is
judged by nudging the node and running the student's own nodes after it.
"""

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...support.articles import add_article
from ..actions import STEPS
from ..cases.names_used import list_global_names
from .judge import describe_error, find_problem, finish, say
from .nudge import nudge
from .waiting import NotYet, Waiting, is_missing

Values = dict[str, Any]
# What the value of each node has to fulfil: both sides of an equation, equal if the node is right.
DEFINITIONS: Mapping[str, Callable[[Values], tuple[Any, Any]]] = {
    "mu": lambda v: (v["mu"] * len(v["x"]), sum(v["x"])),
    "xmu": lambda v: (v["xmu"] + v["mu"], v["x"]),
    "sq": lambda v: (v["sq"], abs(v["xmu"]) * abs(v["xmu"])),
    "var": lambda v: (v["var"] * len(v["sq"]), sum(v["sq"])),
    "std": lambda v: (v["std"] * abs(v["std"]) - v["eps"], v["var"]),
    "inv_std": lambda v: (v["inv_std"] * v["std"], np.ones_like(v["std"])),
    "x_hat": lambda v: (v["x_hat"] * v["std"], v["xmu"]),
    "out": lambda v: ((v["out"] - v["beta"]) / v["gamma"], v["x_hat"]),
}
SHAPE_OF = {"mu": "gamma", "var": "gamma", "std": "gamma", "inv_std": "gamma"}  # the other nodes have the shape of x


class Graph:
    """A graph of forward nodes.

    Arguments:
        nodes: by name and in the order of computing, functions of the inputs and of earlier nodes; a function's
            arguments are named after them.
        inputs: the arrays (or numbers) that the graph starts from, by name.
        dout: dL/d(the last node), that node's shape.

    Raises:
        NotYet: if x and dout do not fit each other. Another cell of the notebook may have used one of the names.
    """

    def __init__(self, nodes: Mapping[str, Callable], inputs: Mapping[str, Any], dout: np.ndarray) -> None:
        shapes = np.shape(inputs["x"]), np.shape(dout)
        if shapes[0] != shapes[1]:
            again = "run the cell that makes both again, and then this one"
            raise NotYet(f"x has shape {shapes[0]}, and dout {shapes[1]}: {again}")
        # Copies: a line with += may write into the notebook's arrays.
        self.nodes, self.inputs, self.dout = dict(nodes), copy.deepcopy(dict(inputs)), np.array(dout)
        self._kept: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # arrays of the notebook by name, and their copies
        self._keep({**inputs, "dout": dout})
        # A sentence about what is missing; None if every forward node is right.
        self.waits_for: str | None = "this needs the forward pass: run the cell that judges it, and go on from there"

    def with_inputs(self, inputs: Mapping[str, Any], dout: np.ndarray) -> "Graph":
        """Return a graph of the same nodes for other inputs, which may have other shapes, and another dout."""
        other = Graph(self.nodes, inputs, dout)
        other.waits_for = self.waits_for
        return other

    def with_dout(self, dout: np.ndarray) -> "Graph":
        """Return the same graph with another gradient at its last node."""
        return self.with_inputs(self.inputs, dout)

    def count_paths(self, start: str) -> int:
        """Count the ways along the graph from an input to the last node."""

        def count(name: str) -> int:
            if name == start:
                return 1
            return sum(map(count, inspect.signature(self.nodes[name]).parameters)) if name in self.nodes else 0

        return count(list(self.nodes)[-1])

    def forward(self, step: str) -> list[Any]:
        """Judge every forward node, and print a line for each.

        Arguments:
            step: the step's name, for its hint and for progress().

        Returns:
            The nodes' values, in order. A `Waiting` object stands for what is blank, wrong, or waits for such a node.
        """
        print("compare " + ", ".join(self.nodes) + ":")
        values, is_wrong = dict(self.inputs), False
        self.waits_for = None
        for name, node in self.nodes.items():
            value, problem = self._compute(name, node, values)
            if problem is None:
                print(f"  {name}: ok, shape {np.shape(value)}")
            else:
                print(f"  {name}: {problem}")
                is_wrong |= not is_missing(value)
                if self.waits_for is None:
                    where = f"write it{_place_of(step)}, and go on from there"
                    self.waits_for = f"this needs the forward node {name}: {where}"
                value = Waiting(self.waits_for)
            values[name] = value
        finish(step, self.waits_for is None, is_wrong)
        self._keep({name: values[name] for name in self.nodes})
        return [values[name] for name in self.nodes]

    def _compute(self, name: str, node: Callable, values: Values) -> tuple[Any, str | None]:
        """Compute a node from the values so far. Return its value, and what is wrong with it or None."""
        needs = list(inspect.signature(node).parameters)
        waits = [need for need in needs if isinstance(values.get(need), Waiting)]
        if waits:
            return Waiting(""), f"waits for {', '.join(waits)}"
        unknown = [need for need in needs if need not in values]
        if unknown:
            return None, f"there is no node {', '.join(unknown)} before it"
        outside = sorted((list_global_names(node.__code__) & {*self.nodes, *self.inputs}) - set(needs))
        if outside:
            return None, f"it reads {', '.join(outside)}, which is not in its brackets: use only {', '.join(needs)}"
        try:
            value = node(**{need: values[need] for need in needs})
        except Exception as error:  # of the student's line
            return None, describe_error(error)
        if is_missing(value):
            return value, "still empty: put your line in place of ..."
        like = self.inputs[SHAPE_OF.get(name, "x")]
        if np.shape(value) != np.shape(like):
            return value, f"its shape is {np.shape(value)}, and shape {np.shape(like)} is wanted"
        try:
            with np.errstate(all="ignore"):
                problem = find_problem(*DEFINITIONS[name]({**values, name: np.asarray(value, dtype=np.float64)}))
        except (TypeError, ValueError):
            problem = f"it is {add_article(type(value).__name__)}, and an array of numbers is wanted"
        return value, problem

    def run(self, changed: str | None = None, value: Any = None, into: str | None = None) -> Values:
        """Compute all values again, with one of them changed.

        Arguments:
            changed: the name of a node or of an input, or None.
            value: its value in place of the computed one.
            into: None, or the one node that sees the changed value. The others see the old one.

        Raises:
            NotYet: if a forward node is missing.
        """
        if self.waits_for:
            raise NotYet(self.waits_for)
        values = dict(self.inputs)
        if changed in values and into is None:
            values[changed] = value
        for name, node in self.nodes.items():
            needs = inspect.signature(node).parameters
            given = {need: value if (need, name) == (changed, into) else values[need] for need in needs}
            values[name] = value if name == changed and into is None else node(**given)
        return values

    def gradient(self, of: str, into: str | None = None) -> np.ndarray:
        """Measure dL/d(of), by nudging that value.

        Arguments:
            of: the name of a node or of an input.
            into: None for all ways from there to the loss; or the name of a node, for the way through it alone.

        Returns:
            The gradient, the value's shape.

        Raises:
            NotYet: if a forward node is missing.
        """
        last = list(self.nodes)[-1]
        at = self.run()[of]
        return nudge(lambda value: self.run(of, value, into)[last], at, self.dout)

    def judge(self, name: str, yours: Any, of: str | None = None, into: str | None = None) -> Any:
        """Judge a line of the backward pass, in the cell where it is written.

        Arguments:
            name: the variable's name, such as ``"dx_hat"``.
            yours: its value.
            of: the node whose gradient it is, if that is not ``name`` without its d.
            into: the node through which this part of the gradient comes, if it is a part.

        Returns:
            The student's value if it is right, else the measured gradient. What follows can use it.
        """
        step = name.replace("_", "-")
        print(f"compare {name}:")
        try:
            right: Any = self.gradient(of or name.removeprefix("d"), into)
        except NotYet as waits:
            right = Waiting(str(waits))
        problem = find_problem(yours, right)
        say(name, problem, right)
        yours = self._set_back(yours)
        finish(step, problem is None, not is_missing(yours) and not isinstance(right, Waiting))
        result = right if problem else yours
        self._keep({name: result})
        return result

    def _keep(self, values: Values) -> None:
        """Keep a copy of arrays of the notebook, by their names there."""
        self._kept |= {name: (v, v.copy()) for name, v in values.items() if isinstance(v, np.ndarray)}

    def _set_back(self, yours: Any) -> Any:
        """Say which arrays of the notebook have changed since they were kept, and set them back.

        Returns:
            The student's value; a copy of it if it is one of these arrays, or a part of one.
        """
        same_shape = {
            name: (v, kept) for name, (v, kept) in self._kept.items() if v.shape == kept.shape and v.flags.writeable
        }
        changed = {name: (v, kept) for name, (v, kept) in same_shape.items() if not np.array_equal(v, kept)}
        for array, kept in changed.values():
            if isinstance(yours, np.ndarray) and np.shares_memory(yours, array):
                yours = yours.copy()
            array[...] = kept
        if changed:
            names = f"{' and '.join(changed)} {'have' if len(changed) > 1 else 'has'}"
            print(f"  but {names} changed: += and the like write into an array. Make a new one; the old is set back")
        return yours


def _place_of(step: str) -> str:
    """Say where a step stands, as the end of a sentence."""
    return f" in section {STEPS[step].section}" if step in STEPS else ""
