"""The sentences of check() about a wrong answer are true and helpful. Each sentence has a test."""

import textwrap

import numpy as np
import pytest

from cs231n.assignment.cases.descriptions import describe
from cs231n.assignment.check import report
from cs231n.assignment.diagnosis.exceptions import explain_broadcast_error
from cs231n.grading.mistakes.fingerprints import reference, source_of

HEAD = "x, gamma, beta, var, mu, x_hat, eps = cache"


def lines_of(task, source, **names):
    """The lines of a report on a wrong answer."""
    namespace = {"np": np, **names}
    exec(textwrap.dedent(source), namespace)
    lines, failed = report(task, namespace[task])
    assert failed
    return lines


def edited(task, *edits):
    """The report on the library's function with pieces of its source replaced."""
    source = source_of(reference(task))
    for old, new in edits:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return lines_of(task, source)


def failures(lines):
    return [line for line in lines if line.startswith("FAIL")]


def says(lines, text):
    return any(text in line for line in lines)


DGAMMA, DBETA = "dgamma = np.sum(dout * x_hat, axis=0)", "dbeta = np.sum(dout, axis=0)"
RETURN = "return dx, dgamma, dbeta"


@pytest.mark.parametrize("task", ["batchnorm_backward", "batchnorm_backward_alt"])
def test_right_dx_is_not_blamed_for_a_wrong_dgamma(task):
    for new in ("return dx, dgamma / N, dbeta", "return dx, dbeta, dgamma", "return dx, -dgamma, dbeta"):
        wrong = failures(edited(task, (RETURN, new)))
        assert wrong and not says(wrong, "sum(dx * x_hat)") and not says(wrong, "along x_hat")


def test_missing_gamma_or_eps_is_not_called_a_missing_path():
    closed = "gamma / np.sqrt(var + eps)"
    for new in ("1 / np.sqrt(var + eps)", "gamma / np.sqrt(var)"):
        wrong = failures(edited("batchnorm_backward_alt", (closed, new)))
        assert says(wrong, "and gamma and eps count in both")


def test_numbers_are_printed_with_enough_digits_to_differ():
    want = np.array([[1.823123, 2.0], [0.5, 1.0]])
    got = want + np.array([[1e-5, 0.0], [0.0, 2e-4]])
    assert describe(got, want).endswith("entry [1, 1] is 1.0002, and should be 1")
    assert describe(want + np.array([[0.0, 3e-5], [0.0, 0.0]]), want).endswith("[0, 1] is 2.00003, and should be 2")
    assert describe(np.array(1.82312), np.array(1.82315)) == "is 1.82312, and should be 1.82315"


@pytest.mark.parametrize(
    "task, old, new, text",
    [
        ("batchnorm_backward", DBETA, DBETA.replace("sum", "mean"), "dbeta is 0.125 times"),
        ("batchnorm_backward", DGAMMA, DGAMMA.replace("sum", "mean"), "dgamma is 0.125 times"),
        ("batchnorm_backward_staged", "dmu = -np.sum", "dmu = -np.mean", "dmu is 0.125 times"),
        ("batchnorm_backward_staged", "dvar / N", "dvar", "dsq is 8 times"),
        ("affine_backward", "T @ dout", "T @ dout / len(x)", "dw is 0.125 times"),
        ("softmax_loss", "-np.mean", "-np.sum", "loss is 8 times"),
    ],
)
def test_factor_of_the_number_of_rows_is_named(task, old, new, text):
    rows = "(one over the number of rows)" if "0.125" in text else "(the number of rows)"
    assert says(edited(task, (old, new)), f"{text} what it should be {rows}")


def test_number_of_rows_is_that_of_the_batch_and_not_of_the_result():
    want = np.arange(1.0, 7.0).reshape(3, 2)
    assert describe(3 * want, want, rows=8) == "is 3 times what it should be"
    assert describe(8 * want, want, rows=8) == "is 8 times what it should be (the number of rows)"


