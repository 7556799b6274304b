"""check(): right answers in any style pass, unfinished answers stop quietly, wrong answers are described."""

import inspect
import linecache

import numpy as np
import pytest

from cs231n.assignment import CheckFailed, check
from cs231n.assignment.actions import TASKS
from cs231n.assignment.check import report
from cs231n.assignment.properties.all_properties import properties_of
from cs231n.grading.mistakes.fingerprints import reference
from tests.helpers.answers import STYLES, compiled
from tests.helpers.edited_answers import copy_of

ABOUT_CACHE = "note  your cache is not the documented"  # any cache is allowed


@pytest.mark.parametrize("task", TASKS)
def test_reference_passes(task, capsys):
    check(reference(task))
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(line.startswith("ok    ") for line in lines)
    assert len(lines) == len(properties_of(task))


@pytest.mark.parametrize("function", STYLES)
def test_right_answer_in_another_style_passes(function, capsys):
    check(function)
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if not line.startswith((ABOUT_CACHE, "      "))]
    asked = [prop for prop in properties_of(function.__name__) if "far from 0" not in prop.text]
    assert len(lines) >= len([prop for prop in asked if "integers" not in prop.text and "a million" not in prop.text])
    assert all(line.startswith("ok    ") for line in lines)


@pytest.mark.parametrize("task", TASKS)
def test_task_has_right_answers_in_four_other_styles(task):
    assert len([style for style in STYLES if style.values[0].__name__ == task]) >= 4


@pytest.mark.parametrize("task", TASKS)
def test_stub_stops_quietly(task, capsys):
    def stub(*arguments):
        raise NotImplementedError("task: write it")

    stub.__name__ = task
    with pytest.raises(CheckFailed, match=f"^task {TASKS[task].number}, {task}: not written yet. Write it"):
        check(stub)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("task", TASKS)
def test_returning_none_fails(task, capsys):
    function = compiled(f"def {task}(*arguments): pass", task)
    with pytest.raises(CheckFailed):
        check(function)
    assert "FAIL" in capsys.readouterr().out


@pytest.mark.parametrize("task", TASKS)
def test_ok_lines_hold_no_floats_and_text_repeats(task):
    lines, _ = report(task, reference(task))
    assert lines == report(task, reference(task))[0]
    allowed = ("eps = 1e-5", "eps = 0.4", "and 0.5", "0.1", "1.5")
    for line in lines:
        for text in allowed:
            line = line.replace(text, "")
        assert "." not in line


def test_function_that_no_task_asks_for_under_any_name_is_refused():
    with pytest.raises(ValueError, match="no task asks for a function named <lambda>; the tasks are softmax,"):
        check(compiled("other = lambda x: x", "other"))


def test_last_line_names_three_properties_and_counts_the_others():
    source = inspect.getsource(reference("batchnorm_forward")).replace("x_hat + beta", "x_hat + 2 * beta")
    lines, failed = report("batchnorm_forward", compiled(source, "batchnorm_forward"))
    count = len([line for line in lines if line.startswith("FAIL")])
    assert count > 4
    assert failed == (
        f"batchnorm_forward: {count} properties do not hold (training mode: out, eps = 1e-5; "
        f"training mode: out, eps = 0.4 and 0.5; test mode: out, from the running statistics; and {count - 3} more)"
    )


@pytest.mark.parametrize("thing", [None, 3, "softmax", np.zeros(3)])
def test_argument_that_is_not_a_function_is_refused(thing):
    with pytest.raises(TypeError, match="softmax_jacobian"):
        check(thing)


def test_function_of_an_unknown_name_is_refused_with_the_names_of_the_tasks():
    with pytest.raises(ValueError, match="relu_forward; the tasks are softmax,"):
        check(compiled("def relu_forward(x): return x", "relu_forward"))


def failing(function):
    """The lines of a report on a wrong answer."""
    lines, failed = report(function.__name__, function)
    assert failed
    return lines


def test_exception_becomes_a_line_with_the_students_code():
    source = "def softmax(x):\n    n = len(x)\n    return np.exp(x) / undefined_name\n"
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    namespace = {"np": np}
    exec(compile(source, "<cell>", "exec"), namespace)
    lines = failing(namespace["softmax"])
    assert lines[0] == (
        "FAIL  p has the shape of x, (N, C): NameError: name 'undefined_name' is not defined, "
        "in your line `return np.exp(x) / undefined_name`"
    )
    assert lines[1].startswith("...   ")


def test_wrong_number_of_results_is_reported():
    lines = failing(compiled("def softmax_loss(x, y): return 1.0", "softmax_loss"))
    assert "returns a float, but should return 2 things: loss, dx" in lines[0]


@pytest.mark.parametrize(
    "body, text",
    [
        ("return -p", "p has the wrong sign"),
        ("return 3 * p", "p is 3 times what it should be"),
        ("return p * np.arange(1.0, 6.0)", "p is off by a factor of its own in every column but column 0: something"),
        ("return p + np.arange(5.0)", "p is off by a constant in every column"),
        ("return p.T", "p has shape (5, 8), but should have shape (8, 5)"),
        ("return p[0]", "p has shape (5,)"),
        ("return p * np.nan", "p holds nan"),
        ("q = p.copy(); q[2, 1] += 1; return q", "in column 1 only: entry [2, 1] is"),
        ("return (p > 0.5).astype(int)", "p has dtype int64"),
        ("return p.tolist()[0][0]", "p has shape ()"),
        ("return 'p'", "p is a str"),
    ],
)
def test_description_of_a_wrong_result(body, text):
    function = compiled(
        f"def softmax(x):\n    e = np.exp(x - x.max(1, keepdims=True)); p = e / e.sum(1, keepdims=True)\n    {body}",
        "softmax",
    )
    assert any(text in line for line in failing(function)), failing(function)


