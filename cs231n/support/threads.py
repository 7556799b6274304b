"""How many threads NumPy's linear algebra uses, and work in threads of our own.

NumPy reads the variables when it is imported, so do not import it here.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import place

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limited_to(threads: int) -> dict[str, str]:
    """The environment variables that limit a process to this many threads, as a dictionary by name.

    >>> limited_to(2)["OMP_NUM_THREADS"]
    '2'
    """
    return dict.fromkeys(VARIABLES, str(threads))


def usable_processors() -> int:
    """How many processors this process may use, at least 1. In a browser there is one thread, so it is 1."""
    if place.in_browser():
        return 1
    if hasattr(os, "sched_getaffinity"):  # on Linux, a process may be limited to some of the processors
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_side_by_side(tasks: Sequence[Callable[[Callable[[], bool]], Any]], jobs: int) -> None:
    """Run tasks in threads, ``jobs`` at a time. In a browser, which has no threads, run them in this one, in turn.

    Arguments:
        tasks: functions of one argument, a function that they call now and then: if it returns True, they should end.
        jobs: how many threads.

    Raises:
        The first error of a task, or KeyboardInterrupt. Then the other tasks are asked to end.
    """
    if place.in_browser():
        for task in tasks:
            task(lambda: False)
        return
    stopped = threading.Event()
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(task, stopped.is_set) for task in tasks]
        try:
            for future in futures:
                future.result()
        except BaseException:  # also KeyboardInterrupt
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
