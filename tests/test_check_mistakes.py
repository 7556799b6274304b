"""Every known mistake is caught by check(), named, and named as itself; what is no mistake passes."""

import json
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

from cs231n.assignment import data
from cs231n.assignment.check import report
from cs231n.assignment.tasks import TASKS
from cs231n.grading.equivalent import EQUIVALENT
from cs231n.grading.fingerprints import forward_for, in_one_piece, mistaken
from cs231n.grading.misconceptions import MISTAKES, SEEN
from cs231n.grading.mistake import Mistake
from cs231n.grading.mistakes_batchnorm_backward import IN_ONE_PIECE

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
VARIANTS = [
    pytest.param(mistake, edits, id=f"{mistake.task}-{mistake.id}-{number}")
    for mistake in MISTAKES
    for number, edits in enumerate(mistake.variants)
]


def with_forward(mistake, edits):
    """The library's function with a mistake in it, and with the forward pass beside it that it needs."""
    function, forward = mistaken(mistake, edits), forward_for(mistake.task)
    if forward is not None:
        function.__globals__[forward.__name__] = forward
    return function


@pytest.mark.parametrize("mistake, edits", VARIANTS)
def test_mistake_is_caught_and_named(mistake, edits):
    lines, failed = report(mistake.task, with_forward(mistake, edits))
    assert failed, "a wrong answer passes"
    assert lines[-1] == f"This looks like: {mistake.sentence}"


SENTENCES = {(mistake.task, mistake.id): mistake.sentence for mistake in MISTAKES}
PLAIN_TASKS = ("batchnorm_backward", "batchnorm_backward_alt")  # they return the same: any algorithm will do
TO_THE_OTHER_TASK = [
    pytest.param(mistake, edits, id=f"{mistake.task}-{mistake.id}-{number}")
    for mistake in MISTAKES
    if mistake.task in PLAIN_TASKS
    for number, edits in enumerate(mistake.variants)
]
STAGED = [
    pytest.param(mistake, edits, IN_ONE_PIECE.get((mistake.id, number), mistake.id), id=f"{mistake.id}-{number}")
    for mistake in MISTAKES
    if mistake.task == "batchnorm_backward_staged"
    for number, edits in enumerate(mistake.variants)
]


@pytest.mark.parametrize("mistake, edits", TO_THE_OTHER_TASK)
def test_formulas_and_closed_form_are_told_the_same_in_each_others_task(mistake, edits):
    other = PLAIN_TASKS[1 - PLAIN_TASKS.index(mistake.task)]
    lines, failed = report(other, with_forward(mistake, edits))
    assert failed and lines[-1] == f"This looks like: {mistake.sentence}"


@pytest.mark.parametrize("task", PLAIN_TASKS)
@pytest.mark.parametrize("mistake, edits, name", STAGED)
def test_staged_style_is_told_the_same_in_a_plain_task(task, mistake, edits, name):
    """The staged computation, three of its results returned. Where the name is None, no harm is done there."""
    lines, failed = report(task, in_one_piece(with_forward(mistake, edits)))
    if name is None:
        assert not failed
    else:
        assert failed and lines[-1] == f"This looks like: {SENTENCES[mistake.task, name]}"


EDITS_WITHOUT_EFFECT = [
    pytest.param(task, edits, id=f"{task}-{reason}") for task, rows in EQUIVALENT.items() for reason, edits in rows
]


@pytest.mark.parametrize("task, edits", EDITS_WITHOUT_EFFECT)
def test_edits_that_change_nothing_pass(task, edits):
    lines, failed = report(task, with_forward(Mistake(task, "equivalent", "", [edits]), edits))
    assert not failed, lines


