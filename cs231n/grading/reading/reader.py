"""Reading one submission: from whatever a student handed in to the cells that run in grading.

Nothing of a student's runs here, and nothing is guessed silently: every guess is a sentence in the feedback.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .answer_choice import choose_answers
from .cells import Cell, answer_cells, borrowed_cells, extra_cells, repeated_cells
from .copies import Copy, Piece, choose
from .notebook_cells import read_cells
from .notebook_files import notebook_files
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, shown
from .written import written_answers


@dataclass
class Reading:
    """What was found in a submission.

    Attributes:
        notebooks: by the file name of the course's notebook, the student's code cells that are to run between the
            course's own, in the student's order; a notebook that was not found is missing here.
        answered: the tasks whose answer was found and is not the untouched cell.
        written: the written answers that are not empty, by name (``"written-1"``), as the student's text.
        remarks: sentences for the student's feedback: what was not understood, is missing, doubled or guessed.
        flags: short words for the instructor, such as ``"duplicate-answer"`` or ``"unreadable-notebook"``.
    """

    notebooks: dict[str, list[Cell]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """As JSON, from which `from_json` makes an equal one."""
        return json.dumps({**asdict(self), "answered": sorted(self.answered)})

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        """What `to_json` was called on."""
        fields = json.loads(text)
        fields["notebooks"] = {name: [Cell(**cell) for cell in cells] for name, cells in fields["notebooks"].items()}
        return cls(**{**fields, "answered": set(fields["answered"])})


def read_submission(path: Path) -> Reading:
    """Read what a student handed in: a folder, a .zip or a notebook.

    Never raises, whatever the content: what cannot be read is said in the remarks and flagged. It can take
    memory and time, though, that only `read_in_child` limits.
    """
    reading, notes = Reading(), Notes()
    try:
        copies = [
            Copy(shown(name if len(versions) == 1 else f"{name} (side {side})"), cells)
            for name, content in notebook_files(path, notes)
            for versions in [read_cells(content, name, notes)]
            for side, cells in enumerate(versions, start=1)
        ]
        for copy in copies:
            if copy.notebook is None:
                notes.say(
                    f"{copy.name} has nothing of the course's notebooks in it: it was left out.", "unknown-notebook"
                )
        for pristine in pristine_notebooks().values():
            best, others = choose(copies, pristine, notes)
            if best is not None:
                _read_notebook(best, others, pristine, reading, notes)
    except Exception as error:  # a fault of ours: the batch goes on, and a person looks
        notes.say(
            f"The grader could not make sense of these files ({type(error).__name__}): a person will look.",
            "reader-failed",
        )
    reading.remarks, reading.flags = notes.remarks, notes.flags
    return reading


def _read_notebook(copy: Copy, others: list[Piece], pristine: Pristine, reading: Reading, notes: Notes) -> None:
    """Fill in what one notebook holds."""
    pieces = copy.pieces + others
    labels, answered = choose_answers(copy, pieces, pristine, notes)
    reading.answered |= answered
    reading.written |= written_answers(copy.cells, pristine, notes)
    cells: list[Cell] = []
    taken = {piece.normal for piece in pieces if id(piece) in labels}
    for piece in pieces:
        tasks = labels.get(id(piece), [])
        if piece.raw.tag in pristine.written or (piece.is_empty and not tasks):
            continue
        if not tasks and piece.defines and piece.normal in taken:
            continue  # the answer once more
        if tasks or any(task in pristine.tasks for task in piece.defines):
            cells += answer_cells(piece, tasks, pristine, notes)
        else:
            cells += extra_cells(piece, pristine, notes)
    cells += repeated_cells(cells, notes)
    reading.notebooks[pristine.name] = borrowed_cells(cells, pristine, notes) + cells
