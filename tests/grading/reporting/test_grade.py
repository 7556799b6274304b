"""Tests of the commands grade and explain, from a folder of submissions to the grades, with the real box and nbval."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading import __main__ as command
from cs231n.grading import grade as grading
from cs231n.grading.judging.judge import Stopped
from cs231n.grading.publishing.notebooks import answer_cells, read_notebooks, solve
from cs231n.grading.publishing.refresh import write_notebook
from cs231n.grading.reporting.records import Record, page_path
from tests.helpers.boxed import needs_box
from tests.helpers.paths import ROOT

NAME = "01_softmax_gradient.ipynb"
IN_NOTEBOOK_1 = [name for name, task in TASKS.items() if task.notebook == NAME]
EVIL = "<img src=x onerror=alert(1)>"
MARKDOWN_ANSWER = "Because of <script>document.title = 'owned'</script>"


def hand_in(folder, edits=(), solved=True):
    """Put notebook 1 into a folder, solved (or not), with some edits of the answers: (task, old text, new text)."""
    folder.mkdir(parents=True)
    nb = solve(read_notebooks()[NAME]) if solved else read_notebooks()[NAME]
    for task, old, new in edits:
        cell = answer_cells(nb)[task]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)
    write_notebook(nb, folder / NAME)


OVERWRITES = ("relu_backward", "return dout * (x > 0)", "dx = dout\n    dx[x <= 0] = 0\n    return dx")
SHOUTS = ("softmax", "    e = np.exp", f"    print({MARKDOWN_ANSWER!r}, '\\x1b[31mred')\n    e = np.exp")
RAISES = ("affine_backward", "    x, w, b = cache", f"    raise ValueError({MARKDOWN_ANSWER!r} + '\\x1b[31m')")
UNPRINTABLE = "type('E', (Exception,), dict.fromkeys(('__str__', '__repr__'), lambda self: 1 / 0))()"
NO_REPR = ("numerical_gradient", "    x = np.array(", f"    raise {UNPRINTABLE}\n    x = np.array(")
TAKE_OVERS = (
    "conftest.py",
    "numpy.py",
    "sitecustomize.py",
    "json.py",
)  # files that Python or pytest might import or run


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that was graded once: folders of submissions and grades, lines that were said, records by student."""
    folder = tmp_path_factory.mktemp("batch")
    submissions, out = folder / "submissions", folder / "grades"
    hand_in(submissions / "Zoë Müller")
    hand_in(submissions / "mistaken", [OVERWRITES])
    hand_in(submissions / "untouched", solved=False)
    hand_in(submissions / EVIL, [SHOUTS, RAISES, NO_REPR])
    for name in TAKE_OVERS:
        (submissions / "Zoë Müller" / name).write_text("raise SystemExit('taken over')\n", encoding="utf-8")
    hand_in(submissions / "=1+1", solved=False)
    (submissions / "broken").mkdir()
    (submissions / "broken" / NAME).write_text("{", encoding="utf-8")
    (submissions / "nothing at all").mkdir()
    said = []
    records = grading.grade(submissions, out, jobs=2, seed="tests", say=said.append)
    return submissions, out, said, {record.student: record for record in records}


