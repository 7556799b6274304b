"""Grading on many machines: ``grade ... --dask ADDRESS`` sends the submissions to an existing Dask cluster.

The submissions are read here, as in any run, and what was read of a batch of them (the cells, as JSON) is one task. So
no worker needs the instructor's disk or opens a student's file, and the records are those of a run on one machine. A
worker judges the batch, scores it and returns the records. They are written here as soon as they come.

If a worker is lost, Dask gives its batches to another one. If a batch loses several workers, its submissions are sent
again one by one; a submission that still does gets the record of one on which the grader fails.

A worker machine needs what grading needs on one machine: Linux, bubblewrap, and the same version of Python, of the
packages (``cs231n/grading/requirements-dask.txt``, too) and of the course; another version of the course is refused.
In the folder of the course, start

    python -m dask scheduler                                                      (on one machine)
    python -m dask worker tcp://SCHEDULER:8786 --nworkers 1 --nthreads CORES      (on every machine)

A submission of three notebooks takes 1.0 s of processor time on a worker, so a core grades 3,600 an hour, and 40,000
submissions take 11 hours of one core: 1.4 hours on one machine with 8 cores, 10 minutes on ten of them. Reading takes
0.1 s each on your machine (``--jobs`` is how many at the same time), and 0.1 MB each goes over the network.

A Dask cluster has no passwords: whoever reaches the scheduler runs code on the workers and on your machine. Keep it in
a network of your own, or give Dask certificates (``tls://``).
"""

import contextlib
import logging
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from .cluster_worker import Order, Work, end_run, grade_batch, make_ready
from .reading.reader_process import Reader
from .reading.submissions import Submission
from .reporting.records import Record

SECONDS_TO_CONNECT = 10
SECONDS_BETWEEN_LOOKS = 20  # how often we look whether any worker is left
BATCHES_AHEAD = 2  # for each thread of a worker, so that it need not wait for the next one
Say = Callable[[str], None]
Fail = Callable[[Submission], Record]


