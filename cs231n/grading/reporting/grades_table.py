"""The table of grades, ``grades.csv``. Every submission has a row, even if it could not be graded."""

import csv
import io
import re

from ...assignment.actions import TASKS, WRITTEN
from ..reading.submissions import Submission
from .records import Record

# What begins a formula for some spreadsheet: = + - @ | % and minus, and what Unicode takes for one of them.
SIGNS = (
    "=+-@|%\u2212\u207a\u207b\u207c\u208a\u208b\u208c\ufb29\ufe62\ufe63\ufe66\ufe6a\ufe6b"
    "\uff05\uff0b\uff0d\uff1d\uff20\uff5c"
)
_FORMULA = re.compile(rf"((?:^|[,;|\t\uff0c\uff1b\uff5c])[\s\"]*)(?='*[{re.escape(SIGNS)}])")


def make_grades_table(found: list[Submission], records: dict[str, Record | None], worth: dict[str, float]) -> str:
    """The text of ``grades.csv``.

    Arguments:
        found: all submissions, in the order of the rows.
        records: by student; None for a submission that is not graded yet.
        worth: the points of every task and written question, by name.
    """
    text = io.StringIO()
    text.write("\ufeff")  # tells Excel that the text is UTF-8
    writer = csv.writer(text, lineterminator="\n")
    by_hand = [f"{name} (by hand, of {worth[name]:g})" for name in WRITTEN]
    writer.writerow(["student", "status", "total", "of", *TASKS, *by_hand, "flags"])
    for submission in found:
        record = records[submission.student] or Record(
            submission.student, "not graded yet", flags=list(submission.flags)
        )
        points = [f"{record.points[task]:g}" if record.points else "" for task in TASKS]
        total = [f"{record.total:g}", f"{record.possible:g}"] if record.points else ["", ""]
        answers = ["" if name in record.written or not record.points else "no answer" for name in WRITTEN]
        name = escape_formula(record.student)
        writer.writerow([name, record.status, *total, *points, *answers, " ".join(record.flags)])
    return text.getvalue()


def escape_formula(name: str) -> str:
    """A name as text in a spreadsheet: an apostrophe stands before each part that would be read as a formula.

    A part begins where a spreadsheet may split the line: it asks, or guesses, which of ``,`` ``;`` ``|`` and the tab
    separates. A name with the apostrophe already gets a second one, so different names stay different.

    >>> escape_formula("=1+1"), escape_formula("'=1+1"), escape_formula("a;=1+1"), escape_formula("Anne-Marie O'Neil")
    ("'=1+1", "''=1+1", "a;'=1+1", "Anne-Marie O'Neil")
    """
    return _FORMULA.sub(r"\1'", name)
