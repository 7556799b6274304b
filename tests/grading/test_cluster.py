"""Tests of ``grade --dask``, with a real scheduler and worker processes on this machine."""

import csv
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cs231n.grading import __main__ as command
from cs231n.grading import cluster
from cs231n.grading import grade as grading
from cs231n.grading.cluster_worker import Order
from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting.records import Record, load_record
from tests.helpers.boxed import needs_box
from tests.helpers.paths import ROOT
from tests.helpers.reading_cases import ONE, notebook, solved, write
from tests.helpers.stand_in_judge import StandInJudge

pytest.importorskip("distributed", reason="needs Dask: pip install -r cs231n/grading/requirements-dask.txt")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="workers grade on Linux")]
SECONDS = 60
STAND_IN = ["--preload", "tests.helpers.stand_in_judge"]


class Cluster:
    """A scheduler and its workers, started by Dask's own commands.

    Attributes:
        scheduler: the scheduler's process.
        address: the scheduler's address.
    """

    def __init__(self, folder):
        self.folder, self.started = folder, []
        file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
        self.scheduler = self.start("scheduler", *options)
        wait_for(lambda: file.exists() and file.read_text())
        self.address = json.loads(file.read_text())["address"]

    def start(self, *arguments, cwd=ROOT, **variables):
        """Start ``dask`` with these arguments, and environment variables."""
        command_line = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": "", **variables}
        process = subprocess.Popen(command_line, cwd=cwd, env=environment, stderr=subprocess.DEVNULL)
        self.started.append(process)
        return process

    def start_workers(self, number, *options, **settings):
        """Start worker processes with one thread each, and wait for them. There are no others. Returns them."""
        options = ["--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder), *options]
        workers = [self.start("worker", self.address, *options, **settings) for _ in range(number)]
        self.wait_for_workers(number)
        return workers

    def wait_for_workers(self, number):
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            wait_for(lambda: len(client.nthreads()) == number)

    def end(self, *processes):
        """Kill some processes."""
        for process in processes:
            process.kill()
            process.wait()


def wait_for(condition):
    """Wait until a condition holds."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster_of_all(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("dask"))
    yield cluster
    cluster.end(*cluster.started)


@pytest.fixture
def dask(cluster_of_all):
    """A cluster without workers."""
    yield cluster_of_all
    cluster_of_all.end(*cluster_of_all.started[1:])
    if cluster_of_all.scheduler.poll() is None:
        cluster_of_all.wait_for_workers(0)


def make_class(folder, number):
    for student in range(number):
        write(folder / f"s{student:02}", {ONE: "{}" if student else notebook()})
    return folder


def rows(out):
    """The students' rows of grades.csv, by student."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file) if row["student"]}


def test_a_machine_that_cannot_grade_is_named(tmp_path, temporary, dask):
    """The worker's own error, in one sentence. None of them changes the grades."""
    students = make_class(tmp_path / "in", 2)

    def refusal():
        with pytest.raises(SystemExit) as stop:
            command.main(["grade", str(students), "--out", str(tmp_path / "out"), "--dask", dask.address])
        assert {row["status"] for row in rows(tmp_path / "out").values()} == {"not graded yet"}
        return stop.value.code

    assert "has no workers: start one" in refusal()
    workers = dask.start_workers(1, *STAND_IN, STAND_IN_NO_BOX="there is no bubblewrap here")
    assert refusal() == f"the worker on {socket.gethostname()}: there is no bubblewrap here"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "Order", lambda *settings: Order(*settings, course="another"))
        assert "has another version of the course" in refusal()
    dask.end(*workers)
    dask.wait_for_workers(0)
    dask.start_workers(1, cwd=tmp_path)
    assert "does not find the course: start it in the folder of the course" in refusal()


