"""Tests that the grader tells tools that differentiate by what they do, in real kernels, and that the box has none."""

import json

import pytest

from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reading.hidden_modules import HIDDEN_MODULES
from cs231n.grading.reporting.records import Record
from cs231n.grading.reporting.scores import STEPPING, score_record
from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, SAY, listen, only, submission

pytestmark = BOX_MARKS
ALIASED = '''def affine_backward(dout, cache):
    """By the student's own numerical gradient, under another name."""
    x, w, b = cache
    forward = lambda x, w, b: x.reshape(len(x), -1) @ w + b
    by = globals()["numerical" + "_gradient"]
    return by(lambda t: forward(t, w, b), x, dout), by(lambda t: forward(x, t, b), w, dout), dout.sum(0)'''
UNIT_STEPS = '''def affine_backward(dout, cache):
    """The layer is linear, so steps of one give the exact gradient."""
    x, w, b = cache
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i in np.ndindex(*x.shape):
        other = x.copy()
        other[i] += 1
        dx[i] = np.sum(((other - x).reshape(len(x), -1) @ w) * dout)
    for i in np.ndindex(*w.shape):
        other = w.copy()
        other[i] += 1
        dw[i] = np.sum((x.reshape(len(x), -1) @ (other - w)) * dout)
    return dx, dw, dout.sum(0)'''
IMPORTED = '''def batchnorm_backward(dout, cache):
    """By the library's tool, imported under a name put together."""
    import importlib
    tool = getattr(importlib.import_module("cs231n.gradient" + "_check"), "eval_numerical" + "_gradient_array")
    x, gamma, beta, *_, eps = cache
    f = lambda x, gamma, beta: batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": eps})[0]
    return (tool(lambda t: f(t, gamma, beta), x.copy(), dout), tool(lambda t: f(x, t, beta), gamma.copy(), dout),
            tool(lambda t: f(x, gamma, t), beta.copy(), dout))'''


def grade(judge, reading):
    record = Record("alice")
    score_record(record, reading, judge.judge(reading), judge.probes, points_by_task())
    return record


@pytest.mark.parametrize("task, source, number", [
    ("affine_backward", ALIASED, 1), ("affine_backward", UNIT_STEPS, 1), ("batchnorm_backward", IMPORTED, 2),
])  # fmt: skip
def test_an_answer_that_differentiates_by_steps_is_flagged_for_a_person(judge, task, source, number):
    assert f"{STEPPING}:{task}" in grade(judge, only(submission(**{task: source}), number)).all_flags


def test_the_courses_own_answers_are_not_flagged(judge):
    assert grade(judge, submission()).all_flags == [] and len(ANSWERS) == 14


def test_the_box_has_no_module_that_differentiates(judge, monkeypatch):
    pytest.importorskip("autograd")  # it is installed here, and the box must not show it
    names = json.dumps(HIDDEN_MODULES)
    cell = f"""import importlib, json, os
say = {SAY}
found = []
for name in json.loads({names!r}):
    for part in (name, name + ".numpy"):
        try:
            importlib.import_module(part)
            found.append(part)
        except ImportError:
            pass
say(json.dumps(found))"""
    heard = listen(monkeypatch)
    judge.judge(only(submission(first=[(1, cell)]), 1))
    assert [json.loads(words) for words in heard] == [[]]