def rows(out):
    """The rows of grades.csv, by student."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file) if row["status"] != "maximum"}


@needs_box
def test_every_folder_has_its_row_whatever_is_in_it(graded):
    submissions, out, said, records = graded
    assert set(rows(out)) == {"Zoë Müller", "mistaken", "untouched", EVIL, "'=1+1", "broken", "nothing at all"}
    assert rows(out)["broken"]["status"] == rows(out)["nothing at all"]["status"] == "nothing to grade"
    assert "unreadable-notebook" in rows(out)["broken"]["flags"]
    assert any(line.startswith("box: bubblewrap") for line in said)
    report = out / "private" / "report.html"
    assert said[-1] == f"the class at a glance: {report}"
    assert "1 student</b>, <code>relu_backward</code>: the numbers are right, but dout" in report.read_text("utf-8")
    assert any(line.startswith("graded 7 in 0:") for line in said)
    assert "look at 2: No notebook of the course was found. broken and nothing at all" in said


@needs_box
def test_points_are_what_was_earned(graded):
    submissions, out, said, records = graded
    right = records["Zoë Müller"]
    assert {task: right.points[task] for task in IN_NOTEBOOK_1} == {task: right.of[task] for task in IN_NOTEBOOK_1}
    assert not any(right.points[task] for task in TASKS if task not in IN_NOTEBOOK_1)
    assert not any(records["untouched"].points.values())
    mistaken = records["mistaken"]
    assert [right for _, right, _ in mistaken.tasks["relu_backward"].items] == [True, False]
    assert mistaken.points["relu_backward"] == mistaken.of["relu_backward"] / 2
    assert mistaken.total == right.total - mistaken.of["relu_backward"] / 2
    evil = records[EVIL]
    assert {task for task in IN_NOTEBOOK_1 if evil.points[task] == 0} == {"affine_backward", "numerical_gradient"}
    assert all(evil.points[task] in (0, evil.of[task]) for task in IN_NOTEBOOK_1)
    assert float(rows(out)["mistaken"]["total"]) == mistaken.total


@needs_box
def test_feedback_names_the_mistake_and_shows_nothing_of_a_submission_as_html(graded):
    submissions, out, said, records = graded
    page = (out / "feedback" / "mistaken.html").read_text(encoding="utf-8")
    assert records["mistaken"].tasks["relu_backward"].mistakes == ["overwrites-dout"]
    assert "is written to" in page and "No gradient check sees this" in page
    page = page_path(out, EVIL).read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "\x1b" not in page
    assert "&lt;img src=x" in page and "&lt;script&gt;" in page
    assert "default-src 'none'" in page


@needs_box
def test_a_second_run_grades_nothing_and_a_changed_submission_only(graded, tmp_path):
    submissions, out, said, records = graded
    said = []
    grading.grade(submissions, out, say=said.append)
    assert said[1].startswith("7 submissions, 0 to grade, seed tests")
    notebook = submissions / "untouched" / NAME
    notebook.write_bytes(notebook.read_bytes() + b"\n")
    said = []
    grading.grade(submissions, out, say=said.append)
    assert said[1].startswith("7 submissions, 1 to grade")


@needs_box
def test_a_regrade_with_the_seed_is_the_same_and_another_seed_asks_others(graded, tmp_path):
    submissions, out, said, records = graded
    (again,) = [r for r in grading.grade(submissions, tmp_path, seed="tests", only="mistaken", say=[].append) if r]
    assert again.points == records["mistaken"].points and again.probes == records["mistaken"].probes
    other = grading.grade(submissions, tmp_path, seed="other", only="mistaken", say=[].append)[0]
    assert other.points == records["mistaken"].points and other.seed == "other"
    assert json.loads((tmp_path / "settings.json").read_text())["seed"] == "tests", "the class keeps its seed"
    assert all(other.probes[name] != shown for name, shown in records["mistaken"].probes.items() if shown[0])
    assert rows(tmp_path)["broken"]["status"] == "not graded yet"


@needs_box
def test_explain_shows_inputs_and_both_outputs(graded, capsys):
    submissions, out, said, records = graded
    command.main(["explain", "mistaken", "relu_backward", "--out", str(out)])
    text = capsys.readouterr().out
    assert "mistaken, task 1.6, relu_backward: 1 of 2 points, seed tests" in text
    assert "dx: right; dx again (dout and x are not to be changed): NOT right" in text
    assert "dout = [[" in text and "student's dx:" in text and "expected dx:" in text
    section = text.split("=== dx: right")[1].split("===")[0]
    matrix = section.split("student's dx:\n")[1].split("\nexpected dx:\n")
    assert matrix[0] == matrix[1].split("\n---")[0].rstrip(), "a right output is shown as the expected one"


@needs_box
def test_a_grader_that_was_killed_goes_on_where_it_ended(tmp_path):
    for name in ("a", "b", "c"):
        hand_in(tmp_path / "in" / name)
    script = "import sys; from cs231n.grading import grade, __main__ as main; grade.TOGETHER = 1; sys.exit(main.main())"
    command_line = [sys.executable, "-u", "-c", script, "grade", tmp_path / "in", "--out", tmp_path / "out"]
    with subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        first = next(line for line in process.stdout if line.startswith("a: "))
        process.kill()
    assert first.startswith("a: 16 of 45")
    assert [rows(tmp_path / "out")[name]["status"] for name in "abc"] == ["graded", *["not graded yet"] * 2]
    again = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert again.splitlines()[1].startswith("3 submissions, 2 to grade") and "\na: " not in again
    assert {row["total"] for row in rows(tmp_path / "out").values()} == {"16"}


def test_explain_says_what_it_does_not_know(tmp_path):
    with pytest.raises(SystemExit, match="has not been graded"):
        command.main(["explain", "nobody", "softmax", "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match="there is no task softmix"):
        command.main(["explain", "nobody", "softmix", "--out", str(tmp_path)])


class NoJudge:
    """Replaces the judge in tests without a box. It fails on every submission."""

    probes, boxes = {}, {}
    stopped = False

    def __init__(self, seed, *arguments, **settings):
        from cs231n.grading.judging.boxes.box import Box

        self.seed, self.boxes = seed, {NAME: Box("", None)}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def stop(self):
        self.stopped = True

    def judge_all(self, readings):
        raise RuntimeError("something of ours broke")


@pytest.mark.slow
def test_a_failure_of_the_grader_is_one_row_and_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "Judge", NoJudge)
    for name in ("a", "b"):
        hand_in(tmp_path / "in" / name)
    records = grading.grade(tmp_path / "in", tmp_path / "out", say=[].append)
    assert [record.status for record in records] == ["failed", "failed"]
    assert rows(tmp_path / "out")["a"]["flags"] == "grader-failed"
    assert "something of ours broke" in records[0].error
    page = (tmp_path / "out" / "feedback" / "a.html").read_text(encoding="utf-8")
    assert "a person will look" in page and "Traceback" not in page and "broke" not in page
    said = []
    grading.grade(tmp_path / "in", tmp_path / "out", say=said.append)
    assert "2 to grade" in said[1]


def test_an_interruption_keeps_what_is_graded_and_a_second_run_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(grading, "Judge", NoJudge)
    for name in ("a", "b", "c"):
        hand_in(tmp_path / "in" / name)

    def one(judge, reader, submissions, *rest):
        (submission,) = submissions
        if submission.student == "b" and not (tmp_path / "again").exists():
            raise KeyboardInterrupt
        if judge.stopped:
            raise Stopped
        return [Record(submission.student, "nothing to grade", seed=judge.seed)]

    monkeypatch.setattr(grading, "TOGETHER", 1)
    monkeypatch.setattr(grading, "grade_together", one)
    assert command.main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "stopped; what is graded is kept, and the same command goes on\n"
    assert json.loads((tmp_path / "out" / "private" / "a" / "result.json").read_text())["student"] == "a"
    assert rows(tmp_path / "out")["b"]["status"] == "not graded yet"
    (tmp_path / "again").touch()
    said = []
    grading.grade(tmp_path / "in", tmp_path / "out", say=said.append)
    assert {row["status"] for row in rows(tmp_path / "out").values()} == {"nothing to grade"}
    assert not any(line.startswith("a:") for line in said)


def test_seed_and_points_are_the_class_s_until_somebody_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "Judge", NoJudge)
    monkeypatch.setattr(
        grading,
        "grade_together",
        lambda judge, reader, found, *rest: [Record(one.student, "nothing to grade", seed=judge.seed) for one in found],
    )
    for name in ("a", "b"):
        hand_in(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("stray")
    points = tmp_path / "points.json"
    points.write_text('{"softmax": 7}')

    def run(**settings):
        said = []
        grading.grade(tmp_path / "in", tmp_path / "out", say=said.append, **settings)
        return " ".join(said)

    assert "notes.txt" in run(seed="first", points=points)
    assert "0 to grade, seed first" in run(), "points and seed are remembered"
    assert "1 to grade, seed second" in run(only="a", seed="second")
    assert "0 to grade, seed first" in run(), "a regraded student is done, and the class keeps its seed"
    points.write_text('{"softmax": 8}')
    assert "1 to grade" in run(only="a", points=points)
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["points"]["softmax"] == 8
    monkeypatch.chdir(tmp_path)
    said = []
    grading.grade(Path("in"), Path("out"), say=said.append)
    assert "0 to grade" in " ".join(said), "however the folder is called"
    points.write_text('{"softmax": 9}')
    assert "0 to grade" in run(points=points), "other points execute nothing"
