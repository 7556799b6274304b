"""The command ``grade``: find the submissions, read each one, run it, score it, write it down.

If a run is stopped or killed, the next run continues with the submissions that are not graded yet. The table
``grades.csv`` always has a row for every submission.
"""

import contextlib
import errno
import functools
import json
import math
import os
import secrets
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..support import session
from ..support.whole_files import write_text
from .cluster import grade_on_cluster
from .cluster_worker import Order
from .collecting.download import collect
from .judging.boxes.box import describe_isolation
from .judging.judge import Judge, Stopped
from .judging.verdict import Verdict
from .publishing.points import points_by_task
from .reading import Reading
from .reading.reader_process import Reader
from .reading.submissions import Submission
from .reporting.anonymous import choose_names, make_named_page, settle_pages
from .reporting.by_hand import load_by_hand, write_for_marking, write_grades
from .reporting.class_list import ClassList, list_class
from .reporting.class_settings import ClassSettings, load_class_settings, remember_class
from .reporting.exports.files import write_exports
from .reporting.feedback import make_page
from .reporting.grades_table import make_grades_table
from .reporting.leftovers import remove_unfinished
from .reporting.records import PRIVATE, PUBLIC, Record, load_record, record_path, write_record
from .reporting.report import fill_up, write_report
from .reporting.scores import score_record
from .reporting.stamps import stamp_of
from .reporting.summary import summarize, watch

UNBOXED_REMARK = (
    "UNBOXED: graded without a box (--unboxed): the submissions' code ran with the rights of whoever graded"
)
TOGETHER = 8  # submissions that share a process of nbval
SECONDS_BETWEEN_TABLES = 1  # a table for every record would cost more than the records: one has a row for each student
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # the system's errors when a disk is full or read-only
Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """The seed of the probes, and the points of every task and written question by name."""

    seed: str
    worth: dict[str, float]


def grade(
    submissions: Path, out: Path, jobs: int = 1, seed: str | None = None, only: str | None = None,
    unboxed: bool = False, points: Path | None = None, layout: str | None = None, merge: Sequence[Path] = (),
    say: Say = session.say, about: ClassSettings | None = None, dask: str | None = None,
) -> list[Record]:  # fmt: skip
    """Grade the submissions in a download that are not graded yet.

    Arguments:
        submissions: what a learning platform gave, or a folder with one folder, .zip or notebook per student.
        out: the folder for the grades: ``grades.csv``; ``feedback/NAME.html``, which students may see; and
            ``private/NAME/result.json`` and ``private/report.html``, which they must not see.
        jobs: number of submissions that are graded at the same time.
        seed: the probes are drawn from it. None for the seed of an earlier run with the same ``out``, or a new seed.
        only: the one student to grade, even if already graded; None for all students. With ``only``, a given seed
            holds for this student alone.
        unboxed: True to grade without a box.
        points: an instructor's file of points, see `points.read_points`. None for the points of an earlier run, or
            those of the tables of actions.
        layout: the platform, see `collecting.download.collect`. None to find it out.
        merge: files of marks for the written answers, see `marks_files`.
        say: a function that is called with every line of text for the instructor.
        about: the roster, deadlines and so on; None for those that the folder of grades remembers.
        dask: the address of a Dask scheduler, whose workers grade, see `cluster`. None to grade on this machine.

    Returns:
        The records of all students who are graded.

    Raises:
        ValueError: if there are no submissions, or nothing tells whose they are; ``only`` names no student; a file of
            points, marks or overrides is not valid; or ``out`` lies inside ``submissions``.
        OSError: if a file cannot be read or written.
        box.NoBox: if there is no working box on this machine.
    """
    found = find_class_submissions(submissions, out, only, layout, say)
    remove_unfinished(out)
    settings = choose_settings(out, seed, points, only)
    about = about or load_class_settings(out)
    remember_class(out, about)
    listed = list_class(found, about, choose_names(out, [one.student for one in found], about.anonymous))
    records = {submission.student: load_record(out, submission.student) for submission in found}
    todo = [s for s in found if (s.student == only if only else not is_done(s, records[s.student], seed))]
    say(f"{len(found)} submissions, {len(todo)} to grade, seed {settings.seed}")
    renew_records(out, found, records, listed.names)
    by_hand = load_by_hand(out, records, settings.worth, merge, say, listed.names)
    # Stamp the files now, because they may change while we grade.
    stamps = {s.student: stamp_of(s, settings.seed) for s in todo}
    start, written = time.monotonic(), -math.inf
    hidden = (submissions.resolve(), out.resolve())
    try:
        with contextlib.closing(run_all(todo, jobs, settings, unboxed, hidden, dask, say)) as graded:
            for record in watch(graded, len(todo)):
                record.stamp = stamps[record.student] if record.status != "failed" else ""
                by_hand.apply(record)
                write_record(out, record, make_named_page(record, listed.names), listed.names[record.student])
                records[record.student] = record
                if time.monotonic() - written >= SECONDS_BETWEEN_TABLES:
                    write_table(out, found, records, settings, listed, say)
                    written = time.monotonic()
                say(f"{record.student}: {record.total:g} of {record.possible:g} {' '.join(record.all_flags)}".rstrip())
                if record.error:
                    say(f"  the grader failed; why is in {record_path(out, record.student)}")
    finally:  # also if it was stopped
        write_table(out, found, records, settings, listed, say)
    write_for_marking(out, records, by_hand, say)
    settle_pages(out, filter(None, records.values()), listed.names, listed.describe_lateness(records))
    for line in (*listed.notes, *write_exports(out, listed, records, settings.worth)):
        say(line)
    say(f"grades: {out / 'grades.csv'}; a page for each student: {out / PUBLIC}; not for students: {out / PRIVATE}")
    report, everybody = write_report(out, found, records, listed), fill_up(found, records, listed)
    for line in summarize(everybody, report, len(todo), time.monotonic() - start):
        say(line)
    return [record for record in records.values() if record]


