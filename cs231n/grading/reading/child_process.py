"""Reading a submission in a process of its own, under limits."""

import os
import subprocess
import sys

from ...support import threads
from ..publishing.paths import ROOT
from .reader import Reading
from .submissions import Submission


def read_in_child(submission: Submission, seconds: float = 60, memory: int = 2 * 2**30) -> Reading:
    """`read_submission` in a process of its own, which no content can make run on or fill the memory.

    Arguments:
        submission: what to read; its flags become the reading's.
        seconds: wall time, after which the process is killed.
        memory: bytes of address space, where the system has such a limit (Linux).

    Returns:
        reading: with a remark and the flag ``"reader-failed"`` if the process was killed or died.
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
    except ValueError:  # no JSON, since the process died
        reading = Reading(
            remarks=["The grader could not read these files: a person will look."], flags=["reader-failed"]
        )
    reading.flags = list(dict.fromkeys([*submission.flags, *reading.flags]))
    return reading
