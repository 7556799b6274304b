"""nbgrader: the columns that ``nbgrader export`` writes (``nbgrader/plugins/export.py`` in jupyter/nbgrader).

As there, somebody who handed in nothing has no time stamp and the score 0.
"""

from ..tables import write_rows
from .rows import Export, format_points

HEADER = [
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
]  # fmt: skip


def make_files(export: Export) -> dict[str, str]:
    """The text of ``nbgrader.csv``. A student's id is the login, else the number, else the name in the grades."""
    table = [HEADER]
    for row in export.rows:
        student = row.cell("login") or row.cell("id") or row.name
        raw, score = row.earned, row.points
        if not row.person.handed_in:
            raw = score = 0.0
        penalty = None if raw is None or score is None else raw - score
        points = [format_points(value) for value in (raw, penalty, score, export.of)]
        stamp = row.cell("submitted")
        table.append([export.assignment, "", stamp, student, "", "", row.cell("email"), *points])
    return {"nbgrader.csv": write_rows(table)}
