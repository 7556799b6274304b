"""The smallest example that a wrong answer gets wrong: the inputs, and the answer's numbers beside the right ones."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..cases import stored
from ..cases.closeness import NORM_FLOOR, is_close
from ..cases.differences import Differs
from ..cases.outputs import name_outputs
from ..cases.recorded import CallRaised, Calls, Parts, to_array
from ..cases.variants import SMALL_CASES

SHARED_SMALL_CASES = {  # cases that the properties use too, but small enough for an example
    "numerical_gradient": ("num_sum_of_squares", "num_identity", "num_step", "num_integer"),
}
FORMULA_OF_CASE = {  # the function f of a case of numerical_gradient, in words
    "num_sum_of_squares": "the sum of x**2",
    "num_identity": "x",
    "num_step": "x**3",
    "num_integer": "x**2",
}
CACHE_PARTS = ("var", "mu", "x_hat")  # parts of the documented cache. They follow from the other inputs: not shown
UNUSED_INPUTS = {"softmax": ("y",), "affine_backward": ("b",)} | {  # inputs of a case that a task does not use
    task: ("dout",) if task.endswith("forward") else ("beta", "momentum")
    for task in SMALL_CASES
    if "batchnorm" in task or task == "affine_bn_relu_forward"
}
EXAMPLE_HEADING = "The smallest example that shows it:"
ENOUGH_DIGITS = (4, 7, 10, 17)  # tried in turn, until a wrong number differs from the right one


@dataclass
class Example:
    """A result of a small case that an answer gets wrong.

    Attributes:
        inputs: lines with the inputs, as Python code.
        name: the result's name.
        got: the answer's numbers.
        want: the right numbers, of the same shape.
    """

    inputs: list[str]
    name: str
    got: np.ndarray
    want: np.ndarray

    def format(self) -> list[str]:
        """Lines of text: the inputs, and both arrays beside each other."""
        table = _format_side_by_side(self.name, self.got, self.want)
        return [EXAMPLE_HEADING, *self.inputs, *table]


def find_smallest_example(task: str, calls: Calls, explained: Collection[str] = ()) -> Example | None:
    """Find the first small case, and its first result, that an answer gets wrong.

    Arguments:
        task: the task's name.
        calls: the recorded calls.
        explained: names of results that need no example.

    Returns:
        The example. None if all small cases are right, or if what is wrong is not the numbers.
    """
    for case in SMALL_CASES.get(task, SHARED_SMALL_CASES.get(task, ())):
        try:
            outputs = name_outputs(task, case, calls[case])
        except (CallRaised, Differs, KeyError):
            continue
        for name, want in stored.expected(task, case).items():
            got = None if isinstance(outputs[name], Parts) else to_array(outputs[name])
            if name not in explained and got is not None and got.shape == want.shape and not is_close(got, want):
                name, got, want = _select_matrix(name, got, want.astype(np.float64))
                return Example(_format_inputs(task, case), name, got, want)
    return None


def _select_matrix(name: str, got: np.ndarray, want: np.ndarray) -> tuple[str, np.ndarray, np.ndarray]:
    """Of a stack of matrices, select the first wrong one."""
    while got.ndim > 2:
        index = next(i for i in range(len(got)) if not is_close(got[i], want[i]))
        name, got, want = f"{name}[{index}]", got[index], want[index]
    return name, got, want


def _format_inputs(task: str, case: str) -> list[str]:
    """Format the inputs of a case, one per line, as Python code."""
    hidden = (*CACHE_PARTS, *UNUSED_INPUTS.get(task, ()))
    named = {name: array for name, array in stored.inputs(case).items() if name not in hidden}
    settings = [
        f"{name} = {_format_number(array)}" for name, array in named.items() if not array.ndim and name != "test_mode"
    ]
    if "test_mode" in named:
        settings.insert(0, 'mode = "test"')
    if case in FORMULA_OF_CASE:
        settings.insert(0, f"f(x) = {FORMULA_OF_CASE[case]}")
    lines = [f"{name} = {_format_array(array)}" for name, array in named.items() if array.ndim]
    return [f"    {line}" for line in (*lines, *([", ".join(settings)] if settings else []))]


def _format_array(array: np.ndarray) -> str:
    if not array.ndim:
        return _format_number(array)
    return "[" + ", ".join(_format_array(np.asarray(part)) for part in array) + "]"


def _format_number(value: float | np.ndarray, digits: int = 4) -> str:
    return f"{float(value) + 0.0:.{digits}g}"  # + 0.0: no -0


def _format_side_by_side(name: str, got: np.ndarray, want: np.ndarray) -> list[str]:
    """Format two arrays of one shape, of at most two axes, beside each other."""
    yours, right = (_align_columns(table) for table in format_tables(np.atleast_2d(got), np.atleast_2d(want)))
    width = max(len(f"{name}, yours"), *map(len, yours))
    lines = [(f"{name}, yours", f"{name}, right"), *zip(yours, right)]
    return [f"    {left:<{width}}    {other}".rstrip() for left, other in lines]


def format_tables(got: np.ndarray, want: np.ndarray) -> list[list[list[str]]]:
    """Format the numbers of two matrices, with enough digits that wrong numbers differ from the right ones."""
    scale = max(np.max(np.abs(want)), NORM_FLOOR)
    wrong = np.abs(got - want) > 1e-6 * scale
    arrays = [np.where(np.abs(array) < 1e-9 * scale, 0.0, array) for array in (got, want)]  # no rounding noise
    for digits in ENOUGH_DIGITS:
        tables = [[[_format_number(value, digits) for value in row] for row in array] for array in arrays]
        if all(a != b for row in zip(*tables, wrong) for a, b, is_wrong in zip(*row) if is_wrong):
            break
    return tables


def _align_columns(table: list[list[str]]) -> list[str]:
    """Write the rows of a table as lines, with the columns right-aligned."""
    widths = [max(map(len, column)) for column in zip(*table)]
    return ["  ".join(text.rjust(width) for text, width in zip(row, widths)) for row in table]
