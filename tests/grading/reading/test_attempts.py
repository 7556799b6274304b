"""Test which of several attempts at one notebook counts: the latest, as platforms and browsers name and date them."""

import json
import os
import zipfile

import pytest

from cs231n.grading.reading import read_submission
from cs231n.grading.reading.attempts import read_attempt
from tests.helpers.reading_cases import ONE, about, answer, answers, find, pristine, quiet, read, solved, text, write

OLD = "def softmax(x):\n    return x"
DAY = 86_400
LATER = [  # pairs of names; the second is the later attempt
    ("hw1_jdoe_attempt_2026-11-09-23-59-59_01_softmax", "hw1_jdoe_attempt_2026-11-20-13-45-10_01_softmax"),
    ("hw1_jdoe_attempt_2026-11-20-09-05-10_x", "hw1_jdoe_attempt_2026-11-20-13-45-10_a"),
    ("01_softmax_gradient_2026-11-09", "01_softmax_gradient_2026-11-20"),
    ("20261109T134510Z_x", "20261120T134510Z_x"),
    ("20261120094510_x", "20261120134510_x"),
    ("2026-11-20 at 9.45.10", "2026-11-20 at 13.45.10"),
    ("2026-11-20T13:45:09.9Z", "2026-11-20T13:45:10.1Z"),
    ("12345-67890 - Jane Doe - Nov 20, 2026 1145 AM/x", "12345-67890 - Jane Doe - Nov 20, 2026 145 PM/x"),
    ("12345-67890 - Jane Doe - 9 November, 2026 145 PM/x", "12345-67890 - Jane Doe - 10 November, 2026 145 PM/x"),
    ("Sep 30 2026/x", "Oct 1 2026/x"),
    ("jane+ps1+2026-11-09 13:45:10.123456 UTC/x", "jane+ps1+2026-11-20 13:45:10.123456 UTC/x"),
    ("9.11.2026/x", "20.11.2026/x"),
    ("11-19-2026/x", "11-20-2026/x"),
    ("doejane_12345_678910_01_softmax_gradient", "doejane_12345_678911_01_softmax_gradient-1"),
    ("doejane_12345_678910_01_softmax_gradient", "doejane_LATE_12345_678911_01_softmax_gradient"),
    ("doejane_LATE_12345_678911_01_softmax_gradient-1", "doejane_LATE_12345_678912_01_softmax_gradient-2"),
    ("doejane_12345_678910_x", "doejane_12345_678911_x"),
    ("submission_99999/x", "submission_100000/x"),
    (ONE.removesuffix(".ipynb"), "01_softmax_gradient (1)"),
    ("01_softmax_gradient(9)", "01_softmax_gradient(10)"),
    ("01_softmax_gradient-1", "01_softmax_gradient-2"),
    ("hw v2", "hw v10"), ("hw_v1", "hw_v2"), ("hw1", "hw2"), ("x", "x 2"), ("x copy", "x copy 2"),
    ("attempt 1/x", "attempt 2/x"), ("Attempt2/x", "Attempt10/x"), ("1/x", "2/x"), ("x-attempt-1", "x-attempt-2"),
]  # fmt: skip


@pytest.mark.parametrize("where", ["folder", "zip"])
@pytest.mark.parametrize("older, newer", LATER)
def test_the_latest_by_its_name_counts_and_is_named(tmp_path, older, newer, where):
    old, new = solved(), solved()
    find(old, "softmax")["source"] = OLD
    files = {f"{older}.ipynb": old, f"{newer}.ipynb": new}
    if where == "folder":
        path = write(tmp_path / "a", files)
    else:
        with zipfile.ZipFile(path := tmp_path / "a.zip", "w") as archive:
            for name in files:
                archive.writestr(name, json.dumps(files[name]))
    reading = read_submission(path)
    assert answers(reading)["softmax"] == answer(), reading.remarks
    assert about(reading, f"{newer}.ipynb counts, since its name") and "duplicate-notebook" in reading.flags


def test_of_three_the_latest_counts_and_answers_that_it_lacks_come_from_the_one_before(tmp_path):
    first, second, third = solved(), solved(), solved()
    find(first, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    return 1"
    find(second, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    return 2"
    find(third, "relu-backward")["source"] = text(find(pristine(), "relu-backward"))
    reading = read(tmp_path, **{"x-1.ipynb": first, "x-3.ipynb": third, "x-2.ipynb": second})
    assert "return 2" in answers(reading)["relu_backward"] and about(reading, "relu_backward stands in x-2.ipynb")


def test_an_untouched_notebook_is_no_attempt_however_new(tmp_path):
    reading = read(tmp_path, solved(), **{"01_softmax_gradient (1).ipynb": pristine()})
    assert answers(reading)["softmax"] == answer() and quiet(reading)[1] == []


@pytest.mark.parametrize("where", ["folder", "zip"])
def test_the_times_of_the_files_are_the_last_resort(tmp_path, where):
    old, new = solved(), solved()
    find(old, "softmax")["source"] = OLD
    write(tmp_path / "in", {f"a/{ONE}": old, f"b/{ONE}": new, f"c/{ONE}": old})
    for name, when in (("a", DAY * 20_000), ("b", DAY * 20_001), ("c", DAY * 19_999)):
        os.utime(tmp_path / "in" / name / ONE, (when, when))
    path = tmp_path / "in"
    if where == "zip":
        with zipfile.ZipFile(path := tmp_path / "in.zip", "w") as archive:
            for name in "abc":
                archive.write(tmp_path / "in" / name / ONE, f"{name}/{ONE}")
    reading = read_submission(path)
    assert answers(reading)["softmax"] == answer()
    assert about(reading, f"b/{ONE} counts, since it was saved last (2024-10-0")


@pytest.mark.parametrize(
    "name", ["20123456_x", "99/99/2026", "2026-13-40", "week 3/x", "part", "5-4-2026", "late.ipynb", "latex"]
)
def test_what_is_no_time_is_none(name):
    assert read_attempt(name).times == () and read_attempt("chocolate").late is False
