"""Tests of lateness, at the borders of days, of the grace and of time zones."""

from datetime import datetime, timedelta

import pytest

from cs231n.grading.reporting.extensions import move_deadline, parse_extensions
from cs231n.grading.reporting.lateness import (
    NO_TIME,
    OTHER_DEADLINE,
    Lateness,
    Policy,
    count_days,
    judge_lateness,
    parse_deadline,
    parse_grace,
    parse_late,
)

DEADLINE = datetime(2026, 12, 1, 23, 59)
GRACE = timedelta(minutes=15)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.mark.parametrize(
    "late, grace, days",
    [
        (-DAY, GRACE, 0),
        (0 * DAY, 0 * DAY, 0),
        (SECOND, 0 * DAY, 1),
        (GRACE, GRACE, 0),
        (GRACE + SECOND, GRACE, 1),
        (DAY, GRACE, 1),
        (DAY + SECOND, GRACE, 2),
        (3 * DAY, GRACE, 3),
        (DAY, 2 * DAY, 0),
    ],
)
def test_a_day_begins_with_its_first_second(late, grace, days):
    assert count_days(DEADLINE + late, DEADLINE, grace) == days


@pytest.mark.parametrize(
    "submitted, deadline, days",
    [
        ("2026-12-01T23:59:00+01:00", "2026-12-01T22:59+00:00", 0),
        ("2026-12-01T23:59:01+01:00", "2026-12-01T22:59+00:00", 1),
        ("2026-12-01T22:59:01Z", "2026-12-01T23:59+01:00", 1),
        ("2026-12-01T23:59:00", "2026-12-01T23:59-08:00", 0),  # without a zone: the deadline's
        ("2026-12-01T23:59:01", "2026-12-01T23:59-08:00", 1),
        ("2026-12-03", "2026-12-01", 2),
    ],
)
def test_times_with_and_without_a_zone(submitted, deadline, days):
    assert count_days(datetime.fromisoformat(submitted), datetime.fromisoformat(deadline)) == days


def test_a_deadline_without_a_zone_is_this_machine_s_time():
    local = DEADLINE.astimezone()
    assert count_days(local, DEADLINE) == 0 and count_days(local + SECOND, DEADLINE) == 1


@pytest.mark.parametrize("percent, days, after", [(10, 0, 40), (10, 1, 36), (10, 10, 0), (10, 11, 0), (100, 1, 0)])
def test_points_after(percent, days, after):
    assert Policy(DEADLINE, percent).points_after(40, days) == after


def test_points_after_have_two_digits_and_no_time_costs_nothing():
    assert Policy(DEADLINE, 33).points_after(33.33, 1) == 22.33
    assert Policy(DEADLINE, 100).points_after(33.33, None) == 33.33


@pytest.mark.parametrize("submitted", ["", "yesterday", "2026-13-01", "\x1b"])
def test_where_the_time_is_not_known_there_is_a_flag(submitted):
    assert judge_lateness(Policy(DEADLINE, 10), submitted) == Lateness(flags=(NO_TIME,))
    assert judge_lateness(Policy(DEADLINE, 10), submitted, is_late=True).flags == (NO_TIME, OTHER_DEADLINE)


def test_an_extension_is_the_student_s_own_deadline():
    policy, submitted = Policy(DEADLINE, 10), "2026-12-03T23:59:01"
    assert judge_lateness(policy, submitted).days == 3
    assert judge_lateness(policy, submitted, True, move_deadline(DEADLINE, "2")) == Lateness(submitted, 1)
    assert judge_lateness(policy, submitted, True, move_deadline(DEADLINE, "2026-12-04")).days == 0
    assert judge_lateness(policy, "2026-12-01", is_late=True).flags == (OTHER_DEADLINE,)


def test_the_options():
    assert parse_deadline("2026-12-01T23:59") == DEADLINE
    assert parse_deadline("2026-12-01") == datetime(2026, 12, 1, 23, 59, 59)
    assert [parse_late(text) for text in ("10%/day", "2.5 % per day", "100%/day")] == [10, 2.5, 100]
    assert [parse_grace(text) for text in ("15min", "2h", "1 d")] == [GRACE, timedelta(hours=2), DAY]


@pytest.mark.parametrize(
    "parse, text",
    [
        (parse_deadline, "tomorrow"),
        (parse_deadline, "12/01/2026"),
        (parse_late, "101%/day"),
        (parse_late, "10%"),
        (parse_late, "-10%/day"),
        (parse_late, "\u0661%/day"),
        (parse_grace, "15"),
        (parse_grace, "-5min"),
        (parse_grace, "1 week"),
    ],
)
def test_an_option_that_is_not_understood_gets_an_example(parse, text):
    with pytest.raises(ValueError, match="write it as"):
        parse(text)


def test_extensions_name_people_as_a_roster_does():
    table = [["E-mail", "Until"], ["zoe@uni.edu", "2026-12-05T12:00"], ["", ""], ["a@uni.edu", "2"]]
    assert parse_extensions(table) == [({"email": "zoe@uni.edu"}, "2026-12-05T12:00"), ({"email": "a@uni.edu"}, "2")]


@pytest.mark.parametrize(
    "table, message",
    [
        ([["name", "more"], ["a", "2"]], "line 1: there is no column"),
        ([["name", "days"], ["a", "2"], ["", "2"]], "line 3: there is no name"),
        ([["name", "days"], ["a", "two"]], "line 2: 'two' is not a time"),
        ([["name", "days"], ["a"]], "line 2: '' is not a time"),
        ([["name", "days"], ["a", "-1"]], "line 2"),
    ],
)
def test_a_mistake_in_the_extensions_is_named_with_its_line(table, message):
    with pytest.raises(ValueError, match=message):
        parse_extensions(table)
