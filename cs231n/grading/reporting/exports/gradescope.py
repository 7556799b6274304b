"""Gradescope: the scores, in the columns of Gradescope's own file of grades.

Its help (https://guides.gradescope.com) documents no import of scores: points get into a programming assignment by its
autograder, or by hand. This file is for those who bring grades together by Gradescope's e-mail addresses and SIDs.
"""

from ..roster import GRADESCOPE
from ..tables import write_rows
from .rows import Export, format_points

HEADER = [
    "Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID", "Submission Time",
]  # fmt: skip


def make_files(export: Export) -> dict[str, str]:
    """The text of ``gradescope.csv``."""
    table = [HEADER]
    for row in export.rows:
        person = row.person
        status = "Missing" if not person.handed_in else "Ungraded" if row.points is None else "Graded"
        sid = row.cell("id") or row.cell("sis_id")
        number, submitted = export.platform_id(row, GRADESCOPE), row.cell("submitted")
        table.append([row.name, sid, row.cell("email"), row.score, format_points(export.of), status, number, submitted])
    return {"gradescope.csv": write_rows(table)}
