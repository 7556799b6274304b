"""Tests that a cell which ends the kernel, and no other, is blamed for it, in the real box under nbval."""

import pytest

from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, lost, only, submission

pytestmark = BOX_MARKS
EXITS = [
    "exit()", "quit()", "import sys\nsys.exit(1)", "raise SystemExit(1)", "import os\nos._exit(0)",
    "def stop():\n    quit()\nstop()", "%exit", "import sys\nsys.exit()", "exit(1)", "exit(keep_kernel=True)",
]  # fmt: skip


@pytest.fixture(scope="module")
def judged(judge):
    """A reading and its verdict for each of the cells above. They are judged together, which takes less time."""
    readings = [only(submission(last=[(1, source)]), 1) for source in EXITS]
    return dict(zip(EXITS, zip(readings, judge.judge_all(readings))))


@pytest.mark.parametrize("source", EXITS)
def test_an_extra_cell_that_ends_the_kernel_is_blamed_itself_and_costs_nothing(judge, judged, source):
    reading, verdict = judged[source]
    assert lost(verdict, judge, reading) == {}
    assert all("a cell of yours stopped the run" in remark for remark in verdict.remarks), verdict.remarks
    assert len(verdict.remarks) <= 1
    if "exit()" in source.split("\n")[0] or "quit" in source:
        assert "it called exit() or quit(), which ends the kernel" in verdict.remarks[0]


def test_an_answer_that_calls_exit_keeps_what_it_shows_and_no_other_answer_pays(judge):
    """In IPython, exit() returns, and the kernel ends after the cell."""
    goes_on = ANSWERS["softmax_loss"].replace("    rows = ", "    exit()\n    rows = ", 1)
    gives_up = "def relu_backward(dout, cache):\n    return exit()"
    assert goes_on != ANSWERS["softmax_loss"]
    reading = only(submission(softmax_loss=goes_on, relu_backward=gives_up), 1)
    verdict = judge.judge(reading)
    assert set(lost(verdict, judge, reading)) == {"relu_backward"}
    assert not any("a cell of yours" in remark for remark in verdict.remarks)
