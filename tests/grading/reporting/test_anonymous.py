"""Tests of anonymous marking: pages carry codes, the key stays private, and nobody's page is lost."""

import json

import pytest

from cs231n.grading.reporting import anonymous
from cs231n.grading.reporting.anonymous import choose_names, make_named_page, settle_pages
from cs231n.grading.reporting.records import page_path, write_record
from tests.helpers.sample_records import make_record

STUDENTS = ["Jane Doe", "Zoë Müller", "=1+1"]


def pages(out):
    return {path.stem: path.read_text(encoding="utf-8") for path in (out / "feedback").iterdir()}


def write_class(out, marking):
    names = choose_names(out, STUDENTS, marking)
    for student in STUDENTS:
        record = make_record(student)
        write_record(out, record, make_named_page(record, names), names[student])
    return names


def test_pages_carry_codes_and_the_key_is_private(tmp_path):
    names = write_class(tmp_path, True)
    assert set(pages(tmp_path)) == set(names.values()) and len(set(names.values())) == 3
    for code, page in pages(tmp_path).items():
        assert f"<bdi>{code}</bdi>" in page and not any(student in page for student in STUDENTS)
    assert json.loads((tmp_path / "private" / "codes.json").read_text(encoding="utf-8")) == names
    assert json.loads((tmp_path / "private" / "Jane Doe" / "result.json").read_text())["student"] == "Jane Doe"


def test_a_code_is_kept_and_newcomers_get_one(tmp_path):
    first = choose_names(tmp_path, STUDENTS, True)
    second = choose_names(tmp_path, [*STUDENTS, "New"], True)
    assert {student: second[student] for student in STUDENTS} == first
    assert choose_names(tmp_path, ["New"], True) == {"New": second["New"]}
    assert choose_names(tmp_path, STUDENTS, False) == {student: student for student in STUDENTS}


def test_a_code_is_never_a_student_s_name(tmp_path, monkeypatch):
    drawn = iter(["BBBBBB", "CCCCCC", "CCCCCC", "DDDDDD"])
    monkeypatch.setattr(anonymous, "_draw_code", lambda: next(drawn))
    assert choose_names(tmp_path, ["bbbbbb", "x"], True) == {"bbbbbb": "CCCCCC", "x": "DDDDDD"}


def test_marking_that_becomes_anonymous_renames_the_pages_and_back(tmp_path):
    plain = write_class(tmp_path, False)
    before, records = pages(tmp_path), [make_record(student) for student in STUDENTS]
    codes = choose_names(tmp_path, STUDENTS, True)
    settle_pages(tmp_path, records, codes)
    assert set(pages(tmp_path)) == set(codes.values())
    settle_pages(tmp_path, records, plain)
    assert pages(tmp_path) == before


def test_a_page_is_not_removed_if_it_is_somebody_else_s(tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "codes.json").write_text(json.dumps({"x": "BBBBBB", "BBBBBB": "CCCCCC"}))
    names = choose_names(tmp_path, ["x", "BBBBBB"], True)
    settle_pages(tmp_path, [make_record("x"), make_record("BBBBBB")], names)
    assert set(pages(tmp_path)) == {"BBBBBB", "CCCCCC"}


def test_a_damaged_key_is_not_replaced(tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "codes.json").write_text("{")
    with pytest.raises(ValueError, match="codes.json is damaged"):
        choose_names(tmp_path, STUDENTS, True)
    assert not page_path(tmp_path, "x").exists()
