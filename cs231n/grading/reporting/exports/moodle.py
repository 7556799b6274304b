"""Moodle: the grading worksheet with the grades filled in, and a zip of feedback files.

The worksheet's importer (``mod/assign/feedback/offline/importgradeslib.php`` in moodle/moodle) needs the columns
Identifier ("Participant 123"), Grade and Last modified (grade), and refuses a grade above the assignment's maximum. The
zip's importer (``mod/assign/feedback/file/importziplib.php``) takes ``Name_123_assignsubmission_file_/feedback.html``
as a feedback file for participant 123, with no ``_`` in the name.
"""

import io
import re
import zipfile
from collections.abc import Callable

from ..roster import MOODLE, Roster
from ..tables import write_rows
from .rows import Export, Row, format_points

HEADER = ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)"]
DATE = (1980, 1, 1, 0, 0, 0)  # the same in every zip, so that equal pages make equal files
GRADE, MAXIMUM = ("grade",), ("maximum grade",)


def make_files(export: Export) -> dict[str, str]:
    """The text of ``moodle.csv``. If the roster is Moodle's worksheet, it is filled in and otherwise unchanged."""
    roster = export.roster_of(MOODLE)
    return {"moodle.csv": write_rows(_fill_worksheet(export, roster) if roster else _make_worksheet(export))}


def make_feedback_zip(export: Export, read_page: Callable[[Row], bytes | None]) -> bytes:
    """The zip of the feedback pages.

    Arguments:
        export: the marks.
        read_page: returns a person's page; None if there is none.
    """
    file, left_out = io.BytesIO(), []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in export.rows:
            page, number = read_page(row), export.platform_id(row, MOODLE)
            if page is not None and number:
                name = (
                    f"{_clean_name(row.person.identity.get('name', ''))}_{number}_assignsubmission_file_/feedback.html"
                )
                archive.writestr(zipfile.ZipInfo(name, DATE), page, zipfile.ZIP_DEFLATED)
            elif page is not None:
                left_out.append(row)
    export.warn_left_out(left_out, "no participant number, so no feedback file")
    return file.getvalue()


def _fill_worksheet(export: Export, roster: Roster) -> list[list[str]]:
    """The rows of the worksheet with this class's points."""
    grade, maximum, name = roster.column(*GRADE), roster.column(*MAXIMUM), roster.column("full name")
    if grade is None:
        export.warnings.append(
            "the worksheet has no column Grade: turn on Moodle's offline grading, and export it again"
        )
        return roster.table
    rows_of, table, changed, maxima = export.by_roster_row(), [roster.header], 0, set()
    width = len(roster.header)
    for number, cells in enumerate(roster.rows):
        cells = (cells + [""] * width)[:width]
        row = rows_of.get(number)
        if maximum is not None:
            maxima.add(cells[maximum])
        if row and row.points is not None:
            comma = maximum is not None and "," in cells[maximum]
            score = row.score.replace(".", ",") if comma else row.score
            changed += bool(cells[grade]) and _number(cells[grade]) != _number(score)
            cells[grade] = score
        if row and name is not None:
            cells[name] = row.name
        table.append(cells)
    export.warn_left_out([row for row in export.rows if row.person.row is None], "not in the worksheet")
    if changed:
        export.warnings.append(f"{changed} students have another grade in the worksheet: Moodle will replace it")
    if any(_number(text) not in (None, export.of) for text in maxima):
        export.warnings.append(
            f"these points are of {format_points(export.of)}, Moodle's maximum is another: set it first"
        )
    return table


def _make_worksheet(export: Export) -> list[list[str]]:
    """A worksheet made of what the download says about the students."""
    table, left_out = [HEADER], []
    for row in export.rows:
        number = export.platform_id(row, MOODLE)
        if number:
            who = [f"Participant {number}", row.name, row.cell("email")]
            table.append([*who, row.score, format_points(export.of), ""])
        else:
            left_out.append(row)
    export.warn_left_out(left_out, "no participant number; give Moodle's grading worksheet as --roster")
    return table


def _number(text: str) -> float | None:
    """The number in a cell, with a point or a comma; None if it is none."""
    try:
        return round(float(text.replace(",", ".")), 2)
    except ValueError:
        return None


def _clean_name(name: str) -> str:
    """A name as part of a path in the zip: letters, digits, blanks and hyphens only.

    >>> _clean_name("../Zoë_M. O'Neil")
    'Zoë M O Neil'
    """
    return re.sub(r"(?:[^\w-]|_)+", " ", name)[:60].strip(" -") or "Participant"
