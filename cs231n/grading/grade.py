"""Grading a folder of submissions: read, judge, score and write down, one student after another or several at once.

What is graded stays graded: a second run goes on where a first one ended, however it ended. Every folder found has its
row in ``grades.csv``, always.
"""

import csv
import functools
import hashlib
import io
import json
import os
import secrets
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from ..assignment.actions import NOTEBOOKS, TASKS
from ..support.whole_files import write_text
from .judging.box import isolation
from .judging.judge import Judge, Stopped
from .publishing.notebooks import NOTEBOOK_FOLDER
from .publishing.points import points_by_task
from .publishing.refresh import hash_of, library_sources
from .reading import read_in_child
from .reading.remarks import shown
from .reading.submissions import Submission, find_submissions
from .reporting.feedback import page
from .reporting.scores import WRITTEN, Record, score

UNBOXED = "UNBOXED: graded without a box (--unboxed): the submissions' code ran with the rights of whoever graded"


def grade(
    submissions: Path, out: Path, jobs: int = 1, seed: str | None = None, only: str | None = None,
    unboxed: bool = False, points: Path | None = None, say: Callable[[str], None] = print,
) -> list[Record]:  # fmt: skip
    """Grade every submission in a folder that is not graded yet.

    Arguments:
        submissions: the folder: one folder, .zip or notebook per student.
        out: where the grades go: ``grades.csv`` and ``students/NAME/`` with ``feedback.html`` and ``result.json``.
        jobs: how many submissions at once.
        seed: what the probes are drawn from; None for that of an earlier run into the same ``out``, or a new one.
        only: the one student to grade, again if need be; None for all. A seed given with it is this student's alone.
        unboxed: grade without a box.
        points: an instructor's file of points, see `points.read_points`; None for those of an earlier run, or the
            notebooks' own.
        say: is called with every line for a person.

    Returns:
        The records of all students.

    Raises:
        ValueError: for a folder without submissions, an unknown student, a file of points that cannot be used, an
            ``out`` among the submissions.
        OSError: where a file cannot be read or written.
        box.NoBox: where there is no box on this machine.
    """
    found = find_submissions(submissions)
    if not found:
        raise ValueError(f"there is nothing in {submissions}: it should hold one folder, .zip or notebook per student")
    if only is not None and only not in [submission.student for submission in found]:
        raise ValueError(f"there is no student {only} in {submissions}")
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"{out} lies among the submissions: name another folder for the grades")
    out.mkdir(parents=True, exist_ok=True)
    given, (seed, worth) = seed, _settings(out, seed, points, only)
    records = {s.student: load_record(out, s.student) for s in found}
    todo = [s for s in found if (s.student == only if only else not _is_done(s, records[s.student], given, worth))]
    names = {s.path.name for s in found} | {"__MACOSX"}
    strays = sorted(p.name for p in submissions.iterdir() if p.name not in names and not p.name.startswith("."))
    if strays:
        say(f"left out, since they are no folders, archives or notebooks: {', '.join(map(shown, strays))}")
    say(f"{len(found)} submissions, {len(todo)} to grade, seed {seed}")
    stamps = {s.student: stamp(s, seed, worth) for s in todo}  # now: what changes meanwhile is graded the next time
    if todo:
        with Judge(seed, unboxed, hidden=(submissions.resolve(), out.resolve())) as judge:
            for line in isolation(next(iter(judge.boxes.values()))):
                say(line)
            for record in _graded(judge, todo, jobs, worth, unboxed):
                record.stamp = stamps[record.student] if record.status != "failed" else ""
                records[record.student] = record
                _keep(out, record)
                write_text(out / "grades.csv", table(found, records, worth))
                say(f"{record.student}: {record.total:g} of {record.possible:g} {' '.join(record.flags)}".rstrip())
    write_text(out / "grades.csv", table(found, records, worth))
    say(f"grades: {out / 'grades.csv'}; a page for each student: {out / 'students'}")
    return [record for record in records.values() if record]


def _graded(judge, todo, jobs, worth, unboxed):
    """The records of submissions, each as soon as it is there."""
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(grade_one, judge, submission, worth, unboxed) for submission in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:  # Ctrl-C: what runs is ended, and not written down
            judge.stop()
            pool.shutdown(cancel_futures=True)
            raise


