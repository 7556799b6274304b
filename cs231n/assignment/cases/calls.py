"""How each task's function is called on a fixed case, and what is looked at afterwards.

The same calls serve three purposes: check() compares them with the right outputs, and the maintainer's build
makes from them the right outputs (with the library's functions) and the fingerprints (with known mistakes).
"""

import contextlib
import io
import warnings
from dataclasses import dataclass, field

import numpy as np

from . import stored
from .differences import Differs, kind_of

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
FUNCTIONS = {  # what numerical_gradient is tried on
    "num_sum_of_squares": lambda x: np.sum(x**2),
    "num_log_sum_exp": lambda x: np.log(np.sum(np.exp(x))),
    "num_weighted": lambda x: np.sin(x) @ MATRIX,
    "num_unweighted": lambda x: x**2 @ MATRIX,
    "num_identity": lambda x: x,
    "num_view": lambda x: x.T,
    "num_step": lambda x: x**3 + np.sum(x) ** 2,  # every slope depends on all entries: none may be left stepped
    "num_integer": lambda x: x**2,
    "num_float32": lambda x: x**2,
}


@dataclass
class Run:
    """What came of one call: the results by name, the inputs that were written to, and a shared result."""

    outputs: dict
    changed: list = field(default_factory=list)
    shares_dout: bool = False


@contextlib.contextmanager
def quietly(printed=None):
    """Hide what a student's function prints and NumPy's warnings; the text goes to the stream ``printed``."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(printed or io.StringIO()):
            yield


def run(task, function, case, forward=None, cast=None):
    """Call a task's function on a case, on fresh copies of the inputs.

    Arguments:
        task: the task's name.
        function: the function to call; arguments are passed by position.
        case: name of the case, one of ``CASES[task]``.
        forward: for a backward pass of batch norm, the forward pass whose cache it takes; None for the
            documented cache, made from the data.
        cast: a function applied to every input array (to try other dtypes).

    Returns:
        A `Run`.

    Raises:
        Differs: when the result is not made of the parts that the docstring names.
        Exception: whatever the student's function raises.
    """
    inputs = stored.inputs(case)
    if cast:
        inputs = {name: cast(array) for name, array in inputs.items()}
    return call(task, function, case, inputs, forward)


def call(task, function, case, inputs, forward=None):
    """Call a task's function on given inputs, which it may write to; otherwise like `run`.

    Arguments:
        case: of which kind the inputs are, where a task has several kinds of calls (such as ``"bn_sequence"``).
        inputs: the arrays by name.
    """
    return _CALLS.get(task, _call_batchnorm_backward)(task, function, case, inputs, forward)


def parts(result, names):
    """The parts of a returned tuple, by name; `Differs` where their number is wrong."""
    if len(names) == 1:
        return {names[0]: result}
    if not isinstance(result, (tuple, list)):
        raise Differs(f"returns {_returned(result)} where {len(names)} things are asked for: {', '.join(names)}")
    if len(result) != len(names):
        raise Differs(f"returns {len(result)} things where {len(names)} are asked for: {', '.join(names)}")
    return dict(zip(names, result))


def _returned(value):
    return "None (is there a return?)" if value is None else kind_of(value)


def _arrays_in(value, name):
    """Every array in nested tuples, lists and dictionaries, with the name of the whole."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, dict):
        for part in list(value.values()):
            yield from _arrays_in(part, name)
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _arrays_in(part, name)


class _Watch:
    """Copies of arrays, made before a call, and afterwards the names of those that were written to."""

    def __init__(self, **named):
        pairs = [pair for name, value in named.items() for pair in _arrays_in(value, name)]
        self.watched = [(name, array, array.copy()) for name, array in pairs]

    def changed(self):
        changed = [name for name, array, before in self.watched if not np.array_equal(array, before, equal_nan=True)]
        return list(dict.fromkeys(changed))


def _call_plain(names, results):
    """A function of some inputs, by position, that returns the named results."""

    def call(task, function, case, inputs, forward):
        arguments = {name: inputs[name] for name in names}
        watch = _Watch(**arguments)
        return Run(parts(function(*arguments.values()), results), watch.changed())

    return call


def _call_backward(function, dout, cache, results):
    """A backward pass that takes dout and a cache."""
    watch = _Watch(dout=dout, cache=cache)
    outputs = parts(function(dout, cache), results)
    shares = any(isinstance(out, np.ndarray) and np.shares_memory(out, dout) for out in outputs.values())
    return Run(outputs, watch.changed(), shares)


def _call_affine_backward(task, function, case, inputs, forward):
    cache = (inputs["x"], inputs["w"], inputs["b"])
    return _call_backward(function, inputs["dout"], cache, ("dx", "dw", "db"))


def _call_relu_backward(task, function, case, inputs, forward):
    return _call_backward(function, inputs["dout"], inputs["x"], ("dx",))


def bn_param(inputs):
    """The dictionary ``bn_param`` of a case; what the case leaves out is left out."""
    optional = {key: float(inputs[key]) for key in ("eps", "momentum") if key in inputs}
    running = {key: inputs[key] for key in ("running_mean", "running_var") if key in inputs}
    return {"mode": "test" if "test_mode" in inputs else "train", **optional, **running}