def write_table(
    out: Path,
    found: list[Submission],
    records: dict[str, Record | None],
    settings: Settings,
    listed: ClassList,
    say: Say,
) -> None:
    """Write ``grades.csv``, with the class's columns and those who handed in nothing."""
    columns = listed.columns(records)
    write_grades(out, make_grades_table(found, records, settings.worth, columns, listed.absent), say)


def find_class_submissions(
    submissions: Path, out: Path, only: str | None, layout: str | None, say: Say
) -> list[Submission]:
    """The submissions in a download. Raises the ValueErrors of `grade` if something is wrong with the folders."""
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"{out} lies among the submissions: name another folder for the grades")
    found = collect(submissions, out, layout, say)
    if only is not None and only not in [submission.student for submission in found]:
        raise ValueError(f"there is no student {only} in {submissions}")
    return found


def choose_settings(out: Path, seed: str | None, points: Path | None, only: str | None) -> Settings:
    """The seed and the points of this run. The file ``settings.json`` keeps those of the whole class."""
    path = out / "settings.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    worth = points_by_task(points) if points or not known else known["points"]
    seed = seed or known.get("seed") or secrets.token_hex(8)
    out.mkdir(parents=True, exist_ok=True)
    kept = known["seed"] if only and known else seed  # a seed for one student is not the seed of the class
    write_text(path, json.dumps({"seed": kept, "points": worth}, indent=1) + "\n")
    return Settings(seed, worth)


def is_done(submission: Submission, record: Record | None, seed: str | None) -> bool:
    """Whether a student's record is still valid.

    Arguments:
        seed: the seed that the caller asked for. None if the caller gave no seed; then any seed of the record is right.
    """
    if record is None or seed not in (None, record.seed):
        return False
    return record.stamp == stamp_of(submission, record.seed)


def renew_records(out: Path, found: list[Submission], records: dict[str, Record | None], names: dict[str, str]) -> None:
    """Write down where each graded submission is now, and what the platform now says of the student."""
    for submission in found:
        record, path = records[submission.student], os.path.abspath(submission.path)
        if record is not None and (record.path, record.identity) != (path, submission.identity):
            record.path, record.identity = path, submission.identity
            write_record(out, record, make_named_page(record, names), names[record.student])


