"""Tests of the command grade with a roster, deadlines and exports, on a class that is graded already: nothing runs."""

import csv
import json
import re
import zipfile

import pytest

from cs231n.grading import __main__ as command
from cs231n.grading import grade as grading
from cs231n.grading.collecting.download import collect
from cs231n.grading.reporting.exports.files import MAKERS
from cs231n.grading.reporting.exports.rows import make_export
from tests.helpers.sample_classes import DOWNLOADS, ROSTERS, graded_class, graded_folder, make_download, roster_of


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """A function that runs the command grade on Brightspace's download, which has the times.

    It takes more arguments of the command, and returns its lines and the rows of grades.csv.
    """
    monkeypatch.setattr(grading, "Judge", None)  # whatever would run would fail
    monkeypatch.setattr(grading, "write_report", lambda *arguments: tmp_path)  # it has tests of its own
    monkeypatch.chdir(tmp_path)
    for kind, text in ROSTERS.items():
        (tmp_path / f"{kind.split()[0].lower()}.csv").write_text(text, encoding="utf-16")
    (tmp_path / "extensions.csv").write_text("name,until\nZoë Müller,2026-12-03T00:00\n", encoding="utf-8")
    download, out = graded_folder(tmp_path, "brightspace")

    def grade(*arguments):
        command.main(["grade", str(download), "--out", str(out), *arguments])
        with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
            rows = {re.sub(r"_\d+$", "", row["student"]): row for row in csv.DictReader(file) if row["student"]}
            return capsys.readouterr().out, rows

    return grade


DEADLINE = ("--deadline", "2026-12-01T23:59", "--late", "10%/day", "--grace", "15min")


def test_what_was_said_once_is_remembered_until_it_is_taken_back(run, tmp_path):
    said, rows = run("--roster", "plain.csv", *DEADLINE)
    assert "0 to grade" in said and "3 students, 1 without a submission" in said
    assert rows["Ping Lee"]["status"] == "nothing handed in"
    assert (rows["Zoë Müller"]["points before"], rows["Zoë Müller"]["points after"]) == ("44", "39.6")
    assert run()[1] == rows, "the next run knows it"
    page = tmp_path / "grades" / "feedback" / "Zoë Müller_102.html"
    sentence = '<p class="late">Handed in 1 day late: 39.6 of these 44 points count.</p>'
    assert sentence in page.read_text(encoding="utf-8")
    _, extended = run("--extensions", "extensions.csv")
    assert extended["Zoë Müller"]["points after"] == "44"
    assert "late:" not in page.read_text(encoding="utf-8")
    _, rows = run("--deadline", "none")
    assert "points after" not in rows["Zoë Müller"] and "Ping Lee" in rows
    assert list(run("--roster", "none")[1]) == ["Jane Doe", "Zoë Müller"]


@pytest.mark.parametrize("platform", DOWNLOADS)
@pytest.mark.parametrize("kind", ROSTERS)
def test_in_from_any_platform_and_out_to_any(tmp_path, platform, kind):
    """Both students are found on every roster that can know them, and their marks are in its platform's file."""
    roster = roster_of(ROSTERS[kind], tmp_path / "roster.csv")
    found = collect(make_download(tmp_path, platform), tmp_path / "out", None, lambda line: None)
    listed, records = graded_class(*found, roster=roster)
    flags = [person.all_flags for person in listed.people.values()]
    if platform == "nbgrader" and kind in ("Moodle", "Gradescope"):  # these do not know the logins
        assert flags == [["not-in-roster"], ["not-in-roster"], [], [], []]
        return
    assert flags == [[], [], []] and list(listed.absent.values()) == ["nothing handed in"]
    export = make_export(listed, records, of=53)
    (text,) = MAKERS["nbgrader" if kind == "plain CSV" else kind.lower()](export).values()
    assert ",45" in text and ",44" in text and not any("left out" in warning for warning in export.warnings)


