"""Tests of grades.csv: no student's name is a formula in a spreadsheet, and no two names become one."""

import csv
import io
import itertools
import sys
import unicodedata
from pathlib import Path

import pytest

from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting.grades_table import SIGNS, escape_formula, make_grades_table

FORMULAS = ["=1+1", "+1", "-1", "@x", "|calc", "%x", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\u22121", "\ufe661"]
LATER = ["a;=1+1", "a,=1+1", "a|=1+1", "a\t=1+1", "a; \uff1d1", 'a";=1+1', "a;;@x", "a\uff1b=1"]


@pytest.mark.parametrize("name", [*FORMULAS, *LATER])
def test_a_formula_gets_an_apostrophe_wherever_a_cell_may_begin(name):
    escaped = escape_formula(name)
    cells = escaped
    for separator in ",;|\t\uff0c\uff1b\uff5c":
        cells = cells.replace(separator, "\n")
    assert escaped.replace("'", "") == name
    assert not any(cell.strip(' "').startswith(tuple(SIGNS)) for cell in cells.split("\n"))


@pytest.mark.parametrize("name", ["Anne-Marie O'Neil", "Zoë Müller", "a=b", "doe_jane-2", "Smith, Jane", "100%"])
def test_an_ordinary_name_stays_as_it_is(name):
    assert escape_formula(name) == name


def test_different_names_stay_different():
    names = {"".join(letters) for n in range(1, 6) for letters in itertools.product("a'=;", repeat=n)}
    assert len({escape_formula(name) for name in names}) == len(names)
    assert escape_formula("=1+1") != escape_formula("'=1+1")


def test_the_signs_are_all_that_unicode_takes_for_one():
    forms = map(chr, range(sys.maxunicode + 1))
    assert set(SIGNS) == {c for c in forms if unicodedata.normalize("NFKC", c) in [*"=+-@|%", "\u2212"]}


def test_every_submission_has_its_own_name_in_the_table():
    names = ["=1+1", "'=1+1", "a;=1+1", "a;'=1+1", "|calc"]
    found = [Submission(name, Path(name)) for name in names]
    text = make_grades_table(found, dict.fromkeys(names), points_by_task()).removeprefix("\ufeff")
    maxima, *rows = csv.DictReader(io.StringIO(text))
    assert (maxima["student"], maxima["status"], maxima["softmax"]) == ("", "maximum", "2")
    assert [row["student"] for row in rows] == ["'=1+1", "''=1+1", "a;'=1+1", "a;''=1+1", "'|calc"]
    assert {row["status"] for row in rows} == {"not graded yet"}
