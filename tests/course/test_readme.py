"""Tests of what the README promises: its commands are those of CI, and its files and links exist."""

import re
import subprocess

from tests.helpers.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETUP = [line for line in README.splitlines() if line.startswith("python3 -m venv .venv")]


def test_there_are_exactly_two_setup_commands_and_each_is_complete():
    assert len(SETUP) == 2
    course, test = SETUP
    assert "-r requirements.txt" in course and course.endswith("python -m cs231n.compare")
    assert "-r requirements.txt" in test and "-r tests/requirements.txt" in test
    assert test.endswith("python -m pytest")


def test_ci_runs_the_readmes_test_command():
    pattern = re.search(r"grep -m 1 -E '([^']+)'", (ROOT / ".ci" / "run").read_text(encoding="utf-8")).group(1)
    assert [line for line in README.splitlines() if re.search(pattern, line)] == [SETUP[1]]


def test_every_local_link_and_picture_exists():
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", README)
    local = [target for target in targets if not target.startswith("http")]
    assert len(local) >= 5
    for target in local:
        assert (ROOT / target).exists(), target


def test_the_top_level_is_what_the_course_promises():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in tracked.splitlines()}
    allowed = {"README.md", "LICENSE", "requirements.txt", "pyproject.toml", "notebooks", "cs231n", "datasets", "tests"}
    habits = {"CONTRIBUTING.md", ".ci", ".github", ".pre-commit-config.yaml", ".gitignore", ".gitattributes"}
    assert top <= allowed | habits


def test_the_settings_file_never_installs_the_package():
    """A copy installed with pip would let students, and submissions in the grader, import the reference answers."""
    assert "[project]" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
