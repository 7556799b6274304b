"""How to call each task's function on a fixed case, and what to record of the call.

check() compares the recorded outputs with the right ones. The maintainer's build makes the same calls: with the
library's functions, to get the right outputs, and with known mistakes, to get their fingerprints.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

import numpy as np

from . import stored
from .differences import Differs, name_type
from .returned_parts import running_statistics, select_nodes, split_results
from .stored import Arrays

BACKWARD_CASES = ("bn_plain", "bn_large_eps", "bn_square", "bn_constant")
CASES = {
    "softmax": ("scores_plain", "scores_extreme", "scores_row_offsets", "scores_square", "scores_single"),
    "softmax_jacobian": ("p_plain", "p_square", "p_saturated"),
    "softmax_loss": (
        "scores_plain", "scores_extreme", "scores_gap", "scores_row_offsets", "scores_square", "scores_single",
    ),
    "numerical_gradient": (
        "num_sum_of_squares", "num_log_sum_exp", "num_weighted", "num_unweighted", "num_identity", "num_view",
        "num_step", "num_integer", "num_float32",
    ),
    "affine_backward": ("affine_images", "affine_flat", "affine_square", "affine_single"),
    "relu_backward": ("relu_plain", "relu_images"),
    "batchnorm_forward": (
        "bn_plain", "bn_train", "bn_large_eps", "bn_square", "bn_constant", "bn_test", "bn_test_default", "bn_test_one",
        "bn_sequence",
    ),
    "batchnorm_backward_staged": BACKWARD_CASES,
    "batchnorm_backward": BACKWARD_CASES,
    "batchnorm_backward_alt": BACKWARD_CASES,
    "affine_bn_relu_forward": ("sandwich_train", "sandwich_test"),
    "affine_bn_relu_backward": ("sandwich_train", "sandwich_square"),
    "adam": ("adam_default", "adam_sequence", "adam_resumed"),
    "steps_to_reach": ("steps_first", "steps_middle", "steps_equal", "steps_never", "steps_dip", "steps_nan"),
}  # fmt: skip

NODES = (
    "dbeta", "dgamma", "dx_hat", "dinv_std", "dxmu1", "dstd", "dvar", "dsq", "dxmu2", "dxmu", "dmu", "dx1", "dx2", "dx",
)  # fmt: skip

MATRIX = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]])
NUMERICAL_FUNCTIONS: dict[str, Callable] = {  # the function f of each case of numerical_gradient
    "num_sum_of_squares": lambda x: np.sum(x**2),
    "num_log_sum_exp": lambda x: np.log(np.sum(np.exp(x))),
    "num_weighted": lambda x: np.sin(x) @ MATRIX,
    "num_unweighted": lambda x: x**2 @ MATRIX,
    "num_identity": lambda x: x,
    "num_view": lambda x: x.T,
    "num_step": lambda x: x**3 + np.sum(x) ** 2,  # every slope depends on all entries, so an entry left stepped shows
    "num_integer": lambda x: x**2,
    "num_float32": lambda x: x**2,
}


@dataclass
class Run:
    """What was recorded of one call.

    Attributes:
        outputs: the results by name, whatever they are.
        changed: names of the inputs that the function wrote to.
        shares_dout: whether a result shares its memory with dout.
    """

    outputs: dict[str, Any]
    changed: list[str] = field(default_factory=list)
    shares_dout: bool = False


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


def run(
    task: str,
    function: Callable,
    case: str,
    forward: Callable | None = None,
    cast: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Run:
    """Call a task's function on a case, on fresh copies of the inputs.

    Arguments:
        task: the task's name.
        function: the function to call. It gets its arguments by position.
        case: name of the case, one of ``CASES[task]``.
        forward: for a backward pass of batch norm, the forward pass that makes the cache. None means the documented
            cache, made from the data.
        cast: a function that is applied to every input array, to try other types.

    Returns:
        A `Run`.

    Raises:
        Differs: if the function does not return the parts that its docstring names.
        Exception: whatever the student's function raises.
    """
    inputs = stored.inputs(case)
    if cast:
        inputs = {name: cast(array) for name, array in inputs.items()}
    return call(task, function, case, inputs, forward)


def call(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None = None) -> Run:
    """Call a task's function on given inputs, which it may write to. For the rest, see `run`.

    Arguments:
        case: what kind of call to make, if the task has several kinds, such as ``"bn_sequence"``.
        inputs: the arrays by name.
    """
    return _CALLS.get(task, _call_batchnorm_backward)(task, function, case, inputs, forward)


def _find_arrays(value: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Find every array in nested tuples, lists and dictionaries. Each comes with the name of the whole."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, dict):
        for part in list(value.values()):
            yield from _find_arrays(part, name)
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _find_arrays(part, name)


class _Watch:
    """Detects which arrays a function writes to, with copies from before the call."""

    def __init__(self, **named: Any) -> None:
        pairs = [pair for name, value in named.items() for pair in _find_arrays(value, name)]
        self.watched = [(name, array, array.copy()) for name, array in pairs]

    def changed(self) -> list[str]:
        """The names of the arrays that were written to."""
        changed = [name for name, array, before in self.watched if not np.array_equal(array, before, equal_nan=True)]
        return list(dict.fromkeys(changed))


def _make_plain_call(names: tuple[str, ...], results: tuple[str, ...]) -> Callable[..., Run]:
    """Make the call for a function that takes the named inputs by position, and returns the named results."""

    def call(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
        arguments = {name: inputs[name] for name in names}
        watch = _Watch(**arguments)
        return Run(split_results(function(*arguments.values()), results), watch.changed())

    return call


def _call_backward(function: Callable, dout: np.ndarray, cache: Any, results: tuple[str, ...]) -> Run:
    """Call a backward pass that takes dout and a cache."""
    watch = _Watch(dout=dout, cache=cache)
    outputs = split_results(function(dout, cache), results)
    shares = any(isinstance(out, np.ndarray) and np.shares_memory(out, dout) for out in outputs.values())
    return Run(outputs, watch.changed(), shares)


def _call_affine_backward(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    cache = (inputs["x"], inputs["w"], inputs["b"])
    return _call_backward(function, inputs["dout"], cache, ("dx", "dw", "db"))


def _call_relu_backward(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    return _call_backward(function, inputs["dout"], inputs["x"], ("dx",))


def bn_param(inputs: Arrays) -> dict[str, Any]:
    """Make the dictionary ``bn_param`` of a case. It has only the keys that the case has."""
    param: dict[str, Any] = {"mode": "test" if "test_mode" in inputs else "train"}
    param |= {key: float(inputs[key]) for key in ("eps", "momentum") if key in inputs}
    return param | {key: inputs[key] for key in ("running_mean", "running_var") if key in inputs}


def _call_batchnorm_forward(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    param, gamma, beta = bn_param(inputs), inputs["gamma"], inputs["beta"]
    batches = inputs["x"] if inputs["x"].ndim == 3 else inputs["x"][None]
    watch = _Watch(x=batches, gamma=gamma, beta=beta)
    for number, batch in enumerate(batches, 1):
        if case == "bn_sequence" and number == len(batches):
            param["mode"] = "test"
        out, _ = split_results(function(batch, gamma, beta, param), ("out", "cache")).values()
    return Run({"out": out, **running_statistics(param)}, watch.changed())


def batchnorm_cache(inputs: Arrays, forward: Callable | None) -> Any:
    """Make the cache for a backward pass in training mode: by a forward pass, or the documented one.

    If the case has no eps, bn_param has none either. The forward pass then uses its own default, which must be 1e-5.
    """
    if forward is None:
        kept = (inputs[name] for name in ("x", "gamma", "beta", "var", "mu", "x_hat"))
        return (*kept, float(inputs.get("eps", 1e-5)))
    settings = {"eps": float(inputs["eps"])} if "eps" in inputs else {}
    return forward(inputs["x"], inputs["gamma"], inputs["beta"], {"mode": "train", **settings})[1]


def _call_batchnorm_backward(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    results = ("result",) if task == "batchnorm_backward_staged" else ("dx", "dgamma", "dbeta")
    result = _call_backward(function, inputs["dout"], batchnorm_cache(inputs, forward), results)
    if task == "batchnorm_backward_staged":
        result.outputs = select_nodes(result.outputs["result"], NODES)
    return result


def sandwich_arguments(inputs: Arrays) -> tuple[Any, ...]:
    """The arguments of affine_bn_relu_forward."""
    return *(inputs[name] for name in ("x", "w", "b", "gamma", "beta")), bn_param(inputs)


def _call_sandwich_forward(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    arguments = sandwich_arguments(inputs)
    watch = _Watch(**{name: inputs[name] for name in ("x", "w", "b", "gamma", "beta")})
    out, _ = split_results(function(*arguments), ("out", "cache")).values()
    return Run({"out": out, **running_statistics(arguments[-1])}, watch.changed())


def _call_sandwich_backward(task: str, function: Callable, case: str, inputs: Arrays, forward: Any) -> Run:
    _, cache = forward(*sandwich_arguments(inputs))
    return _call_backward(function, inputs["dout"], cache, ("dx", "dw", "db", "dgamma", "dbeta"))


def _call_numerical_gradient(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    f, x, df = NUMERICAL_FUNCTIONS[case], inputs["x"], inputs.get("df")
    watch = _Watch(x=x, df=df)
    optional = (df, float(inputs["h"])) if "h" in inputs else (df,) if df is not None else ()
    return Run({"dx": function(f, x, *optional)}, watch.changed())


def _call_adam(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    w: Any = inputs["w"]
    config: Any = _make_adam_config(inputs)
    steps, changed = [], []
    for dw in inputs["dw"]:
        watch = _Watch(w=w, dw=dw)
        w, config = split_results(function(w, dw, config), ("next_w", "config")).values()
        changed += watch.changed()
        if np.shape(w) != inputs["w"].shape:
            raise Differs(f"next_w has shape {np.shape(w)} where w's, {inputs['w'].shape}, is asked for")
        if not isinstance(config, dict):
            raise Differs(f"config comes back as {name_type(config)}; the dictionary for the next step is asked for")
        steps.append(np.copy(w))
    memory = {key: config.get(key) for key in ("m", "v", "t")} if case == "adam_resumed" else {}
    return Run({"next_w": np.stack(steps), **memory}, list(dict.fromkeys(changed)))


def _make_adam_config(inputs: Arrays) -> dict[str, Any] | None:
    """Make adam's config for a case; None if the case sets nothing."""
    settings = ("learning_rate", "beta1", "beta2", "epsilon")
    config: dict[str, Any] = {key: float(inputs[key]) for key in settings if key in inputs}
    config |= {key: inputs[key] for key in ("m", "v") if key in inputs}
    config |= {"t": int(inputs["t"])} if "t" in inputs else {}
    return config or None


def _call_steps_to_reach(task: str, function: Callable, case: str, inputs: Arrays, forward: Callable | None) -> Run:
    history, level = inputs["history"], float(inputs["level"])
    watch = _Watch(history=history)
    steps = function(history, level)
    return Run({"steps": np.nan if steps is None else steps}, watch.changed())


_CALLS: dict[str, Callable[..., Run]] = {
    "softmax": _make_plain_call(("x",), ("p",)),
    "softmax_jacobian": _make_plain_call(("p",), ("J",)),
    "softmax_loss": _make_plain_call(("x", "y"), ("loss", "dx")),
    "affine_backward": _call_affine_backward,
    "relu_backward": _call_relu_backward,
    "batchnorm_forward": _call_batchnorm_forward,
    "affine_bn_relu_forward": _call_sandwich_forward,
    "affine_bn_relu_backward": _call_sandwich_backward,
    "numerical_gradient": _call_numerical_gradient,
    "adam": _call_adam,
    "steps_to_reach": _call_steps_to_reach,
}