@pytest.mark.parametrize(
    "factor, text",
    [
        ("8", "loss is 8 times what it should be"),
        ("0.123", "loss is 0.4951, and should be"),
        ("-1", "loss has the wrong sign"),
        ("np.ones(1)", "loss has shape (1,), but should have shape (); the numbers"),
    ],
)
def test_description_of_a_wrong_number(factor, text):
    source = f"""
    def softmax_loss(x, y):
        z = x - x.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        onehot = np.eye(x.shape[1])[y]
        return {factor} * -(log_p * onehot).sum() / len(x), (np.exp(log_p) - onehot) / len(x)
    """
    lines = failing(compiled(source, "softmax_loss"))
    assert any(text in line for line in lines), lines


def test_wrong_shape_with_right_numbers_is_reported():
    source = """
    def batchnorm_backward(dout, cache):
        x, gamma, beta, var, mu, x_hat, eps = cache
        dgamma, dbeta = (dout * x_hat).sum(0, keepdims=True), dout.sum(0, keepdims=True)
        return gamma / np.sqrt(var + eps) * (dout - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta
    """
    lines = failing(compiled(source, "batchnorm_backward"))
    assert lines[0].endswith(
        "dgamma has shape (1, 3), but should have shape (3,); the numbers are right, only the shape is not"
    )


def test_first_wrong_node_is_reported_and_missing_ones_are_named():
    right = copy_of("batchnorm_backward_staged")

    def batchnorm_backward_staged(dout, cache):
        nodes = right(dout, cache)
        return {**nodes, "dvar": 3 * nodes["dvar"], "dmu": -nodes["dmu"]}

    lines = failing(batchnorm_backward_staged)
    wrong = [line for line in lines if line.startswith("FAIL")]
    assert wrong == ["FAIL  node dvar: dvar is 3 times what it should be"]

    def incomplete(dout, cache):
        nodes = right(dout, cache)
        return {name: value for name, value in nodes.items() if name not in ("dsq", "dmu")}

    incomplete.__name__ = "batchnorm_backward_staged"
    assert "the dictionary has no dsq, dmu" in failing(incomplete)[0]


def test_prints_are_hidden_and_mentioned_only_after_a_failure(capsys):
    failing(compiled("def softmax(x):\n    print('a word')\n    return x", "softmax"))
    with pytest.raises(CheckFailed):
        check(compiled("def softmax(x):\n    print('a word')\n    return x", "softmax"))
    out = capsys.readouterr().out
    assert "a word" not in out and "note  what your function prints is hidden" in out


def test_wrong_forward_pass_is_reported_first_and_the_check_goes_on():
    source = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        return x, (x,)

    def batchnorm_backward(dout, cache):
        x, gamma, beta, var, mu, x_hat, eps = cache
        dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
        return gamma / np.sqrt(var + eps) * (dout - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta
    """
    lines, failed = report("batchnorm_backward", compiled(source, "batchnorm_backward"))
    assert lines[0].startswith("note  your batchnorm_forward is not right yet") and not failed


def test_stub_of_the_forward_pass_means_the_documented_cache():
    def batchnorm_forward(x, gamma, beta, bn_param):
        raise NotImplementedError

    source = inspect.getsource(reference("batchnorm_backward"))
    function = compiled(source, "batchnorm_backward", batchnorm_forward=batchnorm_forward)
    lines, failed = report("batchnorm_backward", function)
    assert not failed and not any(line.startswith("note") for line in lines)


def test_stub_in_the_library_is_named(monkeypatch):
    from cs231n import layers

    def affine_backward(dout, cache):
        raise NotImplementedError

    monkeypatch.setattr(layers, "affine_backward", affine_backward)
    with pytest.raises(
        CheckFailed, match="it needs affine_backward, which is not written yet. That is task 1.5, in 01_softmax"
    ):
        check(reference("affine_bn_relu_backward"))


def test_check_never_asks_the_library_for_an_expected_value(monkeypatch):
    """A self-contained right answer passes even if the library has no answers at all."""
    from importlib import import_module

    for name in TASKS:
        if name.startswith("affine_bn"):
            continue
        function = reference(name)
        source = inspect.getsource(function)
        alone = compiled(source, name)
        assert alone is not function
        with monkeypatch.context() as patch:
            for other, other_task in TASKS.items():
                patch.setattr(import_module(other_task.module), other, None)
            lines, failed = report(name, alone)
        assert not failed, (name, lines)


@pytest.mark.parametrize("slope", [0, 1])
def test_either_slope_of_relu_at_zero_is_accepted(slope):
    def relu_backward(dout, cache):
        return dout * ((cache > 0) | ((cache == 0) & bool(slope)))

    lines, failed = report("relu_backward", relu_backward)
    assert not failed
