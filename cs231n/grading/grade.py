"""The command ``grade``: find the submissions, read each one, run it, score it, write it down.

If a run is stopped or killed, the next run continues with the submissions that are not graded yet. The table
``grades.csv`` always has a row for every submission.
"""

import errno
import json
import os
import secrets
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..support.whole_files import write_text
from .judging.box import describe_isolation
from .judging.judge import Judge, Stopped
from .publishing.points import points_by_task
from .reading import read_in_child
from .reading.remarks import shown
from .reading.submissions import MADE_BY_PROGRAMS, Submission, find_submissions
from .reporting.feedback import make_page
from .reporting.grades_table import make_grades_table
from .reporting.records import PRIVATE, PUBLIC, Record, load_record, record_path, write_record
from .reporting.scores import score_record
from .reporting.stamps import stamp_of

UNBOXED_REMARK = (
    "UNBOXED: graded without a box (--unboxed): the submissions' code ran with the rights of whoever graded"
)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # the system's errors when a disk is full or read-only
Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """The seed of the probes, and the points of every task and written question by name."""

    seed: str
    worth: dict[str, float]


def grade(
    submissions: Path, out: Path, jobs: int = 1, seed: str | None = None, only: str | None = None,
    unboxed: bool = False, points: Path | None = None, say: Say = print,
) -> list[Record]:  # fmt: skip
    """Grade the submissions in a folder that are not graded yet.

    Arguments:
        submissions: the folder. It holds one folder, .zip or notebook per student.
        out: the folder for the grades: ``grades.csv``; ``feedback/NAME.html``, which students may see; and
            ``private/NAME/result.json``, which they must not see.
        jobs: number of submissions that are graded at the same time.
        seed: the probes are drawn from it. None for the seed of an earlier run with the same ``out``, or a new seed.
        only: the one student to grade, even if already graded; None for all students. With ``only``, a given seed
            holds for this student alone.
        unboxed: True to grade without a box.
        points: an instructor's file of points, see `points.read_points`. None for the points of an earlier run, or
            those of the tables of actions.
        say: a function that is called with every line of text for the instructor.

    Returns:
        The records of all students who are graded.

    Raises:
        ValueError: if there are no submissions, ``only`` names no student, the file of points is not valid, or ``out``
            lies inside ``submissions``.
        OSError: if a file cannot be read or written.
        box.NoBox: if there is no working box on this machine.
    """
    found = find_class_submissions(submissions, out, only)
    settings = choose_settings(out, seed, points, only)
    records = {submission.student: load_record(out, submission.student) for submission in found}
    todo = [s for s in found if (s.student == only if only else not is_done(s, records[s.student], seed, settings))]
    announce(submissions, found, todo, settings, say)
    # Stamp the files now, because they may change while we grade.
    stamps = {s.student: stamp_of(s, settings.seed, settings.worth) for s in todo}
    if todo:
        with Judge(settings.seed, unboxed, hidden=(submissions.resolve(), out.resolve())) as judge:
            for line in describe_isolation(next(iter(judge.boxes.values()))):
                say(line)
            for record in grade_all(judge, todo, jobs, settings.worth, unboxed):
                record.stamp = stamps[record.student] if record.status != "failed" else ""
                records[record.student] = record
                write_record(out, record, make_page(record))
                write_text(out / "grades.csv", make_grades_table(found, records, settings.worth))
                say(f"{record.student}: {record.total:g} of {record.possible:g} {' '.join(record.flags)}".rstrip())
                if record.error:
                    say(f"  the grader failed; why is in {record_path(out, record.student)}")
    write_text(out / "grades.csv", make_grades_table(found, records, settings.worth))
    say(f"grades: {out / 'grades.csv'}; a page for each student: {out / PUBLIC}; not for students: {out / PRIVATE}")
    return [record for record in records.values() if record]


def find_class_submissions(submissions: Path, out: Path, only: str | None) -> list[Submission]:
    """The submissions in a folder. Raises the ValueErrors of `grade` if something is wrong with the folders."""
    found = find_submissions(submissions)
    if not found:
        raise ValueError(f"there is nothing in {submissions}: it should hold one folder, .zip or notebook per student")
    if only is not None and only not in [submission.student for submission in found]:
        raise ValueError(f"there is no student {only} in {submissions}")
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"{out} lies among the submissions: name another folder for the grades")
    return found


def choose_settings(out: Path, seed: str | None, points: Path | None, only: str | None) -> Settings:
    """The seed and the points of this run. The file ``settings.json`` keeps those of the whole class."""
    path = out / "settings.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    worth = points_by_task(points) if points or not known else known["points"]
    if only and known and worth != known["points"]:
        raise ValueError(f"the others in {out} were graded with other points: leave --points out, or grade all")
    seed = seed or known.get("seed") or secrets.token_hex(8)
    if not only or not known:
        out.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps({"seed": seed, "points": worth}, indent=1) + "\n")
    return Settings(seed, worth)


def is_done(submission: Submission, record: Record | None, seed: str | None, settings: Settings) -> bool:
    """Whether a student's record is still valid.

    Arguments:
        seed: the seed that the caller asked for. None if the caller gave no seed; then any seed of the record is right.
    """
    if record is None or seed not in (None, record.seed):
        return False
    return record.stamp == stamp_of(submission, record.seed, settings.worth)


def announce(submissions: Path, found: list[Submission], todo: list[Submission], settings: Settings, say: Say) -> None:
    """Say how many submissions there are, and which entries of the folder are not submissions."""
    names = {submission.path.name for submission in found}
    entries = [name for name in os.listdir(submissions) if not MADE_BY_PROGRAMS.fullmatch(name)]
    strays = sorted(name for name in entries if name not in names)
    if strays:
        say(f"left out, since they are no folders, archives or notebooks: {', '.join(map(shown, strays))}")
    say(f"{len(found)} submissions, {len(todo)} to grade, seed {settings.seed}")


def grade_all(
    judge: Judge, todo: list[Submission], jobs: int, worth: dict[str, float], unboxed: bool
) -> Iterator[Record]:
    """Grade submissions in parallel. Yields each record as soon as it is ready."""
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(grade_one, judge, submission, worth, unboxed) for submission in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:  # Ctrl-C: stop the submissions that are running; they get no record
            judge.stop()
            pool.shutdown(cancel_futures=True)
            raise


def grade_one(judge: Judge, submission: Submission, worth: dict[str, float], unboxed: bool = False) -> Record:
    """Read, judge and score one submission. If the grader fails, the record says so."""
    record = Record(submission.student, seed=judge.seed, path=os.path.abspath(submission.path))
    try:
        reading = read_in_child(submission)
        verdict = judge.judge(reading)
        score_record(record, reading, verdict, judge.probes, worth)
        make_page(record)  # the page of a record that is not whole fails here
    except Stopped:
        raise
    except OSError as error:
        if error.errno in NO_ROOM:  # the others would fail as well, and this student has done nothing wrong
            raise
        record = _record_failure(record, submission)
    except Exception:
        record = _record_failure(record, submission)
    if unboxed:
        record.flags.append("unboxed")
        record.remarks.insert(0, UNBOXED_REMARK)
    return record


def _record_failure(record: Record, submission: Submission) -> Record:
    """The record of a submission on which the grader fails, while it handles the exception."""
    failed = Record(submission.student, "failed", seed=record.seed, path=record.path)
    failed.flags = [*submission.flags, "grader-failed"]
    failed.remarks = ["The grader failed on this submission: a person will look."]
    failed.error = traceback.format_exc()[-3000:]
    return failed
