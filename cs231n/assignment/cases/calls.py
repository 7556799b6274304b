"""How to call each task's function on a fixed case, and what to record of the call.

check() records an answer's calls and compares them with the right results. The maintainer's build makes the same calls:
with the library's functions, to get the right results, and with known mistakes, to get their fingerprints.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import numpy as np

from . import stored
from .raised import describe_exception
from .recorded import Call, Parts, iterate_arrays, to_array, to_plain
from .stored import Arrays
from .tables import ARGUMENTS, NUMERICAL_FUNCTIONS, RESULTS


@contextlib.contextmanager
def quietly(printed: TextIO | None = None) -> Iterator[None]:
    """Hide warnings and what a function prints.

    Arguments:
        printed: a stream that receives the printed text.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(printed or io.StringIO()):
            yield


def record_call(
    task: str, function: Callable, case: str, forward: Callable | None = None, inputs: Arrays | None = None
) -> Call:
    """Call a task's function on a case as `call` does, and record an exception too.

    Arguments:
        task, function, case, forward: as for `call`.
        inputs: the inputs, if they are not those of the case.
    """
    given = stored.inputs(case) if inputs is None else inputs
    return _record_exception(function, lambda: call(task, function, case, given, forward))


def _record_exception(function: Callable, make: Callable[[], Call]) -> Call:
    try:
        return make()
    except (Exception, SystemExit) as error:
        return Call(raised=describe_exception(function, error))


def call(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None = None) -> Call:
    """Call a task's function on given inputs, which it may write to.

    Arguments:
        task: the task's name.
        function: the function to call. It gets its arguments by position.
        case: what kind of call to make, if the task has several kinds, such as ``"bn_sequence"``.
        inputs: the arrays by name.
        forward: for a backward pass of batch norm, the forward pass that makes the cache. None means the documented
            cache, made from the inputs.

    Returns:
        What was recorded.

    Raises:
        Exception: whatever the student's function raises.
    """
    if task in ARGUMENTS:
        return _watch_call(task, function, {name: inputs[name] for name in ARGUMENTS[task]})
    if task.endswith("_backward") or task.startswith("batchnorm_backward"):
        return _watch_call(task, function, {"dout": inputs["dout"], "cache": make_cache(task, inputs, forward)})
    return _CALLS[task](task, function, case, inputs)


def _watch_call(task: str, function: Callable, arguments: dict[str, Any]) -> Call:
    """Call a function with named arguments by position, and record what it returns and writes to."""
    watch = _Watch(arguments)
    return watch.record(task, function(*arguments.values()), arguments.get("dout"))