def grade_on_cluster(
    address: str, order: Order, work: Work, fail: Fail, todo: list[Submission], together: int, jobs: int, say: Say
) -> Iterator[Record]:  # fmt: skip
    """Grade submissions on a cluster. Yields each record as soon as it is there. Close the generator to stop.

    Arguments:
        address: of the scheduler, such as ``tcp://10.0.0.1:8786``.
        order: what the workers' judges are made from.
        work: the function that judges and scores a batch.
        fail: a function that makes the record of a submission that no worker survives, while the error is handled.
        todo: the submissions.
        together: number of submissions in a batch, at most.
        jobs: number of submissions that are read at the same time, here.
        say: is called with every line of text for the instructor.

    Raises:
        ValueError: if Dask is not installed, no scheduler answers, there is no worker, or a worker has another version
            of the course.
        NoBox: if there is no working box on a worker's machine.
        OSError: if the disk of a worker's machine is full, or the scheduler has gone.
    """
    with contextlib.closing(_connect(address)) as client, Reader() as reader, ThreadPoolExecutor(jobs) as pool:
        try:
            _make_workers_ready(client, order, say)
            size = max(1, min(together, -(-len(todo) // _count_threads(client))))
            batches = Batches(client, lambda *batch: client.submit(grade_batch, order, work, *batch, pure=False), say)
            for start in range(0, len(todo), size):
                # The path is for the record: a worker would take a relative one for one of its own.
                batch = [replace(one, path=Path(os.path.abspath(one.path))) for one in todo[start : start + size]]
                batches.send(batch, [reading.to_json() for reading in pool.map(reader.read, batch)])
                while batches.are_enough or batches.are_back:
                    yield from batches.receive(fail)
            while batches.sent:
                yield from batches.receive(fail)
        except (CancelledError, OSError) as error:
            if isinstance(error, OSError) and error.errno:  # the system's, of a worker or of this machine
                raise
            why = f"the Dask scheduler at {address} does not answer any more; what is graded is kept"
            raise ConnectionError(why) from None
        finally:
            with contextlib.suppress(Exception):  # of a scheduler that has gone
                client.run(end_run, order, on_error="ignore")


class Batches:
    """The batches that were sent to the workers.

    Arguments:
        client: Dask's client.
        submit: a function that sends a batch and its readings, and returns Dask's future.
        say: is called with every line of text for the instructor.

    Attributes:
        sent: for each batch that is not back, by the key of its future: the future, the submissions and their readings.
    """

    def __init__(self, client: Any, submit: Callable[[list[Submission], list[str]], Any], say: Say) -> None:
        self.client, self.submit, self.say = client, submit, say
        self.sent: dict[Any, tuple[Any, list[Submission], list[str]]] = {}
        self._back: queue.SimpleQueue = queue.SimpleQueue()

    @property
    def are_enough(self) -> bool:
        """Whether the workers have enough to do until the next batch is read."""
        return len(self.sent) >= BATCHES_AHEAD * max(1, _count_threads(self.client))

    @property
    def are_back(self) -> bool:
        """Whether a batch is back, so that `receive` need not wait."""
        return not self._back.empty()

    def send(self, batch: list[Submission], readings: list[str]) -> None:
        """Send a batch."""
        future = self.submit(batch, readings)
        self.sent[future.key] = future, batch, readings
        future.add_done_callback(self._back.put)

    def receive(self, fail: Fail) -> Iterator[Record]:
        """Wait for the next batch, and yield its records. If it lost too many workers, send it again one by one."""
        from distributed.scheduler import KilledWorker

        future, batch, readings = self.sent.pop(self._wait())
        try:
            records = future.result()
        except KilledWorker:
            if len(batch) == 1:
                yield fail(batch[0])
                return
            for submission, reading in zip(batch, readings):
                self.send([submission], [reading])
        else:
            yield from map(Record.from_dict, records)

    def _wait(self) -> Any:
        """The key of the next batch that is back. Says so if there is no worker left."""
        while True:
            try:
                return self._back.get(timeout=SECONDS_BETWEEN_LOOKS).key
            except queue.Empty:
                if not _count_threads(self.client):
                    self.say("no worker is left: start one, and the grading goes on")


def _connect(address: str) -> Any:
    """Dask's client. Raises ValueError if Dask is not installed, or no scheduler answers."""
    try:
        import distributed
    except ImportError:
        raise ValueError(
            "Dask is not installed here: python -m pip install -r cs231n/grading/requirements-dask.txt"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # our errors are sentences
    try:
        return distributed.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False, name="cs231n")
    except Exception as error:  # of many types
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"no Dask scheduler answers at {address}: {reason[0]}") from None


def _count_threads(client: Any) -> int:
    """The number of batches that the workers can judge at the same time."""
    return sum(client.nthreads().values())


def _make_workers_ready(client: Any, order: Order, say: Say) -> None:
    """Make the judges in all workers that are there, and say how many there are and what isolates there.

    Raises the errors of `grade_on_cluster`.
    """
    threads = client.nthreads()
    if not threads:
        raise ValueError("the Dask scheduler has no workers: start one on every machine that is to grade")
    found = client.run(make_ready, order, on_error="return")
    say(f"Dask: {len(threads)} workers, {sum(threads.values())} batches at the same time")
    hosts: dict[tuple[str, ...], set[str]] = {}
    for address, answer in found.items():
        if isinstance(answer, Exception) and "No module named 'cs231n" in str(answer):
            raise ValueError(
                f"the worker {address} does not find the course: start it in the folder of the course, with "
                "python -m dask worker"
            )
        if isinstance(answer, OSError) and not answer.errno:  # the worker is lost; the others go on
            continue
        if isinstance(answer, Exception):
            raise answer
        hosts.setdefault(tuple(answer[1]), set()).add(answer[0])
    for lines, names in hosts.items():
        say(f"on {', '.join(sorted(names))}:")
        for line in lines:
            say(f"  {line}")
