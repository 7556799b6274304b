"""The rule about a variance that loses its digits, on a case of features far from zero that is made here."""

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.cases.tables import BACKWARD_CASES
from cs231n.assignment.diagnosis.batchnorm_rules import VARIANCE_LOST
from cs231n.assignment.diagnosis.rules import find_by_rule
from cs231n.grading.mistakes.batchnorm_backward_rows import UNPACK
from cs231n.grading.mistakes.batchnorm_lines import OUT, RUNNING_VAR, TRAIN, X_HAT
from cs231n.grading.mistakes.fingerprints import compute_cache, mistaken, reference
from cs231n.grading.mistakes.mistake import Mistake
from tests.helpers.naming import outputs_of

BACKWARD = ("batchnorm_backward", "batchnorm_backward_alt", "batchnorm_backward_staged")
FAR = "bn_far_here"


@pytest.fixture(params=[1e6, 1e8])
def far_case(request):
    """Add a case whose features have this mean and the standard deviation 1, with its right results."""
    inputs = stored.inputs("bn_plain")
    x = np.round((inputs["x"] - inputs["x"].mean(axis=0)) / inputs["x"].std(axis=0), 3)
    inputs |= {"x": x + request.param * np.array([1.0, -1.0, 0.0])}
    inputs |= compute_cache(inputs)
    before = dict(stored._arrays())
    stored.add(before | {f"inputs/{FAR}/{name}": array for name, array in inputs.items()})
    results = {}
    for task in ("batchnorm_forward", *BACKWARD):
        outputs = outputs_of(task, reference(task), FAR)
        results |= {f"expected/{task}/{FAR}/{name}": array for name, array in outputs.items()}
    stored.add(dict(stored._arrays()) | results)
    yield request.param
    stored.add(before)
    stored.forget()


def sentence_about(task, *edits):
    function = mistaken(Mistake(task, "edited", "", []), edits)
    cases = ("bn_plain", "bn_large_eps", FAR) if task == "batchnorm_forward" else (*BACKWARD_CASES, FAR)
    known = find_by_rule(task, {case: outputs_of(task, function, case) for case in cases})
    return known and known.sentence


def recomputed(variance):
    return ((UNPACK, f"{UNPACK}\n    var = {variance}"),)


LOST = ("(x**2).mean(0) - x.mean(0) ** 2", "np.sum(x * x, axis=0) / len(x) - np.mean(x, axis=0) ** 2",
        "(np.sum(x**2, axis=0) - np.sum(x, axis=0) ** 2 / len(x)) / len(x)")  # fmt: skip


@pytest.mark.parametrize("variance", LOST)
def test_variance_that_loses_its_digits_is_named(far_case, variance):
    text = f'{VARIANCE_LOST} Look at "{TASKS["batchnorm_forward"].heading}".'
    assert sentence_about("batchnorm_forward", (TRAIN, TRAIN.replace("x.var(axis=0)", variance))) == text
    if far_case == 1e6:  # the stored mean has twelve digits
        for task in BACKWARD[:2]:
            assert sentence_about(task, *recomputed(variance)) == text


def test_right_answers_and_other_losses_are_not_called_so(far_case):
    assert sentence_about("batchnorm_forward") is None
    for edits in (
        ((X_HAT, "x_hat = (x.astype(np.float32) - np.float32(mu)) / np.sqrt(var + eps)"),),
        ((TRAIN, "mu, var = x.mean(axis=0) + 1e-3 * (np.abs(x) > 1e5).any(axis=0), x.var(axis=0)"),),
        ((X_HAT, f"x = np.clip(x, -1e5, 1e5)\n    {X_HAT}"),),
        ((OUT, OUT.replace("x_hat + beta", "x_hat + beta * (1 + 0.01 * (np.abs(mu) > 1e5))")),),
        ((TRAIN, TRAIN.replace("x.var(axis=0)", "2 * x.var(axis=0)")),),
        ((RUNNING_VAR, RUNNING_VAR + " * (1 + (np.abs(mu) > 1e5))"), (OUT, OUT.replace("x_hat", "x_hat**3", 1))),
    ):
        assert sentence_about("batchnorm_forward", *edits) is None
    for task in BACKWARD[:2]:
        assert sentence_about(task) is None
        assert sentence_about(task, (UNPACK, f"{UNPACK}\n    x_hat = x_hat + 1e-9 * x")) is None
        assert sentence_about(task, *recomputed("2 * var")) is None
        assert sentence_about(task, (UNPACK, f"{UNPACK}\n    dout = dout * (1 + 0.1 * (np.abs(x) > 1e5))")) is None
