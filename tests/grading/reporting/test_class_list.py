"""Tests of the class: roster, submissions and deadlines together, and the columns of grades.csv."""

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest

from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting.class_list import NOT_IN_ROSTER, UNCLEAR
from cs231n.grading.reporting.grades_table import make_grades_table
from cs231n.grading.reporting.lateness import OTHER_DEADLINE, Policy
from cs231n.grading.reporting.roster import parse_roster
from tests.helpers.sample_classes import JANE, ROSTERS, ZOE, graded_class, roster_of
from tests.helpers.sample_records import WORTH

POLICY = Policy(datetime(2026, 12, 1, 23, 59), percent=10)


def table_of(listed, records, found):
    """The rows of grades.csv, by student."""
    text = make_grades_table(list(found), records, WORTH, listed.columns(records), listed.absent)
    maximum, *rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert maximum["status"] == "maximum" and None not in maximum
    assert len({row["student"] for row in rows}) == len(rows)
    return {row["student"]: row for row in rows}


def simple_roster(*rows):
    return parse_roster([["name", "id", "login"], *(list(row) for row in rows)])


@pytest.mark.parametrize("kind", ROSTERS)
def test_who_handed_in_nothing_has_a_row_whatever_the_roster(kind, tmp_path):
    stranger = Submission("=Stranger", Path("c"))
    found = (JANE, ZOE, stranger)
    listed, records = graded_class(*found, roster=roster_of(ROSTERS[kind], tmp_path / "roster.csv"))
    rows = table_of(listed, records, found)
    absent = "Lee, Ping" if kind == "Canvas" else "Ping Lee"
    assert list(rows) == ["Jane Doe", "Zoë Müller", "'=Stranger", absent]
    assert (rows[absent]["status"], rows[absent]["total"], rows[absent]["name"]) == ("nothing handed in", "", absent)
    assert [row["class flags"] for row in rows.values()] == ["", "", NOT_IN_ROSTER, ""]
    assert listed.notes == [
        f"roster ({kind}): 3 students, 1 without a submission; handed in and not found on the roster: =Stranger"
    ]
    if kind != "Moodle":
        assert rows["Jane Doe"]["login"] == ("" if kind == "Gradescope" else "jdoe")


def test_two_who_have_the_same_name_are_flagged_and_not_guessed():
    roster = simple_roster(["Jane Doe", "1", "jdoe"], ["Jane Doe", "2", "jdoe2"], ["Bo", "3", "bo"])
    found = (Submission("Jane Doe", Path("a")), Submission("bo", Path("b")))
    listed, records = graded_class(*found, roster=roster)
    rows = table_of(listed, records, found)
    assert list(rows) == ["Jane Doe", "bo", "Jane Doe (jdoe)", "Jane Doe (jdoe2)"]
    assert [row["class flags"] for row in rows.values()] == [UNCLEAR, "", UNCLEAR, UNCLEAR]
    assert rows["Jane Doe (jdoe)"]["status"] == "unclear who handed in"
    assert listed.people["Jane Doe"].row is None and listed.people["bo"].row == 2


def test_two_submissions_of_one_on_the_roster_are_flagged():
    roster = simple_roster(["Bo", "3", "bo"])
    found = (Submission("Bo", Path("a")), Submission("bo.zip", Path("b"), identity={"name": "Bo"}))
    listed, records = graded_class(*found, roster=roster)
    assert [row["class flags"] for row in table_of(listed, records, found).values()] == [UNCLEAR] * 3
    surer = Submission("x", Path("c"), identity={"login": "bo"})
    listed, records = graded_class(*found, surer, roster=roster)
    assert [person.row for person in listed.people.values()] == [None, None, 0], "the login is surer than the name"


def test_a_name_of_the_roster_that_a_submission_has_gets_a_number():
    found = (Submission("Bo", Path("a"), identity={"name": "Other", "login": "other"}),)
    listed, records = graded_class(*found, roster=parse_roster([["name"], ["Bo"], ["bo"]]))
    assert list(table_of(listed, records, found)) == ["Bo", "Bo (2)", "bo (3)"]


def test_lateness_has_columns_and_costs_points():
    listed, records = graded_class(JANE, ZOE, Submission("Ann", Path("c")), policy=POLICY)
    rows = table_of(listed, records, (JANE, ZOE, Submission("Ann", Path("c"))))
    columns = ["submitted", "days late", "points before", "points after", "class flags"]
    total = records["Zoë Müller"].total
    assert [rows["Zoë Müller"][name] for name in columns] == [
        "2026-12-02T12:00", "1", f"{total:g}", f"{round(total * 0.9, 2):g}", "",
    ]  # fmt: skip
    assert [rows["Jane Doe"][name] for name in columns[1:]] == ["0", "45", "45", ""]
    assert [rows["Ann"][name] for name in columns] == ["", "", "45", "45", "no-submission-time"]


def test_extensions_are_found_like_the_roster_and_a_typo_is_said(tmp_path):
    extensions = (({"login": "zmueller"}, "1"), ({"name": "Zoe"}, "9"), ({"name": "Bo"}, "1"))
    roster = roster_of(ROSTERS["plain CSV"], tmp_path / "roster.csv")
    listed, _ = graded_class(JANE, ZOE, roster=roster, policy=POLICY, extensions=extensions)
    assert listed.people["Zoë Müller"].lateness.days == 0
    assert listed.notes[1:] == ["extension for Zoe: no such student", "extension for Bo: no such student"]


def test_a_time_that_only_the_roster_knows_counts(tmp_path):
    jane = Submission("Jane Doe", Path("a"), identity={"platform_id": "101"})
    policy = Policy(datetime(2026, 11, 30, 23, 59))
    listed, _ = graded_class(jane, ZOE, roster=roster_of(ROSTERS["Moodle"], tmp_path / "roster.csv"), policy=policy)
    assert [person.lateness.days for person in listed.people.values()] == [1, 2, None]


def test_a_roster_of_one_s_own_may_have_the_times():
    found = (Submission("Bo", Path("a")), Submission("Al", Path("b")))
    listed, _ = graded_class(*found, policy=POLICY)
    assert len(listed.notes) == 1 and "nothing says when anybody handed in" in listed.notes[0]
    roster = parse_roster([["name", "Submitted"], ["Bo", "2026-12-03 12:00"], ["Al", "yesterday"]])
    listed, _ = graded_class(*found, policy=POLICY, roster=roster)
    assert [person.lateness.days for person in listed.people.values()] == [2, None] and len(listed.notes) == 1


def test_a_platform_with_another_deadline_is_noticed():
    late = Submission("Bo", Path("a"), identity={"submitted": "2026-12-01T12:00", "late": "yes"})
    listed, _ = graded_class(late, policy=POLICY)
    assert listed.people["Bo"].all_flags == [OTHER_DEADLINE]


def test_without_a_roster_and_a_deadline_the_table_is_as_it_was():
    listed, records = graded_class(JANE, ZOE)
    found = [JANE, ZOE]
    assert listed.columns(records) == listed.absent == {}
    assert make_grades_table(found, records, WORTH, {}, {}) == make_grades_table(found, records, WORTH)


def test_hostile_names_stay_different_and_are_no_formulas():
    names = ["=1+1", "../../x", "a\x1b[31m", "<b>", "'=1+1"]
    listed, records = graded_class(JANE, roster=parse_roster([["name"], *([name] for name in names)]))
    rows = table_of(listed, records, [JANE])
    assert list(rows)[1:] == ["'=1+1", "../../x", "a\\x1b[31m", "<b>", "''=1+1"]
