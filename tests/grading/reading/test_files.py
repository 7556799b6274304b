"""Test how submissions and their notebooks are found. Nothing outside of a submission is opened."""

import os
import stat
import sys
import unicodedata

import pytest

from cs231n.grading.reading import notebook_files, read_submission
from cs231n.grading.reading.submissions import find_submissions
from tests.helpers.reading_cases import ONE, TASKS_OF_ONE, TWO, about, make_zip, notebook, quiet, read, solved, write

linux = pytest.mark.skipif(sys.platform != "linux", reason="file names and files that only Linux has")
links = pytest.mark.skipif(not hasattr(os, "symlink") or sys.platform == "win32", reason="no links here")


def students(folder):
    """Find the submissions in a folder. Return them by student."""
    return {submission.student: submission for submission in find_submissions(folder)}


def test_folders_zips_and_single_notebooks_count_other_files_do_not(tmp_path):
    write(tmp_path, {"bob/x.ipynb": "", "alice.zip": "", "carol.ipynb": "", "empty.txt": "", ".DS_Store": "",
                     "__MACOSX/._alice": "", ".git/x": "", "list.csv": "", "Thumbs.db": ""})  # fmt: skip
    (tmp_path / "dora").mkdir()
    found = find_submissions(tmp_path)
    assert [(s.student, s.path.name, s.flags) for s in found] == [
        ("alice", "alice.zip", ()), ("bob", "bob", ()), ("carol", "carol.ipynb", ()), ("dora", "dora", ())
    ]  # fmt: skip


def test_an_archive_that_cannot_be_read_keeps_its_row_and_is_reported(tmp_path):
    (submission,) = find_submissions(write(tmp_path, {"alice.tar.gz": "x"}))
    reading = read_submission(submission.path)
    assert submission.student == "alice" and "missing-notebook" in reading.flags
    assert about(reading, "No notebook (.ipynb) was found, only alice.tar.gz")


def test_submissions_with_the_same_name_are_all_listed_and_flagged(tmp_path):
    write(tmp_path, {"alice/x.ipynb": "", "alice.zip": "", "alice.ipynb": ""})
    found = students(tmp_path)
    assert set(found) == {"alice", "alice.zip", "alice.ipynb"}
    assert found["alice"].path.name == "alice" and all(s.flags == ("same-name",) for s in found.values())


@linux
def test_composed_and_decomposed_names_are_one_name_on_other_systems(tmp_path):
    names = [unicodedata.normalize(form, "Zoë Müller") for form in ("NFC", "NFD")]
    write(tmp_path, {f"{name}/x.ipynb": "" for name in [*names, "ANA", "ana"]})
    found = find_submissions(tmp_path)
    assert len({s.student.casefold() for s in found}) == len(found) == 4
    assert all(s.flags == ("same-name",) for s in found) and {s.path.name for s in found} >= set(names)
    assert all(unicodedata.is_normalized("NFC", s.student) for s in found)


@linux
def test_names_that_cannot_be_printed_become_names_that_can(tmp_path):
    os.mkdir(os.fsencode(tmp_path) + b"/bad\xff\n\x1b[31mname")
    (submission,) = find_submissions(tmp_path)
    assert submission.student.isprintable() and submission.student.encode("utf-8")
    write(submission.path, {ONE: solved()})
    assert read_submission(submission.path).answered == set(TASKS_OF_ONE)


def test_a_missing_folder_and_the_folder_of_one_student_are_refused(tmp_path):
    with pytest.raises(ValueError, match="name the one that holds one folder"):
        find_submissions(tmp_path / "missing")
    with pytest.raises(ValueError, match="one student's: name the folder around it"):
        find_submissions(write(tmp_path, {ONE: ""}))


def test_a_hidden_folder_has_its_row_and_what_programs_make_has_none(tmp_path):
    made = dict.fromkeys((".git/x", ".vscode/x", "._alice.zip", ".ipynb_checkpoints/x", ".Trash-0/x", "__MACOSX/x"), "")
    found = students(write(tmp_path, {".alice/x.ipynb": "", ".bob.zip": "", ".notes.ipynb": "", **made}))
    assert {name: submission.flags for name, submission in found.items()} == {
        ".alice": ("hidden",), ".bob": ("hidden",), ".notes": ("hidden",),
    }  # fmt: skip


def test_a_course_notebook_as_a_folder_or_loose_beside_the_others_does_not_stop_the_class(tmp_path):
    found = students(write(tmp_path, {f"{ONE}/x.ipynb": "", "alice/x.ipynb": ""}))
    assert {name: submission.flags for name, submission in found.items()} == {ONE: (), "alice": ()}
    found = students(write(tmp_path, {TWO: ""}))
    assert found[TWO.removesuffix(".ipynb")].flags == ("no-student-name",) and len(found) == 3
    with pytest.raises(ValueError, match="one student's: name the folder around it"):
        find_submissions(write(tmp_path / "own", {ONE: "", TWO: "", "my_answers/softmax.py": "", "list.csv": ""}))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_or_a_socket_among_the_submissions_has_its_row(tmp_path):
    os.mkfifo(tmp_path / "alice.ipynb")
    os.mkfifo(tmp_path / "bob")
    found = students(tmp_path)
    assert {name: submission.flags for name, submission in found.items()} == {
        "alice": ("special-file",), "bob": ("special-file",),
    }  # fmt: skip


@links
def test_a_link_among_the_submissions_keeps_its_row_and_is_not_followed(tmp_path):
    write(tmp_path / "outside", {ONE: solved()})
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "eve").symlink_to(tmp_path / "outside")
    (submission,) = find_submissions(tmp_path / "all")
    assert (submission.student, submission.flags) == ("eve", ("links",))
    reading = read_submission(submission.path)
    assert reading.notebooks == {} and "links" in reading.flags


