"""What the process that `read_in_child` starts does: read one submission under limits, and print it as JSON."""

import gc
import os
import signal
import sys
from pathlib import Path

from .reader import read_submission


def main(path: str) -> None:
    """Read a submission under limits, and print the reading as JSON."""
    seconds, memory = int(os.environ["READING_SECONDS"]), int(os.environ["READING_MEMORY"])
    try:
        import resource
    except ImportError:  # Windows has none
        pass
    else:
        for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
            try:
                resource.setrlimit(limit, (value, value))
            except (ValueError, OSError):  # macOS knows the limit of memory by name only
                continue
        signal.alarm(seconds)  # even if nobody waits any more
    gc.disable()  # a short life, and much to parse
    print(read_submission(Path(path)).to_json())


if __name__ == "__main__":
    main(sys.argv[1])
