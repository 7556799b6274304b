"""Tests that the maintainer's commands write whole or not at all, and end in one line: in processes of their own."""

import sys

import pytest

from cs231n.grading import __main__ as command
from cs231n.grading.publishing.paths import NOTEBOOK_FOLDER
from tests.helpers.commands import assert_one_line, run

GRADING = "cs231n.grading"
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and devices of Unix")


def contents(folder):
    """Every file below a folder with its content, and every folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


@pytest.mark.parametrize("arguments", [["solve"], ["release"], ["release", "--nbgrader"]], ids=" ".join)
def test_a_target_that_cannot_be_written(arguments, tmp_path):
    (tmp_path / "file").write_text("")
    result = run(GRADING, *arguments, tmp_path / "file" / "new" / "out")
    assert_one_line(result, 1, str(tmp_path / "file"))
    assert contents(tmp_path) == {"file": b""}


@unix
@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["solve"], ["release"], ["release", "--nbgrader"]], ids=" ".join)
def test_a_full_disk_leaves_nothing_new_and_everything_old(arguments, tmp_path):
    result = run(GRADING, *arguments, tmp_path / "new" / "out", limit=100_000)
    assert_one_line(result, 1, "File too large")
    assert contents(tmp_path) == {}
    (tmp_path / "out").mkdir()
    if arguments == ["solve"]:
        (tmp_path / "out" / "01_softmax_gradient.ipynb").write_text("an older one")
    else:
        assert run(GRADING, *arguments, tmp_path / "out")[0] == 0
    before = contents(tmp_path)
    assert run(GRADING, *arguments, tmp_path / "out", limit=100_000)[0] == 1
    assert contents(tmp_path) == before


@unix
@pytest.mark.parametrize("at", ["nbformat", "cs231n.grading.publishing.points"])
@pytest.mark.parametrize("arguments", [["solve", "OUT"], ["explain", "a", "softmax", "--out", "OUT"]], ids=" ".join)
def test_ctrl_c_during_the_imports(arguments, at, tmp_path):
    arguments = [argument.replace("OUT", str(tmp_path / "out")) for argument in arguments]
    assert_one_line(run(GRADING, *arguments, interrupt_at=at), 130, "stopped")
    assert contents(tmp_path) == {}


@unix
@pytest.mark.parametrize("name", ["solve", "release", "explain"])
def test_ctrl_c_in_the_middle_is_one_line(name, monkeypatch, tmp_path, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "solve", interrupted)
    monkeypatch.setattr(command, "explain", interrupted)
    monkeypatch.setattr("cs231n.grading.publishing.release.write_library", interrupted)
    arguments = {"explain": ["a", "softmax", "--out", str(tmp_path)]}.get(name, [str(tmp_path / "new" / "out")])
    assert command.main([name, *arguments]) == 130
    assert capsys.readouterr().err.splitlines() == [command.STOPPED[name]]
    assert contents(tmp_path) == {}


@unix
def test_solve_does_not_follow_links_to_the_unsolved_notebooks(tmp_path):
    name = "01_softmax_gradient.ipynb"
    before = (NOTEBOOK_FOLDER / name).read_bytes()
    (tmp_path / name).symlink_to(NOTEBOOK_FOLDER / name)
    assert_one_line(run(GRADING, "solve", tmp_path), 1, "would be overwritten")
    assert (NOTEBOOK_FOLDER / name).read_bytes() == before and len(contents(tmp_path)) == 1


def test_the_reading_process_says_how_it_is_called():
    code, out, err = run("cs231n.grading.reading")
    assert (code, out) == (2, "") and "SUBMISSION" in err and "Traceback" not in err
    code, out, err = run("cs231n.grading.reading", NOTEBOOK_FOLDER)
    assert (code, err) == (0, "") and out.startswith("{")
