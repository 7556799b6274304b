"""Tests of the files for the platforms: each is what the platform's importer takes, and says nothing private."""

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting.class_settings import EXPORTS
from cs231n.grading.reporting.exports.files import MAKERS, write_exports
from cs231n.grading.reporting.exports.rows import make_export
from cs231n.grading.reporting.feedback import make_page
from cs231n.grading.reporting.lateness import Policy
from cs231n.grading.reporting.records import write_record
from tests.helpers.sample_classes import JANE, ROSTERS, ZOE, graded_class, roster_of
from tests.helpers.sample_records import DIGITS, SECRETS, WORTH

LATE = Policy(datetime(2026, 12, 1, 23, 59), percent=10)
NOBODY = Submission("nobody", Path("c"))


def exported(platform, *found, **settings):
    """The rows of a platform's CSV, and the export."""
    listed, records = graded_class(*found, **settings)
    export = make_export(listed, records, of=45)
    (text,) = MAKERS[platform](export).values()
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1, "every row has all columns"
    return rows, export


@pytest.fixture
def roster(tmp_path):
    return lambda kind: roster_of(ROSTERS[kind], tmp_path / "roster.csv")


def test_canvas_gets_back_its_own_columns(roster):
    rows, export = exported("canvas", JANE, ZOE, NOBODY, roster=roster("Canvas"), policy=LATE)
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Batch normalization (4711)"],
        ["    Points Possible", "", "", "", "", "45"],
        ["Doe, Jane", "101", "S101", "jdoe", "Monday", "45"],
        ["Müller, Zoë", "102", "S102", "zmueller", "Monday", "39.6"],
        ["Lee, Ping", "103", "S103", "plee", "Tuesday", ""],
    ]
    assert export.warnings == ["left out (not in the roster): nobody"]


def test_canvas_without_a_roster_gets_what_the_download_says():
    rows, export = exported("canvas", JANE, ZOE, NOBODY, assignment="BN, part 1")
    assert rows[0][-1] == "BN, part 1" and rows[2] == ["Jane Doe", "101", "", "", "", "45"]
    assert export.warnings == [
        "left out (no Canvas ID, SIS ID or login; give Canvas's gradebook export as --roster): nobody"
    ]


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_a_number_of_another_platform_is_not_used(platform, roster):
    rows, _ = exported(platform, JANE, roster=roster("Brightspace"))
    assert not any("101" in cell for row in rows[2:] for cell in row[:2])


def test_moodle_s_worksheet_is_filled_in_and_otherwise_unchanged(roster):
    rows, export = exported("moodle", JANE, ZOE, NOBODY, roster=roster("Moodle"), policy=LATE)
    given = list(csv.reader(io.StringIO(ROSTERS["Moodle"])))
    assert [row[4] for row in rows] == ["Grade", "45", "39,6", ""], "with a comma, as Moodle has it"
    for row, before in zip(rows, given):
        assert [*row[:4], *row[5:]] == [*before[:4], *before[5:]]
    assert export.warnings == [
        "left out (not in the worksheet): nobody",
        "1 students have another grade in the worksheet: Moodle will replace it",
    ]


def test_moodle_s_other_maximum_is_said(roster):
    listed, records = graded_class(JANE, roster=roster("Moodle"))
    export = make_export(listed, records, of=40)
    MAKERS["moodle"](export)
    assert any("Moodle's maximum is another" in warning for warning in export.warnings)


def test_brightspace(roster):
    rows, _ = exported("brightspace", JANE, ZOE, roster=roster("Brightspace"))
    title = "Batch normalization Points Grade <Numeric MaxPoints:45>"
    assert rows == [
        ["OrgDefinedId", "Username", title, "End-of-Line Indicator"],
        ["#101", "#jdoe", "45", "#"],
        ["#102", "#zmueller", "44", "#"],
        ["#103", "#plee", "", "#"],
    ]
    rows, export = exported("brightspace", JANE, assignment="BN")
    assert rows == [["OrgDefinedId", "Username", "BN Points Grade", "End-of-Line Indicator"]]
    assert "left out (no OrgDefinedId or Username" in export.warnings[0]


