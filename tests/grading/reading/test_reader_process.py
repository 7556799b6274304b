"""Test the reader of many submissions: it gives what reading alone gives, and one submission never costs another."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cs231n.grading.publishing.paths import ROOT
from cs231n.grading.reading import Reader, read_submission, reader_process
from cs231n.grading.reading.submissions import Submission
from tests.helpers.reading_cases import ONE, TASKS_OF_ONE, TWO, code, solved, write

needs_fork = pytest.mark.skipif(not reader_process.CAN_FORK, reason="processes cannot be forked here")


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    """Five submissions, good and bad."""
    folder = tmp_path_factory.mktemp("class")
    files = [{ONE: solved()}, {ONE: "no"}, {TWO: solved(TWO), "x.ipynb": {}}, {}, {"deep.ipynb": b"[" * 10**6}]
    paths = [write(folder / f"Zoë '{number}' $x", each) for number, each in enumerate(files)]
    paths[3].mkdir()
    return [Submission(str(number), path, ("same-name",)) for number, path in enumerate(paths)]


@pytest.fixture(scope="module")
def reader():
    with Reader() as reader:
        yield reader


def expected(submission):
    reading = read_submission(submission.path)
    reading.flags = ["same-name", *reading.flags]
    return reading


def test_a_reading_is_the_same_as_without_a_reader(reader, submissions):
    for submission in submissions:
        assert reader.read(submission) == expected(submission)


@needs_fork
def test_several_threads_share_one_warm_process(reader, submissions):
    before = reader._process.pid
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(reader.read, submissions * 4))
    assert readings == [expected(submission) for submission in submissions] * 4 and reader._process.pid == before


@needs_fork
def test_a_submission_that_takes_too_long_costs_only_itself(submissions):
    with Reader(seconds=0.001) as reader:
        late = reader.read(submissions[0])
        assert late.flags == ["same-name", "reader-failed"] and late.answered == set()
        assert late.remarks == ["These files took longer than 0.001 seconds to read: a person will look."]
        reader.seconds, pid = 60, reader._process.pid
        assert reader.read(submissions[0]).answered == set(TASKS_OF_ONE) and reader._process.pid == pid


@needs_fork
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_a_submission_that_takes_too_much_memory_costs_only_itself(submissions):
    with Reader(memory=2**20) as reader:
        failed = reader.read(submissions[0])
        assert "reader-failed" in failed.flags and "person will look" in failed.remarks[-1]
        reader.memory, pid = 2**31, reader._process.pid
        assert reader.read(submissions[0]).answered == set(TASKS_OF_ONE) and reader._process.pid == pid


@needs_fork
def test_a_child_that_writes_without_end_is_given_up(submissions, reader, monkeypatch):
    monkeypatch.setattr(reader_process, "MAX_OUTPUT_BYTES", 1000)
    assert reader.read(submissions[0]).flags == ["same-name", "reader-failed"]
    monkeypatch.undo()
    assert reader.read(submissions[0]).answered == set(TASKS_OF_ONE)


@needs_fork
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGINT])
def test_a_warm_process_that_dies_or_hangs_is_replaced(submissions, number):
    with Reader() as reader:
        reader.read(submissions[1])
        first = reader._process
        reader._socket.settimeout(4)  # not earlier: on a busy machine it takes longer to start
        os.kill(first.pid, number)
        for _ in range(2):
            assert reader.read(submissions[0]).answered == set(TASKS_OF_ONE)
        assert (reader._process is first) == (number == signal.SIGINT), "Ctrl-C is for the grader"
    assert first.poll() is not None


@needs_fork
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)", "sys.exit()"])
def test_the_warm_process_ends_with_the_grader(end):
    program = (
        "import os, signal, sys\nfrom cs231n.grading.reading import Reader\n"
        f"reader = Reader().__enter__()\nprint(reader._process.pid, flush=True)\n{end}"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, timeout=60)
    deadline = time.monotonic() + 30
    while is_running(int(run.stdout)):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)


def is_running(pid):
    """Whether a process runs. One that has ended, and that nobody has waited for, does not."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # no /proc here, or it ended just now
        return not os.path.isdir("/proc")


def test_without_fork_it_starts_a_process_for_each(submissions, monkeypatch):
    monkeypatch.setattr(reader_process, "CAN_FORK", False)
    with Reader() as reader:
        assert reader._process is None and reader.read(submissions[0]) == expected(submissions[0])


@needs_fork
@pytest.mark.parametrize("length", [300, 5000, 100_000])
def test_a_path_that_is_too_long_is_reported(reader, tmp_path, length):
    reading = reader.read(Submission("x", tmp_path / ("a" * length)))
    assert "unreadable-submission" in reading.flags and reading.answered == set()


@needs_fork
def test_nothing_of_a_submission_runs(reader, tmp_path):
    nb = solved()
    nb["cells"].append(code(f"open({str(tmp_path / 'ran')!r}, 'w')\n!touch {tmp_path / 'ran'}"))
    files = {ONE: nb, "sitecustomize.py": f"open({str(tmp_path / 'ran')!r}, 'w')"}
    assert reader.read(Submission("s", write(tmp_path / "s", files))).answered == set(TASKS_OF_ONE)
    assert not (tmp_path / "ran").exists()
