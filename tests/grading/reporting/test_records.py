"""Tests of the records: they come back from their files as they were, and every student's file has a name that fits."""

import json

import numpy as np
import pytest

from cs231n.assignment.diagnosis.smallest_example import Example
from cs231n.grading.reading.file_names import MAX_NAME_BYTES, file_name_of
from cs231n.grading.reporting.records import (
    Record,
    TaskReport,
    example_from_dict,
    example_to_dict,
    load_record,
    record_path,
    write_record,
)
from tests.helpers import sample_records


@pytest.mark.parametrize("name", ["right_record", "mistaken_record", "empty_record"])
def test_a_record_comes_back_as_it_was(name, tmp_path):
    record = getattr(sample_records, name)()
    write_record(tmp_path, record, "page")
    loaded = load_record(tmp_path, record.student)
    assert loaded is not None and isinstance(loaded.tasks["softmax"], TaskReport)
    assert repr(loaded.tasks) == repr(record.tasks), "nan included"
    assert (loaded.total, loaded.all_flags) == (record.total, record.all_flags)
    assert loaded.to_dict()["points"] == record.to_dict()["points"]


def edited(edit):
    """A stored record after an edit of its values."""
    values = json.loads(json.dumps(sample_records.right_record().to_dict()))
    edit(values)
    return values


@pytest.mark.parametrize(
    "edit",
    [
        lambda values: values.update(checks={}, mistakes={}, items={}),  # an older grader wrote these
        lambda values: values.pop("tasks"),
        lambda values: values.update(tasks=[]),
        lambda values: values.update(tasks={"softmax": []}),
        lambda values: values["tasks"]["softmax"].pop("note"),
        lambda values: values["tasks"]["softmax"].update(text=""),
    ],
)
def test_a_record_of_another_version_is_not_valid(edit, tmp_path):
    path = record_path(tmp_path, "Zoë Müller")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(edited(lambda values: None)), encoding="utf-8")
    assert load_record(tmp_path, "Zoë Müller") is not None
    path.write_text(json.dumps(edited(edit)), encoding="utf-8")
    assert load_record(tmp_path, "Zoë Müller") is None


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "{}", "1"])
def test_a_file_that_is_no_record_is_not_valid(text, tmp_path):
    path = record_path(tmp_path, "x")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert load_record(tmp_path, "x") is None


def test_flags_of_tasks_come_with_their_task():
    record = Record("x", flags=["unboxed"], tasks={"adam": TaskReport(flags=["a", "b"])})
    assert record.all_flags == ["unboxed", "a:adam", "b:adam"]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_an_example_comes_back_as_it_was(shape):
    example = Example(["    x = [1]"], "dx", np.full(shape, np.nan), np.full(shape, 2.0))
    back = example_from_dict(json.loads(json.dumps(example_to_dict(example))))
    assert (back.inputs, back.name) == (example.inputs, example.name)
    np.testing.assert_array_equal(back.got, example.got)
    np.testing.assert_array_equal(back.want, example.want)


NAMES = [
    "..",
    ".",
    "",
    "...",
    " ..",
    "a.",
    "a ",
    ".a",
    "CON",
    "con.txt",
    "com1",
    "LPT9.x",
    "nul",
    "a\x00b",
    "a\nb",
    "a/b",
    "a\\b",
]
NAMES += [
    "../../x",
    "C:x",
    "a~b",
    "_",
    "__",
    "x" * 300,
    "x" * 301,
    "é" * 100,
    "\udcff",
    "<b>",
    "a:b",
    "a?b",
    "con",
    "ＣＯＮ",
]


def test_every_name_becomes_a_file_name_that_every_system_can_hold_and_no_two_the_same():
    made = [file_name_of(name) for name in NAMES]
    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert not set(name) & set('<>:"/\\|?*\x00\n') and len(f"{name}.html".encode()) < 255
        assert name == name.strip(" .") and name.split(".")[0].casefold() not in ("con", "nul", "com1", "lpt9")
    assert len(file_name_of("x" * 300)) <= MAX_NAME_BYTES + 12
    assert [file_name_of(name) for name in ("Zoë Müller", "doe_jane-2", "李")] == ["Zoë Müller", "doe_jane-2", "李"]


@pytest.mark.parametrize("name", ["report.html", "REPORT.HTML", "written.csv", "marks.json", ".html"])
def test_no_student_takes_the_place_of_a_file_about_the_class(name, tmp_path):
    assert record_path(tmp_path, name).parent.name.startswith("_") and "~" in file_name_of(name)
