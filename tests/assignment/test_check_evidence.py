"""What check() says is true: of a backward pass with its forward pass, of places, of integers and large features."""

import inspect
import textwrap

import pytest

from cs231n.assignment.assess import assess
from cs231n.assignment.check import report
from cs231n.assignment.record import record
from cs231n.grading.mistakes.fingerprints import reference
from tests.assignment.test_check_truth import ALT, HEAD, lines_of, says
from tests.helpers.answers import compiled
from tests.helpers.edited_answers import edit_answer, report_on_edits

FORWARD = inspect.getsource(reference("batchnorm_forward"))

# --- A backward pass with its forward pass --------------------------------------------------------

MISTAKEN_FORWARD = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        mu, var = x.mean(0), x.var(0)
        std = np.sqrt(var) + bn_param.get("eps", 1e-5)
        x_hat = (x - mu) / std
        bn_param["running_mean"] = bn_param["running_var"] = mu
        return gamma * x_hat + beta, {"x_hat": x_hat, "std": std, "gamma": gamma, "root": np.sqrt(var)}
"""
ITS_BACKWARD = """
    def batchnorm_backward(dout, cache):
        x_hat, std, gamma, root = (cache[name] for name in ("x_hat", "std", "gamma", "root"))
        N, d = len(dout), dout * gamma
        dstd = -(d * x_hat).sum(0) / std
        dx = d / std + dstd * (x_hat * std) / (N * root)
        return dx - dx.mean(0), (dout * x_hat).sum(0), dout.sum(0)
"""


def test_backward_pass_that_unpacks_its_own_wrong_forward_pass_is_not_judged():
    judged = assess(record("batchnorm_backward", compiled(MISTAKEN_FORWARD + ITS_BACKWARD, "batchnorm_backward")))
    assert judged.failed == "batchnorm_backward: cannot be judged before batchnorm_forward is right"
    assert judged.lines[0].startswith(
        "note  your batchnorm_forward is not right yet: check(batchnorm_forward) says how"
    )
    assert judged.lines[1] == "note  it does return the gradients of your batchnorm_forward as it stands"
    assert judged.example is None and not says(judged.lines, "FAIL")


def test_wrong_backward_pass_of_a_wrong_forward_pass_is_not_praised():
    source = MISTAKEN_FORWARD + ITS_BACKWARD.replace("dx - dx.mean(0)", "dx")
    lines = lines_of("batchnorm_backward", source)
    assert len(lines) == 1 and "cannot be judged before it is right" in lines[0]


def test_wrong_forward_pass_with_the_documented_cache_does_not_hinder_the_check():
    forward = FORWARD.replace("np.sqrt(var + eps)", "(np.sqrt(var) + eps)")
    namespace = {"batchnorm_forward": compiled(forward, "batchnorm_forward")}
    lines, failed = report("batchnorm_backward_alt", compiled(ALT, "batchnorm_backward_alt", **namespace))
    assert failed is None and lines[0].endswith("This check uses the documented cache")
    lines = lines_of("batchnorm_backward_alt", ALT.replace("- dbeta / N", ""), **namespace)
    assert says(lines, "FAIL") and says(lines, "This check uses the documented cache")


PACKED, UNPACKED = "(x_hat, std, inv_std, gamma)", "x_hat, inv_std, std, gamma = cache"
OWN_CACHE = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        mu, var = x.mean(0), x.var(0)
        std = np.sqrt(var + bn_param.get("eps", 1e-5))
        inv_std = 1 / std
        x_hat = (x - mu) * inv_std
        bn_param["running_mean"] = bn_param["running_var"] = mu
        return gamma * x_hat + beta, (x_hat, std, inv_std, gamma)

    def batchnorm_backward_alt(dout, cache):
        x_hat, inv_std, std, gamma = cache
        dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
        return gamma * inv_std * (dout - dbeta / len(dout) - x_hat * dgamma / len(dout)), dgamma, dbeta
"""


def test_cache_unpacked_in_another_order_is_said_and_the_formula_is_not_blamed():
    lines = lines_of("batchnorm_backward_alt", OWN_CACHE)
    assert lines[-1].startswith(
        "The formula is right, but the order of the cache is not: with entries 2 and 3 of the cache exchanged, all"
    )
    assert not says(lines, "looks like") and not says(lines, "multipl")


@pytest.mark.parametrize("task", ["batchnorm_backward", "batchnorm_backward_staged"])
def test_documented_cache_unpacked_in_another_order_is_said(task):
    source = inspect.getsource(reference(task)).replace(HEAD, HEAD.replace("var, mu", "mu, var"))
    assert says(lines_of(task, source), "with entries 4 and 5 of the cache exchanged, all results are right")


def test_wrong_formula_is_not_said_to_be_a_wrong_order():
    lines = lines_of("batchnorm_backward_alt", ALT.replace("np.sqrt(var + eps)", "(1 / np.sqrt(var + eps))"))
    assert not says(lines, "order of the cache")


