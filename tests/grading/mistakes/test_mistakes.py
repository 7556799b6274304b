"""Test that check() catches every known mistake and gives it its own name, and that harmless edits pass."""

import json
import re

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.assess import assess
from cs231n.assignment.cases import stored
from cs231n.assignment.check import report
from cs231n.assignment.diagnosis.rules import find_by_rule
from cs231n.assignment.record import record
from cs231n.grading.mistakes.batchnorm_backward_staged import IN_ONE_PIECE
from cs231n.grading.mistakes.catalogue import MISTAKES, SEEN
from cs231n.grading.mistakes.equivalent import EQUIVALENT
from cs231n.grading.mistakes.fingerprints import forward_for, in_one_piece, mistaken
from cs231n.grading.mistakes.mistake import Mistake
from tests.helpers.forward_records import recorded_once
from tests.helpers.naming import observe
from tests.helpers.paths import ROOT

NOTEBOOKS = ROOT / "notebooks"
VARIANTS = [
    pytest.param(mistake, edits, id=f"{mistake.task}-{mistake.id}-{number}")
    for mistake in MISTAKES
    for number, edits in enumerate(mistake.variants)
]


@pytest.fixture(autouse=True, scope="module")
def forward_recorded_once():
    with recorded_once():
        yield


def with_forward(mistake, edits):
    """Make the library's function with a mistake in it. Put the forward pass that it needs into its globals."""
    function, forward = mistaken(mistake, edits), forward_for(mistake.task)
    if forward is not None:
        function.__globals__[forward.__name__] = forward
    return function


@pytest.mark.parametrize("mistake, edits", VARIANTS)
def test_mistake_is_caught_and_named(mistake, edits):
    judged = assess(record(mistake.task, with_forward(mistake, edits)))
    assert judged.failed, "a wrong answer passes"
    rule = find_by_rule(mistake.task, observe(mistake.task, with_forward(mistake, edits)))
    named = {mistake.sentence: mistake.id} | ({rule.sentence: rule.id} if rule else {})
    assert judged.mistakes == [named[judged.lines[-1].removeprefix("This looks like: ")]]


SENTENCES = {(mistake.task, mistake.id): mistake.sentence for mistake in MISTAKES}
PLAIN_TASKS = (
    "batchnorm_backward",
    "batchnorm_backward_alt",
)  # both return dx, dgamma and dbeta, so an answer to one answers the other
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
def test_formulas_and_closed_form_are_named_alike_in_each_others_task(mistake, edits):
    other = PLAIN_TASKS[1 - PLAIN_TASKS.index(mistake.task)]
    lines, failed = report(other, with_forward(mistake, edits))
    assert failed and lines[-1] == f"This looks like: {mistake.sentence}"


@pytest.mark.parametrize("task", PLAIN_TASKS)
@pytest.mark.parametrize("mistake, edits, name", STAGED)
def test_staged_style_is_named_alike_in_a_plain_task(task, mistake, edits, name):
    """The staged computation may return three of its results only. If the name is None, the answer is then right."""
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


BACKWARD = ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt")
AT_LEAST = {"softmax_loss": 15, "batchnorm_forward": 12, **dict.fromkeys(BACKWARD, 12)}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_enough_mistakes_and_a_harmless_edit(task):
    assert len([mistake for mistake in MISTAKES if mistake.task == task]) >= AT_LEAST.get(task, 5)
    assert EQUIVALENT[task]


def test_counted_mistakes_are_in_the_table():
    assert set(SEEN) <= set(SENTENCES)
    assert {(mistake.task, mistake.id): mistake.seen for mistake in MISTAKES if mistake.seen} == SEEN


def headings(task):
    """Return the headings of the notebook that asks for a task, as a reader sees them."""
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
    committed = {(task, name): text for task, rows in stored.sentences().items() for name, text in rows.items()}
    assert committed == SENTENCES


def test_sentences_give_no_code_away():
    for mistake in MISTAKES:
        for giveaway in ("np.", "axis=", " = np", "**", "[rows", "keepdims", ".sum(", " @ ", ".T"):
            assert giveaway not in mistake.sentence, (mistake.task, mistake.id)
