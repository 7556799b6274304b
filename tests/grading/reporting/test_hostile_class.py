"""Tests that no student can stop the class: hostile names, paths and files, graded with the real box and nbval."""

import csv
import os
import unicodedata

import pytest

from cs231n.grading import grade as grading
from cs231n.grading.reporting.records import page_path, record_path
from tests.helpers.boxed import needs_box
from tests.helpers.reading_cases import ONE, notebook, write

NFC, NFD = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
FULL_MARKS = [
    " ..",
    " .",
    "...",
    "a..",
    ".alice",
    ONE,
    "CON",
    "nul.txt",
    "~x",
    "a\\..\\b",
    "\x07bell",
    "ANA",
    "ana",
    NFC,
    NFD,
]
FULL_MARKS += ["x" * 255, "ü" * 127, "-rf", "a;=1+1", "deep"]
NOTHING = {"loop": "links", "pipe": "special-file", "socket": "special-file", "gone.ipynb": "special-file"}


def make_deep(folder):
    """Put a file below a path of more than 4,096 bytes into a folder, step by step."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("x.ipynb", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A graded class of hostile students: the folder of grades, and the records by the submission's file name."""
    folder = tmp_path_factory.mktemp("class")
    for name in FULL_MARKS:
        write(folder / "in" / name, {ONE: notebook()})
    make_deep(folder / "in" / "deep")
    (folder / "in" / "loop").symlink_to("loop")
    os.mkfifo(folder / "in" / "pipe")
    os.mkfifo(folder / "in" / "gone.ipynb")
    os.mknod(folder / "in" / "socket", 0o140644)
    said = []
    records = grading.grade(folder / "in", folder / "out", jobs=2, seed="tests", say=said.append)
    return folder / "out", {os.path.basename(record.path): record for record in records}, said


@needs_box
def test_everybody_has_a_row_a_page_and_a_record_of_his_own(hostile):
    out, records, said = hostile
    assert set(records) == {*FULL_MARKS, *NOTHING}
    assert not any(record.status == "failed" for record in records.values())
    students = [record.student for record in records.values()]
    assert len({unicodedata.normalize("NFD", student).casefold() for student in students}) == len(students)
    assert {path.resolve() for path in (out / "feedback").iterdir()} == {page_path(out, s).resolve() for s in students}
    assert all(page_path(out, student).is_file() and record_path(out, student).is_file() for student in students)
    assert {path.name for path in out.iterdir()} == {
        "feedback", "private", "grades.csv", "settings.json", "README.md",
    }  # fmt: skip
    assert not any(name.startswith(".") for name in os.listdir(out / "feedback"))
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        assert len({row["student"] for row in csv.DictReader(file)}) == 1 + len(students), "and the maxima"


@needs_box
def test_an_answer_counts_whatever_its_folder_is_called(hostile):
    out, records, said = hostile
    assert {name: records[name].total for name in FULL_MARKS} == dict.fromkeys(FULL_MARKS, 16)
    assert any("deep" in remark for remark in records["deep"].remarks)


@needs_box
def test_what_is_no_file_is_never_opened_and_its_page_says_so(hostile):
    out, records, said = hostile
    for name, flag in NOTHING.items():
        assert records[name].status == "nothing to grade" and flag in records[name].flags
        assert "not followed" in (page := page_path(out, records[name].student).read_text()) or "not opened" in page


@needs_box
def test_nothing_that_is_not_for_students_lies_among_the_feedback(hostile):
    """Neither the seed nor a line of expected digits, and the name of no other student."""
    out, records, said = hostile
    digits = {line for r in records.values() for _, expected in r.probes.values() for line in expected.split("\n")}
    digits = {line for line in digits if len(line) > 12}
    assert len(digits) > 50
    pages = [path.read_text(encoding="utf-8") for path in (out / "feedback").rglob("*")]
    assert len(pages) == len(records)
    for page in pages:
        assert "tests" not in page.replace("our tests", "") and not any(line in page for line in digits)
    private = "".join(path.read_text(encoding="utf-8") for path in (out / "private").rglob("*.json"))
    assert '"seed": "tests"' in private and any(line in private for line in digits)
