"""Test how a download is opened, what is refused because nothing tells whose it is, and what the command says."""

import json
import os
import stat
import zipfile
from datetime import datetime

import pytest

from cs231n.grading import __main__ as command
from cs231n.grading import grade as grading
from cs231n.grading.collecting import gathered, unpacked
from cs231n.grading.reading.unzip import read_members
from cs231n.grading.reporting.appeal import explain
from cs231n.grading.reporting.records import Record, load_record
from tests.grading.collecting.test_platforms import owners, run
from tests.grading.reporting.test_grade import NoJudge
from tests.helpers.platform_files import CLASS, NOTEBOOK, OTHER, brightspace, canvas, content, google_classroom, moodle
from tests.helpers.reading_cases import make_zip, write

JANE, OTHER_JANE, ZOE, EVE = CLASS


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_one_folder_zip_or_notebook_per_student_as_ever(tmp_path, form):
    inner = make_zip(tmp_path / "b.zip", {NOTEBOOK: content(JANE, 0)}).read_bytes()
    files = {f"a/{NOTEBOOK}": "{}", "b.zip": inner, "c.ipynb": "{}", "list.csv": "", "__MACOSX/._a": "", "e/.x": ""}
    if form == "zip":
        download = make_zip(tmp_path / "in.zip", files | {"empty/": "", "f/.ipynb_checkpoints/x.ipynb": ""})
    else:
        download = write(tmp_path / "in", files)
        (download / "empty").mkdir()
    found, said = run(download, tmp_path / "out")
    assert [one.student for one in found] == ["a", "b", "c", "e", "empty"] and owners(found[1]) == ["jdoe 0"]
    assert said[0].endswith("taken for one folder, zip or notebook per student; 5 students")
    assert said[1] == "left out, since they are no folders, archives or notebooks: list.csv"


def test_a_zip_of_a_folder_of_the_class_is_the_class(tmp_path):
    files = {f"hw1/{name}/work/{NOTEBOOK}": "{}" for name in ("alice", "bob")}
    found, _ = run(make_zip(tmp_path / "in.zip", files), tmp_path / "out")
    assert [one.student for one in found] == ["alice", "bob"]


@pytest.mark.parametrize("names", [
    [f"hw1/alice/{NOTEBOOK}", f"hw1/bob/{NOTEBOOK}"], ["hw1/alice/a.ipynb", "hw1/bob/b.ipynb"],
    ["hw1/alice.zip", "hw1/bob.zip"],
])  # fmt: skip
def test_a_class_that_would_become_one_student_is_refused(tmp_path, names):
    folder = write(tmp_path / "in", dict.fromkeys(names, "{}"))
    make_zip(tmp_path / "zipped" / "hw1.zip", {name.removeprefix("hw1/"): "{}" for name in names})
    for download in (folder, tmp_path / "zipped"):
        with pytest.raises(ValueError, match="may be a class or one student.*name that folder.*--format plain"):
            run(download, tmp_path / "out")
    assert [one.student for one in run(folder, tmp_path / "out", "plain")[0]] == ["hw1"]
    assert len(run(folder / "hw1", tmp_path / "out")[0]) == 2


def test_renamed_notebooks_in_the_only_folder_of_a_zip_are_refused(tmp_path):
    download = make_zip(tmp_path / "in.zip", {"hw1/alice.ipynb": "{}", "hw1/bob.ipynb": "{}"})
    with pytest.raises(ValueError, match="may be a class or one student"):
        run(download, tmp_path / "out")


def test_a_single_student_s_folder_with_a_notebook_in_each_part_is_one_student(tmp_path):
    folder = write(tmp_path / "in", {f"amy/1/{NOTEBOOK}": "{}", f"amy/2/{OTHER}": "{}", "amy/notes/x.txt": ""})
    assert [one.student for one in run(folder, tmp_path / "out")[0]] == ["amy"]
    with pytest.raises(ValueError, match="it is one student's: name the folder around it"):
        run(folder / "amy" / "1", tmp_path / "out")


def test_two_downloads_in_one_folder_are_refused(tmp_path):
    make_zip(tmp_path / "in" / "section 1.zip", canvas(CLASS))
    make_zip(tmp_path / "in" / "section 2.zip", canvas(CLASS))
    with pytest.raises(ValueError, match="section 1.zip is itself the download of a class.*one download at a time"):
        run(tmp_path / "in", tmp_path / "out")


def test_a_student_s_own_zip_with_a_platform_s_names_is_no_class(tmp_path):
    make_zip(tmp_path / "in" / "amy.zip", canvas([JANE]) | moodle([JANE]))
    write(tmp_path / "in", {f"bob/{name}": text for name, text in google_classroom([ZOE]).items()})
    assert [one.student for one in run(tmp_path / "in", tmp_path / "out")[0]] == ["amy", "bob"]