OTHER_STYLES = [
    (
        "softmax_loss",
        "log-of-a-probability",
        """
        def softmax_loss(x, y):
            probs = np.exp(x - np.max(x, axis=1, keepdims=True))
            probs /= np.sum(probs, axis=1, keepdims=True)
            N = x.shape[0]
            loss = -np.sum(np.log(probs[np.arange(N), y])) / N
            dx = probs.copy()
            dx[np.arange(N), y] -= 1
            return loss, dx / N
        """,
    ),
    (
        "softmax_loss",
        "no-shift",
        """
        def softmax_loss(scores, labels):
            N, total, grad = len(scores), 0, []
            for row, label in zip(scores, labels):
                p = np.exp(row) / sum(np.exp(row))
                total -= np.log(p[label])
                grad.append(p - (np.arange(len(row)) == label))
            return total / N, np.array(grad) / N
        """,
    ),
    (
        "relu_backward",
        "overwrites-dout",
        "def relu_backward(dout, cache):\n    dout *= (cache > 0)\n    return dout",
    ),
    (
        "batchnorm_forward",
        "test-mode-eps-outside-the-root",
        """
        def batchnorm_forward(x, gamma, beta, bn_param):
            eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
            mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
            var = bn_param.get("running_var", np.zeros(x.shape[1]))
            if bn_param["mode"] == "train":
                centred = x - np.mean(x, axis=0)
                sample = np.mean(centred**2, axis=0)
                out = centred / np.sqrt(sample + eps) * gamma + beta
                bn_param["running_mean"] = keep * mean + (1 - keep) * np.mean(x, axis=0)
                bn_param["running_var"] = keep * var + (1 - keep) * sample
                return out, {"centred": centred}
            return (x - mean) / (np.sqrt(var) + eps) * gamma + beta, None
        """,
    ),
    (
        "batchnorm_backward",
        "elementwise",
        """
        def batchnorm_backward(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            return np.einsum("nd,d->nd", dout, gamma / np.sqrt(var + eps)), (dout * x_hat).sum(0), dout.sum(0)
        """,
    ),
    (
        "batchnorm_backward_alt",
        "not-summed",
        """
        def batchnorm_backward_alt(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = cache
            dnorm, inverse = dout * gamma, (var + eps) ** -0.5
            dvar = -0.5 * dnorm * (x - mu) * inverse**3
            dmu = np.sum(-dnorm * inverse, axis=0)
            dx = dnorm * inverse + 2 * dvar * (x - mu) / len(x) + dmu / len(x)
            return dx, (dout * x_hat).sum(0), dout.sum(0)
        """,
    ),
    (
        "softmax_loss",
        "nothing-averaged",
        """
        def softmax_loss(x, y):
            z = (x - x.max(axis=1, keepdims=True)).astype(np.float32)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            onehot = np.eye(x.shape[1], dtype=np.float32)[y]
            return -(log_p * onehot).sum(), np.exp(log_p) - onehot
        """,
    ),
    (
        "batchnorm_backward",
        "half",
        """
        def batchnorm_backward(dout, cache):
            x, gamma, beta, var, mu, x_hat, eps = (np.asarray(part, dtype=np.float32) for part in cache)
            d, N = (dout * gamma).astype(np.float32), np.float32(len(dout))
            dx = (d - d.mean(axis=0) - 2 * x_hat * (d * x_hat).sum(axis=0) / N) / np.sqrt(var + eps)
            return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
        """,
    ),
    (
        "adam",
        "t-increased-too-late",
        """
        def adam(w, dw, config=None):
            c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0, "v": 0, "t": 0}
            c.update(config or {})
            c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
            c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw * dw
            mt, vt = c["m"] / (1 - c["beta1"] ** c["t"]), c["v"] / (1 - c["beta2"] ** c["t"])
            c["t"] += 1
            return w - c["learning_rate"] * mt / (np.sqrt(vt) + c["epsilon"]), c
        """,
    ),
]


@pytest.mark.parametrize("task, name, source", OTHER_STYLES, ids=[f"{task}-{name}" for task, name, _ in OTHER_STYLES])
def test_same_mistake_in_another_style_gets_the_same_name(task, name, source):
    namespace = {"np": np}
    exec(textwrap.dedent(source), namespace)
    lines, failed = report(task, namespace[task])
    sentences = {**data.sentences()["batchnorm_backward"], **data.sentences()[task]}
    assert failed and lines[-1] == f"This looks like: {sentences[name]}"


BACKWARD = ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt")
AT_LEAST = {"softmax_loss": 15, "batchnorm_forward": 12, **dict.fromkeys(BACKWARD, 12)}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_enough_mistakes_and_something_that_is_none(task):
    assert len([mistake for mistake in MISTAKES if mistake.task == task]) >= AT_LEAST.get(task, 5)
    assert EQUIVALENT[task]


def test_counted_mistakes_are_in_the_table():
    assert set(SEEN) <= set(SENTENCES)
    assert {(mistake.task, mistake.id): mistake.seen for mistake in MISTAKES if mistake.seen} == SEEN


def headings(task):
    """The headings of the notebook that asks for a task, as a reader sees them."""
    cells = json.loads((NOTEBOOKS / TASKS[task].notebook).read_text(encoding="utf-8"))["cells"]
    lines = [line for cell in cells if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).split("\n")]
    return [re.sub(r"[`$]", "", line.lstrip("#").strip()) for line in lines if line.startswith("#")]


def test_sentences_say_where_to_look_in_the_notebook():
    known = {task: headings(task) for task in TASKS}
    for mistake in MISTAKES:
        where = re.search(r'Look at "(.+)"\.$', mistake.sentence)
        assert where and where[1] in known[mistake.task], (mistake.task, mistake.id, mistake.sentence)


def test_names_are_unique():
    keys = [(mistake.task, mistake.id) for mistake in MISTAKES]
    assert len(set(keys)) == len(keys)


def test_committed_sentences_are_those_of_the_table():
    committed = {(task, name): text for task, rows in data.sentences().items() for name, text in rows.items()}
    assert committed == SENTENCES


def test_sentences_give_no_code_away():
    for mistake in MISTAKES:
        for giveaway in ("np.", "axis=", " = np", "**", "[rows", "keepdims", ".sum(", " @ ", ".T"):
            assert giveaway not in mistake.sentence, (mistake.task, mistake.id)
