"""Every known mistake is caught by check(), named, and named as itself."""

import pytest

from cs231n.assignment import data
from cs231n.assignment.check import report
from cs231n.assignment.tasks import TASKS
from cs231n.grading.fingerprints import forward_for, mistaken
from cs231n.grading.misconceptions import MISTAKES

VARIANTS = [
    pytest.param(mistake, edits, id=f"{mistake.task}-{mistake.id}-{number}")
    for mistake in MISTAKES
    for number, edits in enumerate(mistake.variants)
]


@pytest.mark.parametrize("mistake, edits", VARIANTS)
def test_mistake_is_caught_and_named(mistake, edits):
    function = mistaken(mistake, edits)
    forward = forward_for(mistake.task)
    if forward is not None:
        function.__globals__[forward.__name__] = forward
    lines, failed = report(mistake.task, function)
    assert failed, "a wrong answer passes"
    assert lines[-1] == f"This looks like: {mistake.sentence}"


def test_every_task_has_mistakes():
    assert {mistake.task for mistake in MISTAKES} == set(TASKS)


def test_names_are_unique():
    keys = [(mistake.task, mistake.id) for mistake in MISTAKES]
    assert len(set(keys)) == len(keys)


def test_committed_sentences_are_those_of_the_table():
    assert {(task, name): text for task, rows in data.sentences().items() for name, text in rows.items()} == {
        (mistake.task, mistake.id): mistake.sentence for mistake in MISTAKES
    }


def test_sentences_give_no_code_away():
    for mistake in MISTAKES:
        for giveaway in ("np.", "axis=", " = np", "**", "[rows"):
            assert giveaway not in mistake.sentence, (mistake.task, mistake.id)