def test_the_format_can_be_said(tmp_path):
    few = write(tmp_path / "in", {**canvas([JANE]), "a.ipynb": "{}", "b.ipynb": "{}"})
    assert "one folder, zip or notebook" in run(few, tmp_path / "out")[1][0], "most of it is not Canvas's"
    found, said = run(few, tmp_path / "out", "canvas")
    assert [one.student for one in found] == ["a", "b", "doejane_10001"] and "a Canvas download" in said[0]
    with pytest.raises(ValueError, match="no download of moodle.*name another one"):
        run(few, tmp_path / "out", "moodle")
    homework = write(tmp_path / "google", {"Jane Doe - hw.ipynb": "{}", "Bo - hw.ipynb": "{}"})
    assert [one.student for one in run(homework, tmp_path / "out")[0]] == ["Bo - hw", "Jane Doe - hw"]
    assert [one.student for one in run(homework, tmp_path / "out", "google-classroom")[0]] == ["Bo", "Jane Doe"]
    clones = write(tmp_path / "clones", {"hw-a/x.ipynb": "{}", "hw-b/x.ipynb": "{}"})
    assert "GitHub Classroom" in run(clones, tmp_path / "out", "github-classroom")[1][0]


# Zips


def test_a_second_run_unpacks_nothing_and_a_new_zip_takes_the_old_one_s_place(tmp_path, monkeypatch):
    download = make_zip(tmp_path / "in.zip", canvas([JANE, ZOE]))
    (first, _), _ = run(download, tmp_path / "out")
    saved = os.stat(first.path / os.listdir(first.path)[0]).st_mtime
    assert saved == pytest.approx(zip_time(download), abs=2)
    monkeypatch.setattr(unpacked, "_unpack_members", None)
    run(download, tmp_path / "out")
    monkeypatch.undo()
    make_zip(download, canvas([JANE]) | {"doe_1_2_x.ipynb": "{}"})
    found, _ = run(download, tmp_path / "out")
    assert [one.student for one in found] == ["doe_1", "doejane_10001"]


def zip_time(path):
    """When the first file in a .zip was changed, in seconds."""
    with zipfile.ZipFile(path) as archive:
        return datetime(*archive.infolist()[0].date_time).timestamp()


def test_hostile_members_write_nothing_outside_and_lose_no_student(tmp_path):
    link = zipfile.ZipInfo("doe_4_44_x.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    files = {"../../doe_1_11_x.ipynb": "{}", "/doe_2_22_x.ipynb": "{}", "C:\\doe_3_33_x.ipynb": "{}",
             link: "/etc/passwd",
             "doe_5_55_" + "x" * 300 + ".ipynb": "{}", "doe_6_66_a\n\x1b<b>.ipynb": "{}", "doe_7_77_x.ipynb": "{}",
             "doe_8_88_CON.ipynb": "{}"}  # fmt: skip
    found, said = run(make_zip(tmp_path / "deep" / "in" / "in.zip", files), tmp_path / "deep" / "out")
    assert {"doe_4", "doe_5", "doe_6", "doe_7", "doe_8"} <= {one.student for one in found} and len(found) == 8
    assert "doe_4_44_x.ipynb (is a link or a device)" in said[0]
    assert os.listdir(tmp_path) == ["deep"] and set(os.listdir(tmp_path / "deep")) == {"in", "out"}
    assert all(stat.S_ISREG(path.lstat().st_mode) or path.is_dir() for path in (tmp_path / "deep").rglob("*"))


def test_names_that_differ_in_a_forbidden_letter_stay_two(tmp_path):
    files = {f"A{letter}B - {file}": "{}" for letter in ":?" for file in (NOTEBOOK, OTHER)}
    found, _ = run(make_zip(tmp_path / "in.zip", files), tmp_path / "out")
    assert [one.student for one in found] == ["A%3AB", "A%3FB"]


def test_two_members_of_one_name_are_both_kept(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for k in range(2):
            archive.writestr("doe_1_2_x.ipynb", content(JANE, k))
    (found,), _ = run(tmp_path / "in.zip", tmp_path / "out")
    assert owners(found) == ["jdoe 0", "jdoe 1"]


def test_a_run_that_was_killed_while_it_unpacked_unpacks_all_again(tmp_path, monkeypatch):
    download = make_zip(tmp_path / "in.zip", canvas(CLASS))

    def read_some(*arguments):
        yield from list(read_members(*arguments))[:3]
        raise KeyboardInterrupt

    monkeypatch.setattr(unpacked, "read_members", read_some)
    with pytest.raises(KeyboardInterrupt):
        run(download, tmp_path / "out")
    monkeypatch.undo()
    found, _ = run(download, tmp_path / "out")
    assert len(found) == len(CLASS) and all(len(owners(one)) == 1 for one in found)


def test_names_that_macos_packed_are_read_as_they_were(tmp_path):
    download = make_zip(tmp_path / "in.zip", {f"Zoë Müller/{NOTEBOOK}": "{}"})
    flag, packed = 0x800, download.read_bytes()
    unflagged = packed.replace(flag.to_bytes(2, "little") + b"\0\0", b"\0\0\0\0")  # the flags before the method
    unflagged = unflagged.replace(flag.to_bytes(2, "little") + b"\x08\0", b"\0\0\x08\0")
    assert unflagged != packed
    download.write_bytes(unflagged)
    assert [one.student for one in run(download, tmp_path / "out")[0]] == ["Zoë Müller"]


@pytest.mark.parametrize("name, data, words", [
    ("in.zip", b"PK\x03\x04 half", "is not a whole .zip.*download it again"),
    ("in.zip", b"", "is not a whole .zip"),
    ("in.rar", b"Rar!", "is not a folder or a .zip"),
    (NOTEBOOK, b"{}", "is not a folder or a .zip"),
])  # fmt: skip
def test_what_cannot_be_opened_gets_a_sentence(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=words):
        run(tmp_path / name, tmp_path / "out")


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked, "MAX_ENTRIES", 3)
    with pytest.raises(ValueError, match="lists 8 files, and 3 is the limit"):
        run(make_zip(tmp_path / "in.zip", canvas(CLASS)), tmp_path / "out")


