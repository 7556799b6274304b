"""check() always prints the same: in a second run, in another process, with another hash seed."""

import json
import os
import subprocess
import sys

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.check import report
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import mistaken, reference
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.slow


def unnamed(task):
    """A wrong answer that no known mistake explains: only the first array (or number) of the result is wrong."""
    right = reference(task)

    def function(*arguments):
        result = right(*arguments)
        if isinstance(result, dict):
            return {**result, "dvar": result["dvar"] * 1.5 + 0.01}
        if isinstance(result, tuple):
            return (result[0] * 1.5 + 0.01, *result[1:])
        return None if result is None else result * 1.5 + 0.01

    function.__name__ = task
    return function


def texts():
    """Every task's report on the right answer, on two known mistakes, and on an unknown mistake."""
    found = {}
    for task in TASKS:
        known = [mistake for mistake in MISTAKES if mistake.task == task]
        wrong = [mistaken(mistake, mistake.variants[0]) for mistake in (known[0], known[-1])]
        answers = [reference(task), *wrong, unnamed(task)]
        found[task] = [list(report(task, answer)) for answer in answers]
    return found


@pytest.fixture(scope="module")
def here():
    return texts()


def test_second_run_says_the_same(here):
    assert texts() == here
    for task, reports in here.items():
        assert [failed is None for _, failed in reports] == [True, False, False, False], task
        named = [any(line.startswith("This looks like") for line in lines) for lines, _ in reports]
        assert named == [False, True, True, False], task


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_fresh_process_says_the_same(here, seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", __file__]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(done.stdout) == here


if __name__ == "__main__":
    sys.stdout.write(json.dumps(texts()))
