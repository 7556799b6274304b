"""How late a submission is, and what that costs. Nothing here reads a clock: times come from the platforms."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
NO_TIME = "no-submission-time"
OTHER_DEADLINE = "late-for-the-platform"


@dataclass(frozen=True)
class Policy:
    """What lateness costs.

    Attributes:
        deadline: for everybody without an extension.
        percent: of the points earned, lost for each day that has begun.
        grace: so much later than the deadline still counts as in time. It does not move the deadline: a submission
            after it is as late as without it.
    """

    deadline: datetime
    percent: float = 0.0
    grace: timedelta = timedelta(0)

    def points_after(self, points: float, days: int | None) -> float:
        """The points that are left, at least 0. None days, for a time that is not known, cost nothing.

        >>> Policy(datetime(2026, 12, 1), percent=10).points_after(40, 2)
        32.0
        """
        return round(points * max(0.0, 1 - self.percent / 100 * (days or 0)), 2)


@dataclass(frozen=True)
class Lateness:
    """How late one submission is.

    Attributes:
        submitted: when it came, as the platform says; "" if that is not known.
        days: the number of days that have begun since the deadline; 0 if it is in time, None if the time is not known.
        flags: words for the instructor.
    """

    submitted: str = ""
    days: int | None = None
    flags: tuple[str, ...] = ()


def judge_lateness(
    policy: Policy, submitted: str, is_late: bool = False, extension: datetime | None = None
) -> Lateness:
    """How late a submission is.

    Arguments:
        policy: the class's.
        submitted: when it came, as ISO 8601; "" if nobody knows.
        is_late: whether the platform itself calls it late.
        extension: the student's own deadline, if there is one.

    Returns:
        The lateness, with the flag NO_TIME if the time is not known, or OTHER_DEADLINE if the platform says that it is
        late and the deadline does not.
    """
    time = parse_time(submitted)
    if time is None:
        return Lateness(flags=(NO_TIME, OTHER_DEADLINE) if is_late else (NO_TIME,))
    days = count_days(time, extension or policy.deadline, policy.grace)
    return Lateness(submitted, days, (OTHER_DEADLINE,) if is_late and not days and extension is None else ())


def count_days(submitted: datetime, deadline: datetime, grace: timedelta = timedelta(0)) -> int:
    """The number of days that have begun since the deadline; 0 up to the end of the grace.

    Where only one of the times has a zone, the other is a time of the same zone if it is the submission's, and of this
    machine's zone if it is the deadline's.

    >>> count_days(datetime(2026, 12, 2, 0, 0, 1), datetime(2026, 12, 1))
    2
    """
    if submitted.tzinfo is None and deadline.tzinfo is not None:
        submitted = submitted.replace(tzinfo=deadline.tzinfo)
    elif submitted.tzinfo is not None and deadline.tzinfo is None:
        deadline = deadline.astimezone()
    late = submitted - deadline
    return math.ceil(late / DAY) if late > grace else 0


def parse_time(text: str) -> datetime | None:
    """A time in ISO 8601; None if the text is not one."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def parse_export_time(text: str) -> datetime | None:
    """A time as it stands in an export of Gradescope or of an English Moodle; None if the text is not one.

    >>> parse_export_time("2026-12-01 22:00:00 -0800").isoformat()
    '2026-12-01T22:00:00-08:00'
    >>> parse_export_time("Tuesday, 1 December 2026, 10:00 PM").isoformat()
    '2026-12-01T22:00:00'
    """
    for layout in ("%Y-%m-%d %H:%M:%S %z", "%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M"):
        try:
            return datetime.strptime(text.strip(), layout)
        except ValueError:
            continue
    return parse_time(text)


def parse_deadline(text: str) -> datetime:
    """A deadline such as ``2026-12-01T23:59`` or ``2026-12-01``, which ends with that day.

    Raises:
        ValueError: if it is not a time.
    """
    time = parse_time(text)
    if time is None:
        raise ValueError(f"{text!r} is not a time: write it as 2026-12-01T23:59, or 2026-12-01 for the end of that day")
    return time + timedelta(hours=23, minutes=59, seconds=59) if re.fullmatch(r"[\d-]+", text.strip()) else time


def parse_late(text: str) -> float:
    """The per cent of ``10%/day``.

    Raises:
        ValueError: if it is not written like this, or is above 100.

    >>> parse_late("10%/day")
    10.0
    """
    match = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*%\s*(?:/|per)\s*day\s*", text)
    if not match or float(match[1]) > 100:
        raise ValueError(f"{text!r} is not a late policy: write it as 10%/day, at most 100")
    return float(match[1])


def parse_grace(text: str) -> timedelta:
    """The time of ``15min``, ``2h`` or ``1d``.

    Raises:
        ValueError: if it is not written like this.
    """
    match = re.fullmatch(r"\s*([0-9]{1,4})\s*(min|h|d)\s*", text)
    if not match:
        raise ValueError(f"{text!r} is not a length of time: write it as 15min, 2h or 1d")
    return int(match[1]) * {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY}[match[2]]
