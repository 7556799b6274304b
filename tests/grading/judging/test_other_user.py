"""Tests of Gradescope's autograder, in a root folder of its own: a right submission, and a thief in it."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.judging.boxes import other_user
from cs231n.grading.judging.boxes.box import NoBox, open_box
from cs231n.grading.publishing.autograder_zip import write_autograder
from cs231n.grading.publishing.notebooks import answer_cells, read_notebooks, solve
from tests.helpers.paths import ROOT

UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
root_only = pytest.mark.skipif(not IS_ROOT, reason="root only: kernels become another user")


def can_unshare():
    """Whether this machine lets us make a root folder of its own."""
    command = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return IS_ROOT and bool(shutil.which("unshare")) and subprocess.run(command, capture_output=True).returncode == 0


# The thief tries everything once. What it could read, and who it is, it writes where everybody can.
THIEF = """
import glob, json, os, signal, socket, subprocess
def attempt(what):
    try:
        return repr(what())
    except BaseException as error:
        return f"refused: {type(error).__name__}"
grader = [pid for pid in os.listdir("/proc") if pid.isdigit() and os.stat(f"/proc/{pid}").st_uid == 0]
inside = "/autograder/source/course/cs231n"
scratch = glob.glob("/tmp/cs231n-*")[0]
found = {
    "who": (os.getuid(), os.geteuid(), os.getgid(), os.getgroups()),
    "reference": attempt(lambda: open(inside + "/layers.py").read()),
    "grader": attempt(lambda: os.listdir(inside + "/grading")),
    "points": attempt(lambda: open("/autograder/source/points.json").read()),
    "results": attempt(lambda: os.listdir("/autograder/results")),
    "write": attempt(lambda: open("/autograder/results/results.json", "w")),
    "fallback": attempt(lambda: os.rename("/autograder/results", "/tmp/results")),
    "submission": attempt(lambda: os.listdir("/autograder/submission")),
    "metadata": attempt(lambda: open("/autograder/submission_metadata.json").read()),
    "shadow": attempt(lambda: open("/etc/shadow").read()),
    "scratch": attempt(lambda: os.listdir(scratch)),
    "new library": attempt(lambda: open(scratch + "/library-cs231n-01/cs231n/new.py", "w")),
    "records": attempt(lambda: open(f"/proc/self/fd/{os.environ['CS231N_RECORDS']}").read()),
    "rights": attempt(lambda: os.setuid(0)),
    "program": attempt(lambda: subprocess.run(["/usr/bin/id"])),
    "fork": attempt(os.fork),
    "network": attempt(lambda: socket.socket(socket.AF_INET)),
    "outside": attempt(lambda: os.chroot("/tmp")),
}
for pid in grader:
    for name in ("environ", "mem", "maps"):
        found[f"{name} {pid}"] = attempt(lambda: open(f"/proc/{pid}/{name}", "rb").read(1))
    for name in ("fd", "root", "cwd"):
        found[f"{name} {pid}"] = attempt(lambda: os.listdir(f"/proc/{pid}/{name}"))
    found[f"signal {pid}"] = attempt(lambda: os.kill(int(pid), signal.SIGKILL))
commands = [attempt(lambda: open(f"/proc/{pid}/cmdline").read()) for pid in grader]
json.dump([found, len(grader), commands, dict(os.environ)], open("/tmp/loot/loot.json", "w"))
"""
STEALS = '''def relu_backward(dout, cache):
    """Runs the reference if it can be read."""
    try:
        names = {}
        exec(open("/autograder/source/course/cs231n/layers.py").read(), names)
        return names["relu_backward"](dout, cache)
    except OSError:
        return dout * 2'''


def hand_in(folder):
    """Notebook 1, solved, with the thief in a cell of its own and in one answer."""
    nb = solve(read_notebooks()[NOTEBOOKS[0]])
    answer_cells(nb)["relu_backward"].source = STEALS
    first = next(number for number, cell in enumerate(nb.cells) if cell is answer_cells(nb)["softmax"])
    nb.cells.insert(first, nbformat.v4.new_code_cell(THIEF, id="thief"))
    folder.mkdir()
    nbformat.write(nb, folder / NOTEBOOKS[0])


@pytest.mark.slow
@pytest.mark.skipif(not can_unshare(), reason="needs root and a mount namespace")
def test_gradescopes_autograder_in_a_root_folder_of_its_own(tmp_path):
    write_autograder(tmp_path / "autograder.zip", {"softmax": 7})
    hand_in(tmp_path / "submission")
    script = ROOT / "tests" / "helpers" / "root_folder.sh"
    command = [*UNSHARE, "bash", script, tmp_path, os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    stdout = (tmp_path / "stdout").read_text()
    assert run.returncode == 0, run.stderr + stdout
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    scores = {test["name"].split()[-1]: test["score"] for test in results["tests"] if "score" in test}
    expected = {name: task.points for name, task in TASKS.items() if task.number < "2"} | {"softmax": 7}
    expected["relu_backward"] = 0
    assert {name: score for name, score in scores.items() if score or name in expected} == expected, stdout
    assert results["score"] == sum(expected.values())
    assert "kernels run as the user student" in stdout and "SECRET" not in json.dumps(results)
    broken = json.loads((tmp_path / "broken" / "results.json").read_text())
    assert broken["score"] == 0 and "did not finish" in broken["output"]

    found, processes, commands, environment = json.loads((tmp_path / "loot" / "loot.json").read_text())
    who = found.pop("who")
    assert who[0] == who[1] != 0 and who[2] != 0 and who[3] in ([], [who[2]])
    assert [what for what, outcome in found.items() if not outcome.startswith("refused: ")] == []
    assert processes >= 2, "it saw the grader's processes"
    assert stdout.split()[1] not in " ".join(commands), "the seed stands in no command line"
    assert "SECRET" not in json.dumps(environment)


@root_only
def test_a_user_that_can_read_what_must_be_hidden_gets_no_kernels(tmp_path):
    (tmp_path / "library").mkdir()
    for user, message in (("root", "that is root"), ("nobody-7", "there is no such user")):
        with pytest.raises(NoBox, match=message):
            open_box(tmp_path / "library", hidden=(tmp_path,), user=user)
        shutil.rmtree(tmp_path / "library" / "helpers")
    with pytest.raises(NoBox, match="cannot run as the user nobody"):  # /usr, or its Python lies in a closed folder
        open_box(tmp_path / "library", hidden=("/usr",), user="nobody")


@root_only
def test_what_belongs_to_a_kernel_is_handed_over(tmp_path):
    (tmp_path / "connection.json").write_text("{}")
    who = other_user.hand_over(tmp_path, "nobody")
    home, file = other_user.home_in(tmp_path).stat(), (tmp_path / "connection.json").stat()
    assert (home.st_uid, home.st_mode & 0o777) == (who["user"], 0o700)
    assert (file.st_uid, file.st_gid, file.st_mode & 0o777) == (0, who["group"], 0o640)
    assert tmp_path.stat().st_mode & 0o777 == 0o711 and tmp_path.stat().st_uid == 0