def test_node_overwritten_by_an_addition_in_place_is_reported():
    edit = ("dxmu = dxmu1 + dxmu2", "dxmu = dxmu1\n    dxmu += dxmu2")
    wrong = failures(edited("batchnorm_backward_staged", edit))
    assert len(wrong) == 1 and wrong[0].startswith(
        "FAIL  node dxmu1: dxmu1 holds what dxmu should hold, and the two are one array: did an operation in place"
    )
    edit = ("dx = dx1 + dx2", "dx = dx1\n    dx += dx2")
    assert says(edited("batchnorm_backward_staged", edit), "node dxmu: dxmu holds what dx should hold, and the two")


def test_node_that_equals_another_one_is_reported_without_blaming_an_addition():
    wrong = failures(edited("batchnorm_backward_staged", ("dxmu = dxmu1 + dxmu2", "dxmu = dxmu1")))
    assert wrong == ["FAIL  node dxmu: dxmu is the same as dxmu1"]
    wrong = failures(edited("batchnorm_backward_staged", ('"dxmu1": dxmu1', '"dxmu1": dxmu2')))
    assert len(wrong) == 1 and "dxmu1 holds what dxmu2 should hold" in wrong[0]


@pytest.mark.parametrize(
    "task, old, new, text",
    [
        ("batchnorm_backward", RETURN, "return dx, dbeta, dgamma", "dgamma holds what dbeta should hold: check the or"),
        (
            "affine_backward",
            "return dx, dw, db",
            "return dw, dx, db",
            "dx has shape (6, 4), but should have shape (8, 2, 3); it holds what dw should hold: check the order",
        ),
        (
            "softmax_loss",
            "return loss, dx / x.shape[0]",
            "return dx / x.shape[0], loss",
            "loss has shape (8, 5), but should have shape (); it holds what dx should hold: check the order",
        ),
        (
            "affine_backward",
            "return dx, dw, db",
            "return dx, dw.T, db",
            "but should have shape (6, 4); it is transposed",
        ),
    ],
)
def test_results_in_another_order_or_transposed_are_reported(task, old, new, text):
    assert says(edited(task, (old, new)), text)


@pytest.mark.parametrize(
    "task, old, new, name",
    [
        (
            "batchnorm_backward",
            DGAMMA,
            DGAMMA.replace("axis=0", "axis=1"),
            "dgamma has shape (8,), but should have shape (3,)",
        ),
        (
            "batchnorm_backward",
            DBETA,
            DBETA.replace("=0)", "=1, keepdims=True)"),
            "dbeta has shape (8, 1), but should have shape (3,)",
        ),
        (
            "affine_backward",
            "np.sum(dout, axis=0)",
            "np.sum(dout, axis=1)",
            "db has shape (8,), but should have shape (4,)",
        ),
    ],
)
def test_sum_along_the_wrong_axis_is_reported(task, old, new, name):
    text = f"{name}; that is one number per row, as from a sum along each row: a sum over the batch runs"
    assert says(edited(task, (old, new)), text)


def test_numpys_message_about_shapes_gets_an_explanation():
    wrong = edited("batchnorm_forward", ("x.mean(axis=0)", "x.mean(axis=1)"))
    assert says(wrong, "shapes (3,) (8,) (is one of them one number per column, and the other one per row?")
    wrong = edited("softmax", ("x - np.max(x, axis=1, keepdims=True)", "x - np.max(x, axis=1)"))
    assert says(wrong, "shapes (8,5) (8,) (shapes line up from the right: one number per row would be (8, 1), one ")
    assert "(4, 1), one number per column (7,)" in explain_broadcast_error(
        "could not be broadcast together: (4,) (4,7) "
    )
    assert explain_broadcast_error("operands could not be broadcast together with shapes (8,3) (5,) ") == ""
    assert explain_broadcast_error("something else about (8,3) (8,)") == ""


