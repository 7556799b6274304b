"""What is said about the class on the command line. It is remembered in the folder of grades, for the next run."""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...support.whole_files import write_text
from .extensions import parse_extensions
from .lateness import Policy, parse_deadline, parse_grace, parse_late
from .matching import Identity
from .records import PRIVATE
from .roster import Roster, parse_roster, read_roster
from .tables import read_table

NONE = "none"  # what takes back what an earlier run was told
EXPORTS = ("canvas", "moodle", "gradescope", "brightspace", "nbgrader")
FORGETS = f'"{NONE}" forgets it'


@dataclass(frozen=True)
class ClassSettings:
    """What is known of a class as a whole.

    Attributes:
        roster: the class list; None if there is none.
        policy: what lateness costs; None if there is no deadline.
        extensions: students, and their own deadlines. A deadline is a time in ISO 8601, or a number of days.
        anonymous: whether pages carry codes instead of names.
        assignment: what the assignment is called on the platform.
        exports: the platforms for which files are asked in this run.
        known: the same as plain values, for the file that remembers it.
    """

    roster: Roster | None = None
    policy: Policy | None = None
    extensions: tuple[tuple[Identity, str], ...] = ()
    anonymous: bool = False
    assignment: str = "Batch normalization"
    exports: tuple[str, ...] = ()
    known: dict[str, Any] = field(default_factory=dict)


def add_class_options(parser: argparse.ArgumentParser) -> None:
    """Add the options about the class, for `read_class_settings`."""
    group = parser.add_argument_group("the class (remembered for the next run)")
    group.add_argument(
        "--roster", metavar="FILE", help=f"CSV of the class, or the platform's own gradebook export; {FORGETS}"
    )
    group.add_argument(
        "--deadline", metavar="TIME", help=f"such as 2026-12-01T23:59, for columns of lateness; {FORGETS}"
    )
    group.add_argument("--late", metavar="N%/day", help="of the points earned, lost for each day that has begun")
    group.add_argument("--grace", metavar="TIME", help="so much later is still in time: 15min, 2h, 1d")
    group.add_argument(
        "--extensions", metavar="FILE", help=f"CSV: who (name, id, login or email), and until or days; {FORGETS}"
    )
    group.add_argument(
        "--anonymous",
        action=argparse.BooleanOptionalAction,
        help="pages and written answers under a code; grades.csv and private/codes.json say whose",
    )
    group.add_argument("--assignment", metavar="NAME", help="what the platform calls the assignment, for --export")
    group = parser.add_argument_group("the marks, given back")
    group.add_argument(
        "--export",
        action="append",
        choices=EXPORTS,
        help="write GRADES/export/ for this platform (more than once: all)",
    )


def read_class_settings(arguments: argparse.Namespace) -> ClassSettings:
    """The settings of the command line, with what the folder of grades remembers.

    Raises:
        ValueError: if an option or a file of it is not valid.
        OSError: if a file cannot be read.
    """
    known = load_class_settings(arguments.out).known
    for name in ("roster", "deadline", "late", "grace", "extensions", "anonymous", "assignment"):
        given = getattr(arguments, name)
        if given == NONE:
            known.pop(name, None)
        elif given is not None:
            known[name] = given if name not in ("roster", "extensions") else _read_file(name, Path(given))
    if arguments.deadline == NONE:
        known = {name: value for name, value in known.items() if name not in ("late", "grace", "extensions")}
    return make_settings(known, tuple(dict.fromkeys(arguments.export or ())))


def load_class_settings(out: Path) -> ClassSettings:
    """What a folder of grades remembers. Raises ValueError if its file is damaged."""
    path = out / PRIVATE / "class.json"
    if not path.exists():
        return ClassSettings()
    try:
        return make_settings(dict(json.loads(path.read_text(encoding="utf-8"))))
    except (ValueError, TypeError, LookupError, AttributeError):
        raise ValueError(f"{path} is damaged: delete it, and give --roster, --deadline and so on again") from None


def remember_class(out: Path, settings: ClassSettings) -> None:
    """Remember the settings in a folder of grades."""
    if settings.known != load_class_settings(out).known:
        (out / PRIVATE).mkdir(parents=True, exist_ok=True)
        write_text(out / PRIVATE / "class.json", json.dumps(settings.known, indent=1) + "\n")


def make_settings(known: dict[str, Any], exports: tuple[str, ...] = ()) -> ClassSettings:
    """The settings of plain values.

    Raises:
        ValueError: if an option is not valid, or needs another one.
    """
    policy = None
    if "deadline" in known:
        late, grace = parse_late(known.get("late", "0%/day")), parse_grace(known.get("grace", "0min"))
        policy = Policy(parse_deadline(known["deadline"]), late, grace)
    elif without := [f"--{name}" for name in ("late", "grace", "extensions") if name in known]:
        raise ValueError(f"{' and '.join(without)}: give the --deadline, too")
    return ClassSettings(
        roster=parse_roster(known["roster"]) if "roster" in known else None,
        policy=policy,
        extensions=tuple(parse_extensions(known["extensions"])) if "extensions" in known else (),
        anonymous=known.get("anonymous", False),
        assignment=known.get("assignment", ClassSettings.assignment),
        exports=exports,
        known=known,
    )


def _read_file(name: str, path: Path) -> list[list[str]]:
    """The table in an option's file. Raises ValueError if it is not what the option wants."""
    if name == "roster":
        return read_roster(path).table
    table = read_table(path)
    try:
        parse_extensions(table)
    except ValueError as error:
        raise ValueError(f"{path}, {error}") from None
    return table
