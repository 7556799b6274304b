"""Test that the benchmark of graders counts the work of every process, also of those that try to get away."""

import os
import shutil
import sys

import pytest

from tests.benchmarks import processor_time

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")]

WORK = 0.4  # seconds of processor time
BUSY = f"""
import os, signal, time
def work():
    while time.process_time() < {WORK}:
        pass
"""
ESCAPES = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:  # its parent ends at once, so it gets another parent
        for stream in range(3):
            os.close(stream)
        time.sleep(0.3)
        work()
    os._exit(0)
"""
KILLED_WITH_ITS_BOX = """
done, write = os.pipe()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the child
if os.fork() == 0:
    work()
    os.write(write, b"!")
    time.sleep(60)
os.read(done, 1)
time.sleep(0.1)  # and then the box ends
"""


def ways():
    """The ways to measure that this machine can do."""
    found = [processor_time.measure_by_samples]
    return [processor_time.measure, *found] if processor_time.is_exact() else found


@pytest.mark.parametrize("program", ["work()", ESCAPES])
def test_no_work_is_missed(program, tmp_path):
    for way in ways():
        assert way([sys.executable, "-c", BUSY + program], tmp_path, dict(os.environ)) >= 0.95 * WORK, way


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap: apt install bubblewrap")
def test_the_work_of_a_process_that_is_killed_with_its_box_is_counted(tmp_path):
    box = ["bwrap", "--unshare-pid", "--die-with-parent", "--dev-bind", "/", "/", "--proc", "/proc"]
    for way in ways():
        seconds = way([*box, sys.executable, "-c", BUSY + KILLED_WITH_ITS_BOX], tmp_path, dict(os.environ))
        assert seconds >= 0.9 * WORK, way


def test_a_command_that_fails_is_an_error_with_its_words(tmp_path):
    for way in ways():
        with pytest.raises(RuntimeError, match="ended with 3:\n.*so it is"):
            way(["sh", "-c", "echo so it is; exit 3"], tmp_path, dict(os.environ))
        assert way(["sh", "-c", "sleep 0.2"], tmp_path, dict(os.environ)) < WORK
