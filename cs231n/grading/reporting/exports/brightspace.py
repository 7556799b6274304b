"""Brightspace: a CSV for Grades, Import.

As https://community.d2l.com/brightspace/kb/articles/3538-importing-grades says, a student is named by OrgDefinedId,
Username or both, and the points stand under the grade item's name followed by "Points Grade". As in Brightspace's own
export, a # before the first two keeps a spreadsheet from reading them as numbers, and every line ends with the End-of-
Line Indicator.
"""

from ..roster import BRIGHTSPACE
from ..tables import write_rows
from .rows import Export

POINTS, END = "Points Grade", "End-of-Line Indicator"


def make_files(export: Export) -> dict[str, str]:
    """The text of ``brightspace.csv``."""
    table, left_out = [["OrgDefinedId", "Username", _find_title(export), END]], []
    for row in export.rows:
        keys = [row.person.identity.get(key, "") for key in ("id", "login")]
        if any(keys):
            table.append([*(f"#{key}" if key else "" for key in keys), row.score, "#"])
        else:
            left_out.append(row)
    export.warn_left_out(left_out, "no OrgDefinedId or Username; give Brightspace's grade export as --roster")
    return {"brightspace.csv": write_rows(table)}


def _find_title(export: Export) -> str:
    """The heading of the points, as it stands in the roster if it is there."""
    roster, title = export.roster_of(BRIGHTSPACE), f"{export.assignment} {POINTS}"
    headings = roster.header if roster else []
    return next((heading for heading in headings if heading.casefold().startswith(title.casefold())), title)