# --- Stubs, places, words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "task, body",
    [
        ("softmax_loss", "loss, dx = None, None\n    return loss, dx"),
        ("relu_backward", "dx, x = None, arguments[1]\n    return dx"),
        ("affine_backward", "x, w, b = arguments[1]\n    dx, dw, db = None, None, None\n    return dx, dw, db"),
        ("adam", "config = arguments[2] or {}\n    next_w = None\n    return next_w, config"),
        ("batchnorm_forward", "out, cache = None, None\n    arguments[3]['running_mean'] = 0\n    return out, cache"),
        ("batchnorm_backward", "return None, None, None"),
    ],
)
def test_stub_that_returns_none_is_not_written_yet(task, body):
    source = f"def {task}(*arguments):\n    arguments = (*arguments, None)\n    {body}\n"
    judged = assess(record(task, compiled(source, task)))
    assert judged.failed.endswith(f"{task}: not written yet: what it returns is None") and judged.lines == []


def test_result_that_is_right_in_the_last_row_only_is_said_to_be_zero_elsewhere():
    lines = lines_of(
        "softmax_loss",
        """
        def softmax_loss(x, y):
            z = x - x.max(axis=1, keepdims=True)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            dx = np.zeros_like(x)
            for i in range(len(x)):
                row = np.exp(log_p[i])
                row[y[i]] -= 1
            dx[i] = row / len(x)
            return -np.mean(log_p[np.arange(len(x)), y]), dx
        """,
    )
    assert says(lines, "dx is 0 in every row but row 7, and right elsewhere")
    assert not says(lines, "factor of its own")


def test_rounded_probabilities_are_not_blamed_on_the_axis():
    lines = report_on_edits(
        "softmax",
        ("return e / np.sum(e, axis=1, keepdims=True)", "return np.round(e / np.sum(e, axis=1, keepdims=True), 2)"),
    )
    assert says(lines, "the rows of p sum to numbers from ") and not says(lines, "axis 1")
    lines = report_on_edits("softmax", ("np.sum(e, axis=1, keepdims=True)", "np.sum(e, axis=0, keepdims=True)"))
    assert says(lines, "the columns of p sum to 1, not the rows: the sum must run over the classes, axis 1")


@pytest.mark.parametrize("written", [("dout",), ("dout", "cache")])
def test_written_inputs_are_named_in_good_english(written):
    body = "\n    ".join(f"{name}[0] += 1" for name in written)
    source = f"def relu_backward(dout, cache):\n    dx = dout * (cache > 0)\n    {body}\n    return dx"
    lines = lines_of("relu_backward", source)
    assert says(lines, f"the function writes to {' and to '.join(written)}, which belong")


# --- Integers, and features far from zero ---------------------------------------------------------

INTO_ZEROS_LIKE = """
    def softmax(x):
        p = np.zeros_like(x)
        for i, row in enumerate(x):
            e = np.exp(row - row.max())
            p[i] = e / e.sum()
        return p
"""


def test_integer_scores_that_come_back_as_zeros_are_refused():
    lines = lines_of("softmax", INTO_ZEROS_LIKE)
    assert [line for line in lines if line.startswith("FAIL")] == [
        "FAIL  scores that are integers (right, or an error): p has dtype int64, but should hold floating-point numbers"
    ]


def test_integer_inputs_may_be_refused_by_an_error():
    source = INTO_ZEROS_LIKE.replace("np.zeros_like(x)", "x * 1").replace(
        "p[i] = e / e.sum()", "p[i] *= 0; p[i] += e / e.sum()"
    )
    assert report("softmax", compiled(source, "softmax"))[1] is None


@pytest.mark.parametrize(
    "task, edit",
    [
        ("affine_backward", ("dw =", "dx = dx.astype(x.dtype)\n    dw =")),
        (
            "relu_backward",
            ("return dout * (x > 0)", "dx = np.zeros_like(x)\n    dx[x > 0] = dout[x > 0]\n    return dx"),
        ),
        ("batchnorm_forward", ("return gamma * x_hat + beta", "return (gamma * x_hat + beta).astype(x.dtype)")),
    ],
)
def test_integer_inputs_that_round_a_result_are_refused(task, edit):
    failures = [line for line in report_on_edits(task, edit) if line.startswith("FAIL")]
    assert len(failures) == 1 and "in integers" in failures[0], failures


MEAN_SQUARE = ("x.var(axis=0)", "(x**2).mean(axis=0) - x.mean(axis=0) ** 2")


def test_variance_as_a_difference_of_two_large_numbers_is_refused():
    failures = [line for line in report_on_edits("batchnorm_forward", MEAN_SQUARE) if line.startswith("FAIL")]
    assert len(failures) == 1 and failures[0].startswith("FAIL  features far from 0 (about a million), with a variance")


def test_variance_as_a_difference_is_refused_in_a_backward_pass_and_in_the_sandwich():
    source = textwrap.dedent(ALT).replace(HEAD, f"{HEAD}\n    var = (x**2).mean(axis=0) - x.mean(axis=0) ** 2")
    failures = [line for line in lines_of("batchnorm_backward_alt", source) if line.startswith("FAIL")]
    assert len(failures) == 1 and "far from 0" in failures[0], failures


def test_answer_that_works_in_float32_is_not_asked_for_features_far_from_zero():
    lines, failed = report(
        "batchnorm_forward",
        edit_answer("batchnorm_forward", ("mode = bn_param", "x = x.astype(np.float32)\n    mode = bn_param")),
    )
    assert failed is None and not says(lines, "far from 0") and not says(lines, "integers")
