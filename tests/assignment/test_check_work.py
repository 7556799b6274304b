"""check() is quick because it does little: the work is counted, not timed (for times: python -m tests.benchmarks)."""

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.check import report
from cs231n.grading.mistakes.fingerprints import forward_for, reference

CALLS = 500  # of a student's function in one check
STEPS = 200_000  # of a Python loop over pairs of examples and all features; a step takes well below 10 microseconds


class Counter:
    """A right answer that counts its calls, and the steps that a loop over pairs of rows would take."""

    def __init__(self, function):
        self.function, self.calls, self.steps = function, 0, 0

    def __call__(self, *arguments):
        self.calls += 1
        arrays = [a for a in arguments if isinstance(a, np.ndarray) and a.ndim]
        self.steps += max((len(a) * a.size for a in arrays), default=1)
        return self.function(*arguments)


def counted(task):
    """The work of one check of a right answer: that of the answer itself and of the forward pass it needs."""
    answer, forward = Counter(reference(task)), forward_for(task)
    counters = [answer]
    namespace = {"answer": answer}
    if forward is not None:
        counters.append(Counter(forward))
        namespace[forward.__name__] = counters[-1]
    exec(f"def {task}(*arguments): return answer(*arguments)", namespace)
    lines, failed = report(task, namespace[task])
    assert not failed, lines
    return sum(counter.calls for counter in counters), sum(counter.steps for counter in counters)


@pytest.mark.parametrize("task", TASKS)
def test_work_is_bounded(task):
    calls, steps = counted(task)
    assert 0 < calls <= CALLS
    assert 0 < steps <= STEPS


def test_data_file_is_unpacked_once():
    """Each look into a compressed file unpacks a whole member again, and there are thousands of arrays in it."""

    class Looks(dict):
        number = 0

        def __getitem__(self, name):
            self.number += 1
            return super().__getitem__(name)

    packed = Looks(stored.pack({f"a/{k}": np.full(3, float(k)) for k in range(50)} | {"b": np.zeros(2, np.float32)}))
    assert len(stored.unpack(packed)) == 51
    assert packed.number == 3
