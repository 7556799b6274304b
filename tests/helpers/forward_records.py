"""Record the library's forward pass once: beside a backward pass, check() records it anew for every answer."""

import functools
from unittest import mock

from cs231n.assignment.cases.recorded import Record
from cs231n.assignment.record import _record_forward
from cs231n.grading.mistakes.fingerprints import reference


def recorded_once():
    """Return a context manager. In it, the library's forward pass is recorded once; any other one as always."""
    return mock.patch("cs231n.assignment.record._record_forward", _put_record)


def _put_record(found, forward):
    if forward is not reference(found.task):
        _record_forward(found, forward)
        return
    known = _record_of_library(found.task)
    found.calls.update(known.calls)
    found.points.update(known.points)


@functools.cache
def _record_of_library(task):
    known = Record(task)
    _record_forward(known, reference(task))
    return known
