"""What a worker of a Dask cluster runs: it judges batches of submissions, see `cluster`.

Each process of a worker makes its `Judge` once for a run and keeps it. The processes that fork kernels end with the
thread that started them, so a thread of its own, which lives as long as the process, makes the judge.
"""

import asyncio
import atexit
import socket
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .judging.boxes.box import NoBox, describe_isolation
from .judging.judge import Judge
from .reading import Reading
from .reading.submissions import Submission
from .reporting.records import Record
from .reporting.stamps import stamp_of_course

IDLE_SECONDS = 600  # a judge without work that long is of a run that was killed
Work = Callable[[Judge, list[Submission], list[Reading]], list[Record]]


@dataclass(frozen=True)
class Order:
    """What the workers' judges are made from. The same order is the same judge.

    Attributes:
        seed, unboxed, hidden: see `Judge`.
        course: the hash of the course's files.
    """

    seed: str
    unboxed: bool
    hidden: tuple[Path, ...]
    course: str = field(default_factory=stamp_of_course)


@dataclass
class _Kept:
    """A judge that this process keeps, the number of batches that use it, and when the last one ended."""

    judge: Judge
    users: int = 0
    last_used: float = field(default_factory=time.monotonic)
    is_over: bool = False


_KEPT: dict[Order, _Kept] = {}  # only the keeper's thread touches it
_KEEPER = ThreadPoolExecutor(1, thread_name_prefix="keeper of judges")  # a new thread starts with the first call


def grade_batch(order: Order, work: Work, submissions: list[Submission], readings: list[str]) -> list[dict[str, Any]]:
    """Judge and score a batch of submissions, in a worker.

    Arguments:
        order: what the judge is made from.
        work: the function that judges and scores, the same as in a run on one machine.
        submissions: the submissions. Their files are not opened.
        readings: what was read of them, as JSON.

    Returns:
        The records, as plain values.

    Raises:
        NoBox: if there is no working box on this machine.
        ValueError: if this machine has another version of the course.
        OSError: if the disk of this machine is full.
    """
    try:
        judge = _KEEPER.submit(_lend, order).result()
        try:
            return [record.to_dict() for record in work(judge, submissions, list(map(Reading.from_json, readings)))]
        finally:
            _KEEPER.submit(_take_back, order)
    except OSError as error:
        path = f"{socket.gethostname()}:{error.filename or tempfile.gettempdir()}"
        raise OSError(error.errno, error.strerror or str(error), path) from None


async def make_ready(order: Order) -> tuple[str, list[str]]:
    """Make the judge of a run in a worker, before the first batch. Returns the machine's name, and what isolates there.

    Raises the errors of `grade_batch`.
    """

    def describe() -> list[str]:
        judge = _lend(order)
        _take_back(order)
        return describe_isolation(next(iter(judge.boxes.values())))

    return socket.gethostname(), await asyncio.wrap_future(_KEEPER.submit(describe))


async def end_run(order: Order) -> None:
    """Close the judge of a run in a worker as soon as no batch uses it."""

    def end() -> None:
        if order in _KEPT:
            _KEPT[order].is_over = True
            _close_judges()

    await asyncio.wrap_future(_KEEPER.submit(end))


def _lend(order: Order) -> Judge:
    """The judge for a batch. It is made if there is none."""
    _close_judges()
    if order not in _KEPT:
        if order.course != stamp_of_course():
            raise ValueError(
                f"the worker on {socket.gethostname()} has another version of the course than this machine: give both "
                "the same checkout, and start the worker again"
            )
        try:
            _KEPT[order] = _Kept(Judge(order.seed, order.unboxed, hidden=order.hidden))
        except NoBox as error:
            raise NoBox(f"the worker on {socket.gethostname()}: {error}") from None
    kept = _KEPT[order]
    kept.users, kept.is_over = kept.users + 1, False
    return kept.judge


def _take_back(order: Order) -> None:
    """Take a judge back after a batch."""
    _KEPT[order].users -= 1
    _KEPT[order].last_used = time.monotonic()
    _close_judges()


def _close_judges() -> None:
    """Close the judges of runs that are over, and those that nobody has used for long."""
    now = time.monotonic()
    for order, kept in list(_KEPT.items()):
        if not kept.users and (kept.is_over or now - kept.last_used > IDLE_SECONDS):
            del _KEPT[order]
            kept.judge.close()


@atexit.register
def _close_all() -> None:
    """Close all judges when this process ends. The keeper's thread has ended by then."""
    while _KEPT:
        _KEPT.popitem()[1].judge.close()
