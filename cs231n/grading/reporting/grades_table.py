"""The table of grades, ``grades.csv``. Every submission has a row, even if it could not be graded."""

import csv
import io

from ...assignment.actions import TASKS, WRITTEN
from ..reading.submissions import Submission
from .records import Record


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
        name = _escape_formula(record.student)
        writer.writerow([name, record.status, *total, *points, *answers, " ".join(record.flags)])
    return text.getvalue()


def _escape_formula(name: str) -> str:
    """A name as text in a spreadsheet. An apostrophe is put before a name that would be read as a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name
