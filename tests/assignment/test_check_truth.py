"""What check() says is true: each test is a case of one kind in which it once said something that was not so."""

import inspect

import pytest

from cs231n import layers
from cs231n.assignment.assess import assess
from cs231n.assignment.check import report
from cs231n.assignment.record import record
from cs231n.grading.mistakes.fingerprints import reference
from tests.helpers.answers import compiled, function_from
from tests.helpers.edited_answers import edit_answer, report_on_edits

HEAD = "x, gamma, beta, var, mu, x_hat, eps = cache"
FORWARD = inspect.getsource(reference("batchnorm_forward"))
ALT = inspect.getsource(reference("batchnorm_backward_alt"))


def lines_of(task, source, **names):
    """The lines of a report on a wrong answer, and the last line."""
    lines, failed = report(task, compiled(source, task, **names))
    assert failed, lines
    return lines


def says(lines, text):
    return any(text in line for line in lines)


# --- A name is read from the notebook -------------------------------------------------------------

READS_N = f"""
    def batchnorm_backward_alt(dout, cache):
        {HEAD}
        dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
        return gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat * dgamma / N), dgamma, dbeta
"""


@pytest.mark.parametrize("number", [8, 3, 10])
def test_name_read_from_the_notebook_is_said_and_no_mistake_is_named(number):
    lines = lines_of("batchnorm_backward_alt", READS_N, N=number)
    assert says(lines, f"note  your function reads N (there {number}) from the notebook, not from its arguments.")
    assert not says(lines, "looks like") and not says(lines, "Where")


def test_name_read_by_a_helper_is_said():
    source = READS_N.replace("/ N", "/ rows()") + "\n\n    def rows():\n        return N\n"
    lines = lines_of("batchnorm_backward_alt", source, N=8)
    assert says(lines, "your function reads N (there 8) from the notebook")


def test_message_about_shapes_gives_no_advice_if_a_name_comes_from_the_notebook():
    lines = lines_of(
        "softmax_loss",
        """
        def softmax_loss(x, y):
            z = x - x.max(axis=1, keepdims=True)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            loss, dx = -np.mean(log_p[np.arange(N), y]), np.exp(log_p)
            dx[np.arange(N), y] -= 1
            return loss, dx / N
        """,
        N=3,
    )
    assert says(lines, "reads N (there 3) from the notebook") and not says(lines, "Over the batch means over axis 0")


@pytest.mark.parametrize("names", [{}, {"np2": compiled("import numpy as np2", "np2")}])
def test_functions_and_modules_of_the_notebook_are_no_data(names):
    lines = report_on_edits("softmax", ("axis=1, keepdims=True))", "axis=0, keepdims=True))"))
    assert not says(lines, "from the notebook")


def test_right_answer_may_use_a_constant_of_the_notebook():
    source = (
        "def softmax(x):\n    e = np.exp(x - x.max(AXIS, keepdims=True))\n    return e / e.sum(AXIS, keepdims=True)"
    )
    assert report("softmax", compiled(source, "softmax", AXIS=1))[1] is None


# --- An answer that calls the library's answer ----------------------------------------------------


