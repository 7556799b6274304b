"""The command ``grade``: find the submissions, read each one, run it, score it, write it down.

What is graded stays graded: a second run goes on where the first one ended, however it ended. Every submission found
has its row in ``grades.csv``, always.
"""

import json
import secrets
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..support.whole_files import write_text
from .judging.box import isolation
from .judging.judge import Judge, Stopped
from .publishing.points import points_by_task
from .reading import read_in_child
from .reading.remarks import shown
from .reading.submissions import Submission, find_submissions
from .reporting.feedback import page
from .reporting.grades_table import grades_table
from .reporting.records import Record, load_record, write_record
from .reporting.scores import score
from .reporting.stamps import stamp_of

UNBOXED = "UNBOXED: graded without a box (--unboxed): the submissions' code ran with the rights of whoever graded"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """What every submission of a class is graded with: the probes' seed, and the points by name."""

    seed: str
    worth: dict[str, float]


def grade(
    submissions: Path, out: Path, jobs: int = 1, seed: str | None = None, only: str | None = None,
    unboxed: bool = False, points: Path | None = None, say: Say = print,
) -> list[Record]:  # fmt: skip
    """Grade every submission in a folder that is not graded yet.

    Arguments:
        submissions: the folder: one folder, .zip or notebook per student.
        out: where the grades go: ``grades.csv`` and ``students/NAME/`` with ``feedback.html`` and ``result.json``.
        jobs: how many submissions at once.
        seed: what the probes are drawn from; None for that of an earlier run into the same ``out``, or a new one.
        only: the one student to grade, again if need be; None for all. A seed given with it is this student's alone.
        unboxed: grade without a box.
        points: an instructor's file of points, see `points.read_points`; None for those of an earlier run, or those
            of the table of actions.
        say: is called with every line for a person.

    Returns:
        The records of all students.

    Raises:
        ValueError: if there are no submissions, no such student, a file of points that cannot be used, or if ``out``
            lies among the submissions.
        OSError: if a file cannot be read or written.
        box.NoBox: if there is no box on this machine.
    """
    found = find_class(submissions, out, only)
    settings = choose_settings(out, seed, points, only)
    records = {submission.student: load_record(out, submission.student) for submission in found}
    todo = [s for s in found if (s.student == only if only else not is_done(s, records[s.student], seed, settings))]
    say_what_is_found(submissions, found, todo, settings, say)
    stamps = {s.student: stamp_of(s, settings.seed, settings.worth) for s in todo}  # files may change while we grade
    if todo:
        with Judge(settings.seed, unboxed, hidden=(submissions.resolve(), out.resolve())) as judge:
            for line in isolation(next(iter(judge.boxes.values()))):
                say(line)
            for record in grade_all(judge, todo, jobs, settings.worth, unboxed):
                record.stamp = stamps[record.student] if record.status != "failed" else ""
                records[record.student] = record
                write_record(out, record, page(record))
                write_text(out / "grades.csv", grades_table(found, records, settings.worth))
                say(f"{record.student}: {record.total:g} of {record.possible:g} {' '.join(record.flags)}".rstrip())
    write_text(out / "grades.csv", grades_table(found, records, settings.worth))
    say(f"grades: {out / 'grades.csv'}; a page for each student: {out / 'students'}")
    return [record for record in records.values() if record]


def find_class(submissions: Path, out: Path, only: str | None) -> list[Submission]:
    """The submissions in a folder; the errors of `grade` if something is wrong with the folders."""
    found = find_submissions(submissions)
    if not found:
        raise ValueError(f"there is nothing in {submissions}: it should hold one folder, .zip or notebook per student")
    if only is not None and only not in [submission.student for submission in found]:
        raise ValueError(f"there is no student {only} in {submissions}")
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"{out} lies among the submissions: name another folder for the grades")
    return found


def choose_settings(out: Path, seed: str | None, points: Path | None, only: str | None) -> Settings:
    """The seed and the points of this run. The folder of grades remembers those of the whole class."""
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
    """Whether a student's record is still true.

    Arguments:
        seed: the one that was asked for; None if none was: then a record with a seed of its own counts.
    """
    if record is None or seed not in (None, record.seed):
        return False
    return record.stamp == stamp_of(submission, record.seed, settings.worth)


def say_what_is_found(
    submissions: Path, found: list[Submission], todo: list[Submission], settings: Settings, say: Say
) -> None:
    """Say how many submissions there are, and which entries of the folder are none."""
    names = {submission.path.name for submission in found} | {"__MACOSX"}
    strays = sorted(p.name for p in submissions.iterdir() if p.name not in names and not p.name.startswith("."))
    if strays:
        say(f"left out, since they are no folders, archives or notebooks: {', '.join(map(shown, strays))}")
    say(f"{len(found)} submissions, {len(todo)} to grade, seed {settings.seed}")


def grade_all(
    judge: Judge, todo: list[Submission], jobs: int, worth: dict[str, float], unboxed: bool
) -> Iterator[Record]:
    """The records of submissions, each as soon as it is there."""
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(grade_one, judge, submission, worth, unboxed) for submission in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:  # Ctrl-C: end what is running, and do not write it down
            judge.stop()
            pool.shutdown(cancel_futures=True)
            raise


def grade_one(judge: Judge, submission: Submission, worth: dict[str, float], unboxed: bool = False) -> Record:
    """Read, judge and score one submission. Whatever goes wrong becomes a record that says so."""
    record = Record(submission.student, seed=judge.seed, path=str(submission.path.resolve()))
    try:
        reading = read_in_child(submission)
        verdict = judge.judge(reading)
        score(record, reading, verdict, judge.probes, worth)
    except Stopped:
        raise
    except Exception:
        record = Record(submission.student, "failed", seed=judge.seed, path=record.path, flags=["grader-failed"])
        record.remarks = ["The grader failed on this submission: a person will look.", traceback.format_exc()[-1500:]]
    if unboxed:
        record.flags.append("unboxed")
        record.remarks.insert(0, UNBOXED)
    return record
