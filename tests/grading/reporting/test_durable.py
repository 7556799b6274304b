"""Tests that nothing is lost when grade is killed again and again, or its disk is full. A stand-in judges."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from cs231n.grading import grade as grading
from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reading import Reader, Reading
from cs231n.grading.reading.submissions import find_submissions
from cs231n.grading.reporting.feedback import make_page
from cs231n.grading.reporting.leftovers import remove_unfinished
from cs231n.grading.reporting.records import load_record, page_path
from cs231n.grading.reporting.stamps import stamp_of, stamp_of_course
from tests.helpers.paths import ROOT
from tests.helpers.reading_cases import ONE
from tests.helpers.stand_in_judge import StandInJudge

pytestmark = pytest.mark.slow
SUBMISSIONS, KILLS = 500, 10


class StandInReader(Reader):
    """Reads one submission in 100 with a process of its own, and says something of its own about each."""

    def __enter__(self):
        return self

    def read(self, submission):
        if submission.student.endswith("00"):
            assert super().read(submission).flags, "it cannot be read"
        return Reading({ONE: []}, remarks=[f"{submission.path.name} was handed in."])


def hand_in(folder, size=SUBMISSIONS):
    """A class whose notebooks cannot be read."""
    folder.mkdir()
    for number in range(size):
        (folder / f"s{number:03}.ipynb").write_text(f"{{{number}")
    return folder


def start_grading(submissions, out):
    """Start to grade in a forked process. Returns its number, and the lines that it says."""
    lines, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(lines)
            with open(theirs, "w", encoding="utf-8", buffering=1) as said:
                grading.grade(submissions, out, jobs=2, seed="tests", say=lambda line: print(line, file=said))
            status = 0
        finally:
            os._exit(status)
    os.close(theirs)
    return process, open(lines, encoding="utf-8")


def find_strays(temporary):
    """The processes of graders that use a folder for temporary files."""
    return [process for process in psutil.process_iter() if _environment(process).get("TMPDIR") == str(temporary)]


def _environment(process):
    try:
        return process.environ() if process.pid != os.getpid() else {}
    except psutil.Error:
        return {}


def rows(out):
    """The students' rows of grades.csv."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["student"]]


@pytest.mark.skipif(sys.platform != "linux", reason="forks the graders, with all that is imported")
def test_ten_kills_change_nothing(tmp_path, temporary, monkeypatch):
    monkeypatch.setattr(grading, "Judge", StandInJudge)
    monkeypatch.setattr(grading, "Reader", StandInReader)
    submissions, out = hand_in(tmp_path / "in"), tmp_path / "out"
    judge, worth = StandInJudge("tests"), points_by_task()  # made once, before this process is forked
    stamp_of_course()
    chance, said, kills = random.Random(15), [], 0
    moments = [chance.randrange(SUBMISSIONS // KILLS) for _ in range(KILLS)]
    while True:
        process, lines = start_grading(submissions, out)
        with lines:
            for line in lines:
                said.append(line)
                if line.startswith("s") and kills < KILLS and not moments[kills]:
                    time.sleep(chance.random() / 50)
                    os.kill(process, signal.SIGKILL)
                    kills += 1
                elif line.startswith("s") and kills < KILLS:
                    moments[kills] -= 1
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status):
            break
        assert len(rows(out)) == SUBMISSIONS
    assert status == 0 and kills == KILLS

    table = rows(out)
    assert [row["student"] for row in table] == [f"s{number:03}" for number in range(SUBMISSIONS)]
    assert {row["status"] for row in table} == {"graded"}
    with StandInReader() as reader:
        for submission in find_submissions(submissions):
            (record,) = grading.grade_together(judge, reader, [submission], worth)
            record.stamp = stamp_of(submission, judge.seed)
            assert load_record(out, submission.student).to_dict() == json.loads(json.dumps(record.to_dict()))
            assert page_path(out, submission.student).read_text(encoding="utf-8") == make_page(record)
    names = [row["student"] for row in table]
    assert sorted(path.name for path in (out / "feedback").iterdir()) == [f"{name}.html" for name in names]
    assert sorted(path.name for path in (out / "private").iterdir() if path.is_dir()) == names
    assert not list(out.rglob("*.part")) and not list(out.rglob("*edited*")), "nobody has typed in anything"
    graded = [line for line in said if line.startswith("s")]
    assert len(graded) < SUBMISSIONS + 2 * 8 * KILLS, "what is graded is not graded again"
    judge.close()
    assert not list(temporary.iterdir()) and not find_strays(temporary)


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("unshare"), reason="mounts a small disk")
def test_a_disk_that_fills_up_in_the_middle_loses_nothing(tmp_path):
    hand_in(tmp_path / "in", 100)
    script = (
        "import sys; from cs231n.grading import grade, __main__ as main; "
        "from tests.grading.reporting import test_durable as here; "
        "grade.Judge, grade.Reader = here.StandInJudge, here.StandInReader; sys.exit(main.main(sys.argv[1:]))"
    )
    arguments = [sys.executable, "-c", script, "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    steps = (
        'mkdir out && mount -t tmpfs -o size=400k none out && touch mounted && { "$@" 2>errors; echo $? >code; } && '
        'cp -r out full && mount -o remount,size=100m out && "$@" && cp -r out whole'
    )
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", steps, "sh", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    if not (tmp_path / "mounted").exists():
        pytest.skip(f"no small disk can be mounted here: {run.stderr}")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "code").read_text() == "1\n"
    (error,) = (tmp_path / "errors").read_text().splitlines()
    assert error.startswith(str(tmp_path / "out")) and "No space left on device" in error
    records = list((tmp_path / "full" / "private").glob("*/result.json"))
    assert 10 < len(records) < 100
    for path in records:
        assert path.read_bytes() == (tmp_path / "whole" / path.relative_to(tmp_path / "full")).read_bytes()
    assert [row["status"] for row in rows(tmp_path / "whole")] == ["graded"] * 100


def test_unfinished_files_of_dead_graders_only_are_removed(tmp_path):
    left = subprocess.Popen([sys.executable, "-c", ""])
    left.wait()
    dead = [
        f"grades.csv.{left.pid}.1.part",
        f"feedback/a.html.{left.pid}.1.part",
        f"private/a/result.json.{left.pid}.1.part",
    ]
    kept = [f"grades.csv.{os.getppid()}.1.part", "feedback/a.html", "private/a/result.json", "mine.part"]
    kept += [f"private/b.{left.pid}.1.part/result.json"]
    for name in dead + kept:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == set(kept)