def run_all(
    todo: list[Submission], jobs: int, settings: Settings, unboxed: bool, hidden: tuple[Path, ...], dask: str | None,
    say: Say,
) -> Generator[Record, None, None]:  # fmt: skip
    """Grade submissions on this machine or on a cluster. Yields each record as soon as it is ready."""
    if not todo:
        return
    if dask is not None:
        order = Order(settings.seed, unboxed, hidden)
        work = functools.partial(grade_readings, worth=settings.worth, unboxed=unboxed)
        fail = functools.partial(record_failure, seed=settings.seed)
        yield from grade_on_cluster(dask, order, work, fail, todo, TOGETHER, jobs, say)
        return
    with Judge(settings.seed, unboxed, hidden=hidden) as judge:
        for line in describe_isolation(next(iter(judge.boxes.values()))):
            say(line)
        yield from grade_all(judge, todo, jobs, settings.worth, unboxed)


def grade_all(
    judge: Judge, todo: list[Submission], jobs: int, worth: dict[str, float], unboxed: bool
) -> Iterator[Record]:
    """Grade submissions in parallel, some in each go. Yields each record as soon as it is ready."""
    size = max(1, min(TOGETHER, -(-len(todo) // jobs)))
    groups = [todo[start : start + size] for start in range(0, len(todo), size)]
    with Reader() as reader, ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(grade_together, judge, reader, group, worth, unboxed) for group in groups]
        try:
            for future in as_completed(futures):
                yield from future.result()
        except BaseException:  # Ctrl-C: stop the submissions that are running; they get no record
            judge.stop()
            pool.shutdown(cancel_futures=True)
            raise


def grade_together(
    judge: Judge, reader: Reader, submissions: list[Submission], worth: dict[str, float], unboxed: bool = False
) -> list[Record]:
    """Read some submissions, and judge and score them: see `grade_readings`."""
    return grade_readings(judge, submissions, [reader.read(one) for one in submissions], worth, unboxed)


def grade_readings(
    judge: Judge, submissions: list[Submission], readings: list[Reading], worth: dict[str, float], unboxed: bool = False
) -> list[Record]:
    """Judge and score some submissions, which share a process of nbval.

    Where the grader fails on a submission, its record says so.

    Raises:
        Stopped: if the judge was stopped.
        OSError: if the disk is full.
    """
    verdicts = judge_together(judge, readings)
    records = []
    for submission, reading, verdict in zip(submissions, readings, verdicts):
        path = os.path.abspath(submission.path)
        record = Record(submission.student, seed=judge.seed, path=path, identity=submission.identity)
        try:
            if isinstance(verdict, Exception):
                raise verdict
            score_record(record, reading, verdict, judge.probes, worth)
            make_page(record)  # the page of a record that is not whole fails here
        except Exception:
            record = record_failure(submission, judge.seed)
        if unboxed:
            record.flags.append("unboxed")
            record.remarks.insert(0, UNBOXED_REMARK)
        records.append(record)
    return records


def judge_together(judge: Judge, readings: list[Reading]) -> list[Verdict | Exception]:
    """Judge some submissions. If that fails, judge each by itself: only those that fail again have an exception.

    Raises:
        Stopped: if the judge was stopped.
        OSError: if the disk is full. The others would fail as well, and these students have done nothing wrong.
    """
    try:
        return list(judge.judge_all(readings))
    except Stopped:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        if len(readings) == 1:
            return [error]
        return [found for reading in readings for found in judge_together(judge, [reading])]


def record_failure(submission: Submission, seed: str) -> Record:
    """The record of a submission on which the grader fails, while it handles the exception."""
    path = os.path.abspath(submission.path)
    failed = Record(submission.student, "failed", seed=seed, path=path, identity=submission.identity)
    failed.flags = [*submission.flags, "grader-failed"]
    failed.remarks = ["The grader failed on this submission: a person will look."]
    failed.error = traceback.format_exc()[-3000:]
    return failed
