"""Find out whether check() catches a mutant."""

import contextlib
import inspect
import signal
from importlib import import_module
from unittest import mock

import numpy as np

from cs231n import layers
from cs231n.assignment.check import CheckFailed, report
from cs231n.grading.mistakes.fingerprints import forward_for, reference
from tests.helpers.forward_records import recorded_once
from tests.mutation.operators import mutants

SECONDS = 20  # for one mutant; a mutant that ends takes less than a second


class TooLong(BaseException):
    """A mutant ran for too long. This is not an Exception: check() would take it for an error of the answer."""


def mutants_of(task):
    """The mutants of the library's function for a task."""
    return list(mutants(inspect.getsource(reference(task))))


def passes(task, mutant):
    """Whether check() finds nothing wrong with a mutant. Only the mutants in `equivalent` should pass."""
    namespace = {"np": np, "layers": layers}
    forward = forward_for(task)
    if forward is not None:
        namespace[forward.__name__] = forward
    exec(compile(mutant.source, "<mutant>", "exec"), namespace)
    try:
        with time_limit(SECONDS), without_other_orders(), recorded_once():
            return report(task, namespace[task])[1] is None
    except (CheckFailed, TooLong):
        return False


def without_other_orders():
    """Leave out the calls with the cache in other orders: they only find words for a mutant that is caught already."""
    return mock.patch.object(import_module("cs231n.assignment.record"), "record_reordered")


@contextlib.contextmanager
def time_limit(seconds):
    """Raise `TooLong` in the block after some seconds. Do nothing on a system without alarm signals."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number, frame):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
