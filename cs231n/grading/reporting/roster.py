"""The roster: who is in the class. The platforms' own exports are taken as they are.

The headings are those of Canvas's gradebook export (the importer, ``lib/gradebook_importer.rb`` in instructure/
canvas-lms, lists them), Moodle's grading worksheet (``mod/assign/feedback/offline`` in moodle/moodle), Gradescope's
roster and grade export (https://guides.gradescope.com/hc/en-us/articles/21926598776333) and Brightspace's grade export
(https://community.d2l.com/brightspace/kb/articles/3538-importing-grades). A plain CSV may have any of name, id, login
and email, and when each student submitted.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ..reading.remarks import shown
from .lateness import parse_export_time
from .tables import read_table

MAX_LETTERS = 300  # of a name; what follows is cut

# The kinds of roster, each with headings that no other kind has.
CANVAS, MOODLE, BRIGHTSPACE, GRADESCOPE, PLAIN = "Canvas", "Moodle", "Brightspace", "Gradescope", "plain CSV"
MARKS = {
    CANVAS: ({"student", "id", "sis login id"}, {"lastname", "firstname", "id", "sis login id"}),
    MOODLE: ({"identifier", "full name"}, {"identifier", "grade"}),
    BRIGHTSPACE: ({"orgdefinedid"}, {"end of line indicator"}),
    GRADESCOPE: ({"sid", "email"}, {"sid", "total score"}),
}
# What a heading says about a student. Those of one kind come before those of all kinds.
HEADINGS = {
    CANVAS: {"student": "name", "id": "platform_id", "sis user id": "sis_id", "sis login id": "login"},
    MOODLE: {"identifier": "platform_id", "last modified (submission)": "submitted"},
    BRIGHTSPACE: {},
    GRADESCOPE: {"submission id": "platform_id"},
}
EVERYWHERE = {
    "name": "name", "full name": "name", "fullname": "name", "student": "name", "student name": "name",
    "first name": "first", "firstname": "first", "given name": "first",
    "last name": "last", "lastname": "last", "surname": "last", "family name": "last",
    "id": "id", "student id": "id", "id number": "id", "orgdefinedid": "id", "org defined id": "id", "sid": "id",
    "student number": "id", "matriculation number": "id", "sis id": "sis_id", "sis user id": "sis_id",
    "login": "login", "login id": "login", "sis login id": "login", "username": "login", "user name": "login",
    "user": "login", "netid": "login", "github username": "login",
    "email": "email", "e mail": "email", "email address": "email", "e mail address": "email", "mail": "email",
    "submitted": "submitted", "submission time": "submitted",
}  # fmt: skip
TEST_STUDENTS = ("student, test", "test student")  # Canvas gives every course one


@dataclass(frozen=True)
class Roster:
    """A class list.

    Attributes:
        kind: which platform's export it is, such as CANVAS.
        header: its headings, as they stand in the file.
        rows: its other rows, as they stand in the file.
        students: for each student, the number of the row and the identity, see `Submission.identity`.
    """

    kind: str
    header: list[str]
    rows: list[list[str]]
    students: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    @property
    def table(self) -> list[list[str]]:
        """The whole file, for `parse_roster`."""
        return [self.header, *self.rows]

    def column(self, *headings: str) -> int | None:
        """The number of the first column that has one of these headings (see `fold_heading`); None if there is none."""
        folded = [fold_heading(heading) for heading in self.header]
        return next((folded.index(heading) for heading in headings if heading in folded), None)


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Raises:
        ValueError: if the file is no roster.
        OSError: if it cannot be read.
    """
    roster = parse_roster(read_table(path))
    if not roster.students:
        wanted = "name, id, login or email"
        raise ValueError(f"{path} lists no students: its first row should have headings, one of them {wanted}")
    return roster


def parse_roster(table: list[list[str]]) -> Roster:
    """Make a roster of the rows of a table, the first of which holds the headings."""
    header, rows = table[0], table[1:]
    folded = [fold_heading(heading) for heading in header]
    kind = next((kind for kind, marks in MARKS.items() if any(mark <= set(folded) for mark in marks)), PLAIN)
    fields = [HEADINGS.get(kind, {}).get(heading) or EVERYWHERE.get(heading, "") for heading in folded]
    roles = folded.index("role") if "role" in folded else None
    roster = Roster(kind, header, rows)
    for number, row in enumerate(rows):
        role = row[roles].casefold() if roles is not None and roles < len(row) else ""
        identity = _read_identity(row, fields, kind)
        if identity and role in ("", "student") and not _is_no_student(row, identity, kind):
            roster.students.append((number, identity))
    return roster


def fold_heading(heading: str) -> str:
    """A heading without differences of case and of the signs between its words.

    >>> fold_heading("SIS_Login ID "), fold_heading("End-of-Line Indicator")
    ('sis login id', 'end of line indicator')
    """
    return " ".join(re.split(r"[\s_\-]+", heading.strip().casefold()))


def _read_identity(row: list[str], fields: list[str], kind: str) -> dict[str, str]:
    """What a row says about its student. Of two cells with the same meaning, the first that is not empty counts."""
    found: dict[str, str] = {}
    for name, cell in zip(fields, row):
        if kind == BRIGHTSPACE and name in (
            "id",
            "login",
        ):  # it puts a # before these, so that Excel takes them for text
            cell = cell.removeprefix("#")
        if kind == MOODLE and name == "platform_id":  # "Participant 123", with a word of the site's language
            cell = (re.findall(r"\d+$", cell) or [""])[0]
        if name == "submitted":
            time = parse_export_time(cell)
            cell = time.isoformat(timespec="seconds") if time else ""
        if name and cell and name not in found:
            found[name] = shown(cell, MAX_LETTERS)
    first, last = found.pop("first", ""), found.pop("last", "")
    if "name" not in found and (first or last):
        found["name"] = f"{first} {last}".strip()
    return found


def _is_no_student(row: list[str], identity: dict[str, str], kind: str) -> bool:
    """Whether a row of Canvas's export holds the columns' maxima, or is about its test student."""
    if kind != CANVAS:
        return False
    about_columns = (
        "Points Possible" in row[0] or set(identity) == {"name"} and "posting" in identity["name"].casefold()
    )
    return about_columns or identity.get("name", "").casefold() in TEST_STUDENTS
