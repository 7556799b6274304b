"""Test that check() does not say a sentence of an answer of which it would be false, however alike the answer looks."""

import pytest

from cs231n.grading.mistakes.fingerprints import reference, source_of
from tests.grading.mistakes.near_misses import NEAR_MISSES
from tests.helpers.naming import named_mistakes, sentences_of

CASES = [
    pytest.param(task, name, edits, id=f"{task}-{name}-{number}")
    for task, mistakes in NEAR_MISSES.items()
    for name, answers in mistakes.items()
    for number, edits in enumerate(answers)
]


def edit_source(task, edits):
    """The source of the library's function, with pieces of it replaced."""
    source = source_of(reference(task))
    for old, new in edits:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("task, name, edits", CASES)
def test_near_miss_is_not_called_by_the_name_of_the_mistake(task, name, edits):
    said = named_mistakes(task, edit_source(task, edits))
    sentence = sentences_of(task)[name]
    assert not any(sentence.endswith(text) for text in said), said
