"""The calls that probe an answer, and the digits of their results.

The kernel runs this file on the student's function, and the grader runs it on the reference. So both make the same
calls. It imports only NumPy and the course's library.

A *call* is a dictionary: ``name``; ``case`` (see `calls.call`); ``inputs``; and perhaps ``before`` and ``shared``, see
`Calls`. An *item* is a dictionary: ``number``; ``output`` (the result's name); ``places`` (significant digits);
``calls`` (names of calls); ``weights`` (for each of these names, a pair for each sum); and ``untouched`` (names of
inputs that are shown beside the output, as they are after the call).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n.assignment.cases import calls, outputs, recorded
from cs231n.assignment.cases.raised import describe_exception

Arrays = dict[str, np.ndarray]


class Calls:
    """The results of the calls of one function. Each call is made once, when its results are first asked for.

    If a call has ``before``, the function is first called on those inputs. The second call then gets the same array
    objects for the names in ``shared``, and the same cache. So a function that writes to them spoils its own second
    result.

    Arguments:
        task: the task's name.
        function: the answer.
        forward: the forward pass that makes the cache for the answer; None if it needs none.
        documented: whether the cache is made from the inputs instead, in the documented form.
        listed: all calls.
        note: a function that is called with the name and the record of each call.
    """

    def __init__(
        self, task: str, function: Callable, forward: Callable | None, documented: bool, listed: list[dict[str, Any]],
        note: Callable[[str, recorded.Call], None] = lambda name, call: None,
    ) -> None:  # fmt: skip
        self.task, self.function, self.documented, self.note = task, function, documented, note
        self.forward = None if documented else forward
        self.listed = {call["name"]: call for call in listed}
        self.made: dict[str, dict[str, Any] | BaseException] = {}

    def results(self, name: str) -> dict[str, Any]:
        """The results of a call by name, together with the inputs as they are after it.

        Raises:
            BaseException: what the function raised, each time again.
        """
        if name not in self.made:
            try:
                self.made[name] = self._make(self.listed[name])
            except BaseException as error:
                self.made[name] = error
        found = self.made[name]
        if isinstance(found, BaseException):
            raise found
        return found

    def _make(self, call: dict[str, Any]) -> dict[str, Any]:
        inputs = decode(call["inputs"])
        try:
            made = self._call_perhaps_twice(call, inputs)
        except (Exception, SystemExit) as error:
            self.note(call["name"], recorded.Call(raised=describe_exception(self.function, error)))
            raise
        self.note(call["name"], made)
        results = outputs.name_outputs(self.task, call["case"], made)
        arrays = {name: recorded.to_array(x) if isinstance(x, recorded.Parts) else x for name, x in results.items()}
        return inputs | arrays

    def _call_perhaps_twice(self, call: dict[str, Any], inputs: Arrays) -> recorded.Call:
        """Make a call. If it has ``before``, the shared inputs change to those of the first of its two calls."""
        forward = self.forward
        if "before" in call:
            before, forward = decode(call["before"]), _with_memory(forward)
            self._call(call["case"], before, forward)
            inputs |= {name: before[name] for name in call["shared"]}
        return self._call(call["case"], inputs, forward)

    def _call(self, case: str, inputs: Arrays, forward: Callable | None) -> recorded.Call:
        if self.documented and self.task == "affine_bn_relu_backward":
            forward = lambda *arguments: (None, _documented_cache(inputs))  # noqa: E731
        return calls.call(self.task, self.function, case, inputs, forward)


def _documented_cache(inputs: Arrays) -> tuple[Any, ...]:
    """The cache of affine_bn_relu_forward in the form of the library's layers."""
    batchnorm_cache = tuple(inputs[name] for name in ("a", "gamma", "beta", "var", "mu", "x_hat"))
    return (inputs["x"], inputs["w"], inputs["b"]), (*batchnorm_cache, float(inputs["eps"])), inputs["a_bn"]


def _with_memory(forward: Callable | None) -> Callable | None:
    """A forward pass that runs at its first call only, and returns that result at every later call."""
    if forward is None:
        return None
    results: list[Any] = []

    def remembered(*arguments: Any) -> Any:
        if not results:
            results.append(forward(*arguments))
        return results[0]

    return remembered


def make_probe_id(task: str, number: int, variant: str) -> str:
    """The name under which a probe's digits are published.

    Arguments:
        task: the task's name.
        number: the item's number.
        variant: which cache a backward pass gets; ``"plain"`` for other tasks.
    """
    return f"probe-{task}-{number}-{variant}".replace("_", "-")


def digits(made: Calls, item: dict[str, Any]) -> str:
    """The digits of an item: one line per call.

    Raises:
        BaseException: what the function raised.
    """
    lines = []
    for name in item["calls"]:
        results, weights = made.results(name), item["weights"][name]
        names = [item["output"], *item["untouched"]]
        lines.append(" ".join(projections(results[key], weights, item["places"]) for key in names))
    return "\n".join(lines)


def projections(value: Any, weights: list[tuple[float, float]], places: int) -> str:
    """The shape of an array and some weighted sums of its entries, as text.

    Arguments:
        value: an array or a number; a student's function may return anything else.
        weights: a pair (a, b) for each sum. Entry k of the flattened array has the weight cos(a + b * k).
        places: significant digits.
    """
    array = np.asarray(value, dtype=np.float64)
    sums = [float(array.ravel() @ weights_of(array.size, pair)) for pair in weights]
    return " ".join([str(array.shape), *(f"{number:.{places - 1}e}" for number in sums)])


def weights_of(size: int, pair: tuple[float, float]) -> np.ndarray:
    """The weights cos(a + b * k), k = 0 ... size - 1, of a pair (a, b)."""
    a, b = pair
    return np.cos(a + b * np.arange(size))


def encode(inputs: Arrays) -> dict[str, list]:
    """Arrays by name in a form for JSON: name to [dtype, nested list]."""
    return {name: [array.dtype.name, array.tolist()] for name, array in inputs.items()}


def decode(inputs: dict[str, list]) -> Arrays:
    """The arrays by name that `encode` was given."""
    return {name: np.array(values, dtype=dtype) for name, (dtype, values) in inputs.items()}
