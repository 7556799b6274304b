"""Read one submission: turn whatever a student handed in into the cells that grading runs.

This does not run any code of the student's. Every guess that it makes becomes a sentence in the feedback.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .answer_choice import choose_answers
from .cells import Cell, borrow_cells, find_repeated_cells, make_answer_cells, make_extra_cells
from .copies import CodeCell, Copy, choose_copy
from .notebook_cells import read_cells
from .notebook_files import read_notebook_files
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, shown
from .written import find_written_answers


@dataclass
class Reading:
    """What was found in a submission.

    Attributes:
        notebooks: dictionary from the file name of a course notebook to the student's cells that run between the
            course's own, in the student's order. A notebook that was not found has no entry.
        answered: the tasks whose answer was found and is not the untouched stub.
        written: the written answers that are not empty: dictionary from a name (``"written-1"``) to the text.
        remarks: sentences for the student's feedback: what is missing, occurs twice, could not be read, was guessed.
        flags: short words for the instructor, such as ``"duplicate-answer"`` or ``"unreadable-notebook"``.
    """

    notebooks: dict[str, list[Cell]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """Write the reading as JSON, for `from_json`."""
        return json.dumps({**asdict(self), "answered": sorted(self.answered)})

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        """Read the JSON that `to_json` writes."""
        fields = json.loads(text)
        fields["notebooks"] = {name: [Cell(**cell) for cell in cells] for name, cells in fields["notebooks"].items()}
        return cls(**{**fields, "answered": set(fields["answered"])})


def read_submission(path: Path) -> Reading:
    """Read what a student handed in: a folder, a .zip or a notebook.

    This never raises an exception. The remarks and flags say what could not be read. It may need much memory and
    time; use `read_in_child` to limit both.
    """
    reading, notes = Reading(), Notes()
    try:
        copies = [
            Copy(shown(name if len(versions) == 1 else f"{name} (side {side})"), cells, name, saved)
            for name, content, saved in read_notebook_files(path, notes)
            for versions in [read_cells(content, name, notes)]
            for side, cells in enumerate(versions, start=1)
        ]
        for copy in copies:
            if copy.notebook is None:
                notes.say(
                    f"{copy.name} has nothing of the course's notebooks in it: it was left out.", "unknown-notebook"
                )
        for pristine in pristine_notebooks().values():
            best, others = choose_copy(copies, pristine, notes)
            if best is not None:
                _read_notebook(best, others, pristine, reading, notes)
    except Exception as error:  # a bug of the grader: go on with the other submissions
        notes.say(
            f"The grader could not make sense of these files ({type(error).__name__}): a person will look.",
            "reader-failed",
        )
    reading.remarks, reading.flags = notes.remarks, notes.flags
    return reading


def _read_notebook(copy: Copy, others: list[CodeCell], pristine: Pristine, reading: Reading, notes: Notes) -> None:
    """Add to a reading what one notebook holds."""
    code_cells = copy.code_cells + others
    labels, answered = choose_answers(copy, code_cells, pristine, notes)
    reading.answered |= answered
    reading.written |= find_written_answers(copy.cells, pristine, notes)
    cells: list[Cell] = []
    taken = {code_cell.normal for code_cell in code_cells if id(code_cell) in labels}
    for code_cell in code_cells:
        tasks = labels.get(id(code_cell), [])
        if code_cell.raw.tag in pristine.written or (code_cell.is_empty and not tasks):
            continue
        if not tasks and code_cell.defines and code_cell.normal in taken:
            continue  # a copy of the answer
        if tasks or any(task in pristine.tasks for task in code_cell.defines):
            cells += make_answer_cells(code_cell, tasks, pristine, notes)
        else:
            cells += make_extra_cells(code_cell, pristine, notes)
    cells += find_repeated_cells(cells, notes)
    reading.notebooks[pristine.name] = borrow_cells(cells, code_cells, pristine, notes) + cells
