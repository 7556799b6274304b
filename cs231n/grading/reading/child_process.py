"""Read a submission in a process of its own, with limits on time and memory."""

import os
import subprocess
import sys

from ...support import threads
from ..publishing.paths import ROOT
from .reader import Reading
from .submissions import Submission


def read_in_child(submission: Submission, seconds: float = 60, memory: int = 2 * 2**30) -> Reading:
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
        reading = Reading.from_json(run.stdout.decode("ascii"))
    except subprocess.TimeoutExpired:
        reading = Reading(
            remarks=[f"These files took longer than {seconds:g} seconds to read: a person will look."],
            flags=["reader-failed"],
        )
    except ValueError:  # the process crashed before it printed JSON
        reading = Reading(
            remarks=["The grader could not read these files: a person will look."], flags=["reader-failed"]
        )
    reading.flags = list(dict.fromkeys([*submission.flags, *reading.flags]))
    return reading