def grade_one(judge: Judge, submission: Submission, worth: dict[str, float], unboxed: bool = False) -> Record:
    """Read, judge and score one submission. Whatever goes wrong becomes a record that says so."""
    record = Record(submission.student, seed=judge.seed, path=str(submission.path.resolve()))
    try:
        reading = read_in_child(submission)
        score(record, reading, judge.judge(reading), judge.probes, worth)
    except Stopped:
        raise
    except Exception:
        record = Record(submission.student, "failed", seed=judge.seed, path=record.path, flags=["grader-failed"])
        record.remarks = ["The grader failed on this submission: a person will look.", traceback.format_exc()[-1500:]]
    if unboxed:
        record.flags.append("unboxed")
        record.remarks.insert(0, UNBOXED)
    return record


def table(found: list[Submission], records: dict[str, Record | None], worth: dict[str, float]) -> str:
    """``grades.csv``: one row per submission found, whatever became of it; ``worth`` are all points by name."""
    written = {name: points for name, points in worth.items() if name.startswith(WRITTEN)}
    text = io.StringIO()
    text.write("\ufeff")  # so that Excel takes it for UTF-8
    writer = csv.writer(text, lineterminator="\n")
    by_hand = [f"{name} (by hand, of {points:g})" for name, points in written.items()]
    writer.writerow(["student", "status", "total", "of", *TASKS, *by_hand, "flags"])
    for submission in found:
        record = records[submission.student] or Record(
            submission.student, "not graded yet", flags=list(submission.flags)
        )
        points = [f"{record.points[task]:g}" if record.points else "" for task in TASKS]
        total = [f"{record.total:g}", f"{record.possible:g}"] if record.points else ["", ""]
        answers = ["" if name in record.written or not record.points else "no answer" for name in written]
        writer.writerow([_cell(record.student), record.status, *total, *points, *answers, " ".join(record.flags)])
    return text.getvalue()


def _cell(name):
    """A name as a spreadsheet's cell: one that would be taken for a formula gets an apostrophe in front."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def stamp(submission: Submission, seed: str, worth: dict[str, float]) -> str:
    """A hash of what a grade depends on: the submission's files, the course, the seed and the points."""
    parts = [seed, json.dumps(worth), course_stamp()]
    if submission.path.is_dir() and not submission.path.is_symlink():
        for folder, folders, files in os.walk(submission.path):
            folders.sort()
            parts += [_file_stamp(os.path.join(folder, name), submission.path) for name in sorted(files)]
    else:
        parts.append(_file_stamp(submission.path, submission.path.parent))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _file_stamp(path, start):
    info = os.lstat(path)
    return f"{os.path.relpath(path, start)} {info.st_size} {info.st_mtime_ns}"


@functools.cache
def course_stamp() -> str:
    """A hash of the course: the library, the grader and the notebooks."""
    return hash_of([*library_sources(), *(NOTEBOOK_FOLDER / name for name in NOTEBOOKS)])


def _settings(out, seed, points, only):
    """The seed and the points of this run; the folder of grades remembers those of the whole class."""
    path = out / "settings.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    worth = points_by_task(points) if points or not known else known["points"]
    if only and known and worth != known["points"]:
        raise ValueError(f"the others in {out} were graded with other points: leave --points out, or grade all")
    seed = seed or known.get("seed") or secrets.token_hex(8)
    if not only or not known:
        write_text(path, json.dumps({"seed": seed, "points": worth}, indent=1) + "\n")
    return seed, worth


def _is_done(submission, record, seed, worth):
    """Whether a record is still true; one that was made with a seed of its own is, unless a seed is asked for."""
    if record is None or seed not in (None, record.seed):
        return False
    return record.stamp == stamp(submission, record.seed, worth)


def folder_of(out: Path, student: str) -> Path:
    """The folder of a student's results; a name that is too long for a file name is cut."""
    name = student
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        name = f"{name[:40]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    return out / "students" / name


def load_record(out: Path, student: str) -> Record | None:
    """The record of a student in a folder of grades, or None."""
    try:
        return Record(**json.loads((folder_of(out, student) / "result.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # none yet, or of another version
        return None


def _keep(out, record):
    folder = folder_of(out, record.student)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "feedback.html", page(record))
    write_text(folder / "result.json", json.dumps(record.to_dict(), indent=1))
