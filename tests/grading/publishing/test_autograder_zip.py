"""Tests of Gradescope's autograder zip, and of ``release --gradescope``."""

import json
import shutil
import subprocess
import zipfile

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading import __main__ as command
from cs231n.grading.publishing import autograder_zip
from cs231n.grading.publishing.autograder_zip import PROGRAMS, make_requirements, write_autograder


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """An autograder with other points for softmax."""
    path = tmp_path_factory.mktemp("zip") / "out-gradescope.zip"
    write_autograder(path, {"softmax": 7})
    with zipfile.ZipFile(path) as packed:
        yield packed


def test_gradescopes_scripts_are_at_the_top_and_can_be_run(packed):
    for name in PROGRAMS:
        assert packed.getinfo(name).external_attr >> 16 & 0o777 == 0o755
        text = packed.read(name)
        assert text.startswith(b"#!/usr/bin/env bash\n") and b"\r" not in text
        if shutil.which("bash"):
            assert subprocess.run(["bash", "-n"], input=text).returncode == 0
    assert packed.getinfo("README.md").external_attr >> 16 & 0o777 == 0o644


def test_it_holds_the_course_the_grader_and_the_points(packed):
    names = set(packed.namelist())
    for name in ("grading/autograder.py", "layers.py", "grading/reporting/feedback.css", "grading/judging/judge.py"):
        assert f"course/cs231n/{name}" in names
    assert {"course/notebooks/01_softmax_gradient.ipynb", "course/datasets/mnist_5k.npz"} <= names
    assert not [name for name in names if "__pycache__" in name or "cs231n/site/" in name or name.startswith("/")]
    points = json.loads(packed.read("points.json"))
    assert points["softmax"] == 7 and set(TASKS) < set(points)
    readme = packed.read("README.md").decode()
    assert f"worth {sum(points[name] for name in TASKS)} points" in readme and "{" not in readme
    assert json.loads(packed.read("did_not_finish.json"))["score"] == 0


def test_its_requirements_are_the_courses_and_the_graders():
    text = make_requirements()
    names = {autograder_zip._name_of(line) for line in text.splitlines()}
    assert {"numpy", "ipykernel", "nbval", "jupyter_client", "jinja2", "psutil"} <= names
    assert not names & {"jupyter", "jupyterlab", "pytest-xdist"}


def test_the_command_writes_it_beside_the_release(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "release", lambda out, points: out.with_name(f"{out.name}.zip"))
    command.main(["release", str(tmp_path / "out"), "--gradescope"])
    first = (tmp_path / "out-gradescope.zip").read_bytes()
    command.main(["release", f"{tmp_path / 'out'}/", "--gradescope"])
    assert (tmp_path / "out-gradescope.zip").read_bytes() == first, "the same course gives the same bytes"
    assert "for Gradescope only" in capsys.readouterr().out


def test_it_replaces_nothing_but_an_earlier_one_and_the_release_is_not_made_either(tmp_path):
    mine = tmp_path / "out-gradescope.zip"
    mine.write_text("mine")
    with pytest.raises(SystemExit, match="not an earlier autograder"):
        command.main(["release", str(tmp_path / "out"), "--gradescope"])
    assert mine.read_text() == "mine" and list(tmp_path.iterdir()) == [mine]


def test_nbgraders_source_and_gradescopes_autograder_are_two_things(tmp_path, capsys):
    with pytest.raises(SystemExit):
        command.main(["release", str(tmp_path / "out"), "--gradescope", "--nbgrader"])
    assert "not allowed with" in capsys.readouterr().err
