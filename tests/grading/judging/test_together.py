"""Tests of submissions that share a process of nbval: none costs another one anything."""

from dataclasses import replace

from cs231n.grading.judging import judge as judge_module
from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, SHORT, lost, make_judge, only, submission

pytestmark = BOX_MARKS
# Half a message that grows until nbval's process has no memory left.
FILLS_THE_JUDGE = """import zmq
real = get_ipython().kernel.iopub_thread.socket
junk = bytes(3 * 2**20)
while True: real.send(junk, zmq.SNDMORE, copy=False)"""

# A message of 4 MB that takes a hundred in the process that reads it.
LARGE_WHEN_READ = """kernel = get_ipython().kernel
session = kernel.session
frames = session.serialize(session.msg("display_data", {}, kernel.get_parent()), ident=b"a")
frames[-1] = b'{"data": {"x": [' + b"[]," * 1300000 + b'0]}, "metadata": {}}'
frames[2] = session.sign(frames[3:])
kernel.iopub_thread.schedule(lambda: kernel.iopub_thread.socket.send_multipart(frames))"""


def test_each_gets_its_own_verdict(judge):
    wrong = ANSWERS["relu_backward"].replace("x > 0", "x < 0")
    assert wrong != ANSWERS["relu_backward"]
    readings = [only(submission(), 1), only(submission(relu_backward=wrong), 1), only(submission(), 2)]
    verdicts = judge.judge_all(readings)
    assert [set(lost(*each)) for each in zip(verdicts, [judge] * 3, readings)] == [set(), {"relu_backward"}, set()]


def test_a_submission_that_ends_the_shared_process_costs_itself_only(judge, monkeypatch):
    runs = []
    run_once = judge_module.Judge._run_once
    monkeypatch.setattr(
        judge_module.Judge, "_run_once", lambda self, trials: runs.append(len(trials)) or run_once(self, trials)
    )
    hostile = 'def softmax(x):\n    """Ends nbval."""\n' + "".join(
        f"    {line}\n" for line in FILLS_THE_JUDGE.split("\n")
    )
    readings = [only(submission(), 1), only(submission(softmax=hostile), 1), only(submission(), 1, 2)]
    verdicts = judge.judge_all(readings)
    assert [set(lost(*each)) for each in zip(verdicts, [judge] * 3, readings)] == [set(), {"softmax"}, set()]
    assert runs[0] == 3 and set(runs[1:]) == {1}, "those that were not finished ran again, each by itself"
    assert verdicts[2].flags == verdicts[2].remarks == []


def test_what_the_cells_of_a_submission_send_takes_no_memory_from_the_next_one(monkeypatch):
    runs = []
    run_once = judge_module.Judge._run_once
    monkeypatch.setattr(
        judge_module.Judge, "_run_once", lambda self, trials: runs.append(len(trials)) or run_once(self, trials)
    )
    with make_judge(limits=replace(SHORT, judge_memory=1500 * 2**20)) as judge:
        runs.clear()  # of the trial
        readings = [only(submission(first=[(1, LARGE_WHEN_READ)] * 16), 1), only(submission(), 1)]
        verdicts = judge.judge_all(readings)
        assert [lost(*each) for each in zip(verdicts, [judge] * 2, readings)] == [{}, {}]
    assert runs == [2] and [verdict.flags for verdict in verdicts] == [[], []]


def test_time_is_counted_for_each_submission(monkeypatch):
    slow = [(1, "import time; time.sleep(6)")] * 4
    with make_judge(limits=replace(SHORT, seconds=4)) as judge:
        readings = [only(submission(first=slow), 1), only(submission(), 1)]
        verdicts = judge.judge_all(readings)
    assert "out-of-time" in verdicts[0].flags and verdicts[1].flags == []
    assert lost(verdicts[0], judge, readings[0]) and not lost(verdicts[1], judge, readings[1])