# Files put together


def test_files_are_put_together_again_when_they_change_and_the_download_is_never_changed(tmp_path, monkeypatch):
    download = write(tmp_path / "in", brightspace([ZOE, JANE]))
    before = {path: path.stat().st_mtime_ns for path in download.rglob("*")}
    _, zoe = run(download, tmp_path / "out")[0]
    assert owners(zoe) == ["zoe_m 0", "zoe_m 1"] and zoe.path.is_relative_to(tmp_path / "out" / "handed-in")
    assert {path: path.stat().st_mtime_ns for path in download.rglob("*")} == before
    last = min(path for path in download.iterdir() if "Zo" in path.name)
    (last / OTHER).unlink()
    (last / NOTEBOOK).unlink()
    (last / NOTEBOOK).write_text(json.dumps({"owner": "a new one"}))
    monkeypatch.setattr(gathered.os, "link", no_link)
    _, zoe = run(download, tmp_path / "out")[0]
    assert owners(zoe) == ["a new one", "zoe_m 0"]
    copy = next(path for path in zoe.path.rglob(NOTEBOOK) if "a new" in path.read_text())
    assert copy.stat().st_ino != (last / NOTEBOOK).stat().st_ino
    assert copy.stat().st_mtime_ns == (last / NOTEBOOK).stat().st_mtime_ns


def no_link(*arguments, **options):
    raise OSError("another file system")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_links_and_pipes_beside_a_student_s_files_are_left_out_and_flagged(tmp_path):
    download = write(tmp_path / "in", canvas([JANE, ZOE]))
    (download / "doejane_10001_9_x.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(download / "doejane_10001_8_x.ipynb")
    jane, zoe = run(download, tmp_path / "out")[0]
    assert jane.flags == ("special-file", "links") and owners(jane) == ["jdoe 0"] and zoe.flags == ()


# The command


@pytest.fixture
def no_judge(monkeypatch):
    """Grading without a judge: every submission has nothing to grade."""
    monkeypatch.setattr(grading, "Judge", NoJudge)
    monkeypatch.setattr(
        grading,
        "grade_together",
        lambda judge, reader, found, *rest: [Record(one.student, "nothing to grade", seed=judge.seed) for one in found],
    )


def test_the_first_line_says_what_the_download_was_taken_for(tmp_path, no_judge, capsys):
    download, out = make_zip(tmp_path / "in.zip", canvas(CLASS)), tmp_path / "out"
    assert command.main(["grade", str(download), "--out", str(out)]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == f"{download}: taken for a Canvas download; 4 students" and second.startswith("4 submissions, 4 to")
    command.main(["grade", str(download), "--out", str(out)])
    assert capsys.readouterr().out.splitlines()[1].startswith("4 submissions, 0 to grade")
    record = load_record(out, "müllerzoë_10003")
    assert record.identity["late"] == "yes" and os.path.isdir(record.path)
    with pytest.raises(SystemExit, match="no download of moodle"):
        command.main(["grade", str(download), "--out", str(out), "--format", "moodle"])
    with pytest.raises(SystemExit, match="the grader's own copy"):
        command.main(["grade", str(out / "handed-in"), "--out", str(out)])


def test_explain_says_to_give_the_download_again_if_the_files_are_gone(tmp_path, no_judge):
    download = make_zip(tmp_path / "in.zip", canvas(CLASS))
    grading.grade(download, tmp_path / "out", say=[].append)
    gathered.shutil.rmtree(tmp_path / "out" / "handed-in")
    grading.grade(download, tmp_path / "out", say=[].append)
    record = load_record(tmp_path / "out", "doejane_10001")
    assert os.path.isdir(record.path), "found again"
    gathered.shutil.rmtree(tmp_path / "out" / "handed-in")
    with pytest.raises(ValueError, match="run grade with the download again"):
        explain("doejane_10001", "softmax", tmp_path / "out", say=[].append)