@pytest.mark.parametrize(
    "old, new, text",
    [
        (
            "np.ones_like(dout) * dvar / N",
            "dvar / N",
            "dsq has shape (3,), but should have shape (8, 3); the num",
        ),
        (
            "np.ones_like(dout) * dmu / N",
            "dmu / N",
            "dx2 has shape (3,), but should have shape (8, 3); the num",
        ),
        (
            "np.ones_like(dout) * dmu / N",
            "dmu",
            "dx2 has shape (3,), but should have shape (8, 3); it is the same as dmu; each",
        ),
    ],
)
def test_missing_rows_are_reported(old, new, text):
    wrong = edited("batchnorm_backward_staged", (old, new))
    assert says(wrong, text) and says(wrong, "each of the 8 rows should be there")


def test_missing_examples_are_reported():
    wrong = edited("softmax_jacobian", ("return J", "return J[0]"))
    assert says(wrong, "J has shape (4, 4), but should have shape (6, 4, 4); each of the 6 examples should be there")


@pytest.mark.parametrize(
    "body, text",
    [
        ("return p * (1 - p)", "one derivative per entry, as if softmax were elementwise"),
        ("return np.array([np.diag(row * (1 - row)) for row in p])", "as if softmax were elementwise. Every score is"),
        ("return np.array([np.diag(row) for row in p])", "the term - p_i p_j is missing"),
        ("return np.array([np.outer(row, row) - np.diag(row) for row in p])", "every entry has the wrong sign"),
        ("return np.array([-np.outer(row, row) - np.diag(row) for row in p])", "the p on the diagonal has the wrong"),
    ],
)
def test_wrong_jacobians_are_named(body, text):
    lines = lines_of("softmax_jacobian", f"def softmax_jacobian(p):\n    {body}")
    assert lines[-1].startswith("This looks like: ") and text in lines[-1]


def test_other_name_error_is_not_taken_for_a_known_mistake():
    lines = lines_of("softmax_jacobian", "def softmax_jacobian(p):\n    return undefined_name")
    assert not lines[-1].startswith("This looks like")


STEPPING = """
def numerical_gradient(f, x, df=None, h=1e-6):
    x = np.array(x, dtype=float)
    df, dx = 1.0 if df is None else df, np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        {}
        dx[i] = np.sum((plus - minus) * df) / (2 * h)
    return dx
"""


def test_two_names_for_one_array_are_named():
    for array in ("x.copy()", "x"):
        body = f"a = b = {array}; a[i] += h; b[i] -= h; plus, minus = f(a), f(b)"
        lines = lines_of("numerical_gradient", STEPPING.format(body))
        assert "one array under two names" in lines[-1]


def test_memory_shared_by_both_values_is_reported():
    body = "old = x[i]; x[i] = old + h; plus = f(x); x[i] = old - h; minus = f(x); x[i] = old"
    lines = lines_of("numerical_gradient", STEPPING.format(body))
    assert len(failures(lines)) == 1 and says(lines, "if both values of f are the memory of one array")
    lines = lines_of("numerical_gradient", STEPPING.format(body).replace("x = np.array(x, dtype=float)", "pass"))
    assert says(lines, "if both values of f are the memory of one array")


@pytest.mark.parametrize("h", ["1e-3", "1e-4", "1e-5", "1e-7"])
def test_step_other_than_h_is_named(h):
    body = f"h = {h}; a, b = x.copy(), x.copy(); a[i] += h; b[i] -= h; plus, minus = f(a), f(b)"
    assert "the argument h is not used" in lines_of("numerical_gradient", STEPPING.format(body))[-1]


@pytest.mark.parametrize("dx", ["log_p", "z", "x"])
def test_forgotten_exponential_is_named(dx):
    lines = edited("softmax_loss", ("dx = np.exp(log_p)", f"dx = {dx} * 1.0"))
    assert "the exponential is forgotten" in lines[-1]


def test_statistics_over_the_features_are_named():
    source = "mu, var = x.mean(axis=0), x.var(axis=0)"
    lines = edited("batchnorm_forward", (source, source.replace("axis=0", "axis=1, keepdims=True")))
    assert "that is layer normalization" in lines[-1]
