"""Points that a person sets: the file ``overrides.csv`` in the folder of grades. The grader only reads it.

It has a line for each: student, task, points, reason. The task is ``softmax``, ``1.1`` or ``written-2``.
"""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...assignment.actions import TASKS, WRITTEN
from ..reading.remarks import shown
from .page_text import clean
from .records import Record
from .tables import read_table, write_rows
from .typed_names import TypedNames

OVERRIDES = "overrides.csv"
COLUMNS = ("student", "task", "points", "reason")
MAX_REASON = 1000  # letters


@dataclass(frozen=True)
class Override:
    """Points that a person sets for a task or a written question, and why."""

    points: float
    reason: str


Overrides = dict[str, dict[str, Override]]  # by student and task


def read_overrides(out: Path, names: TypedNames, worth: Mapping[str, float]) -> Overrides:
    """Read the points that a person sets.

    Arguments:
        out: the folder of grades.
        names: the students.
        worth: the points of every task and written question, by name.

    Returns:
        The points and reasons. None if there is no such file.

    Raises:
        ValueError: if a line has an unknown student or task, points out of range or no reason, or repeats another.
        OSError: if the file cannot be read.
    """
    path = out / OVERRIDES
    if not path.exists():
        return {}
    header, *rows = read_table(path)
    places = {name.lower(): place for place, name in enumerate(header)}
    missing = [name for name in COLUMNS if name not in places]
    if missing:
        raise ValueError(f"{path}, line 1: no column {', '.join(missing)}; wanted is the line {','.join(COLUMNS)}")
    found: Overrides = {}
    for line, row in enumerate(rows, start=2):
        cells = {name: row[places[name]] if places[name] < len(row) else "" for name in COLUMNS}
        if not any(cells.values()):
            continue
        try:
            student, task = names.find(cells["student"]), find_task(cells["task"])
            override = Override(parse_points(cells["points"], worth[task]), clean(cells["reason"], MAX_REASON))
            if not override.reason:
                raise ValueError("no reason is given; the student reads it")
            if task in found.get(student, {}):
                raise ValueError(f"{shown(student)} has another line for {task}")
        except ValueError as error:
            raise ValueError(f"{path}, line {line}: {error}") from None
        found.setdefault(student, {})[task] = override
    return found


def find_task(text: str) -> str:
    """The name of a task or written question from its name or number.

    Raises:
        ValueError: if there is none. The message lists them.

    >>> find_task("1.3"), find_task("softmax_loss"), find_task("written-1")
    ('softmax_loss', 'softmax_loss', 'written-1')
    """
    numbers = {task.number: name for name, task in TASKS.items()}
    name = numbers.get(text, text)
    if name not in TASKS and name not in WRITTEN:
        there_are = ", ".join([*(f"{name} ({number})" for number, name in numbers.items()), *WRITTEN])
        raise ValueError(f"there is no task {shown(text) or '(the name is empty)'}; there are {there_are}")
    return name


def parse_points(text: str, most: float) -> float:
    """Read a number of points. A comma may stand for the point.

    Raises:
        ValueError: if it is not a number from 0 to the maximum.

    >>> parse_points("1,5", 2)
    1.5
    """
    try:
        points = float(text.replace(",", ".")) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        points = math.nan
    if not 0 <= points <= most:
        raise ValueError(f"{shown(text) or '(nothing)'} is not a number of points from 0 to {most:g}")
    return points


def apply_overrides(record: Record, found: Mapping[str, Override], worth: Mapping[str, float]) -> None:
    """Put the points that a person set into a record, beside those that they replace.

    Arguments:
        record: is changed. It has the points of the tests and the marks.
        found: the points and reasons, by task.
        worth: the points of every task and written question, by name.
    """
    record.overrides = {}
    for name, override in found.items():
        if name in WRITTEN:
            mark = record.marks.setdefault(name, {"points": None, "comment": "", "flags": []})
            before, mark["points"] = mark["points"], override.points
        else:
            before, record.points[name] = record.points.get(name), override.points
            record.of = {task: worth[task] for task in TASKS}
        record.by_hand = {question: worth[question] for question in WRITTEN}
        record.overrides[name] = {"points": override.points, "reason": override.reason, "before": before}


def suggest_overrides(edited: Path, table: str) -> list[str]:
    """The lines for overrides.csv that say what somebody typed into grades.csv.

    Arguments:
        edited: the edited file.
        table: the text of the new grades.csv.

    Returns:
        A line for each cell of a task or question with other points than the new table. Empty if the edited file cannot
        be read.
    """
    try:
        typed = read_table(edited)
    except ValueError:
        return []
    header, *rows = typed
    new = {row["student"]: row for row in csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))}
    lines = []
    for row in rows:
        cells = dict(zip(header, row))
        now = new.get(cells.get("student") or "nobody", {})
        for name in (*TASKS, *WRITTEN):
            points = _read_number(cells.get(name))
            if name in now and points is not None and points != _read_number(now[name]):
                lines.append([cells["student"], name, f"{points:g}", "why?"])
    return write_rows(lines).splitlines()


def _read_number(text: str | None) -> float | None:
    """The number in a cell of grades.csv; None if there is none."""
    try:
        return parse_points(text or "", math.inf)
    except ValueError:
        return None
