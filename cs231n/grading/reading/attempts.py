"""Tell which of several files is the latest attempt, from what platforms, browsers and students write into names.

In this order: a time in the name; a mark that it is late; a number, as in ``-1`` or ``(2)``; the platform's own number,
which grows. The times of files say less, since copying and unpacking may change them: they are the last resort.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from .submissions import NOTEBOOK_ENDINGS

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MIN_SECONDS = 60  # files that were saved within this time may have been copied or unpacked together

_MONTH = rf"(?P<month>{'|'.join(MONTHS)})[a-z]*"
_YEAR = r"(?P<year>20\d\d)"
_GAP = r"[\s_.,+-]*"
_TIME = (
    r"(?:(?:[\s_.,+-]+|\s*t|\s+at\s+)?(?<!\d{9})"
    r"(?P<hour>\d\d?)[:._h-]?(?P<minute>\d\d)(?:[:._m-]?(?P<second>\d\d)(?!\d{3})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]m)?(?:z|\s*utc)?)?"
)
_STAMPS = [
    re.compile(rf"(?<!\d){_YEAR}(?P<gap>[-_. ]?)(?P<month>\d\d)(?P=gap)(?P<day>\d\d){_TIME}"),
    re.compile(rf"(?<![a-z]){_MONTH}{_GAP}(?P<day>\d\d?)(?:st|nd|rd|th)?{_GAP}{_YEAR}{_TIME}"),
    re.compile(rf"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th)?{_GAP}{_MONTH}{_GAP}{_YEAR}{_TIME}"),
    re.compile(rf"(?<!\d)(?P<day>\d\d?)(?P<gap>[-_./])(?P<month>\d\d?)(?P=gap){_YEAR}{_TIME}"),
]
_LATE = re.compile(r"(?<![a-z])late(?![a-z])")
_ID = re.compile(r"\d{5,}")
_WORD_AND_NUMBER = re.compile(
    r"(?<![a-z])(?:attempt|try|take|version|revision|resubmission|rev|v)[\s_#-]*(\d{1,3})(?!\d)"
)
_NUMBER_AT_END = re.compile(r"\((\d{1,3})\)\s*$|(?<!\d)(\d{1,3})\s*$")


@dataclass(frozen=True)
class Attempt:
    """What a file's name says about when it was handed in. Later attempts compare as greater, field by field.

    Attributes:
        times: the times in the name, in their order, such as ``("2026-11-20 13:45:10",)``.
        late: whether the name has the mark ``LATE``.
        numbers: the numbers of attempts or downloads.
        ids: the platform's long numbers.
        base: the rest of the name. Two files with the same rest are attempts at the same.
    """

    times: tuple[str, ...]
    late: bool
    numbers: tuple[int, ...]
    ids: tuple[int, ...]
    base: str


def read_attempt(path: str) -> Attempt:
    """Read what a file's path says.

    >>> read_attempt("hw_attempt_2026-11-20-13-45-10_x.ipynb").times, read_attempt("d_LATE_12345_x-2.ipynb").numbers
    (('2026-11-20 13:45:10',), (2,))
    """
    text = path.casefold()
    for ending in sorted(NOTEBOOK_ENDINGS, key=len, reverse=True):
        text = text.removesuffix(ending)
    times: list[tuple[int, str]] = []
    for pattern in _STAMPS:
        text = pattern.sub(lambda match: _take_time(match, times), text)
    late = _LATE.search(text) is not None
    text = _LATE.sub(" ", text)
    ids = tuple(map(int, _ID.findall(text)))
    text = _ID.sub(" ", text)
    numbers: list[int] = []
    parts = []
    for part in text.split("/"):
        part = part.removesuffix(".zip").rstrip(" _-.|")
        for pattern in (_WORD_AND_NUMBER, _NUMBER_AT_END):
            if part.isdigit() and text.endswith(part):  # the whole name of a file, such as 01.ipynb
                continue
            numbers += [int(next(filter(None, match.groups()))) for match in pattern.finditer(part)]
            part = pattern.sub(" ", part)
        parts.append(" ".join(re.findall(r"[^\W_]+", part)))
    return Attempt(tuple(when for _, when in sorted(times)), late, tuple(numbers), ids, "/".join(parts))


def _take_time(match: re.Match, times: list[tuple[int, str]]) -> str:
    """Add the time of a match to a list of pairs (place, time). Return bars in its place, or the text if it is none."""
    found = match.groupdict()
    day, month = int(found["day"]), found["month"]
    number = MONTHS.index(month) + 1 if month in MONTHS else int(month)
    if match.re is _STAMPS[-1]:  # 5.4.2026 is in April, but 5-4-2026 may be in May
        if found["gap"] != "." and max(day, number) <= 12 and day != number:
            return match[0]
        day, number = (number, day) if number > 12 else (day, number)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"]:
        hour = hour % 12 + 12 * (found["half"] == "pm")
    try:
        times.append((match.start(), str(datetime(int(found["year"]), number, day, hour, minute, second))))
    except ValueError:  # a number, not a time
        try:
            times.append((match.start(), str(datetime(int(found["year"]), number, day))))
        except ValueError:
            return match[0]
    return "|" * len(match[0])  # the others keep their places


Item = TypeVar("Item")


def keep_latest(items: Iterable[Item], name_of: Callable[[Item], str]) -> tuple[list[Item], list[Item], str]:
    """Keep the latest attempts among files, as far as the names tell.

    Returns:
        latest: one item, or several of which the names do not tell the latest.
        earlier: the other items, the latest of them first.
        why: the end of a sentence about the last one; "" if the names told nothing.
    """
    pairs = [(item, read_attempt(name_of(item))) for item in items]
    newest, why = max((attempt.times for _, attempt in pairs), default=()), ""
    older = sorted((pair for pair in pairs if pair[1].times not in ((), newest)), key=lambda pair: pair[1].times)
    if older:
        pairs = [pair for pair in pairs if pair not in older]
        why = f"its name has the latest time ({newest[-1]})"
    for base in sorted({attempt.base for _, attempt in pairs}):
        same = [pair for pair in pairs if pair[1].base == base]
        key = _make_key([attempt for _, attempt in same])
        best = max(key(attempt) for _, attempt in same)
        lower = sorted((pair for pair in same if key(pair[1]) < best), key=lambda pair: key(pair[1]))
        if lower:
            pairs = [pair for pair in pairs if pair not in lower]
            older += lower
            marked = best[0] and not key(lower[-1][1])[0]
            why = "its name is marked LATE" if marked else "its name has the highest number"
    return [item for item, _ in pairs], [item for item, _ in reversed(older)], why


def _make_key(attempts: list[Attempt]) -> Callable[[Attempt], tuple]:
    """What tells the latest of attempts whose names are otherwise alike, as a key for sorting."""
    comparable = len({len(attempt.ids) for attempt in attempts}) == 1
    return lambda attempt: (attempt.late, attempt.numbers, attempt.ids if comparable else ())


def describe_time(seconds: float) -> str:
    """A time as text, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
