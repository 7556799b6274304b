"""Tests of hand marks: what is typed arrives in the table and on the page, is never lost, and executes nothing."""

import csv
import io
import json
import re
import shutil

import pytest

from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reporting.by_hand import load_by_hand, write_for_marking
from cs231n.grading.reporting.marks import FORMAT, answer_id, load_marks
from cs231n.grading.reporting.records import load_record
from cs231n.grading.reporting.written_page import read_rubric
from tests.helpers.stub_class import StubClass

ANSWERS = {
    "ana": {"written-1": "Because $\\sum_i x_i = 0$.", "written-2": "It **scatters**."},
    "=1+1": {"written-1": "<b>No</b> idea"},
    "'=1+1": {"written-1": "The mean."},
    "__proto__": {},
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that was graded once."""
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as monkeypatch:
        StubClass(folder, monkeypatch, ANSWERS).grade()
    return folder


@pytest.fixture
def stub(graded, tmp_path, monkeypatch):
    """A copy of it. Nothing in it is to be executed again."""
    shutil.copytree(graded, tmp_path, dirs_exist_ok=True)
    return StubClass(tmp_path, monkeypatch, ANSWERS)


def mark(student, question, points, comment="", typed="2026-01-01T00:00:00.000Z", **other):
    answer = answer_id(ANSWERS.get(student, {}).get(question, ""))
    values = {"student": student, "question": question, "points": points, "comment": comment}
    return {**values, "answer": answer, "typed": typed, **other}


def download(stub, *marks, name="marks.json", **other):
    """A file as the page makes it."""
    path = stub.out.parent / name
    token = load_marks(stub.out).token
    path.write_text(json.dumps({"format": FORMAT, "class": token, "marks": marks, **other}), encoding="utf-8")
    return path


def edit_csv(stub, edit, encoding="utf-8-sig", delimiter=","):
    """Edit written.csv by hand: a function gets its rows, dictionaries."""
    path = stub.out / "private" / "written.csv"
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    edit(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding=encoding, newline="")
    return path


def test_marks_reach_the_table_and_the_page_and_nothing_is_executed(stub, capsys):
    assert stub.grade() == [] and "written answers to mark: 4" in capsys.readouterr().out
    first = stub.rows()["ana"]
    assert (first["written-1"], first["written-3"], first["answers to mark"]) == ("", "no answer", "2")
    assert stub.rows()[""]["written-1"] == "2" and stub.rows()[""]["total with hand marks"] == "53"
    path = download(stub, mark("ana", "written-1", 1.5, "Why <b>?"), mark("'=1+1", "written-1", 0))
    assert stub.grade("--merge", path) == []
    assert "merged marks.json: 2 new marks, 0 that replace earlier ones" in capsys.readouterr().out
    row = stub.rows()["ana"]
    assert (row["written-1"], row["total"], row["total with hand marks"]) == ("1.5", "45", "46.5")
    assert stub.rows()["''=1+1"]["written-1"] == "0" and stub.rows()["'=1+1"]["written-1"] == ""
    page = stub.page("ana")
    assert "written-1: 1.5 of 2 points" in page and "Why &lt;b&gt;?" in page and "<math" in page
    assert "and 1.5 of 8 so far for the" in page and "<strong>scatters</strong>" in page
    stub.grade("--merge", download(stub, mark("ana", "written-2", 2)))
    assert "and 3.5 of 8 for the written questions:\n48.5 of 53 in all" in stub.page("ana")
    assert stub.grade() == [] and stub.rows()["ana"]["written-2"] == "2"


def test_what_a_mark_replaces_stays_in_the_history_and_an_older_mark_is_left_out(stub, capsys):
    stub.grade("--merge", download(stub, mark("ana", "written-1", 1, "so", typed="2026-01-02T00:00:00.000Z")))
    stub.grade("--merge", download(stub, mark("ana", "written-1", 2, typed="2026-01-03T00:00:00.000Z"), name="b.json"))
    stub.grade("--merge", download(stub, mark("ana", "written-1", 0), name="c.json"))
    assert "1 older than the mark that is there, left out" in capsys.readouterr().out
    marks = load_marks(stub.out)
    assert marks.find("ana", "written-1").points == 2 and stub.rows()["ana"]["written-1"] == "2"
    assert [entry["file"] for entry in marks.history] == ["marks.json", "b.json"]
    assert marks.history[1]["changes"][0]["before"]["comment"] == "so" and marks.history[1]["when"] > "2026"
    stub.grade("--merge", stub.out.parent / "b.json")
    assert "0 new marks, 0 that replace" in capsys.readouterr().out and len(load_marks(stub.out).history) == 2


@pytest.mark.parametrize("encoding, delimiter", [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t")])
def test_written_csv_is_edited_by_hand(stub, capsys, encoding, delimiter):
    stub.grade("--merge", download(stub, mark("ana", "written-1", 1, "-1: no sign")))

    def edit(rows):
        assert [row["student"] for row in rows] == ["''=1+1", "'=1+1", "ana", "ana"]
        assert rows[2]["comment"] == "'-1: no sign"
        rows[0]["points"], rows[1]["points"], rows[1]["comment"] = "0,5", "2", "Schön: =x"

    path = edit_csv(stub, edit, encoding, delimiter)
    later = mark("ana", "written-1", 2, "-1: no sign", typed="2026-01-05T00:00:00.000Z")
    stub.grade("--merge", download(stub, later))
    said = capsys.readouterr().out
    aside = next(path.parent.glob("written.edited-*.csv"))
    assert f"--merge {aside}" in said and stub.rows()["'=1+1"]["written-1"] == ""
    stub.grade("--merge", aside)
    assert "2 new marks, 0 that replace" in capsys.readouterr().out
    rows = stub.rows()
    assert (rows["''=1+1"]["written-1"], rows["'=1+1"]["written-1"]) == ("0.5", "2")
    assert rows["ana"]["written-1"] == "2", "a row that nobody touched does not undo a later mark"
    assert load_marks(stub.out).find("=1+1", "written-1").comment == "Schön: =x"


def test_an_emptied_field_takes_the_points_back(stub):
    stub.grade("--merge", download(stub, mark("ana", "written-1", 1, "so")))
    path = edit_csv(stub, lambda rows: rows[2].update(points="", comment=""))
    stub.grade("--merge", path)
    assert stub.rows()["ana"]["written-1"] == "" and load_marks(stub.out).history[-1]["changes"][0]["before"]


@pytest.mark.parametrize(
    "wrong, message",
    [
        (mark("nobody", "written-1", 1), "mark 2: there is no student nobody"),
        (mark("ana", "written-9", 1), "there is no question written-9"),
        (mark("ana", "written-1", 2.5), "2.5 is not a number of points from 0 to 2"),
        (mark("ana", "written-1", -1), "-1 is not a number of points"),
        (mark("ana", "written-1", float("nan")), "nan is not a number of points"),
        (mark("ana", "written-1", 0.25), "0.25 points: only half points"),
        (mark("ana", "written-1", True), "the points are not a number"),
        (mark("ana", "written-1", 1, comment=None), "comment is not a text"),
        (mark("'=1+1", "written-1", 1), "'=1+1 has another mark for written-1"),
        ("ana", "student is not a text"),
    ],
)
def test_a_mark_that_cannot_be_right_is_refused_with_its_place_and_nothing_is_merged(stub, wrong, message):
    before = (stub.out / "private" / "marks.json").read_bytes()
    path = download(stub, mark("'=1+1", "written-1", 1), wrong)
    with pytest.raises(SystemExit, match=f"marks.json, .*{re.escape(message)}.*Nothing was merged"):
        stub.grade("--merge", path)
    assert (stub.out / "private" / "marks.json").read_bytes() == before


def test_a_row_that_cannot_be_right_is_refused_with_its_number(stub):
    path = edit_csv(stub, lambda rows: rows[3].update(points="3"))
    with pytest.raises(SystemExit, match="written.csv, row 5: 3 is not a number of points from 0 to 2"):
        stub.grade("--merge", path)
    assert path.exists() and not list(path.parent.glob("*edited*")), "nothing is touched"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": "other"}', "student,points\nana,1\n", "\x00\xff", "[" * 9999]
)
def test_another_file_is_refused_in_a_sentence(stub, text, capsys):
    path = stub.out.parent / "other"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(SystemExit, match="other"):
        stub.grade("--merge", path)


def test_marks_of_another_class_are_taken_only_for_the_same_answers(stub):
    same = mark("ana", "written-1", 1)
    stub.grade("--merge", download(stub, same, **{"class": "other"}))
    assert stub.rows()["ana"]["written-1"] == "1"
    with pytest.raises(SystemExit, match="from another class, where ana wrote another answer"):
        stub.grade("--merge", download(stub, {**same, "answer": "0" * 12}, **{"class": "other"}))


def test_an_answer_that_changes_after_it_was_marked_is_flagged_and_keeps_its_mark(stub):
    stub.grade("--merge", download(stub, mark("ana", "written-1", 1)))
    stub.hand_in_again("ana", {"written-1": "Another answer."})
    assert stub.grade() == ["ana"]
    assert stub.rows()["ana"]["written-1"] == "1" and "marked-before-change:written-1" in stub.rows()["ana"]["flags"]
    assert "changed since it was marked" in (stub.out / "private" / "written.html").read_text(encoding="utf-8")
    stub.grade("--merge", download(stub, mark("ana", "written-1", 1, answer=answer_id("Another answer."))))
    assert stub.rows()["ana"]["flags"] == ""


def test_other_points_are_spread_anew_and_a_mark_above_them_is_flagged(tmp_path, monkeypatch):
    wrong = {"ana": {"affine_backward": {"dw": "It is None."}}}
    stub = StubClass(tmp_path, monkeypatch, {"ana": ANSWERS["ana"]}, wrong)
    assert stub.grade() == ["ana"]
    stub.grade("--merge", download(stub, mark("ana", "written-1", 2)))
    points = tmp_path / "points.json"
    points.write_text('{"affine_backward": 6, "written-1": 1}')
    assert stub.grade("--points", points) == []
    assert stub.rows()["ana"]["affine_backward"] == "4" and stub.rows()[""]["affine_backward"] == "6"
    assert stub.rows()["ana"]["flags"] == "mark-above-maximum:written-1"
    assert "4 of 6 points" in stub.page("ana") and "2 of 1 points" in stub.page("ana")


def test_marks_of_a_student_who_is_not_in_the_download_any_more_are_kept(stub):
    shutil.rmtree(stub.submissions / "ana")
    (stub.out / "overrides.csv").write_text("student,task,points,reason\nana,softmax,1,so\n")
    stub.grade("--merge", download(stub, mark("ana", "written-1", 1), mark("=1+1", "written-1", 2)))
    assert "ana" not in stub.rows() and stub.rows()["'=1+1"]["written-1"] == "2"
    assert load_marks(stub.out).find("ana", "written-1").points == 1


def test_anonymous_marking_shows_codes_and_takes_them_back(stub):
    records = {student: load_record(stub.out, student) for student in ANSWERS}
    codes = {student: f"code-{k}" for k, student in enumerate(ANSWERS)}
    by_hand = load_by_hand(stub.out, records, points_by_task(), codes=codes)
    write_for_marking(stub.out, records, by_hand, [].append)
    for name in ("written.html", "written.csv"):
        text = (stub.out / "private" / name).read_text(encoding="utf-8")
        assert "code-0" in text and "code-2" in text and not any(f'"{student}"' in text for student in ANSWERS)
        assert "\nana," not in text
    path = download(stub, {**mark("ana", "written-1", 1), "student": "code-0"})
    load_by_hand(stub.out, records, points_by_task(), [path], [].append, codes)
    assert load_marks(stub.out).find("ana", "written-1").points == 1


def test_a_damaged_file_of_marks_is_said_and_never_begun_anew(stub):
    path = stub.out / "private" / "marks.json"
    for text in ("{", "[]", '{"class": "x", "history": [], "marks": [1]}'):
        path.write_text(text)
        with pytest.raises(SystemExit, match="marks.json is damaged"):
            stub.grade()
        assert path.read_text() == text


def test_a_student_called_like_a_file_of_the_grader_s_has_a_folder_of_his_own(tmp_path, monkeypatch):
    names = ["marks.json", "written.html", "WRITTEN.CSV", "generated.json"]
    stub = StubClass(tmp_path, monkeypatch, {name: {"written-1": name} for name in names})
    assert stub.grade() == sorted(names) and stub.grade() == []
    assert all((stub.out / "private" / name.lower()).is_file() for name in names)
    stub.grade("--merge", download(stub, *[mark(name, "written-1", 1) for name in names]))
    assert {stub.rows()[name]["written-1"] for name in names} == {"1"}


def test_the_page_for_marking_has_every_answer_the_rubric_and_no_text_of_a_student_as_html(stub):
    html = (stub.out / "private" / "written.html").read_text(encoding="utf-8")
    assert html.count("<article") == 4 and "&lt;b&gt;No&lt;/b&gt; idea" in html and "<b>No" not in html
    assert html.count("<script") == 1 and "unsafe" not in html and "script-src 'sha256-" in html
    assert "Adam and the useless bias" in html and "random walk of smaller steps" in html
    assert "http://" not in html.replace("http://www.w3.org/1998/Math/MathML", "") and "https://" not in html
    rubric = read_rubric()
    assert set(rubric) == {"", "written-1", "written-2", "written-3", "written-4"}
    assert all("**2 points, all" in text for name, text in rubric.items() if name)
