"""The files of saved answers: one per answer, in any state of the folder, and beside an earlier edition's file."""

import errno
import os
import subprocess
import sys
from importlib import import_module

import pytest

from cs231n import layers
from cs231n.assignment import check, progress, use_my_answers
from cs231n.assignment.saving import answer_files, saved_answers
from tests.helpers.answers import function_from
from tests.helpers.kernels import RELU, SOFTMAX
from tests.helpers.paths import ROOT

NEEDS_PERMISSIONS = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything"
)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def lines_of(function, capsys):
    """The lines that a function prints."""
    capsys.readouterr()
    function()
    return capsys.readouterr().out.splitlines()


def check_softmax(tmp_path, capsys):
    """The last line that check() prints for a right softmax."""
    capsys.readouterr()
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert layers.softmax.__doc__ == "Mine."
    return capsys.readouterr().out.splitlines()[-1]


# --- where the files are --------------------------------------------------------------------------


def test_default_folder_is_beside_the_notebooks(monkeypatch):
    monkeypatch.delenv("CS231N_ANSWERS", raising=False)
    assert answer_files.folder() == ROOT / "notebooks" / "my_answers"
    assert answer_files.old_file() == ROOT / "notebooks" / "my_answers.py"


def test_without_a_notebooks_folder_it_is_beside_the_library(monkeypatch, tmp_path):
    """In an nbgrader assignment, the notebooks are in the same folder as the library."""
    monkeypatch.delenv("CS231N_ANSWERS", raising=False)
    monkeypatch.setattr(
        answer_files, "__file__", str(tmp_path / "cs231n" / "assignment" / "saving" / "answer_files.py")
    )
    assert answer_files.folder() == tmp_path / "my_answers"


