"""Read one submission: turn whatever a student handed in into the cells that grading runs.

This does not run any code of the student's. Every guess that it makes becomes a sentence in the feedback.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..publishing.edition import course_edition
from .answer_choice import choose_answers
from .borrowed import borrow_cells
from .cells import make_answer_cells, make_extra_cells
from .check_places import Cell, choose_marks, find_magic_marks, find_marks, repeat_answers
from .copies import CodeCell, Copy, choose_copy
from .handed_in import cut_code, find_lines, find_words
from .notebook_cells import read_cells
from .notebook_files import read_notebook_files
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, listed, shown
from .written import find_written_answers


@dataclass
class Reading:
    """What was found in a submission.

    Attributes:
        notebooks: dictionary from the file name of a course notebook to the student's cells that run between the
            course's own, in the student's order, with one mark for every task that has a cell (see `Cell`). A notebook
            that was not found has no entry.
        answered: the tasks whose answer was found and is not the untouched stub.
        written: the written answers that are not empty: dictionary from a name (``"written-1"``) to the text.
        remarks: sentences for the student's feedback: what is missing, occurs twice, could not be read, was guessed.
        flags: short words for the instructor, such as ``"duplicate-answer"`` or ``"unreadable-notebook"``.
        code: the cell of each answered task as it was handed in, by task. A long one is cut.
        words: names and short texts that stand in the submission's code cells, see `handed_in`.
        lines: the lines of its code cells, without blanks at the ends.
        editions: the edition of the course that each notebook says it was made from, by the notebook's file name.
    """

    notebooks: dict[str, list[Cell]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    code: dict[str, str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    editions: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write the reading as JSON, for `from_json`."""
        return json.dumps(asdict(self), default=sorted)  # sets become sorted lists

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        """Read the JSON that `to_json` writes."""
        fields = json.loads(text)
        fields["notebooks"] = {name: [Cell(**cell) for cell in cells] for name, cells in fields["notebooks"].items()}
        return cls(**fields | {name: set(fields[name]) for name in ("answered", "words", "lines")})


def read_submission(path: Path) -> Reading:
    """Read what a student handed in: a folder, a .zip or a notebook.

    This never raises an exception. The remarks and flags say what could not be read. It may need much memory and
    time; use `read_in_child` to limit both.
    """
    reading, notes = Reading(), Notes()
    try:
        copies = [
            Copy(shown(name if len(versions) == 1 else f"{name} (side {side})"), raw.cells, name, saved, raw.edition)
            for name, content, saved in read_notebook_files(path, notes)
            for versions in [read_cells(content, name, notes)]
            for side, raw in enumerate(versions, start=1)
        ]
        copies = _leave_out_pairs(copies, notes)
        for copy in copies:
            if copy.notebook is None:
                notes.say(
                    f"{copy.name} has nothing of the course's notebooks in it: it was left out.", "unknown-notebook"
                )
        code_cells: list[CodeCell] = []
        for pristine in pristine_notebooks().values():
            best, others = choose_copy(copies, pristine, notes)
            if best is not None:
                code_cells += _read_notebook(best, others, pristine, reading, notes)
        written = [code_cell.raw.source for code_cell in code_cells]
        reading.words, reading.lines = find_words(written), find_lines(written)
        _say_editions(reading.editions, notes)
    except Exception as error:  # a bug of the grader: go on with the other submissions
        notes.say(
            f"The grader could not make sense of these files ({type(error).__name__}): a person will look.",
            "reader-failed",
        )
    reading.remarks, reading.flags = notes.remarks, notes.flags
    return reading


def _leave_out_pairs(copies: list[Copy], notes: Notes) -> list[Copy]:
    """Leave out a Python file if the notebook that it is paired with lies beside it. Jupytext keeps the two alike."""
    notebooks = {copy.path for copy in copies}
    pairs = {copy.path: f"{copy.path.removesuffix('.py')}.ipynb" for copy in copies if copy.path.endswith(".py")}
    for path, pair in pairs.items():
        if pair in notebooks:
            notes.say(f"{shown(path)} was left out: {shown(pair)} beside it counts.")
    return [copy for copy in copies if pairs.get(copy.path) not in notebooks]


def _read_notebook(
    copy: Copy, others: list[CodeCell], pristine: Pristine, reading: Reading, notes: Notes
) -> list[CodeCell]:
    """Add to a reading what one notebook holds. Return its code cells, those with answers first."""
    code_cells = copy.code_cells + others
    labels, answered = choose_answers(copy, code_cells, pristine, notes)
    reading.answered |= answered
    reading.written |= find_written_answers(copy.cells, pristine, notes)
    if copy.edition:
        reading.editions[pristine.name] = copy.edition
    cells: list[Cell] = []
    ends: dict[str, int] = {}
    taken = {code_cell.normal for code_cell in code_cells if id(code_cell) in labels}
    for code_cell in code_cells:
        tasks = labels.get(id(code_cell), [])
        cells += _make_cells(code_cell, tasks, taken, pristine, notes) + find_magic_marks(code_cell.left_out)
        ends |= dict.fromkeys(tasks, len(cells))
        reading.code |= {task: cut_code(code_cell.raw.source) for task in tasks if task in answered}
    cells = repeat_answers(choose_marks(cells, ends), answered, notes)
    reading.notebooks[pristine.name] = borrow_cells(cells, code_cells, pristine, notes) + cells
    return sorted(code_cells, key=lambda code_cell: id(code_cell) not in labels)


def _make_cells(code_cell: CodeCell, tasks: list[str], taken: set[str], pristine: Pristine, notes: Notes) -> list[Cell]:
    """Make the cells that run in place of one of the student's, and a mark for every check in it.

    Arguments:
        code_cell: the student's cell.
        tasks: the tasks that it answers.
        taken: the sources of all cells with answers, in their normal form.
        pristine: the course's version of the notebook.
        notes: collects what the student is told.
    """
    if code_cell.raw.tag in pristine.written:
        return []
    if not tasks and (code_cell.is_empty or code_cell.defines and code_cell.normal in taken):  # or a copy of the answer
        course = pristine.match(code_cell.raw, code_cell.normal)
        marks = find_marks(code_cell.source) or (find_marks(course.raw.source) if course else [])
        return [mark for _, mark in marks]
    if tasks or any(task in pristine.tasks for task in code_cell.defines):
        return make_answer_cells(code_cell, tasks, pristine, notes)
    return make_extra_cells(code_cell, pristine, notes)


def _say_editions(editions: dict[str, str], notes: Notes) -> None:
    """Tell the student if notebooks were made from another edition of the course."""
    if not editions:
        return
    ours = course_edition()
    for edition in dict.fromkeys(editions.values()):
        if edition != ours:
            names = [name for name, said in editions.items() if said == edition]
            is_from = "is from" if len(names) == 1 else "are from"
            notes.say(
                f"{listed(names)} {is_from} edition {edition} of the course; this grader has edition {ours}. Answers "
                "are graded as far as they fit.",
                "other-edition",
            )
