"""Tests of grade when the machine fails: it is killed, or a disk is full. The real command, box and nbval."""

import os
import shutil
import subprocess
import sys

import pytest

from cs231n.grading.judging.boxes.scratch import OWNER, remove_leftovers, scratch_folder
from tests.helpers.boxed import needs_box
from tests.helpers.paths import ROOT
from tests.helpers.reading_cases import ONE, notebook, write

posix = pytest.mark.skipif(os.name == "nt", reason="locks and users as Linux and macOS have them")


def grade_command(folder):
    return [sys.executable, "-u", "-m", "cs231n.grading", "grade", folder / "in", "--out", folder / "out"]


@needs_box
def test_what_a_killed_grader_leaves_behind_is_removed_at_the_next_start(tmp_path, temporary):
    for name in ("a", "b"):
        write(tmp_path / "in" / name, {ONE: notebook()})
    with subprocess.Popen(grade_command(tmp_path), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        next(line for line in process.stdout if line.startswith("a: "))
        process.kill()
    (left,) = temporary.glob("cs231n-*")
    assert (left / "library-cs231n-02").is_dir(), "with a reference library in it"
    run = subprocess.run(grade_command(tmp_path), cwd=ROOT, capture_output=True, text=True, check=True)
    assert "2 submissions, 1 to grade" in run.stdout and not list(temporary.iterdir())


@posix
def test_only_folders_of_dead_graders_are_removed(temporary):
    with scratch_folder() as mine:
        (temporary / "cs231n-homework").mkdir()
        (temporary / "cs231n-homework" / "answers.py").touch()
        (temporary / "cs231n-link").symlink_to(mine)
        dead = temporary / "cs231n-dead"
        dead.mkdir()
        (dead / OWNER).touch()
        (temporary / "other").mkdir()
        shutil.copytree(dead, temporary / "other-dead")
        remove_leftovers()
        left = {path.name for path in temporary.iterdir()}
        assert left == {mine.name, "cs231n-homework", "cs231n-link", "other", "other-dead"}
    assert not mine.exists()


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make another's folder")
def test_another_user_s_folder_is_left_alone(temporary):
    other = temporary / "cs231n-other"
    other.mkdir()
    (other / OWNER).touch()
    os.chown(other, 12345, 12345)
    remove_leftovers()
    assert other.exists()


def run_on_full_disk(disk, size, command):
    """Run a command with a new, small disk mounted at a folder, in a namespace of its own."""
    script = f'mount -t tmpfs -o size={size} none {disk} && exec "$@"'
    run = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", *map(str, command)]
    probe = subprocess.run([*run[:7], "true"], capture_output=True, text=True)
    if shutil.which("unshare") is None or probe.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {probe.stderr}")
    return subprocess.run(run, cwd=ROOT, capture_output=True, text=True)


@needs_box
@pytest.mark.parametrize("size", ["24k"])
def test_a_full_disk_for_the_grades_is_one_line_with_the_path(tmp_path, size):
    for name in "abcd":
        write(tmp_path / "in" / name, {ONE: notebook()})
    (tmp_path / "out").mkdir()
    run = run_on_full_disk(tmp_path / "out", size, grade_command(tmp_path))
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.startswith(str(tmp_path / "out")) and "No space left on device" in run.stderr


@needs_box
@pytest.mark.parametrize("size", ["64k", "4600k"])
def test_a_full_disk_for_temporary_files_is_one_line_with_the_path_and_blames_nobody(tmp_path, temporary, size):
    write(tmp_path / "in" / "alice", {ONE: notebook()})
    run = run_on_full_disk(temporary, size, grade_command(tmp_path))
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.startswith(str(temporary)) and "No space left on device" in run.stderr
    assert not list(tmp_path.glob("out/feedback/*"))


def test_a_name_that_the_terminal_cannot_show_does_not_end_the_command(tmp_path):
    write(tmp_path / "in" / "李雷", {ONE: notebook()})
    script = (
        "import sys; from cs231n.grading import grade, __main__ as main; "
        "from tests.grading.reporting import test_grade; grade.Judge = test_grade.NoJudge; "
        "sys.exit(main.main(sys.argv[1:]))"
    )
    command_line = [sys.executable, "-c", script, "grade", tmp_path / "in", "--out", tmp_path / "out"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert run.returncode == 1 and "\\u674e\\u96f7: 0 of 0 " in run.stdout and not run.stderr, run
    assert "李雷,failed" in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8-sig")
