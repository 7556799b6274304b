"""Canvas: a CSV for Grades, Import.

The importer (``lib/gradebook_importer.rb`` in instructure/canvas-lms) wants Student, ID, SIS User ID, SIS Login ID and
Section, then a column for each assignment, "Title (number)"; the row that begins with "Points Possible" holds the
maxima. It finds a student by the ID, else by the SIS User ID, else by the login. An assignment without a number is
found by its title; if there is none of that title, a new one is made.
"""

import re

from ..grades_table import escape_formula
from ..roster import CANVAS
from ..tables import write_rows
from .rows import Export, format_points

HEADER = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def make_files(export: Export) -> dict[str, str]:
    """The text of ``canvas.csv``. IDs, sections and the assignment's number are those of the roster."""
    rows = _fill_roster(export) if export.roster_of(CANVAS) else _make_rows(export)
    return {"canvas.csv": write_rows(rows)}


def _fill_roster(export: Export) -> list[list[str]]:
    """The roster's columns about the student, and the one of this assignment."""
    roster = export.roster_of(CANVAS)
    assert roster is not None
    section = roster.column("section")
    width = len(HEADER) if section is None else section + 1
    names = 1 if roster.column("student") == 0 else 2  # or the last and the first name
    rows_of = export.by_roster_row()
    table = [[*roster.header[:width], _find_title(roster.header[width:], export.assignment)]]
    table.append(["    Points Possible", *[""] * (width - 1), format_points(export.of)])
    for number, _ in roster.students:
        row, cells = rows_of.get(number), (roster.rows[number] + [""] * width)[:width]
        if row:
            table.append([*map(escape_formula, cells[:names]), *cells[names:], row.score])
    export.warn_left_out([row for row in export.rows if row.person.row is None], "not in the roster")
    return table


def _make_rows(export: Export) -> list[list[str]]:
    """Rows made of what the download says about the students."""
    table = [[*HEADER, export.assignment], ["    Points Possible", *[""] * 4, format_points(export.of)]]
    left_out = []
    for row in export.rows:
        keys = [export.platform_id(row, CANVAS), row.cell("sis_id"), row.cell("login")]
        if any(keys):
            table.append([row.name, *keys, "", row.score])
        else:
            left_out.append(row)
    export.warn_left_out(left_out, "no Canvas ID, SIS ID or login; give Canvas's gradebook export as --roster")
    return table


def _find_title(titles: list[str], assignment: str) -> str:
    """The heading of the assignment, with Canvas's number if the roster has it."""
    found = [title for title in titles if re.sub(r" \(\d+\)$", "", title).casefold() == assignment.casefold()]
    return found[0] if len(found) == 1 else assignment
