"""For the tests of the judge: right answers, a judge with short limits, and what a submission earned."""

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.judging import judge as judge_module
from cs231n.grading.judging.boxes.box import Limits
from cs231n.grading.judging.judge import Judge
from cs231n.grading.judging.probing.graded_items import ITEMS
from cs231n.grading.judging.recorded.records_file import read_records
from cs231n.grading.publishing.notebooks import answer_cells, read_notebooks, solve
from cs231n.grading.reading import Cell, Reading

SHORT = Limits(cell_seconds=3, seconds=120)
ANSWERS = {name: cell.source for nb in read_notebooks().values() for name, cell in answer_cells(solve(nb)).items()}


def make_judge(**options):
    """A judge with short time limits."""
    return Judge("hostile", **{"limits": SHORT, **options})


def submission(first=(), last=(), **instead):
    """A `Reading` with right answers to all tasks, except for those given in ``instead``.

    Arguments:
        first, last: extra cells before and after the answers, as pairs (number of the notebook, source).
        instead: the sources of other answers, by task.
    """
    cells = {name: [Cell(source) for number, source in first if number == k] for k, name in enumerate(NOTEBOOKS, 1)}
    for task, source in (ANSWERS | instead).items():
        cells[TASKS[task].notebook].append(Cell(source, task))
    for number, source in last:
        cells[NOTEBOOKS[number - 1]].append(Cell(source))
    return Reading(cells, set(TASKS))


SAY = 'lambda words: os.write(int(os.environ["CS231N_RECORDS"]), b"HOSTILE " + words.encode() + b"\\n")'


def listen(monkeypatch):
    """Collect what a submission says with ``say = SAY``: it writes to the file of records, its way out of the box.

    Returns:
        A list that receives the words of each line.
    """
    heard = []

    def read(lines):
        heard.extend(line[8:].decode() for line in lines.splitlines() if line.startswith(b"HOSTILE "))
        return read_records(lines)

    monkeypatch.setattr(judge_module, "read_records", read)
    return heard


def only(reading, *numbers):
    """The reading with only some of its notebooks, by number. Saves time."""
    reading.notebooks = {name: cells for k, (name, cells) in enumerate(reading.notebooks.items(), 1) if k in numbers}
    return reading


def shares(verdict, judge, reading):
    """The share of the items that was earned (0 to 1), by task, for the notebooks of the reading."""
    probes = {name: probe for made in judge.probes.values() for name, probe in made.probes.items()}
    earned = {(probes[name].task, probes[name].item) for name in verdict.earned}
    asked = [task for task in ITEMS if TASKS[task].notebook in reading.notebooks]
    return {task: sum((task, item.name) in earned for item in ITEMS[task]) / len(ITEMS[task]) for task in asked}


def lost(verdict, judge, reading):
    """The tasks that did not earn everything, with the share that they earned."""
    return {task: share for task, share in shares(verdict, judge, reading).items() if share < 1}
