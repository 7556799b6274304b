"""The contestants of the benchmark of graders: this course's ``grade``, nbgrader's autograde, and Otter-Grader.

Each grades a folder of submissions in one command, which is a process of its own:

- **ours**: ``python -m cs231n.grading grade``, in the box. It runs a student's answers, checks and probes, and not the
  experiments around them.
- **nbgrader**: ``nbgrader autograde``, for an assignment made by ``release --nbgrader`` and ``generate_assignment``. It
  runs all cells of all notebooks, in a plain kernel: there is no box. The tests are the checks in the notebooks.
- **Otter**: `otter.api.grade_submission`, in one process for all submissions. It is what ``otter run`` does, without
  starting anew for every notebook. It runs all cells of a notebook in a plain kernel, then the tests. There is no box:
  Otter's own is Docker (``otter grade``), which would add to its time. Each task has one test, `OTTER_TEST`. Each
  notebook has an autograder of its own, since Otter takes one notebook. Its library has the reference's answers of the
  earlier notebooks, as in our box.

Every contestant has a class with the same three functions:

- ``missing()``: why it cannot run on this machine; empty if it can.
- the constructor: prepare the assignment in a folder. This is not measured.
- ``grade(submissions, folder)``: grade submissions (notebooks by student) in a new folder. Return the seconds of
  processor time of all processes, and each student's share of the points for the tasks of the notebooks that he or she
  handed in.
"""

import csv
import json
import os
import shutil
import sys
from pathlib import Path

import nbformat

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing.library_copy import write_library
from cs231n.grading.publishing.nbgrader_source import ASSIGNMENT, write_source
from cs231n.grading.publishing.release import copy_data
from tests.benchmarks.processor_time import measure, run_command
from tests.benchmarks.timing import version
from tests.helpers.paths import ROOT

OTTER_TEST = '''"""{name}: check() raises an exception if the answer is wrong."""
OK_FORMAT = False
from otter.test_files import test_case
name, points = "{name}", {points}


@test_case()
def test_check(env):
    env["check"](env["{name}"])
'''
OTTER_RUN = """
import json, sys
from pathlib import Path
from otter.api import grade_submission
found = {}
for path in sorted(Path("submissions").glob("*/*.ipynb")):
    results = grade_submission(str(path.resolve()), f"{sys.argv[1]}/{path.stem}.zip", quiet=True)
    found.setdefault(path.parent.name, []).append([float(results.total), float(results.possible)])
Path("points.json").write_text(json.dumps(found))
"""
HIDDEN = ("CS231N_AUTOMATED", "CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "MPLBACKEND", "PYTHONPATH")


class Ours:
    """This course's command ``grade``."""

    def __init__(self, folder):
        pass

    @staticmethod
    def missing():
        return "" if shutil.which("bwrap") else "bubblewrap, the box (apt install bubblewrap)"

    def grade(self, submissions, folder):
        write_submissions(submissions, folder / "submissions")
        command = [sys.executable, "-m", "cs231n.grading", "grade", str(folder / "submissions")]
        command += ["--out", str(folder / "grades"), "--jobs", "1", "--seed", "benchmark"]
        seconds = measure(command, ROOT, environment(folder))
        with open(folder / "grades" / "grades.csv", encoding="utf-8-sig", newline="") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        shares = {}
        for student, notebooks in submissions.items():
            tasks = [task for task in TASKS.values() if task.notebook in notebooks]
            earned = sum(float(rows[student][task.name]) for task in tasks)
            shares[student] = earned / sum(task.points for task in tasks)
        return seconds, shares


class Nbgrader:
    """nbgrader's autograde."""

    def __init__(self, folder):
        self.course = folder / "nbgrader"
        write_source(self.course)
        run_command([*self.command(), "generate_assignment", ASSIGNMENT], self.course, environment(folder))

    @staticmethod
    def missing():
        return "" if version("nbgrader") else "nbgrader (pip install -r tests/requirements.txt)"

    @staticmethod
    def command():
        return [sys.executable, "-m", "nbgrader"]

    def grade(self, submissions, folder):
        from nbgrader.api import Gradebook

        course = folder / "course"
        shutil.copytree(self.course, course)
        write_submissions(submissions, course / "submitted", ASSIGNMENT)
        seconds = measure([*self.command(), "autograde", ASSIGNMENT], course, environment(folder))
        shares = {}
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
            for student, notebooks in submissions.items():
                graded = gradebook.find_submission(ASSIGNMENT, student).notebooks
                grades = [
                    grade for notebook in graded if f"{notebook.name}.ipynb" in notebooks for grade in notebook.grades
                    if grade.name.removeprefix("check-") in TASKS
                ]  # fmt: skip
                shares[student] = sum(grade.auto_score for grade in grades) / sum(grade.max_score for grade in grades)
        return seconds, shares


class Otter:
    """Otter-Grader without a container."""

    def __init__(self, folder):
        self.autograders = folder / "otter"
        for name in NOTEBOOKS:
            self.write_autograder(name)

    @staticmethod
    def missing():
        return "" if version("otter-grader") else "otter-grader (pip install -r tests/benchmarks/requirements.txt)"

    def write_autograder(self, notebook):
        """Let ``otter generate`` make the .zip file for a notebook, from the tests of its tasks and the library."""
        folder = self.autograders / Path(notebook).stem
        (folder / "tests").mkdir(parents=True)
        for task in TASKS.values():
            if task.notebook == notebook:
                text = OTTER_TEST.format(name=task.name, points=task.points)
                (folder / "tests" / f"{task.name}.py").write_text(text, encoding="utf-8")
        later = [name for name, task in TASKS.items() if NOTEBOOKS.index(task.notebook) >= NOTEBOOKS.index(notebook)]
        write_library(folder, later)
        copy_data(folder / "datasets")
        command = [sys.executable, "-m", "otter", "generate", "-t", "tests", "-o", f"../{folder.name}.zip"]
        run_command([*command, "cs231n", "datasets"], folder, environment(folder))

    def grade(self, submissions, folder):
        write_submissions(submissions, folder / "submissions")
        seconds = measure([sys.executable, "-c", OTTER_RUN, str(self.autograders)], folder, environment(folder))
        found = json.loads((folder / "points.json").read_text(encoding="utf-8"))
        sums = {student: [sum(column) for column in zip(*pairs)] for student, pairs in found.items()}
        return seconds, {student: earned / possible for student, (earned, possible) in sums.items()}


GRADERS = {"ours": Ours, "nbgrader": Nbgrader, "Otter": Otter}


def write_submissions(submissions, folder, *below):
    """Write every student's notebooks into a folder of his or her name, or a folder in it that ``below`` names."""
    for student, notebooks in submissions.items():
        target = folder.joinpath(student, *below)
        target.mkdir(parents=True)
        for name, nb in notebooks.items():
            nbformat.write(nb, target / name)


def environment(folder):
    """The environment variables of an instructor in an activated environment, with settings of its own in a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {"PATH": path, "IPYTHONDIR": str(folder / "ipython"), "JUPYTER_CONFIG_DIR": str(folder / "config")}