# Folders


@links
def test_links_in_a_submission_are_never_followed(tmp_path):
    write(tmp_path / "outside", {ONE: solved(), "secret/" + TWO: solved(TWO)})
    inside = tmp_path / "eve"
    inside.mkdir()
    (inside / ONE).symlink_to(tmp_path / "outside" / ONE)
    (inside / "folder").symlink_to(tmp_path / "outside" / "secret")
    (inside / "loop").symlink_to(inside)
    reading = read_submission(inside)
    assert reading.notebooks == {} and "links" in reading.flags and about(reading, f"{ONE} is a link")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_and_a_device_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "a.ipynb")
    os.mkfifo(tmp_path / "b.zip")
    reading = read(tmp_path, solved())  # to open a pipe would wait for ever
    assert reading.answered == set(TASKS_OF_ONE)
    assert "special-file" in reading.flags and about(reading, "b.zip is a pipe")
    pipe = tmp_path / "a.ipynb"
    assert "special-file" in read_submission(pipe).flags and read_submission(pipe).notebooks == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_file_that_is_exchanged_for_a_pipe_or_a_link_after_it_was_found_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):
        notebook_files.open_plain(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(write(tmp_path, {"file": "x"}) / "file")
    with pytest.raises(OSError):
        notebook_files.open_plain(tmp_path / "link")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_to_read_are_reported(tmp_path):
    write(tmp_path, {ONE: solved(), "b.ipynb": solved(TWO), "sub/c.ipynb": "x"})
    (tmp_path / "b.ipynb").chmod(0)
    (tmp_path / "sub").chmod(0)
    try:
        reading = read_submission(tmp_path)
    finally:
        (tmp_path / "sub").chmod(stat.S_IRWXU)
    assert about(reading, "b.ipynb could not be read") and about(reading, "sub could not be opened")
    assert reading.answered == set(TASKS_OF_ONE) and "unreadable-notebook" in reading.flags


def test_an_error_while_a_file_is_read_is_reported(tmp_path, monkeypatch):
    real = notebook_files.open_plain

    def fails(file):
        if file.name == "b.ipynb":
            raise PermissionError(13, "Permission denied")
        return real(file)

    monkeypatch.setattr(notebook_files, "open_plain", fails)
    reading = read(tmp_path, solved(), **{"b.ipynb": solved(TWO)})
    assert about(reading, "Permission denied: b.ipynb could not be read") and reading.answered == set(TASKS_OF_ONE)


def test_hidden_files_checkpoints_and_macos_forks_are_left_out(tmp_path):
    reading = read(tmp_path, solved(), **{f".ipynb_checkpoints/{ONE}": "x", f"__MACOSX/._{ONE}": "x", f"._{ONE}": "x"})
    assert quiet(reading) == ([], [])


def test_names_that_differ_in_case_are_two_files(tmp_path):
    reading = read_submission(make_zip(tmp_path / "a.zip", {"A.ipynb": notebook(), "a.ipynb": notebook(TWO)}))
    assert len(reading.answered) == 10


def test_a_submission_without_notebooks_lists_its_files(tmp_path):
    reading = read_submission(write(tmp_path, {"report.pdf": "x", "layers.py": "x"}))
    assert about(reading, "No notebook (.ipynb)", "layers.py and report.pdf") and "missing-notebook" in reading.flags
    reading = read_submission(tmp_path / "gone")
    assert "unreadable-submission" in reading.flags


def test_too_many_and_too_deep(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_files, "MAX_NOTEBOOKS", 3)
    monkeypatch.setattr(notebook_files, "MAX_FILES", 10)
    reading = read_submission(write(tmp_path / "a", {f"{i}.ipynb": solved() for i in range(5)}))
    assert about(reading, "more than 3 notebooks", "3.ipynb") and "too-many-notebooks" in reading.flags
    reading = read_submission(write(tmp_path / "b", {f"{i}.txt": "" for i in range(11)}))
    assert about(reading, "more than 10 files") and "too-many-files" in reading.flags
    reading = read_submission(write(tmp_path / "c", {"1/2/3/4/5/6/7/8/x.ipynb": solved(), "1/2/3/4/5/6/7/8/9/y": ""}))
    assert reading.answered == set(TASKS_OF_ONE) and about(reading, "more than 8 deep", "9 was not looked into")


def test_a_notebook_that_is_too_large_is_refused_by_its_size_and_the_others_are_read(tmp_path):
    write(tmp_path, {ONE: solved()})
    with open(tmp_path / "huge.ipynb", "wb") as file:
        file.truncate(2 * 2**30)  # a sparse file: it uses no disk space
    reading = read_submission(tmp_path)
    assert about(reading, "huge.ipynb is larger than 512 MB") and "too-large" in reading.flags
    assert reading.answered == set(TASKS_OF_ONE)


def test_many_large_notebooks_have_a_limit_together(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_files, "MAX_TOTAL_BYTES", 150_000)
    files = {f"{i}.ipynb": b" " * 60_000 for i in range(5)}
    reading = read_submission(write(tmp_path / "folder", files))
    assert [len(about(reading, f"{i}.ipynb is larger")) for i in range(5)] == [0, 0, 1, 1, 1]
    reading = read_submission(make_zip(tmp_path / "a.zip", files))
    assert [len(about(reading, f"{i}.ipynb is too large")) for i in range(5)] == [0, 0, 1, 1, 1]