@needs_box
def test_the_real_judge_grades_in_a_worker_and_leaves_nothing_behind(tmp_path, temporary, dask):
    (worker,) = dask.start_workers(1)
    said, right = [], solved()
    wrong = json.loads(json.dumps(right).replace("return dout * (x > 0)", "return dout * (x < 0)"))
    for name, notebook_of in (("right", right), ("wrong", wrong)):
        write(tmp_path / "in" / name, {ONE: notebook_of})
    records = grading.grade(tmp_path / "in", tmp_path / "out", dask=dask.address, say=said.append)
    assert {record.student: record.total for record in records} == {"right": 16, "wrong": 14}
    assert "  kernels: forked from a warm one" in said, "the thread that made the judge lives"
    assert psutil.pid_exists(worker.pid) and not psutil.Process(worker.pid).children(recursive=True)
    assert not list(temporary.glob("cs231n-*"))


class Future:
    """A batch at the workers: its records, or how it ended."""

    def __init__(self, key, answer):
        self.key, self.answer = key, answer

    def add_done_callback(self, function):
        function(self)

    def result(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_submission_that_no_worker_survives_fails_alone():
    from distributed.scheduler import KilledWorker

    def submit(batch, readings):
        killed = [one.student for one in batch if one.student == "b"]
        answer = KilledWorker("key", None, 3) if killed else [Record(one.student).to_dict() for one in batch]
        return Future(tuple(readings), answer)

    batches = cluster.Batches(None, submit, print)
    batches.send([Submission(name, Path(name)) for name in "abc"], ["A", "B", "C"])
    found = []
    while batches.sent:
        found += batches.receive(lambda submission: grading.record_failure(submission, "seed"))
    assert {record.student: record.status for record in found} == {"a": "graded", "b": "failed", "c": "graded"}
    assert "KilledWorker" in next(record.error for record in found if record.student == "b")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "tcp://", "", "tls://127.0.0.1:9"])
def test_an_address_where_nobody_answers_is_said(tmp_path, address, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.2)
    students = make_class(tmp_path / "in", 1)
    with pytest.raises(SystemExit, match=f"no Dask scheduler answers at {address}: "):
        command.main(["grade", str(students), "--out", str(tmp_path / "out"), "--dask", address])


def test_without_dask_the_command_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    students = make_class(tmp_path / "in", 1)
    with pytest.raises(SystemExit, match="pip install -r cs231n/grading/requirements-dask.txt"):
        command.main(["grade", str(students), "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:9"])


def test_a_worker_that_is_killed_costs_nothing_and_a_scheduler_that_goes_is_said(
    tmp_path, temporary, dask, monkeypatch
):
    workers = dask.start_workers(2, *STAND_IN, STAND_IN_PAUSE="0.05")
    students, said = make_class(tmp_path / "in", 16), []

    def say(line):
        said.append(line)
        if line.startswith("s") and workers[0].poll() is None:
            workers[0].kill()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(grading, "TOGETHER", 3)
    grading.grade(Path("in"), Path("out"), seed="x", dask=dask.address, say=say)
    assert "Dask: 2 workers, 2 batches at the same time" in said
    assert len([line for line in said if line.startswith("s")]) == 16, "each student once"
    monkeypatch.setattr(grading, "Judge", StandInJudge)
    grading.grade(students, tmp_path / "here", seed="x", say=[].append)
    assert rows(tmp_path / "out") == rows(tmp_path / "here") and len(rows(tmp_path / "out")) == 16
    for name in rows(tmp_path / "out"):
        assert load_record(tmp_path / "out", name) == load_record(tmp_path / "here", name)
    assert not list(temporary.glob("cs231n-*")), (
        "the judges' folders are removed, that of the lost worker at the next start"
    )

    def stop_scheduler(line):
        if line.startswith("s"):
            dask.scheduler.kill()

    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 5)
    with pytest.raises(ConnectionError, match="does not answer any more; what is graded is kept"):
        grading.grade(students, tmp_path / "more", dask=dask.address, say=stop_scheduler)
    states = {row["status"] for row in rows(tmp_path / "more").values()}
    assert states >= {"graded", "not graded yet"} and states != {"not graded yet"}
