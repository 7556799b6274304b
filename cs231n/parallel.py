"""Training runs in several processes at a time.

The matrices of this course are too small for one multiplication to keep two processors busy, but runs of different
seeds have nothing to do with each other. Each process computes on one thread, so the numbers are those of one
process on one thread, whatever their number.
"""

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path
from typing import Any

import numpy as np

from .support import threads

_data: dict[str, np.ndarray] = {}  # in a worker: what all of its runs are about


def usable_processors() -> int:
    """How many processors this process may use.

    Returns:
        A number of at least 1.
    """
    if hasattr(os, "sched_getaffinity"):  # Linux: fewer than there are, perhaps
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_in_processes(
    function: Callable, tasks: Sequence[tuple], data: dict[str, np.ndarray], processes: int,
    done: Callable[[], object] = lambda: None,
) -> list[Any]:  # fmt: skip
    """Call a function once per task, in several processes at a time.

    Where anything goes wrong, or somebody interrupts, all processes are ended before the error goes on to the caller;
    and should this process be killed, they end by themselves.

    Arguments:
        function: ``function(data, *task)``, of a module that a new process can import.
        tasks: tuples of plain values.
        data: arrays that all tasks read. They lie in a temporary folder meanwhile, as one copy for all processes.
        processes: how many at a time.
        done: called after each task that is finished.

    Returns:
        The results, in the order of the tasks.

    Raises:
        RuntimeError: where a process died; and what the function raised.
    """
    before = set(multiprocessing.active_children())
    with tempfile.TemporaryDirectory(prefix="cs231n-", ignore_cleanup_errors=True) as folder:
        for name, array in data.items():
            np.save(Path(folder) / f"{name}.npy", array)
        executor = ProcessPoolExecutor(
            min(processes, len(tasks)), multiprocessing.get_context("spawn"), _begin, (folder, list(data))
        )
        try:
            with _one_thread_each(), _interrupts_are_ours():
                futures = [executor.submit(_run, function, task) for task in tasks]
            for future in as_completed(futures):
                future.result()
                done()
            return [future.result() for future in futures]
        except BaseException as error:
            for process in set(multiprocessing.active_children()) - before:
                process.kill()
            if isinstance(error, BrokenProcessPool):
                raise RuntimeError(
                    "a training process died, for want of memory perhaps; with jobs=1 (--jobs 1) there is only this one"
                ) from error
            raise
        finally:
            executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that are started in this block use one thread for linear algebra."""
    before = {name: os.environ.get(name) for name in threads.VARIABLES}
    os.environ.update(threads.limited_to(1))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _interrupts_are_ours() -> Iterator[None]:
    """Processes that are started in this block ignore Ctrl-C from their first moment: this one ends them."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may say so
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(folder: str, names: list[str]) -> None:
    """A worker's first act."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for systems where that is not inherited
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for name in names:
        _data[name] = np.load(Path(folder) / f"{name}.npy", mmap_mode="r")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _run(function: Callable, task: tuple) -> Any:
    return function(_data, *task)
