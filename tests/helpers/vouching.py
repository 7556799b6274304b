"""For the tests of vouched records: real exceptions, and what is left of a record that a submission vouches for."""

import warnings

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment.cases.raised import describe_exception
from cs231n.assignment.cases.recorded import Call, Raised, Record
from cs231n.grading.judging.recorded.vouched import vouch
from cs231n.grading.reading.handed_in import find_lines, find_words

PRELUDE = """
import math
def one(value): return value
def two(first, second): return first
def many(first, second=2, third=3): return first
def inner():
    def local(value): return value
    return local
def unset():
    y = y + 1
def free():
    def use(): return later
    use()
    later = 1
def recursive(): return recursive()
"""


def message_of(code: str) -> Raised:
    """Run code that raises an exception, and describe the exception as `record` does."""
    namespace = {"np": np, "layers": layers, "x": np.ones((3, 4)), "fixed": np.broadcast_to(1.0, (3,))}
    exec(PRELUDE, namespace)
    with warnings.catch_warnings(), pytest.raises(Exception) as error:
        warnings.simplefilter("ignore")
        exec(code, namespace)
    return describe_exception(namespace["one"], error.value)


def vouched(found: Record, *sources: str) -> Record:
    """Vouch for a record by the sources of a submission."""
    return vouch(found, find_words(sources), find_lines(sources))


def vouch_raised(raised: Raised, *sources: str) -> Raised | None:
    """Vouch for one exception by the sources of a submission."""
    found = Record("softmax", {"scores_plain": Call(raised=raised)})
    return vouched(found, *sources).calls["scores_plain"].raised
