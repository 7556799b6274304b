"""The table of grades, ``grades.csv``. Every submission has a row, even if it could not be graded."""

import csv
import io
import re
from collections.abc import Mapping

from ...assignment.actions import TASKS, WRITTEN
from ..reading.submissions import Submission
from .records import Record

WITH_HAND, TO_MARK = "total with hand marks", "answers to mark"
# What begins a formula for some spreadsheet: = + - @ | % and minus, and what Unicode takes for one of them.
SIGNS = (
    "=+-@|%\u2212\u207a\u207b\u207c\u208a\u208b\u208c\ufb29\ufe62\ufe63\ufe66\ufe6a\ufe6b"
    "\uff05\uff0b\uff0d\uff1d\uff20\uff5c"
)
_CELL = r"((?:^|[,;|\t\uff0c\uff1b\uff5c])[\s\"]*)"  # where a spreadsheet may begin a cell
_FORMULA = re.compile(rf"{_CELL}(?='*[{re.escape(SIGNS)}])")
_ESCAPED = re.compile(rf"{_CELL}'(?='*[{re.escape(SIGNS)}])")


def make_grades_table(
    found: list[Submission],
    records: dict[str, Record | None],
    worth: dict[str, float],
    columns: Mapping[str, Mapping[str, str]] | None = None,
    absent: Mapping[str, str] | None = None,
) -> str:
    """The text of ``grades.csv``.

    The first row below the heading has the maxima: its status is "maximum", and its student is empty.

    Arguments:
        found: all submissions, in the order of the rows.
        records: by student; None for a submission that is not graded yet.
        worth: the points of every task and written question, by name.
        columns: further columns: by heading, the text for each student.
        absent: students of whom there is no submission, and the status of each.
    """
    more = columns or {}
    text = io.StringIO()
    text.write("\ufeff")  # tells Excel that the text is UTF-8
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "status", "total", "of", WITH_HAND, TO_MARK, *TASKS, *WRITTEN, *more, "flags"])
    possible = sum(worth[task] for task in TASKS)
    whole = possible + sum(worth[name] for name in WRITTEN)
    points = [f"{worth[name]:g}" for name in (*TASKS, *WRITTEN)]
    writer.writerow(["", "maximum", f"{possible:g}", f"{possible:g}", f"{whole:g}", "", *points, *[""] * len(more), ""])
    for submission in found:
        student = submission.student
        record = records[student] or Record(student, "not graded yet", flags=list(submission.flags))
        cells = [*_list_points(record), *(escape_formula(column.get(student, "")) for column in more.values())]
        writer.writerow([escape_formula(student), record.status, *cells, " ".join(record.all_flags)])
    for student, status in (absent or {}).items():
        cells = [*[""] * (4 + len(points)), *(escape_formula(column.get(student, "")) for column in more.values())]
        writer.writerow([escape_formula(student), status, *cells, ""])
    return text.getvalue()


def _list_points(record: Record) -> list[str]:
    """The cells with points: the sums, then a cell for each task and written question."""
    if not record.points and not record.marks:
        return [""] * (4 + len(TASKS) + len(WRITTEN))
    whole = round(record.total + record.by_hand_total, 2)
    sums = [f"{record.total:g}", f"{record.possible:g}", f"{whole:g}", str(len(record.unmarked))]
    tasks = [f"{record.points[task]:g}" if task in record.points else "" for task in TASKS]
    return [*sums, *tasks, *(_describe_mark(record, name) for name in WRITTEN)]


def _describe_mark(record: Record, name: str) -> str:
    """The points of a written question, "no answer", or nothing if it is still to be marked."""
    points = record.marks.get(name, {}).get("points")
    if points is not None:
        return f"{points:g}"
    return "" if name in record.unmarked else "no answer"


def escape_formula(name: str) -> str:
    """A name as text in a spreadsheet: an apostrophe stands before each part that would be read as a formula.

    A part begins where a spreadsheet may split the line: it asks, or guesses, which of ``,`` ``;`` ``|`` and the tab
    separates. A name with the apostrophe already gets a second one, so different names stay different.

    >>> escape_formula("=1+1"), escape_formula("'=1+1"), escape_formula("a;=1+1"), escape_formula("Anne-Marie O'Neil")
    ("'=1+1", "''=1+1", "a;'=1+1", "Anne-Marie O'Neil")
    """
    return _FORMULA.sub(r"\1'", name)


def unescape_formula(text: str) -> str:
    """Take away the apostrophes that `escape_formula` has put in.

    >>> unescape_formula(escape_formula("-1: sign;=x")), unescape_formula("it's")
    ('-1: sign;=x', "it's")
    """
    return _ESCAPED.sub(r"\1", text)
