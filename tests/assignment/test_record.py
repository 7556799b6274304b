"""check() has two halves: `record` calls the student's function; `assess` sees nothing but the record."""

import dataclasses
import json
import warnings

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.assess import assess
from cs231n.assignment.cases.recorded import Odd, Parts, Record, to_array, to_plain
from cs231n.assignment.record import record
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import forward_for, mistaken, reference
from tests.helpers.answers import compiled
from tests.helpers.edited_answers import copy_of

PLAIN = (type(None), bool, int, float, str, np.generic, np.ndarray)


def values_of(thing):
    """Every value in a record, at any depth."""
    if dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from values_of(getattr(thing, field.name))
    elif isinstance(thing, dict):
        for pair in thing.items():
            yield from values_of(pair)
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from values_of(part)
    else:
        yield thing


class Strange(list):
    """A class of the student's own."""


@pytest.mark.parametrize("task", TASKS)
def test_record_is_plain_data(task):
    found = record(task, copy_of(task))
    assert all(isinstance(value, PLAIN) for value in values_of(found))
    assert all(value.dtype.kind in "fiub" for value in values_of(found) if isinstance(value, np.ndarray))


@pytest.mark.parametrize(
    "result", ["Strange([x])", "lambda: x", "{1, 2}", "x.astype(complex)", "np.array(['a'])", "..."]
)
def test_record_of_strange_results_is_plain_data(result):
    function = compiled(f"def softmax(x):\n    return {result}", "softmax", Strange=Strange)
    found = record("softmax", function)
    assert all(isinstance(value, PLAIN) for value in values_of(found))
    assert assess(found).failed


@pytest.mark.parametrize("task", TASKS)
def test_assess_calls_nothing_of_the_students(task):
    """The function breaks for good once it is recorded. The judgement is the same as of the whole function."""
    right, alive = copy_of(task), True

    def function(*arguments):
        assert alive
        return right(*arguments)

    function.__name__ = task
    if forward_for(task):
        function.__globals__[forward_for(task).__name__] = forward_for(task)
    found = record(task, function)
    alive = False
    judged = assess(found)
    assert judged.failed is None and judged.lines == assess(record(task, right)).lines


@pytest.mark.parametrize("task", TASKS)
def test_assess_says_the_same_of_the_same_record(task):
    mistake = next(mistake for mistake in MISTAKES if mistake.task == task)
    found = record(task, mistaken(mistake, mistake.variants[0]))
    first = assess(found)
    assert first.failed and assess(found).lines == first.lines


def test_call_that_never_ends_loses_only_itself():
    """What was recorded before a stop is kept, and the calls that were not made are said."""

    def softmax(x):
        if x.shape == (6, 3):  # the case scores_row_offsets
            raise KeyboardInterrupt
        return right(x)

    right, found = copy_of("softmax"), Record("softmax")
    with pytest.raises(KeyboardInterrupt):
        record("softmax", softmax, into=found)
    assert "scores_plain" in found.calls and "scores_row_offsets" not in found.calls
    lines = assess(found).lines
    assert "ok    p on ordinary scores" not in lines  # scores_single comes later
    assert "ok    p has the shape of x, (N, C)" in lines
    assert "FAIL  a different offset in every row: the check was stopped before this call" in lines


@pytest.mark.parametrize("name", ["NotRun", ""])
def test_exception_without_a_word_is_a_failure(name):
    """A class of the student's own, perhaps with the name that the recorder uses, and no message."""
    source = f"def softmax(x):\n    raise type({name!r}, (Exception,), {{}})"
    judged = assess(record("softmax", compiled(source, "softmax")))
    assert judged.failed and judged.lines[0].startswith("FAIL")


def test_later_writes_do_not_change_the_record():
    """A function that writes to what it returned before, as with one output array for all calls."""
    out = {}

    def softmax(x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = out.setdefault(x.shape, np.zeros(x.shape))
        p[...] = e / e.sum(axis=1, keepdims=True)
        return p

    found = record("softmax", softmax)
    for array in out.values():
        array[...] = 7
    assert assess(found).failed is None


@pytest.mark.parametrize(
    "value, plain",
    [
        (None, None), (3, 3), (True, True), ("text", Odd("str")), (1j, Odd("complex")), ({1}, Odd("set")),
        ((1, "a"), Parts("tuple", {0: 1, 1: Odd("str")})), ({"m": 2}, Parts("dict", {"m": 2})),
        (np.array([1j]), Odd("ndarray", "complex128")), (Strange([1]), Parts("list", {0: 1})),
    ],
)  # fmt: skip
def test_plain_form_of_values(value, plain):
    assert to_plain(value) == plain


def test_array_of_a_plain_value():
    assert to_array(to_plain([[1, 2], [3, 4]])).tolist() == [[1, 2], [3, 4]]
    for value in ([[1], [2, 3]], ["a"], {"a": 1}, None, "text"):
        assert to_array(to_plain(value)) is None


def test_deep_and_long_values_are_cut_short():
    deep: list = []
    deep.append(deep)
    assert "Odd" in repr(to_plain(deep))
    assert len(to_plain(list(range(10**5))).items) < 10**3


@pytest.mark.parametrize("task", TASKS)
def test_number_of_calls_is_bounded(task):
    found = record(task, copy_of(task))
    assert len(found.calls) <= 30 and len(found.own) <= 30
    assert json.dumps(sorted(found.calls))  # the names of the calls are text
    assert reference(task)


def test_no_number_of_a_wrong_answer_makes_assess_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in (np.nan, np.inf, 1e300, -1e300, 0.0):
            function = compiled(
                f"def softmax(x):\n    return np.full(x.shape, {value!r})", "softmax", nan=np.nan, inf=np.inf
            )
            assert assess(record("softmax", function)).failed