def test_variable_names_the_folder(saved, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CS231N_ANSWERS", "elsewhere")
    assert (
        check_softmax(tmp_path, capsys) == "note  saved in elsewhere/softmax.py; the library now runs on your softmax"
    )
    assert names_in(tmp_path / "elsewhere") == ["softmax.py"] and not saved.exists()


def test_git_ignores_the_folder_and_the_file_of_an_earlier_edition():
    names = [
        "notebooks/my_answers/softmax.py",
        "notebooks/my_answers/softmax.py.4711.1.part",
        "notebooks/my_answers.py",
        "notebooks/my_answers.py.4711.part",
    ]
    run = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 128:
        pytest.skip("no git checkout")
    assert run.stdout.split() == names


# --- what is written ------------------------------------------------------------------------------


def test_each_answer_has_its_own_file_and_a_new_pass_replaces_only_that(saved, tmp_path):
    check(function_from(RELU, "relu_backward", tmp_path))
    before = (saved / "relu_backward.py").read_bytes()
    check(function_from(SOFTMAX, "softmax", tmp_path))
    check(function_from(SOFTMAX.replace("Mine", "Newer"), "softmax", tmp_path))
    text = (saved / "softmax.py").read_text(encoding="utf-8")
    assert text.count("def softmax") == 1 and "Newer" in text and "Mine" not in text
    assert names_in(saved) == ["relu_backward.py", "softmax.py"] and (saved / "relu_backward.py").read_bytes() == before
    assert list(answer_files.read()) == ["softmax", "relu_backward"], "in the order of the tasks"


def test_files_that_are_not_a_tasks_are_left_alone(saved, tmp_path, capsys):
    saved.mkdir()
    others = {"notes.py": b"raise SystemExit", "__init__.py": b"1 / 0", "softmax.txt": b"", "softmax.py.1.2.part": b"d"}
    for name, content in others.items():
        (saved / name).write_bytes(content)
    assert lines_of(use_my_answers, capsys) == [saved_answers.NOTHING_SAVED]
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert lines_of(use_my_answers, capsys)[0] == "softmax: yours"
    assert names_in(saved) == sorted([*others, "softmax.py"])
    assert all((saved / name).read_bytes() == content for name, content in others.items())


def test_deleted_file_takes_the_answer_out(saved, tmp_path, capsys):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    (saved / "softmax.py").unlink()
    assert lines_of(use_my_answers, capsys) == [saved_answers.NOTHING_SAVED]


def test_loading_runs_nothing_but_the_answers(saved, tmp_path, capsys, monkeypatch):
    saved.mkdir()
    for folder in (saved, tmp_path):
        (folder / "numpy.py").write_text("raise SystemExit", encoding="utf-8")
    (saved / "softmax.py").write_text(answer_files.compose("softmax", SOFTMAX).text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    path, modules = list(sys.path), set(sys.modules)
    assert lines_of(use_my_answers, capsys)[0] == "softmax: yours"
    assert sys.path == path and set(sys.modules) == modules and names_in(saved) == ["numpy.py", "softmax.py"]


# --- what can go wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken", ["def softmax(x:\n    return x\n", "raise SystemExit(1)\n", "x = 1 / 0\n", "softmaks = 3\n", "", "\0"]
)
def test_broken_file_does_not_stop_the_others(saved, tmp_path, capsys, monkeypatch, broken):
    monkeypatch.setattr(import_module("cs231n.assignment.progress"), "_passed", set())
    reference = layers.softmax
    saved.mkdir()
    (saved / "softmax.py").write_text(broken, encoding="utf-8")
    (saved / "relu_backward.py").write_text(RELU, encoding="utf-8")
    lines = lines_of(use_my_answers, capsys)
    assert lines[0].startswith("softmax: not usable, ") and lines[0].endswith(
        ". Run its check again, in 01_softmax_gradient.ipynb, section 2, or mend my_answers/softmax.py"
    )
    assert "relu_backward: yours" in lines and layers.softmax is reference
    assert any("saved, but not usable" in line for line in lines_of(progress, capsys))
    assert check_softmax(tmp_path, capsys).startswith("note  saved in my_answers/softmax.py; ")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00nonsense", None])
def test_file_that_cannot_be_read_does_not_stop_the_others(saved, tmp_path, capsys, content):
    saved.mkdir()
    (saved / "relu_backward.py").write_text(RELU, encoding="utf-8")
    if content is None:
        (saved / "softmax.py").mkdir()
    else:
        (saved / "softmax.py").write_bytes(content)
    lines = lines_of(use_my_answers, capsys)
    assert lines[0].startswith("softmax: not usable, it cannot be read (") and "relu_backward: yours" in lines
    last = check_softmax(tmp_path, capsys)
    start = "not saved: my_answers/softmax.py cannot be read or written (" if content is None else "saved in my_answers"
    assert last.startswith(f"note  {start}") and last.endswith("; the library now runs on your softmax")


def test_file_where_the_folder_should_be_is_said_and_kept(saved, tmp_path, capsys):
    saved.write_bytes(b"mine")
    what = "my_answers is a file, and a folder is needed (move the file away)"
    assert lines_of(use_my_answers, capsys)[0] == f"{what}: nothing in it is used"
    assert lines_of(progress, capsys)[-1] == f"{what}: nothing in it is counted."
    assert check_softmax(tmp_path, capsys) == f"note  not saved: {what}; the library now runs on your softmax"
    assert saved.read_bytes() == b"mine"


def test_missing_place_is_said(saved, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_ANSWERS", str(tmp_path / "no such folder" / "my_answers"))
    last = check_softmax(tmp_path, capsys)
    assert last.startswith("note  not saved: my_answers/softmax.py cannot be read or written (")
    assert last.endswith("); the library now runs on your softmax")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failure_to_write_is_said_and_leaves_the_old_files(saved, tmp_path, monkeypatch, capsys, call):
    check(function_from(SOFTMAX.replace("Mine", "Older"), "softmax", tmp_path))
    before = (saved / "softmax.py").read_bytes()

    def fail(*arguments, **keywords):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, call, fail)
    last = check_softmax(tmp_path, capsys)
    assert last == (
        "note  not saved: my_answers/softmax.py cannot be read or written (Read-only file system); "
        "the library now runs on your softmax"
    )
    assert (saved / "softmax.py").read_bytes() == before and names_in(saved) == ["softmax.py"]


@NEEDS_PERMISSIONS
@pytest.mark.parametrize("mode, which", [(0o555, "folder"), (0o000, "folder"), (0o000, "file")])
def test_missing_permission_is_said_and_nothing_is_lost(saved, tmp_path, capsys, mode, which):
    check(function_from(SOFTMAX.replace("Mine", "Older"), "softmax", tmp_path))
    before = (saved / "softmax.py").read_bytes()
    path = saved if which == "folder" else saved / "softmax.py"
    path.chmod(mode)
    try:
        last = check_softmax(tmp_path, capsys)
        first = lines_of(use_my_answers, capsys)[0]
    finally:
        path.chmod(0o700)
    assert last.startswith("note  not saved: my_answers/softmax.py cannot be read or written (Permission denied); ")
    if mode:
        assert first == "softmax: yours"
    elif which == "folder":
        assert first == "the folder my_answers cannot be read (Permission denied): nothing in it is used"
    else:
        assert first.startswith("softmax: not usable, it cannot be read (Permission denied). Run its check again")
    assert (saved / "softmax.py").read_bytes() == before


# --- the file of an earlier edition ---------------------------------------------------------------

OLD = '"""Your answers."""\n\nimport numpy as np\n\n1 / 0\n\n\n' + "".join(
    f"# --- task {number} ---\n{code}\n\n"
    for number, code in (("1.1: softmax", SOFTMAX.replace("Mine", "Old")), ("1.6: relu_backward", RELU))
)


def test_answers_of_an_earlier_edition_load_until_a_newer_pass(saved, tmp_path, capsys):
    old = tmp_path / "my_answers.py"
    old.write_text(OLD, encoding="utf-8")
    lines = lines_of(use_my_answers, capsys)
    assert lines[0] == "softmax: yours" and "relu_backward: yours" in lines and layers.softmax.__doc__ == "Old."
    assert lines[-1] == "From my_answers.py, the file of an earlier edition: softmax, relu_backward"
    assert layers.softmax.__code__.co_filename == "<my_answers.py: softmax>" and not saved.exists()
    assert sum("done, saved" in line for line in lines_of(progress, capsys)) == 2

    assert check_softmax(tmp_path, capsys).startswith("note  saved in my_answers/softmax.py; ")
    lines = lines_of(use_my_answers, capsys)
    assert lines[-1] == "From my_answers.py, the file of an earlier edition: relu_backward"
    assert layers.softmax.__doc__ == "Mine." and old.read_text(encoding="utf-8") == OLD


def test_broken_file_of_an_earlier_edition_is_said(saved, tmp_path, capsys):
    old = tmp_path / "my_answers.py"
    old.write_text(OLD.replace("def softmax(x):", "def softmax(x:"), encoding="utf-8")
    lines = lines_of(use_my_answers, capsys)
    assert lines[0].startswith("softmax: not usable, ") and lines[0].endswith("section 2, or mend my_answers.py")
    assert lines[-1] == "From my_answers.py, the file of an earlier edition: relu_backward"
    old.write_bytes(b"\xff\xfe\x00nonsense")
    check(function_from(RELU, "relu_backward", tmp_path))
    lines = lines_of(use_my_answers, capsys)
    assert lines[0] == "my_answers.py cannot be read (its text is not UTF-8): nothing in it is used"
    assert "relu_backward: yours" in lines
    old.write_bytes(b"this is not Python\n")
    assert not any("my_answers" in line for line in lines_of(use_my_answers, capsys))