def _call_batchnorm_forward(task, function, case, inputs, forward):
    param, gamma, beta = bn_param(inputs), inputs["gamma"], inputs["beta"]
    batches = inputs["x"] if inputs["x"].ndim == 3 else inputs["x"][None]
    watch = _Watch(x=batches, gamma=gamma, beta=beta)
    for number, batch in enumerate(batches, 1):
        if case == "bn_sequence" and number == len(batches):
            param["mode"] = "test"
        out, _ = parts(function(batch, gamma, beta, param), ("out", "cache")).values()
    return Run({"out": out, **running_statistics(param)}, watch.changed())


def running_statistics(param):
    """The running statistics in ``bn_param`` after a call; `Differs` where they are missing."""
    for key in ("running_mean", "running_var"):
        if key not in param:
            raise Differs(f'bn_param has no "{key}" after a call in training mode')
    return {key: param[key] for key in ("running_mean", "running_var")}


def batchnorm_cache(inputs, forward):
    """The cache for a backward pass in training mode: the forward pass's own, or the documented one.

    Where the case has no eps, bn_param has none: a backward pass may have a default of its own, which must be the same.
    """
    if forward is None:
        kept = (inputs[name] for name in ("x", "gamma", "beta", "var", "mu", "x_hat"))
        return (*kept, float(inputs.get("eps", 1e-5)))
    settings = {"eps": float(inputs["eps"])} if "eps" in inputs else {}
    return forward(inputs["x"], inputs["gamma"], inputs["beta"], {"mode": "train", **settings})[1]


def _call_batchnorm_backward(task, function, case, inputs, forward):
    results = ("result",) if task == "batchnorm_backward_staged" else ("dx", "dgamma", "dbeta")
    result = _call_backward(function, inputs["dout"], batchnorm_cache(inputs, forward), results)
    if task == "batchnorm_backward_staged":
        result.outputs = _nodes(result.outputs["result"])
    return result


def _nodes(result):
    if not isinstance(result, dict):
        raise Differs(f"returns {_returned(result)} where a dictionary is asked for, with a key for every node")
    missing = [name for name in NODES if name not in result]
    if missing:
        raise Differs(f"the dictionary has no {', '.join(missing)}")
    return {name: result[name] for name in NODES}


def sandwich_arguments(inputs):
    """The arguments of affine_bn_relu_forward."""
    return *(inputs[name] for name in ("x", "w", "b", "gamma", "beta")), bn_param(inputs)


def _call_sandwich_forward(task, function, case, inputs, forward):
    arguments = sandwich_arguments(inputs)
    watch = _Watch(x=inputs["x"], w=inputs["w"], b=inputs["b"], gamma=inputs["gamma"], beta=inputs["beta"])
    out, _ = parts(function(*arguments), ("out", "cache")).values()
    return Run({"out": out, **running_statistics(arguments[-1])}, watch.changed())


def _call_sandwich_backward(task, function, case, inputs, forward):
    _, cache = forward(*sandwich_arguments(inputs))
    return _call_backward(function, inputs["dout"], cache, ("dx", "dw", "db", "dgamma", "dbeta"))


def _call_numerical_gradient(task, function, case, inputs, forward):
    f, x, df = FUNCTIONS[case], inputs["x"], inputs.get("df")
    watch = _Watch(x=x, df=df)
    optional = (df, float(inputs["h"])) if "h" in inputs else (df,) if df is not None else ()
    return Run({"dx": function(f, x, *optional)}, watch.changed())


def _call_adam(task, function, case, inputs, forward):
    w, settings = inputs["w"], ("learning_rate", "beta1", "beta2", "epsilon")
    config = {key: float(inputs[key]) for key in settings if key in inputs}
    config |= {key: inputs[key] for key in ("m", "v") if key in inputs}
    config |= {"t": int(inputs["t"])} if "t" in inputs else {}
    config = config or None
    steps, changed = [], []
    for dw in inputs["dw"]:
        watch = _Watch(w=w, dw=dw)
        w, config = parts(function(w, dw, config), ("next_w", "config")).values()
        changed += watch.changed()
        if np.shape(w) != inputs["w"].shape:
            raise Differs(f"next_w has shape {np.shape(w)} where w's, {inputs['w'].shape}, is asked for")
        if not isinstance(config, dict):
            raise Differs(f"config comes back as {kind_of(config)}; the dictionary for the next step is asked for")
        steps.append(np.copy(w))
    memory = {key: config.get(key) for key in ("m", "v", "t")} if case == "adam_resumed" else {}
    return Run({"next_w": np.stack(steps), **memory}, list(dict.fromkeys(changed)))


def _call_steps_to_reach(task, function, case, inputs, forward):
    history, level = inputs["history"], float(inputs["level"])
    watch = _Watch(history=history)
    steps = function(history, level)
    return Run({"steps": np.nan if steps is None else steps}, watch.changed())


_CALLS = {
    "softmax": _call_plain(("x",), ("p",)),
    "softmax_jacobian": _call_plain(("p",), ("J",)),
    "softmax_loss": _call_plain(("x", "y"), ("loss", "dx")),
    "affine_backward": _call_affine_backward,
    "relu_backward": _call_relu_backward,
    "batchnorm_forward": _call_batchnorm_forward,
    "affine_bn_relu_forward": _call_sandwich_forward,
    "affine_bn_relu_backward": _call_sandwich_backward,
    "numerical_gradient": _call_numerical_gradient,
    "adam": _call_adam,
    "steps_to_reach": _call_steps_to_reach,
}
