"""What every export is made of: the people of a class and their points."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...reading.remarks import listed
from ..class_list import ClassList, Person, total_of
from ..grades_table import escape_formula
from ..records import Record
from ..roster import PLAIN, Roster


@dataclass(frozen=True)
class Row:
    """A person and the points.

    Attributes:
        person: who it is.
        earned: the points before what lateness costs; None if there are none.
        points: the points that count; None if there are none.
    """

    person: Person
    earned: float | None
    points: float | None

    @property
    def name(self) -> str:
        """The name, safe in a spreadsheet."""
        return escape_formula(self.person.identity.get("name") or self.person.student)

    def cell(self, key: str) -> str:
        """What is known under a key of the identity, safe in a spreadsheet; "" if nothing is."""
        return escape_formula(self.person.identity.get(key, ""))

    @property
    def score(self) -> str:
        """The points as text; "" if there are none."""
        return format_points(self.points)


@dataclass
class Export:
    """The marks of a class, on their way to one platform.

    Attributes:
        rows: of everybody.
        of: the points that could be earned.
        assignment: what the platform calls the assignment.
        roster: the class list; None if there is none.
        warnings: sentences for the instructor, added while the files are made.
    """

    rows: list[Row]
    of: float
    assignment: str
    roster: Roster | None = None
    warnings: list[str] = field(default_factory=list)

    def roster_of(self, kind: str) -> Roster | None:
        """The roster, if it is a platform's own export."""
        return self.roster if self.roster and self.roster.kind == kind else None

    def platform_id(self, row: Row, kind: str) -> str:
        """The number that a platform gave a person, in the digits 0 to 9; "" if it is not known.

        It is that of the roster, or of the submission if no platform made the roster.
        """
        if self.roster and self.roster.kind not in (PLAIN, kind):
            return ""
        number = row.person.identity.get("platform_id", "")
        return number if number.isascii() and number.isdecimal() else ""

    def by_roster_row(self) -> dict[int, Row]:
        """Each row of those who are on the roster, by the number of the roster's row."""
        return {row.person.row: row for row in self.rows if row.person.row is not None}

    def warn_left_out(self, left_out: list[Row], why: str) -> None:
        """Say who has points and is left out."""
        names = [row.person.student for row in left_out if row.points is not None]
        if names:
            self.warnings.append(f"left out ({why}): {listed(names)}")


def make_export(people: ClassList, records: Mapping[str, Record | None], of: float) -> Export:
    """The export of a class.

    Arguments:
        people: the class.
        records: by student.
        of: the points that could be earned.
    """
    rows = []
    for person in people.people.values():
        earned = total_of(records.get(person.student))
        rows.append(Row(person, earned, people.points_after(person.student, earned)))
    return Export(rows, of, people.settings.assignment, people.settings.roster)


def format_points(points: float | None) -> str:
    """Points as platforms take them: ``40``, ``32.5``.

    >>> format_points(40.0), format_points(32.456), format_points(None)
    ('40', '32.46', '')
    """
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")
