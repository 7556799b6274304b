"""The process that reads a submission under limits and prints the reading, or the warm process of a `Reader`."""

import sys

from ...support import commands

if __name__ == "__main__":
    commands.stop_in_one_line()

import argparse
import gc
import os
from pathlib import Path

from .child_process import MAX_MEMORY, MAX_SECONDS, read_under_limits


def main(path: str) -> None:
    """Read a submission under limits and print the reading as JSON.

    Arguments:
        path: the submission. The limits are in the environment: READING_SECONDS (seconds of processor time, and of
            wall time where the system has signals; 60) and READING_MEMORY (bytes; 2 GiB).
    """
    seconds = float(os.environ.get("READING_SECONDS", MAX_SECONDS))
    gc.disable()  # parsing is faster without it, and this process ends soon
    print(read_under_limits(Path(path), seconds, int(os.environ.get("READING_MEMORY", MAX_MEMORY))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading.reading", description=__doc__)
    parser.add_argument("path", metavar="SUBMISSION", nargs="?", help="a folder, .zip or notebook")
    parser.add_argument("--serve", metavar="SOCKET", type=int, help="number of the open socket that brings requests")
    arguments = parser.parse_args()
    if arguments.serve is not None:
        from .warm_process import serve

        serve(arguments.serve)
    elif arguments.path is None:
        parser.error("name a submission")
    else:
        sys.exit(commands.run(lambda: main(arguments.path)))
