"""The students' own deadlines: a CSV with columns that say who, and ``until`` (a time) or ``days`` (more days)."""

from datetime import datetime, timedelta

from .lateness import parse_deadline
from .matching import Identity
from .roster import fold_heading, parse_roster


def parse_extensions(table: list[list[str]]) -> list[tuple[Identity, str]]:
    """The students and their deadlines, of a table whose first row holds the headings.

    Returns:
        For each row, who it is, and the deadline as it stands there.

    Raises:
        ValueError: if a column is missing, or a row is not valid. It names the line.
    """
    roster = parse_roster(table)
    headings = [fold_heading(heading) for heading in roster.header]
    column = next((headings.index(name) for name in ("until", "deadline", "days") if name in headings), None)
    if column is None:
        raise ValueError("line 1: there is no column until or days")
    people = dict(roster.students)
    extensions: list[tuple[Identity, str]] = []
    for number, row in enumerate(roster.rows):
        if not any(row):
            continue
        value = row[column] if column < len(row) else ""
        if number not in people:
            raise ValueError(f"line {number + 2}: there is no name, id, login or email")
        try:
            move_deadline(datetime(2000, 1, 1), value)
        except ValueError as error:
            raise ValueError(f"line {number + 2}: {error}") from None
        extensions.append((people[number], value))
    return extensions


def move_deadline(deadline: datetime, extension: str) -> datetime:
    """A student's own deadline.

    Arguments:
        deadline: the class's.
        extension: a time, or a number of days.

    Raises:
        ValueError: if the extension is neither.

    >>> move_deadline(datetime(2026, 12, 1, 23, 59), "2")
    datetime.datetime(2026, 12, 3, 23, 59)
    """
    if extension.isdecimal() and len(extension) <= 3:
        return deadline + timedelta(days=int(extension))
    return parse_deadline(extension)
