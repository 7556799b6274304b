"""Tests of the ends of commands: errors and Ctrl-C are one line, and nothing half-written or empty is left behind."""

import argparse
import os
import sys
from types import SimpleNamespace

import pytest

from cs231n.cifar import download
from cs231n.support import commands
from cs231n.support.whole_files import made_folder, write_all, written_whole
from tests.helpers.commands import assert_one_line, run

COMPARE, DATA = "cs231n.compare", "cs231n.data_utils"
NOWHERE = "http://127.0.0.1:9/cifar.tar.gz"
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and devices of Unix")


# --- in a process of their own ---------------------------------------------------------------------


@unix
@pytest.mark.parametrize("module, arguments, at", [
    (COMPARE, [], "numpy"), (COMPARE, [], "matplotlib"), (DATA, ["cifar10"], "numpy"),
])  # fmt: skip
def test_ctrl_c_during_the_imports(module, arguments, at, tmp_path):
    assert_one_line(run(module, *arguments, cwd=tmp_path, interrupt_at=at), 130, "stopped")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_compare_tries_its_targets_before_it_trains(option, tmp_path):
    (tmp_path / "file").write_text("")
    for target in ("file/a.png", "none/a.png", "."):
        code, out, err = run(COMPARE, option, target, "--epochs", "100000", cwd=tmp_path)
        assert (code, out) == (2, "") and f"argument {option}: cannot write '{target}'" in err.splitlines()[-1]
    assert os.listdir(tmp_path) == ["file"]


@unix
@pytest.mark.parametrize("module, arguments", [
    (COMPARE, ["--seeds", "1", "--epochs", "1"]), (DATA, ["cifar10", "--url", NOWHERE, "--folder", "data"]),
])  # fmt: skip
def test_a_full_disk_behind_stdout(module, arguments, tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        code, _, err = run(module, *arguments, cwd=tmp_path, stdout=full)
    assert_one_line((code, "", err), 1, "No space left on device")
    assert "data" not in os.listdir(tmp_path)


def test_the_download_leaves_no_empty_folder(tmp_path):
    (tmp_path / "file").write_text("")
    for folder, words in [("file/data", "Not a directory"), ("file", "File exists"), ("a/b/c", "cannot reach")]:
        result = run(DATA, "cifar10", "--url", NOWHERE, "--folder", folder, cwd=tmp_path)
        assert_one_line(result, 1, "error: ", *([words] if sys.platform != "win32" else []))
        assert os.listdir(tmp_path) == ["file"]
    (tmp_path / "mine").mkdir()
    run(DATA, "cifar10", "--url", NOWHERE, "--folder", "mine/new", cwd=tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["file", "mine"] and os.listdir(tmp_path / "mine") == []


@unix
def test_ctrl_c_in_the_download_leaves_no_empty_folder(tmp_path):
    result = run(DATA, "cifar10", "--url", NOWHERE, "--folder", "data", cwd=tmp_path, interrupt_at="tqdm")
    assert result[0] in (1, 130)  # 1: there was no connection, so no progress bar
    assert os.listdir(tmp_path) == []


def test_a_download_that_will_not_fit_is_refused_before_it_begins(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda folder: SimpleNamespace(free=200 * 2**20))
    assert download.main(["cifar10", "--url", NOWHERE, "--folder", str(tmp_path / "data")]) == 1
    error = capsys.readouterr().err
    assert error.endswith("data: 200 MB are free, and 360 are needed; make room, or name another --folder\n")
    assert error.count("\n") == 1 and os.listdir(tmp_path) == []


# --- the parts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("result, code", [(None, 0), (0, 0), (3, 3)])
def test_a_commands_exit_code(result, code, capsys):
    assert commands.run(lambda: result) == code and capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error, code, line", [
    (KeyboardInterrupt(), 130, "stopped: nothing was written"),
    (OSError(28, "No space left on device", "a.png"), 1, "error: a.png: No space left on device"),
    (OSError(28, "No space left on device"), 1, "error: No space left on device"),
    (TimeoutError("took too long"), 1, "error: took too long"),
])  # fmt: skip
def test_errors_of_the_system_and_ctrl_c_are_one_line(error, code, line, capsys, monkeypatch):
    monkeypatch.setattr(commands.signal, "signal", lambda *_: pytest.fail("in a process that is not the command's"))
    monkeypatch.setattr(commands, "_drop_output", lambda: None)

    def command():
        raise error

    assert commands.run(command, "stopped: nothing was written") == code
    assert capsys.readouterr().err == line + "\n"


def test_a_mistake_of_ours_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        commands.run(lambda: 1 // 0)


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "", " 1", "1 ", "1_0", "+1", "\u0661", "\u00b2", "\uff11", "9" * 30]
)
def test_only_the_digits_0_to_9_make_a_number(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number of at least 1"):
        commands.at_least_one(text)
    assert commands.at_least_one("007") == 7


def test_several_files_are_written_all_or_none(tmp_path):
    write_all(tmp_path / "new" / "folder", {"a.txt": "α", "b.txt": "b"})
    assert (tmp_path / "new" / "folder" / "a.txt").read_text(encoding="utf-8") == "α"
    (tmp_path / "new" / "folder" / "c.txt").mkdir()
    with pytest.raises(OSError):
        write_all(tmp_path / "new" / "folder", {"a.txt": "2", "b.txt": "2", "c.txt": "2"})
    assert {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "new" / "folder").iterdir() if p.is_file()} == {
        "a.txt": "α", "b.txt": "b",
    }  # fmt: skip
    with pytest.raises(OSError):
        write_all(tmp_path / "other", {"a.txt": "1", "no/b.txt": "1"})
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_made_folder_goes_with_an_error_but_not_what_was_there(error, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(error), made_folder(tmp_path / "there" / "new" / "newer"):
        raise error
    assert os.listdir(tmp_path) == ["there"] and os.listdir(tmp_path / "there") == []
    with pytest.raises(error), made_folder(tmp_path / "there" / "new"):
        (tmp_path / "there" / "new" / "kept.txt").write_text("a partial download")
        raise error
    assert os.listdir(tmp_path / "there" / "new") == ["kept.txt"]


def test_an_error_names_the_file(tmp_path):
    path = tmp_path / "a.txt"
    full = OSError(28, "No space left on device")
    with pytest.raises(OSError, match="a.txt") as error, written_whole(path):
        raise full
    assert commands.describe(error.value) == f"{path}: No space left on device"
    with pytest.raises(OSError, match="new"), made_folder(tmp_path / "new"):
        raise OSError(28, "No space left on device")
    with pytest.raises(OSError, match="^a sentence$"), made_folder(tmp_path / "new"):
        raise FileExistsError("a sentence")
