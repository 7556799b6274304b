"""The smallest example on which a wrong answer is wrong: inputs, its numbers and the right ones, side by side."""

import numpy as np

from ..cases import stored
from ..cases.calls import run
from ..cases.differences import FLOOR, close

SMALL_CASES = {  # two or three rows, two features, and numbers that can be checked by hand
    "softmax": ("scores_small", "scores_small_far"),
    "softmax_jacobian": ("p_small",),
    "softmax_loss": ("scores_small", "scores_small_far"),
    "affine_backward": ("affine_small",),
    "relu_backward": ("relu_small",),
    "batchnorm_forward": ("bn_small", "bn_small_test"),
    "batchnorm_backward_staged": ("bn_small",),
    "batchnorm_backward": ("bn_small",),
    "batchnorm_backward_alt": ("bn_small",),
    "affine_bn_relu_forward": ("sandwich_small", "sandwich_small_test"),
    "affine_bn_relu_backward": ("sandwich_small",),
    "adam": ("adam_small",),
}
ALSO_SMALL = {"numerical_gradient": ("num_sum_of_squares", "num_identity", "num_step", "num_integer")}
FORMULAS = {
    "num_sum_of_squares": "the sum of x**2",
    "num_identity": "x",
    "num_step": "x**3",
    "num_integer": "x**2",
}  # the functions f
NOT_SHOWN = ("var", "mu", "x_hat")  # parts of the documented cache: they follow from the others
NOT_USED = {"softmax": ("y",), "affine_backward": ("b",)} | {
    task: ("dout",) if task.endswith("forward") else ("beta", "momentum")
    for task in SMALL_CASES
    if "batchnorm" in task or task == "affine_bn_relu_forward"
}  # inputs of the shared cases that make no difference to a task


def smallest_example(task, function, forward=None, explained=()):
    """The first small case, and the first result of it, that an answer gets wrong.

    Arguments:
        task, function, forward: as for `runs.run`.
        explained: names of results that need no example.

    Returns:
        Lines of text; none where every small case is right, or shows something else than other numbers.
    """
    for case in SMALL_CASES.get(task, ALSO_SMALL.get(task, ())):
        try:
            outputs = run(task, function, case, forward).outputs
        except (Exception, SystemExit):
            continue
        for name, want in stored.expected(task, case).items():
            got = _as_array(outputs[name])
            if name not in explained and got is not None and got.shape == want.shape and not close(got, want):
                return ["The smallest example that shows it:", *_inputs(task, case), *_side_by_side(name, got, want)]
    return []


def _as_array(value):
    """A result in float64, or None where it is nothing of the kind."""
    try:
        array = np.asarray(value)
        return array.astype(np.float64) if array.dtype.kind in "fiub" else None
    except Exception:  # of whatever the student's own type may do
        return None


def _inputs(task, case):
    """The inputs of a case, one per line, as Python would read them."""
    hidden = (*NOT_SHOWN, *NOT_USED.get(task, ()))
    named = {name: array for name, array in stored.inputs(case).items() if name not in hidden}
    settings = [f"{name} = {_number(array)}" for name, array in named.items() if not array.ndim and name != "test_mode"]
    if "test_mode" in named:
        settings.insert(0, 'mode = "test"')
    if case in FORMULAS:
        settings.insert(0, f"f(x) = {FORMULAS[case]}")
    lines = [f"{name} = {_nested(array)}" for name, array in named.items() if array.ndim]
    return [f"    {line}" for line in (*lines, *([", ".join(settings)] if settings else []))]


def _nested(array):
    if not array.ndim:
        return _number(array)
    return "[" + ", ".join(_nested(np.asarray(part)) for part in array) + "]"


def _number(value, digits=4):
    return f"{float(value) + 0.0:.{digits}g}"  # + 0.0: no -0


def _side_by_side(name, got, want):
    """Two arrays of one shape beside each other, with enough digits to differ; of a stack the first wrong one."""
    while got.ndim > 2:
        index = next(i for i in range(len(got)) if not close(got[i], want[i]))
        name, got, want = f"{name}[{index}]", got[index], want[index]
    scale = max(np.max(np.abs(want)), FLOOR)
    wrong = np.atleast_2d(np.abs(got - want) > 1e-6 * scale)
    got, want = (np.where(np.abs(array) < 1e-9 * scale, 0.0, array) for array in (got, want))  # no rounding noise
    for digits in (4, 7, 10, 17):
        yours, right = ([[_number(value, digits) for value in row] for row in np.atleast_2d(a)] for a in (got, want))
        if all(a != b for row in zip(yours, right, wrong) for a, b, is_wrong in zip(*row) if is_wrong):
            break
    yours, right = _aligned(yours), _aligned(right)
    width = max(len(f"{name}, yours"), *map(len, yours))
    lines = [(f"{name}, yours", f"{name}, right"), *zip(yours, right)]
    return [f"    {left:<{width}}    {other}".rstrip() for left, other in lines]


def _aligned(texts):
    """The rows of a table of texts as lines."""
    widths = [max(map(len, column)) for column in zip(*texts)]
    return ["  ".join(text.rjust(width) for text, width in zip(row, widths)) for row in texts]
