"""Tests of answers that stop the kernel in some calls: what was shown before counts, and no other answer pays."""

import pytest

from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, lost, only, shares, submission

pytestmark = BOX_MARKS


@pytest.mark.parametrize("stop", ["while True: pass", "os._exit(1)"], ids=["loop", "death"])
def test_the_items_that_were_shown_before_an_answer_stopped_the_kernel_are_earned(judge, stop):
    source = ANSWERS["softmax_loss"].replace("def softmax_loss", "def right_loss") + (
        f"\n\n\nimport os\n\n\ndef softmax_loss(x, y):\n    if np.abs(x).max() > 100:\n        {stop}\n"
        "    return right_loss(x, y)"
    )
    reading = only(submission(softmax_loss=source), 1)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {"softmax_loss": 0.5}
    (remark,) = verdict.remarks
    assert remark.startswith("softmax_loss: its tests were stopped")


def test_backward_passes_beside_a_forward_pass_that_never_ends_earn_everything(judge):
    source = "def batchnorm_forward(x, gamma, beta, bn_param):\n    while True: pass"
    reading = only(submission(batchnorm_forward=source), 2)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {"batchnorm_forward": 0}
    (remark,) = verdict.remarks
    assert remark.startswith("batchnorm_forward: its tests were stopped")


def test_a_forward_pass_that_loops_in_test_mode_keeps_what_it_shows_in_training_mode(judge):
    source = ANSWERS["batchnorm_forward"].replace(
        'elif mode == "test":', 'elif mode == "test":\n        while x is x: pass'
    )
    assert source != ANSWERS["batchnorm_forward"]
    reading = only(submission(batchnorm_forward=source), 2)
    earned = shares(judge.judge(reading), judge, reading)
    assert earned.pop("batchnorm_forward") > 0 and set(earned.values()) == {1}