def test_gradescope(roster):
    rows, _ = exported("gradescope", JANE, roster=roster("Gradescope"))
    assert rows[1] == ["Jane Doe", "101", "jdoe@uni.edu", "45", "45", "Graded", "101", "2026-12-01T22:00"]
    assert rows[3] == ["Ping Lee", "103", "lee@uni.edu", "", "45", "Missing", "", ""]


def test_nbgrader_subtracts_what_lateness_costs(roster):
    rows, _ = exported("nbgrader", ZOE, roster=roster("plain CSV"), policy=LATE)
    zoe, jane, _ = [dict(zip(rows[0], row)) for row in rows[1:]]
    assert (zoe["student_id"], zoe["timestamp"], zoe["max_score"]) == ("zmueller", "2026-12-02T12:00", "45")
    assert (zoe["raw_score"], zoe["late_submission_penalty"], zoe["score"]) == ("44", "4.4", "39.6")
    assert (jane["student_id"], jane["timestamp"], jane["score"]) == ("jdoe", "", "0"), "as nbgrader writes it"


@pytest.mark.parametrize("platform", EXPORTS)
def test_hostile_names_are_no_formulas_and_nobody_is_lost(platform):
    names = ["=1+1", "../../etc_x", "a\nb", '"', "<b>", "_"]
    found = [Submission(n, Path(n), identity={"login": f"u{k}", "platform_id": f"{k}"}) for k, n in enumerate(names)]
    rows, export = exported(platform, *found)
    assert len(rows) == len(names) + (2 if platform == "canvas" else 1) and not export.warnings
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_only_pages_and_points_leave(tmp_path, roster):
    """Nothing of the records but names and points is in an export, and of the files only the feedback pages."""
    hostile = Submission("../Zoë_M.", Path("b"), identity={"platform_id": "102"})
    listed, records = graded_class(JANE, hostile, exports=EXPORTS)
    for record in records.values():
        write_record(tmp_path, record, make_page(record))
        (tmp_path / "private" / "extra.json").write_text(SECRETS["seed"])
    lines = write_exports(tmp_path, listed, records, WORTH)
    assert len([line for line in lines if line.startswith("for ")]) == len(EXPORTS)
    files = sorted((tmp_path / "export").iterdir())
    assert [file.name for file in files] == [
        "brightspace.csv", "canvas.csv", "gradescope.csv", "moodle-feedback.zip", "moodle.csv", "nbgrader.csv",
    ]  # fmt: skip
    pages = {file.read_bytes() for file in (tmp_path / "feedback").iterdir()}
    with zipfile.ZipFile(tmp_path / "export" / "moodle-feedback.zip") as archive:
        assert archive.namelist() == [
            "Jane Doe_101_assignsubmission_file_/feedback.html",
            "Zoë M_102_assignsubmission_file_/feedback.html",
        ]
        assert {archive.read(name) for name in archive.namelist()} == pages
        content = b"".join(archive.read(name) for name in archive.namelist())
    content += b"".join(file.read_bytes() for file in files if file.suffix == ".csv")
    for secret in (*SECRETS.values(), *DIGITS, "probe-", "result.json", "private"):
        assert secret.encode() not in content


def test_a_file_in_which_somebody_has_typed_is_kept(tmp_path):
    listed, records = graded_class(JANE, exports=("canvas",))
    path = tmp_path / "export" / "canvas.csv"
    assert not any("kept" in line for line in write_exports(tmp_path, listed, records, WORTH))
    path.write_text("typed", encoding="utf-8")
    (said,) = [line for line in write_exports(tmp_path, listed, records, WORTH) if "it is kept as" in line]
    assert Path(said.rpartition(" ")[2]).read_text(encoding="utf-8") == "typed"
    assert "Jane Doe,101" in path.read_text(encoding="utf-8")
    assert not any("kept" in line for line in write_exports(tmp_path, listed, records, WORTH))


def test_who_has_no_participant_number_is_left_out_and_said(tmp_path):
    listed, records = graded_class(NOBODY, exports=("moodle",))
    write_record(tmp_path, records["nobody"], "page")
    lines = write_exports(tmp_path, listed, records, WORTH)
    assert lines[1:3] == [
        "  left out (no participant number; give Moodle's grading worksheet as --roster): nobody",
        "  left out (no participant number, so no feedback file): nobody",
    ]
