"""Tests of overrides.csv, and of generated files that somebody has edited: nothing typed is overwritten."""

import csv
import io
import json
import re
import shutil

import pytest

from cs231n.grading.reporting.generated import write_generated
from cs231n.grading.reporting.tables import write_rows
from tests.helpers.stub_class import StubClass

WRITTEN = {"ana": {"written-1": "Because."}, "=1+1": {}, "'=1+1": {}}
WRONG = {"ana": {"affine_backward": {"dw": "It is None."}}}
HEAD = "student,task,points,reason\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as monkeypatch:
        StubClass(folder, monkeypatch, WRITTEN, WRONG).grade()
    return folder


@pytest.fixture
def stub(graded, tmp_path, monkeypatch):
    shutil.copytree(graded, tmp_path, dirs_exist_ok=True)
    return StubClass(tmp_path, monkeypatch, WRITTEN, WRONG)


def override(stub, text, **settings):
    (stub.out / "overrides.csv").write_text(HEAD + text, **{"encoding": "utf-8", **settings})


def test_points_that_a_person_sets_count_with_their_reason_and_can_be_taken_back(stub):
    stub.grade()  # the copy of the class lies elsewhere, which the records learn
    before = (stub.out / "private" / "ana" / "result.json").read_bytes()
    override(stub, 'ana,affine_backward,3,"The dw was right, <but> late"\nana,written-1,"1,5",told orally\n')
    assert stub.grade() == []
    row = stub.rows()["ana"]
    assert (row["affine_backward"], row["written-1"], row["total"]) == ("3", "1.5", "45")
    assert row["total with hand marks"] == "46.5"
    page = " ".join(stub.page("ana").split())
    assert "<b>affine_backward</b>: 3 of 3, not 2. The dw was right, &lt;but&gt; late" in page
    assert "<b>written-1</b>: 1.5 of 2. told orally" in page and "45 of 45 points" in page
    assert "right, &lt;but&gt;" not in stub.page("'=1+1"), "each page has its own reasons only"
    (stub.out / "overrides.csv").unlink()
    assert stub.grade() == [] and (stub.out / "private" / "ana" / "result.json").read_bytes() == before


def test_tasks_have_numbers_and_names_stand_as_in_the_table(stub):
    text = f"{HEAD.replace(',', ';')}''=1+1;1.1;1;so\nana;softmax;0;so\n"
    (stub.out / "overrides.csv").write_text(text, encoding="utf-16")
    stub.grade()
    rows = stub.rows()
    assert (rows["''=1+1"]["softmax"], rows["'=1+1"]["softmax"], rows["ana"]["softmax"]) == ("1", "2", "0")


@pytest.mark.parametrize(
    "lines, message",
    [
        ("ana,softmax,1,so\nnobody,softmax,1,so", "line 3: there is no student nobody"),
        ("ana,softmix,1,so", "line 2: there is no task softmix"),
        ("ana,softmax,2.5,so", "line 2: 2.5 is not a number of points from 0 to 2"),
        ("ana,softmax,-1,so", "line 2: -1 is not"),
        ("ana,softmax,nan,so", "line 2: nan is not"),
        ("ana,softmax,,so", "line 2: (nothing) is not"),
        ("ana,softmax,\u0661,so", "line 2: \u0661 is not"),
        ("ana,softmax,1,", "line 2: no reason is given"),
        ("\n,,,\nana,softmax,1,so\nana,1.1,2,so", "line 5: ana has another line for softmax"),
        ("'=1+1,softmax,1,so", "line 2: '=1+1 may be '=1+1 or =1+1"),
        (",softmax,1,so", "line 2: there is no student (the name is empty)"),
        ("\x1b[31mana,softmax,1,so", "line 2: there is no student \\x1b[31mana"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_with_its_number(stub, lines, message):
    grades = (stub.out / "grades.csv").read_bytes()
    override(stub, lines + "\n")
    with pytest.raises(SystemExit, match=f"overrides.csv, {re.escape(message)}"):
        stub.grade()
    assert (stub.out / "grades.csv").read_bytes() == grades


def test_a_file_without_the_columns_is_told_what_they_are(stub):
    (stub.out / "overrides.csv").write_text("name,points\nana,3\n")
    with pytest.raises(SystemExit, match="no column student, task, reason; wanted is the line student,task,points"):
        stub.grade()


def test_an_override_counts_where_the_grader_failed(stub):
    path = stub.out / "private" / "ana" / "result.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record |= {"status": "failed", "tasks": {}, "points": {}, "of": {}, "by_hand": {}, "written": {}}
    path.write_text(json.dumps(record), encoding="utf-8")
    override(stub, "ana,softmax,1,looked at by hand\n")
    stub.grade()
    row = stub.rows()["ana"]
    assert (row["status"], row["softmax"], row["adam"], row["total"], row["of"]) == ("failed", "1", "", "1", "45")
    assert "looked at by hand" in stub.page("ana")


def test_what_is_typed_into_grades_csv_is_kept_and_the_lines_for_overrides_are_shown(stub, capsys):
    path = stub.out / "grades.csv"
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    rows[-1][header.index("affine_backward")] = "3"
    edited = write_rows([header, *rows])
    path.write_text(edited, encoding="utf-8")
    for k in range(2):
        stub.grade()
        said = capsys.readouterr().out
        assert ("not as the grader left it" in said) == (k == 0)
    (aside,) = stub.out.glob("grades.edited-*.csv")
    assert aside.read_text(encoding="utf-8") == edited and stub.rows()["ana"]["affine_backward"] == "2"
    path.write_text(edited, encoding="utf-8")
    stub.grade()
    said = capsys.readouterr().out
    assert len(list(stub.out.glob("grades.edited-*.csv"))) == 2, "no older one is overwritten"
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert lines == ["ana,affine_backward,3,why?"], said
    override(stub, "\n".join(lines))
    stub.grade()
    assert stub.rows()["ana"]["total"] == "45"


def test_the_readme_says_what_is_generated_and_is_not_written_over(stub, capsys):
    path = stub.out / "README.md"
    assert "student,task,points,reason" in path.read_text(encoding="utf-8")
    path.write_text("my own notes")
    stub.grade()
    assert next(stub.out.glob("README.edited-*.md")).read_text() == "my own notes"
    assert "README.md was not as the grader left it" in capsys.readouterr().out


def test_a_grader_that_was_killed_between_two_files_has_edited_nothing(tmp_path):
    (tmp_path / "private").mkdir()
    assert write_generated(tmp_path, "a.csv", "one") is None
    hashes = tmp_path / "private" / "generated.json"
    assert write_generated(tmp_path, "a.csv", "two") is None
    (tmp_path / "a.csv").write_text("one")  # the hashes were written, the file was not
    assert write_generated(tmp_path, "a.csv", "three") is None
    hashes.write_text("{")
    assert write_generated(tmp_path, "a.csv", "three") is None, "nothing would be lost"
    hashes.write_text("{")
    aside = write_generated(tmp_path, "a.csv", "four")
    assert aside.read_text() == "three" and (tmp_path / "a.csv").read_text() == "four"
