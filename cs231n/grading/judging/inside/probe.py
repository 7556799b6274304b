"""A probe: call a student's function on inputs drawn at grading time, and show a few digits of the results.

This runs in two places: outside the box with the reference, to find the digits that are expected, and inside it with
the student's function. Whatever a kernel has patched, it cannot show the right digits without computing them.
"""

import warnings

import numpy as np

MIME = "application/x-cs231n-probe"  # a kind of output of its own: prints, warnings and figures do not mix with it
BETWEEN_WHOLE = "\n~\n"


def show(namespace, spec):
    """Run a probe in a kernel and publish its digits; the last line of a probe cell.

    Arguments:
        namespace: the notebook's global names.
        spec: the probe, as `probes.Probe.spec` makes it.
    """
    from IPython import get_ipython
    from IPython.utils.capture import capture_output

    with capture_output(), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a right answer that warns is right, even where warnings are errors
        try:
            text = digits(namespace[spec["task"]], namespace.get(spec["forward"]), spec)
        except BaseException as error:  # of the student's function: its kind is all that the instructor needs
            text = f"{type(error).__name__}: {str(error)[:200]}"
    get_ipython().display_pub.publish({MIME: text})


def digits(function, forward, spec):
    """The digits of a probe: one line per setting.

    Arguments:
        function: the answer.
        forward: the forward pass whose cache the answer takes, or None.
        spec: a dictionary with ``task``, ``output``, ``places`` (significant digits), ``documented`` (whether the cache
            is the documented one, made from the inputs) and ``settings``, a list of dictionaries with ``case``,
            ``inputs``, ``weights`` and perhaps ``before``, ``shared`` and ``untouched`` (see `outputs`). With
            ``whole``, the arrays themselves are shown, with BETWEEN_WHOLE between the settings.
    """
    lines = []
    for setting in spec["settings"]:
        results = outputs(function, forward, spec, setting)
        names = [spec["output"], *setting.get("untouched", [])]
        if spec["whole"]:
            lines.append("\n".join(np.array2string(np.asarray(results[name]) + 0.0, precision=7) for name in names))
        else:
            lines.append(" ".join(projections(results[name], setting["weights"], spec["places"]) for name in names))
    return BETWEEN_WHOLE.join(lines) if spec["whole"] else "\n".join(lines)


def outputs(function, forward, spec, setting):
    """All results of one call by name, and the inputs as they are after the call.

    Where the setting has a ``before``, the function is called on those inputs first, and the arrays named in
    ``shared``, and a cache, are the very same ones in the second call: a function that writes to them spoils its own
    result.
    """
    inputs = decode(setting["inputs"])
    if "before" in setting:
        before, forward = decode(setting["before"]), _once(forward)
        _call(function, forward, spec, setting, before)
        inputs |= {name: before[name] for name in setting["shared"]}
    return inputs | _call(function, forward, spec, setting, inputs)


def _call(function, forward, spec, setting, inputs):
    from cs231n.assignment.cases import calls  # here, since the kernel imports this file before the library

    if spec["documented"] and spec["task"] == "affine_bn_relu_backward":
        batchnorm_cache = tuple(inputs[name] for name in ("a", "gamma", "beta", "var", "mu", "x_hat"))
        cache = (inputs["x"], inputs["w"], inputs["b"]), (*batchnorm_cache, float(inputs["eps"])), inputs["a_bn"]
        return calls.call(spec["task"], function, setting["case"], inputs, lambda *arguments: (None, cache)).outputs
    forward = None if spec["documented"] else forward
    return calls.call(spec["task"], function, setting["case"], inputs, forward).outputs


def _once(forward):
    """A forward pass that is run once, and gives the same cache the second time."""
    results = []

    def remembered(*arguments):
        if not results:
            results.append(forward(*arguments))
        return results[0]

    return forward and remembered


def projections(value, weights, places):
    """The shape of an array, and its sums under some weights, as text.

    Arguments:
        value: an array, a number, or what a student's function returns in its place.
        weights: pairs (a, b); entry k of the flattened array has the weight cos(a + b * k).
        places: significant digits.
    """
    array = np.asarray(value, dtype=np.float64)
    sums = [float(array.ravel() @ weights_of(array.size, pair)) for pair in weights]
    return " ".join([str(array.shape), *(f"{number:.{places - 1}e}" for number in sums)])


def weights_of(size, pair):
    """The weights that a pair (a, b) stands for."""
    a, b = pair
    return np.cos(a + b * np.arange(size))


def encode(inputs):
    """Arrays by name as JSON: name to [type, nested list]."""
    return {name: [array.dtype.name, array.tolist()] for name, array in inputs.items()}


def decode(inputs):
    """The arrays that `encode` was given."""
    return {name: np.array(values, dtype=dtype) for name, (dtype, values) in inputs.items()}