@pytest.mark.parametrize(
    "task, body, called",
    [
        ("softmax", "return layers.softmax(x)", "layers.softmax"),
        ("softmax", "f = getattr(layers, 'soft' + 'max'); return f(x)", "layers.softmax"),
        ("softmax", "from cs231n.layers import softmax as s; return s(x)", "layers.softmax"),
        ("softmax", "return helper(x)", "layers.softmax"),
        ("relu_backward", "return layers.relu_backward(*arguments)", "layers.relu_backward"),
        ("affine_backward", "return layers.affine_backward(*arguments)", "layers.affine_backward"),
        ("batchnorm_backward", "return layers.batchnorm_backward_alt(*arguments)", "layers.batchnorm_backward_alt"),
        ("batchnorm_backward_alt", "n = layers.batchnorm_backward_staged(*arguments); "
         "return n['dx'], n['dgamma'], n['dbeta']", "layers.batchnorm_backward_staged"),
        ("batchnorm_forward", "from cs231n.layer_utils import affine_bn_relu_forward as f; "
         "raise ValueError(f(np.ones((2, 2)), np.eye(2), 0, 1, 0, {'mode': 'train'}))",
         "layer_utils.affine_bn_relu_forward"),
        ("numerical_gradient", "from cs231n.gradient_check import eval_numerical_gradient_array as f; "
         "return f(arguments[0], arguments[1], 1.0)", "gradient_check.eval_numerical_gradient_array"),
        ("adam", "from cs231n import optim; return optim.adam(*arguments)", "optim.adam"),
    ],
)  # fmt: skip
def test_answer_that_calls_the_librarys_answer_is_no_answer(task, body, called):
    source = (
        f"def helper(x):\n    return layers.softmax(x)\n\ndef {task}(*arguments):\n    x = arguments[0]\n    {body}\n"
    )
    lines = lines_of(task, source, layers=layers)
    assert len(lines) == 1
    assert lines[0].startswith("FAIL  the computation is your own: your function calls ") and called in lines[0]


def test_answer_may_call_the_librarys_answers_of_other_tasks():
    source = """
    def batchnorm_backward(dout, cache):
        nodes = batchnorm_backward_staged(dout, cache)
        return nodes["dx"], nodes["dgamma"], nodes["dbeta"]
    """
    staged = edit_answer("batchnorm_backward_staged")
    function = compiled(source, "batchnorm_backward", batchnorm_backward_staged=staged)
    assert report("batchnorm_backward", function)[1] is None
    assert report("affine_bn_relu_forward", edit_answer("affine_bn_relu_forward"))[1] is None


# --- Errors of Python -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, text",
    [
        ("return np.exp(x) / total", "NameError: name 'total' is not defined, in your line `return np.exp(x) / total`"),
        ("return x.maximum()", "AttributeError: "),
        ("return softmax()", "TypeError: softmax() missing 1 required positional argument: 'x', in your line"),
        ("return softmax(x)", "RecursionError: "),
        ("import nothing_like_this", "ModuleNotFoundError: No module named 'nothing_like_this', in your line"),
        ("p = np.exp(x)", "p is None (is there a return?), but should be an array of shape (8, 5)"),
        ("return x, x", "p is a tuple, but should be an array of shape (8, 5)"),
        ("exit()", "SystemExit"),
        (
            "if x.shape[0] > 100:\n        p = x\n    return p",
            "(this function sets it in another line, but that line did ",
        ),
    ],
)
def test_error_of_python_is_told_as_such_and_nothing_is_added(body, text, tmp_path):
    function = function_from(f"def softmax(x):\n    {body}\n", "softmax", tmp_path)
    judged = assess(record("softmax", function))
    assert judged.is_python_error and text in judged.lines[0]
    assert len(judged.lines) == 2 and judged.lines[1].startswith("...   ")


@pytest.mark.parametrize(
    "body, is_python_error",
    [("return x", False), ("return np.exp(x) / np.ones(3)", False), ("return x[0]", False), ("return name", True)],
)
def test_wrong_numbers_are_no_error_of_python(body, is_python_error):
    function = compiled(f"def softmax(x):\n    {body}\n", "softmax")
    assert assess(record("softmax", function)).is_python_error == is_python_error


TEST_BRANCH = "mu, var = running_mean, running_var"


def test_name_that_is_defined_nowhere_is_not_said_to_exist_in_training_mode():
    lines = report_on_edits("batchnorm_forward", (TEST_BRANCH, f"{TEST_BRANCH}; x = sqrt(x)"))
    assert says(lines, "NameError: name 'sqrt' is not defined")
    assert not says(lines, "training mode only") and not says(lines, "looks like")


def test_name_that_training_mode_sets_is_told_apart():
    lines = report_on_edits("batchnorm_forward", (TEST_BRANCH, "mu = running_mean"))
    assert says(lines, "UnboundLocalError") and says(lines, "sets it in another line, but that line did not run before")
    assert not says(lines, "looks like")
