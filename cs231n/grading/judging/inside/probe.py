"""A probe calls a student's function on inputs drawn at grading time, and shows a few digits of the results.

This code runs in two places. Outside the box it calls the reference, to compute the expected digits. Inside the box it
calls the student's function. A submission may patch anything in its kernel, but without computing the right digits it
cannot show them.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

MIME = "application/x-cs231n-probe"  # a type of its own keeps probes apart from prints, warnings and figures
SETTING_SEPARATOR = "\n~\n"  # between the whole arrays of two settings


def show(namespace: dict[str, Any], spec: dict[str, Any]) -> None:
    """Run a probe in a kernel and publish its digits. The last line of a probe cell calls this function.

    Arguments:
        namespace: the notebook's global names.
        spec: the probe, see `compute_digits`.
    """
    from IPython import get_ipython
    from IPython.utils.capture import capture_output

    with capture_output(), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a right answer that warns is right, even where warnings are errors
        try:
            text = compute_digits(namespace[spec["task"]], namespace.get(spec["forward"]), spec)
        except (
            BaseException
        ) as error:  # from the student's function; its type and first words are enough for the instructor
            text = f"{type(error).__name__}: {str(error)[:200]}"
    get_ipython().display_pub.publish({MIME: text})


def compute_digits(function: Callable, forward: Callable | None, spec: dict[str, Any]) -> str:
    """The digits of a probe: one line per setting.

    Arguments:
        function: the answer.
        forward: the forward pass that makes the cache for the answer; None if it needs none.
        spec: a dictionary with ``task``, ``output`` (name of the result), ``places`` (significant digits),
            ``documented`` (True to make the cache from the inputs, in the documented form), ``whole`` (True to show
            whole arrays, with SETTING_SEPARATOR between the settings) and ``settings``. Each setting is a dictionary
            with ``case``, ``inputs`` and ``weights``, and perhaps ``before``, ``shared`` and ``untouched``
            (see `call_answer`).
    """
    lines = []
    for setting in spec["settings"]:
        results = call_answer(function, forward, spec, setting)
        names = [spec["output"], *setting.get("untouched", [])]
        if spec["whole"]:
            lines.append("\n".join(np.array2string(np.asarray(results[name]) + 0.0, precision=7) for name in names))
        else:
            lines.append(" ".join(projections(results[name], setting["weights"], spec["places"]) for name in names))
    return SETTING_SEPARATOR.join(lines) if spec["whole"] else "\n".join(lines)


def call_answer(
    function: Callable, forward: Callable | None, spec: dict[str, Any], setting: dict[str, Any]
) -> dict[str, Any]:
    """The results of one call by name, together with the inputs as they are after the call.

    If the setting has ``before``, the function is first called on those inputs. The second call then gets the same
    array objects for the names in ``shared``, and the same cache. So a function that writes to them spoils its own
    second result.
    """
    inputs = decode(setting["inputs"])
    if "before" in setting:
        before, forward = decode(setting["before"]), _with_memory(forward)
        _call(function, forward, spec, setting, before)
        inputs |= {name: before[name] for name in setting["shared"]}
    return inputs | _call(function, forward, spec, setting, inputs)


def _call(
    function: Callable, forward: Callable | None, spec: dict[str, Any], setting: dict[str, Any],
    inputs: dict[str, np.ndarray],
) -> dict[str, Any]:  # fmt: skip
    from cs231n.assignment.cases import calls, outputs, recorded  # here, since the kernel imports this file first

    if spec["documented"] and spec["task"] == "affine_bn_relu_backward":
        batchnorm_cache = tuple(inputs[name] for name in ("a", "gamma", "beta", "var", "mu", "x_hat"))
        cache = (inputs["x"], inputs["w"], inputs["b"]), (*batchnorm_cache, float(inputs["eps"])), inputs["a_bn"]
        forward = lambda *arguments: (None, cache)  # noqa: E731
    elif spec["documented"]:
        forward = None
    call = calls.call(spec["task"], function, setting["case"], inputs, forward)
    results = outputs.name_outputs(spec["task"], setting["case"], call)
    return {
        name: recorded.to_array(value) if isinstance(value, recorded.Parts) else value
        for name, value in results.items()
    }


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


def encode(inputs: dict[str, np.ndarray]) -> dict[str, list]:
    """Arrays by name in a form for JSON: name to [dtype, nested list]."""
    return {name: [array.dtype.name, array.tolist()] for name, array in inputs.items()}


def decode(inputs: dict[str, list]) -> dict[str, np.ndarray]:
    """The arrays by name that `encode` was given."""
    return {name: np.array(values, dtype=dtype) for name, (dtype, values) in inputs.items()}