class _Watch:
    """Detects which arrays a function writes to, with copies from before the call."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        pairs = [pair for name, value in arguments.items() for pair in iterate_arrays(value, name)]
        self.watched = [(name, array, array.copy()) for name, array in pairs]

    def changed(self) -> list[str]:
        """The names of the arguments that were written to."""
        changed = [name for name, array, before in self.watched if not np.array_equal(array, before, equal_nan=True)]
        return list(dict.fromkeys(changed))

    def record(self, task: str, returned: Any, dout: np.ndarray | None = None) -> Call:
        """Record what a function returned, which of the results share memory, and what it wrote to."""
        results = _name_results(task, returned)
        arrays = {name: value for name, value in results.items() if isinstance(value, np.ndarray)}
        names = list(arrays)
        shared = [
            (one, other)
            for position, one in enumerate(names)
            for other in names[position + 1 :]
            if np.shares_memory(arrays[one], arrays[other])
        ]
        shares_dout = dout is not None and any(np.shares_memory(array, dout) for array in arrays.values())
        return Call(to_plain(returned), {}, self.changed(), shared, shares_dout)


def _name_results(task: str, returned: Any) -> dict[Any, Any]:
    """The parts of what a function returned, by name; those of a dictionary by key."""
    if isinstance(returned, dict):
        return returned
    names = RESULTS[task]
    parts = (returned,) if len(names) == 1 else returned if isinstance(returned, (tuple, list)) else ()
    return dict(zip(names, parts))


def bn_param(inputs: Arrays) -> dict[str, Any]:
    """Make the dictionary ``bn_param`` of a case. It has only the keys that the case has."""
    param: dict[str, Any] = {"mode": "test" if "test_mode" in inputs else "train"}
    param |= {key: float(inputs[key]) for key in ("eps", "momentum") if key in inputs}
    return param | {key: inputs[key] for key in ("running_mean", "running_var") if key in inputs}


def _call_batchnorm_forward(task: str, function: Callable, case: str, inputs: Arrays, **settings: Any) -> Call:
    param, gamma, beta = bn_param(inputs) | settings, inputs["gamma"], inputs["beta"]
    batches = inputs["x"] if inputs["x"].ndim == 3 else inputs["x"][None]
    watch = _Watch({"x": batches, "gamma": gamma, "beta": beta})
    for number, batch in enumerate(batches, 1):
        if case == "bn_sequence" and number == len(batches):
            param["mode"] = "test"
        returned = function(batch, gamma, beta, param)
    return _keep(watch.record(task, returned), param)


def _keep(call: Call, param: dict[str, Any]) -> Call:
    call.kept = to_plain(param).items
    return call


def record_call_with_mode(function: Callable, mode: Any) -> Call:
    """Call batchnorm_forward with another mode, and record the exception in which that should end."""
    given = ("batchnorm_forward", function, "bn_test", stored.inputs("bn_test"))
    return _record_exception(function, lambda: _call_batchnorm_forward(*given, mode=mode))


def make_cache(task: str, inputs: Arrays, forward: Callable | None) -> Any:
    """Make the cache of a backward pass in training mode: by a forward pass, or the documented one.

    If the case has no eps, bn_param has none either. The forward pass then uses its own default, which must be 1e-5.

    Arguments:
        task: the backward pass's task.
        inputs: the inputs of the case.
        forward: the forward pass, or None.
    """
    if task == "affine_backward":
        return inputs["x"], inputs["w"], inputs["b"]
    if task == "relu_backward":
        return inputs["x"]
    if task == "affine_bn_relu_backward":
        assert forward is not None, "its cache has no documented form"
        return forward(*sandwich_arguments(inputs))[1]
    if forward is None:
        kept = (inputs[name] for name in ("x", "gamma", "beta", "var", "mu", "x_hat"))
        return (*kept, float(inputs.get("eps", 1e-5)))
    settings = {"eps": float(inputs["eps"])} if "eps" in inputs else {}
    return forward(inputs["x"], inputs["gamma"], inputs["beta"], {"mode": "train", **settings})[1]


def sandwich_arguments(inputs: Arrays) -> tuple[Any, ...]:
    """The arguments of affine_bn_relu_forward."""
    return *(inputs[name] for name in ("x", "w", "b", "gamma", "beta")), bn_param(inputs)


def _call_sandwich_forward(task: str, function: Callable, case: str, inputs: Arrays) -> Call:
    arguments = sandwich_arguments(inputs)
    watch = _Watch({name: inputs[name] for name in ("x", "w", "b", "gamma", "beta")})
    return _keep(watch.record(task, function(*arguments)), arguments[-1])


def _call_numerical_gradient(task: str, function: Callable, case: str, inputs: Arrays) -> Call:
    f, x, df = NUMERICAL_FUNCTIONS[case], inputs["x"], inputs.get("df")
    watch = _Watch({"x": x, "df": df})
    optional = (df, float(inputs["h"])) if "h" in inputs else (df,) if df is not None else ()
    return watch.record(task, function(f, x, *optional))


def _call_adam(task: str, function: Callable, case: str, inputs: Arrays) -> Call:
    """Take some steps in a row, up to the first one whose result cannot be used for the next.

    The case "adam_two" has two parameters, which take their steps in turn. Each has its own config.
    """
    two = case == "adam_two"
    weights: list[Any] = list(inputs["w"]) if two else [inputs["w"]]
    configs: list[Any] = [make_adam_config(inputs) for _ in weights]
    steps, changed = [], []
    for gradients in inputs["dw"]:
        for place, dw in enumerate(gradients if two else [gradients]):
            watch = _Watch({"w": weights[place], "dw": dw})
            returned = function(weights[place], dw, configs[place])
            steps.append(to_plain(returned))  # now, since the next step may write to it
            changed += watch.changed()
            if not _can_go_on(returned):
                return Call(_list(steps), changed=list(dict.fromkeys(changed)))
            weights[place], configs[place] = returned
    return Call(_list(steps), changed=list(dict.fromkeys(changed)))


def _can_go_on(returned: Any) -> bool:
    """Whether a step of adam returned something that the next step can start from."""
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        return False
    return isinstance(returned[1], dict) and to_array(to_plain(returned[0])) is not None


def _list(plain: list[Any]) -> Parts:
    return Parts("list", dict(enumerate(plain)))


def make_adam_config(inputs: Arrays) -> dict[str, Any] | None:
    """Make adam's config for a case; None if the case sets nothing."""
    settings = ("learning_rate", "beta1", "beta2", "epsilon")
    config: dict[str, Any] = {key: float(inputs[key]) for key in settings if key in inputs}
    config |= {key: inputs[key] for key in ("m", "v") if key in inputs}
    config |= {"t": int(inputs["t"])} if "t" in inputs else {}
    return config or None


def _call_steps_to_reach(task: str, function: Callable, case: str, inputs: Arrays) -> Call:
    history, level = inputs["history"], float(inputs["level"])
    watch = _Watch({"history": history})
    return watch.record(task, function(history, level))


_CALLS: dict[str, Callable[..., Call]] = {
    "batchnorm_forward": _call_batchnorm_forward,
    "affine_bn_relu_forward": _call_sandwich_forward,
    "numerical_gradient": _call_numerical_gradient,
    "adam": _call_adam,
    "steps_to_reach": _call_steps_to_reach,
}
