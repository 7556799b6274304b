"""The process that `read_in_child` starts: read one submission under limits and print it as JSON."""

import sys

from ...support import commands

if __name__ == "__main__":
    commands.stop_in_one_line()

import argparse
import gc
import os
import signal
from pathlib import Path

from .reader import read_submission


def main(path: str) -> None:
    """Read a submission under limits and print the reading as JSON.

    Arguments:
        path: the submission. The limits are in the environment: READING_SECONDS (seconds of processor time, and of
            wall time where the system has signals; 60) and READING_MEMORY (bytes; 2 GiB).
    """
    seconds, memory = int(os.environ.get("READING_SECONDS", 60)), int(os.environ.get("READING_MEMORY", 2**31))
    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
            try:
                resource.setrlimit(limit, (value, value))
            except (ValueError, OSError):  # macOS refuses the limit of memory
                continue
        signal.alarm(seconds)  # ends this process even if the parent has died
    gc.disable()  # parsing is faster without it, and this process ends soon
    print(read_submission(Path(path)).to_json())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading.reading", description=__doc__)
    parser.add_argument("path", metavar="SUBMISSION", help="a folder, .zip or notebook")
    path = parser.parse_args().path
    sys.exit(commands.run(lambda: main(path)))