def test_exports_are_written_when_asked_for(run, tmp_path):
    said, _ = run("--roster", "canvas.csv", *DEADLINE, "--export", "canvas", "--export", "moodle", "--export", "canvas")
    files = {path.name for path in (tmp_path / "grades" / "export").iterdir()}
    assert files == {"canvas.csv", "moodle.csv", "moodle-feedback.zip"}
    assert said.count("for canvas:") == 1 and "for moodle:" in said
    text = (tmp_path / "grades" / "export" / "canvas.csv").read_text(encoding="utf-8")
    assert '"Müller, Zoë",102,S102,zmueller,Monday,39.6\n' in text
    assert "2 written answers have no points yet: they count as 0" in said
    assert "for canvas" not in run()[0]


def test_marks_given_by_hand_count_in_what_is_given_back(run, tmp_path):
    run()
    written = (tmp_path / "grades" / "private" / "written.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "marked.csv").write_text(written.replace("written-1,2,,", "written-1,2,1.5,"), encoding="utf-8")
    _, rows = run("--merge", "marked.csv", "--roster", "canvas.csv", *DEADLINE, "--export", "canvas")
    assert (rows["Zoë Müller"]["points before"], rows["Zoë Müller"]["points after"]) == ("45.5", "40.95")
    text = (tmp_path / "grades" / "export" / "canvas.csv").read_text(encoding="utf-8")
    assert "Points Possible,,,,,53\n" in text and ",Monday,40.95\n" in text and ",Monday,46.5\n" in text


def test_anonymous_pages_are_found_by_the_exports(run, tmp_path):
    _, rows = run("--anonymous", "--export", "moodle")
    codes = json.loads((tmp_path / "grades" / "private" / "codes.json").read_text(encoding="utf-8"))
    assert {row["student"]: row["code"] for row in rows.values()} == codes
    assert {path.stem for path in (tmp_path / "grades" / "feedback").iterdir()} == set(codes.values())
    for name in ("written.html", "written.csv"):
        text = (tmp_path / "grades" / "private" / name).read_text(encoding="utf-8")
        assert all(code in text for code in codes.values()) and not any(student in text for student in rows)
    with zipfile.ZipFile(tmp_path / "grades" / "export" / "moodle-feedback.zip") as archive:
        assert len(archive.namelist()) == 2
    run("--no-anonymous")
    assert {path.stem for path in (tmp_path / "grades" / "feedback").iterdir()} == {
        row["student"] for row in rows.values()
    }


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--roster", "missing.csv"], "missing.csv: No such file"),
        (["--roster", "grades"], "grades: Is a directory"),
        (["--roster", "grades/settings.json"], "lists no students"),
        (["--deadline", "soon"], "'soon' is not a time: write it as 2026-12-01T23:59"),
        (["--late", "10%/day"], "--late: give the --deadline, too"),
        (["--deadline", "2026-12-01", "--late", "10"], "write it as 10%/day"),
        (["--deadline", "2026-12-01", "--grace", "soon"], "write it as 15min"),
        (["--deadline", "2026-12-01", "--extensions", "plain.csv"], "plain.csv, line 1: there is no column until"),
    ],
)
def test_a_wrong_option_gets_a_sentence_and_is_not_remembered(run, tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        run(*arguments)
    assert not (tmp_path / "grades" / "private" / "class.json").exists()
    assert "points after" not in run()[1]["Jane Doe"]


def test_an_unknown_platform_is_refused(run, capsys):
    with pytest.raises(SystemExit):
        run("--export", "sakai")
    assert "invalid choice: 'sakai'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[1]", '{"deadline": 3}', '{"roster": 3}', '{"roster": []}'])
def test_a_damaged_memory_is_said(run, tmp_path, text):
    (tmp_path / "grades" / "private" / "class.json").write_text(text)
    with pytest.raises(SystemExit, match="class.json is damaged: delete it"):
        run()
