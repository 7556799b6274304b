"""check() is quick. These tests count its work; ``python -m tests.benchmarks`` measures times."""

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.check import report
from cs231n.grading.mistakes.fingerprints import forward_for
from tests.helpers.edited_answers import copy_of

MAX_CALLS = 500  # of a student's function in one check
MAX_STEPS = 200_000  # of a slow answer that loops over pairs of examples and features; a step takes under 10 us


class Counter:
    """Counts the calls of a right answer, and the steps that a loop over pairs of rows would take."""

    def __init__(self, function):
        self.function, self.calls, self.steps = function, 0, 0

    def __call__(self, *arguments):
        self.calls += 1
        arrays = [a for a in arguments if isinstance(a, np.ndarray) and a.ndim]
        self.steps += max((len(a) * a.size for a in arrays), default=1)
        return self.function(*arguments)


def counted(task):
    """The calls and steps in one check of a right answer. Those of the forward pass that it needs are included."""
    answer, forward = Counter(copy_of(task)), forward_for(task)
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
    assert 0 < calls <= MAX_CALLS
    assert 0 < steps <= MAX_STEPS


def test_data_file_is_unpacked_once():
    """NumPy unpacks a whole member of the file at every access, and there are thousands of arrays in it."""

    class CountingDict(dict):
        number_of_reads = 0

        def __getitem__(self, name):
            self.number_of_reads += 1
            return super().__getitem__(name)

    arrays = {f"a/{k}": np.full(3, float(k)) for k in range(50)} | {"b": np.zeros(2, np.float32)}
    packed = CountingDict(stored.pack(arrays))
    assert len(stored.unpack(packed)) == 51
    assert packed.number_of_reads == 3
