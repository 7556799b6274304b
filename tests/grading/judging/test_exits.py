"""Tests that a cell which ends the kernel, and no other, is blamed for it, in the real box under nbval."""

import pytest

from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, lost, make_judge, only, submission

pytestmark = BOX_MARKS
EXITS = [
    "exit()", "quit()", "import sys\nsys.exit(1)", "raise SystemExit(1)", "import os\nos._exit(0)",
    "def stop():\n    quit()\nstop()", "%exit", "import sys\nsys.exit()", "exit(1)", "exit(keep_kernel=True)",
]  # fmt: skip


@pytest.fixture(scope="module")
def judge():
    with make_judge() as judge:
        yield judge


@pytest.mark.parametrize("source", EXITS)
def test_an_extra_cell_that_ends_the_kernel_is_blamed_itself_and_costs_nothing(judge, source):
    reading = only(submission(last=[(1, source)]), 1)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {}
    assert all("a cell of yours was left out" in remark for remark in verdict.remarks), verdict.remarks
    assert "judged-alone" not in verdict.flags and len(verdict.remarks) <= 1
    if "exit()" in source.split("\n")[0] or "quit" in source:
        assert "it called exit() or quit(), which ends the kernel" in verdict.remarks[0]


def test_an_answer_that_calls_exit_is_blamed_itself(judge):
    wrong = ANSWERS["softmax_loss"].replace("    rows = ", "    exit()\n    rows = ", 1)
    assert wrong != ANSWERS["softmax_loss"]
    reading = only(submission(softmax_loss=wrong), 1)
    verdict = judge.judge(reading)
    assert set(lost(verdict, judge, reading)) == {"softmax_loss"}
    assert all("softmax_loss" in remark for remark in verdict.remarks) and verdict.remarks
