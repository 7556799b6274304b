"""Tests of the limit on the number of files in the box's temporary file systems, which bubblewrap does not have."""

import pytest

from cs231n.grading.judging.boxes.box import SCRATCH_FOLDERS, Limits
from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, lost, make_judge, only, submission

pytestmark = BOX_MARKS
MAKE = {
    "files": "os.close(os.open(path, os.O_CREAT | os.O_WRONLY))",
    "folders": "os.mkdir(path)",
    "links": "os.symlink('x', path)",
    "pipes": "os.mkfifo(path)",
}
LOOP = "import os\nfor k in range(200_000):\n    path = f'{folder}/{{k}}'\n    {make}"


@pytest.fixture(scope="module")
def judge():
    with make_judge(limits=Limits(cell_seconds=8, seconds=120)) as judge:
        yield judge


@pytest.fixture(scope="module")
def judged(judge):
    """A reading and its verdict by folder and kind of file. They are judged together, which takes less time."""
    cells = {(folder, kind): LOOP.format(folder=folder, make=MAKE[kind]) for folder in SCRATCH_FOLDERS for kind in MAKE}
    readings = [only(submission(last=[(1, cell)]), 1) for cell in cells.values()]
    return dict(zip(cells, zip(readings, judge.judge_all(readings))))


@pytest.mark.parametrize("folder", SCRATCH_FOLDERS)
@pytest.mark.parametrize("kind", MAKE)
def test_a_cell_that_makes_very_many_files_is_ended_and_costs_nothing(judge, judged, kind, folder):
    reading, verdict = judged[folder, kind]
    assert lost(verdict, judge, reading) == {}
    assert (
        len(verdict.remarks) == 1
        and "stopped the run (too many files); only the definitions in it count. It begins: import os"
        in verdict.remarks[0]
    )


def test_a_kernel_that_hides_from_the_grader_is_counted_all_the_same(judge):
    hide = "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"  # PR_SET_DUMPABLE
    reading = only(submission(last=[(1, hide + LOOP.format(folder="/tmp", make=MAKE["files"]))]), 1)
    assert "too many files" in judge.judge(reading).remarks[0]


def test_an_answer_that_makes_some_files_earns_everything(judge):
    first = "    rows = "
    saves = first.replace("rows", "import os, tempfile; [os.close(tempfile.mkstemp()[0]) for _ in range(5)]; rows")
    reading = only(submission(softmax_loss=ANSWERS["softmax_loss"].replace(first, saves, 1)), 1)
    verdict = judge.judge(reading)
    assert reading.notebooks and lost(verdict, judge, reading) == {} and not verdict.remarks
