"""Read a submission in a process of its own, with limits on time and memory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ...support import threads
from ..publishing.paths import ROOT
from .reader import Reading, read_submission
from .submissions import Submission

MAX_SECONDS = 60.0
MAX_MEMORY = 2 * 2**30  # bytes


def read_in_child(submission: Submission, seconds: float = MAX_SECONDS, memory: int = MAX_MEMORY) -> Reading:
    """Call `read_submission` in a process of its own, so that no submission can run for ever or fill the memory.

    Arguments:
        submission: what to read. Its flags are added to the reading's.
        seconds: wall time in seconds. After that the process is killed.
        memory: bytes of address space, on systems with such a limit (Linux).

    Returns:
        reading: with a remark and the flag ``"reader-failed"`` if the process was killed or crashed.
    """
    command = [sys.executable, "-m", "cs231n.grading.reading", os.path.abspath(submission.path)]
    limits = {"READING_SECONDS": str(int(seconds) + 1), "READING_MEMORY": str(memory)}
    try:
        run = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **threads.limited_to(1), **limits}, timeout=seconds,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return finish_reading(run.stdout, submission)
    except subprocess.TimeoutExpired:
        return finish_reading(None, submission, seconds)


def finish_reading(output: bytes | None, submission: Submission, seconds: float = MAX_SECONDS) -> Reading:
    """Make a reading of what a reading process wrote.

    Arguments:
        output: the JSON. Something else if the process crashed. None if it was killed after so many seconds.
        submission: what was read.
        seconds: the limit of time.
    """
    if output is None:
        remark = f"These files took longer than {seconds:g} seconds to read: a person will look."
        reading = Reading(remarks=[remark], flags=["reader-failed"])
    else:
        try:
            reading = Reading.from_json(output.decode("ascii"))
        except ValueError:
            remark = "The grader could not read these files: a person will look."
            reading = Reading(remarks=[remark], flags=["reader-failed"])
    reading.flags = list(dict.fromkeys([*submission.flags, *reading.flags]))
    return reading


def read_under_limits(path: Path, seconds: float, memory: int) -> str:
    """Limit this process, which is about to end, and read a submission in it. Return the reading as JSON.

    Arguments:
        path: the submission.
        seconds: seconds of processor time, and of wall time where the system has signals.
        memory: bytes of address space.
    """
    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        whole = int(seconds) + 1
        for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, whole), (resource.RLIMIT_CORE, 0)):
            try:
                resource.setrlimit(limit, (value, value))
            except (ValueError, OSError):  # macOS refuses the limit of memory
                continue
        signal.setitimer(signal.ITIMER_REAL, seconds)  # ends this process even if the parent has died
    return read_submission(path).to_json()
