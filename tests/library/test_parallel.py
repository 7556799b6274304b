"""Runs in several processes: the numbers of one process, no process left behind, and never the wrong functions."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from cs231n import experiments, layers, parallel
from cs231n.data_utils import get_mnist_data
from cs231n.support import threads
from tests.helpers.paths import ROOT

DATA = {"numbers": np.arange(5.0)}


def times(data, factor):  # the workers import this module to find these functions
    return (data["numbers"] * factor).tolist(), os.getpid(), os.environ["OPENBLAS_NUM_THREADS"]


def fail(data, text):
    raise ValueError(text)


def die(data, text):
    os._exit(9)


def sleep(data, seconds):
    time.sleep(seconds)


def test_results_come_in_the_order_of_the_tasks_from_other_processes_on_one_thread(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    finished = []
    results = parallel.run_in_processes(times, [(3,), (1,), (2,)], DATA, 2, done=lambda: finished.append(1))
    assert [numbers for numbers, _, _ in results] == [[0, f, 2 * f, 3 * f, 4 * f] for f in (3, 1, 2)]
    assert os.getpid() not in {process for _, process, _ in results} and len(finished) == 3
    assert {threads for _, _, threads in results} == {"1"}
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7" and "MKL_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("function, error, message", [
    (fail, ValueError, "^out of luck$"), (die, RuntimeError, "a training process died.*--jobs 1"),
])  # fmt: skip
def test_an_error_ends_all_processes(function, error, message):
    interrupt = signal.getsignal(signal.SIGINT)
    with pytest.raises(error, match=message):
        parallel.run_in_processes(function, [("out of luck",)] * 3, DATA, 2)
    assert not multiprocessing.active_children() and signal.getsignal(signal.SIGINT) == interrupt


def test_an_interrupt_ends_all_processes():
    def interrupt():
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        parallel.run_in_processes(sleep, [(0,), (600,)], DATA, 2, done=interrupt)
    assert not multiprocessing.active_children() and time.monotonic() - start < 60


SIDE_BY_SIDE = """
from cs231n import experiments
from cs231n.data_utils import get_mnist_data

data, calls, original = get_mnist_data(200, 100), [], experiments.run_in_processes
experiments.run_in_processes = lambda *args, **kwargs: (calls.append(1), original(*args, **kwargs))[1]
one, two = (
    experiments.compare_nets(data, [0, 5], 2, learning_rate={"bn": 1e-3, "plain": 1e-4}, batch_size=40, jobs=jobs)
    for jobs in (1, 2)
)
assert one == two and len(calls) == 1 and [run["seed"] for run in one["bn"]] == [0, 5]
assert all(len(set(run["train_loss"])) == 3 for net in one for run in one[net])
"""


def test_networks_trained_side_by_side_are_to_the_bit_those_trained_one_after_the_other():
    environment = {**os.environ, **threads.limited_to(1)}
    subprocess.run([sys.executable, "-c", SIDE_BY_SIDE], cwd=ROOT, env=environment, check=True, timeout=120)


def test_an_installed_answer_trains_in_this_process_which_alone_has_it(monkeypatch):
    calls, own = [], layers.relu_backward
    monkeypatch.setattr(layers, "relu_backward", lambda dout, cache: (calls.append(1), own(dout, cache))[1])
    experiments.compare_nets(get_mnist_data(50, 10), seeds=[0], num_epochs=1, batch_size=50, jobs=2)
    assert len(calls) == 2 * 5


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_the_command_leaves_no_process_behind(number, tmp_path):
    command = [sys.executable, "-m", "cs231n.compare", "--jobs", "2", "--epochs", "10000", "--out", tmp_path / "x.png"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    workers = eventually(lambda: workers_of(process.pid), at_least=2)
    time.sleep(0.5)  # into the training
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode != 0
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


def workers_of(pid):
    """The training processes of a process (there is one more, Python's own, that tidies up)."""
    return [child for child in psutil.Process(pid).children() if "spawn_main" in " ".join(child.cmdline())]


def eventually(found, at_least):
    end = time.monotonic() + 60
    while len(found()) < at_least:
        assert time.monotonic() < end, "the training processes never started"
        time.sleep(0.05)
    return found()
