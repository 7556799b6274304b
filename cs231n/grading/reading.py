"""Reading one submission: from whatever a student handed in to the cells that run in grading.

Nothing of a student's runs here, and nothing is guessed silently: every guess is a sentence in the feedback.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import sources
from .answers import choose_answers
from .copies import Copy, Piece, choose
from .notebook_cells import read_cells
from .notebook_files import notebook_files
from .notebooks import ROOT
from .notes import Notes, listed, shown
from .pristine import Pristine, pristine_notebooks
from .submissions import Submission
from .written import written_answers


@dataclass
class Cell:
    """A student's code cell that is to run.

    Attributes:
        source: its Python; magics are left in extra cells only.
        task: the task whose answer it is: the function as it stands after this cell is the one that counts. None
            for an extra cell (helper functions, imports, experiments).
    """

    source: str
    task: str | None = None


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
                notes.say(f"{copy.name} has nothing of the course's notebooks in it: it was left out.", "unknown-notebook")
        for pristine in pristine_notebooks().values():
            copy, others = choose(copies, pristine, notes)
            if copy is not None:
                _read_notebook(copy, others, pristine, reading, notes)
    except Exception as error:  # a fault of ours: the batch goes on, and a person looks
        notes.say(f"The grader could not make sense of these files ({type(error).__name__}): a person will look.",
                  "reader-failed")
    reading.remarks, reading.flags = notes.remarks, notes.flags
    return reading


def _read_notebook(copy: Copy, others: list[Piece], pristine: Pristine, reading: Reading, notes: Notes) -> None:
    """Fill in what one notebook holds."""
    pieces = copy.pieces + others
    labels, answered = choose_answers(copy, pieces, pristine, notes)
    reading.answered |= answered
    reading.written |= written_answers(copy.cells, pristine, notes)
    cells = reading.notebooks[pristine.name] = []
    for piece in pieces:
        tasks = labels.get(id(piece), [])
        if piece.raw.tag in pristine.written or piece.is_empty and not tasks:
            continue
        if not tasks and any(piece.is_stub(task) for task in piece.defines):
            continue  # an untouched answer cell, when the answer stands in another one
        if tasks or any(task in pristine.tasks for task in piece.defines):
            cells += _answer_cells(piece, tasks, pristine, notes)
        else:
            source = _extra_source(piece, pristine, notes)
            if source.strip():
                cells.append(Cell(_harmless(source, piece, notes)))


def _answer_cells(piece: Piece, tasks: list[str], pristine: Pristine, notes: Notes) -> list[Cell]:
    """The cells that an answer's cell becomes: one, or one for each of the answers in it."""
    about = listed(tasks or piece.defines)
    if piece.left_out:
        notes.say(f"In {piece.place} ({about}) the lines {listed(piece.left_out)} were left out: an answer is plain "
                  "Python.", "")
    if piece.tree is None:
        if sources.cell_magic(piece.raw.source):
            notes.say(f"{piece.place} ({about}) begins with a %% magic that makes it something other than Python: it "
                      "defines no function.".capitalize(), "not-python")
        else:
            notes.say(f"The cell with {about} ({piece.place}) is not valid Python, so it cannot run.", "not-python")
        return [Cell(_harmless(piece.source, piece, notes), tasks[0] if tasks else None)]
    source, checked = sources.without_checks(piece.source, piece.tree, pristine.tasks)
    if checked:
        notes.say(f"The check of {listed(checked)} in {piece.place} was left out there: it would stop the cell. The "
                  "grader checks on its own.")
    tree = sources.parse(source)
    parts = sources.split_at(source, tree, tasks) if tree and len(tasks) > 1 else [source]
    if len(parts) > 1:
        notes.say(f"{piece.place.capitalize()} holds several answers ({about}): it was taken apart into "
                  f"{len(parts)} cells.")
    cells = []
    for part in parts:
        here = [task for task in sources.defined(part, sources.parse(part)) if task in tasks] or tasks[: len(parts) == 1]
        cells.append(Cell(_harmless(part, piece, notes), here[0] if here else None))
    return cells


def _extra_source(piece: Piece, pristine: Pristine, notes: Notes) -> str:
    """What runs of a cell that answers nothing: all of it, but of the course's own cells only what was added."""
    course, unchanged = pristine.match(piece.raw, piece.normal)
    if course is None:
        course, unchanged = next(
            (match for other in pristine_notebooks().values() for match in [other.match(piece.raw, piece.normal)]
             if match[1]), (None, False))
    if course is None:
        if piece.tree is None and not sources.cell_magic(piece.raw.source):
            notes.say(f"{piece.place.capitalize()} is not valid Python: it fails in grading, and the other cells go on.")
        return piece.raw.source
    if unchanged:
        return ""
    kept, names = ("", [])
    if piece.tree is not None and course.tree is not None:
        kept, names = sources.additions(piece.tree, course.tree)
    what = f"what you added there ({listed(names)}) was kept" if names else "your changes were left out"
    if course.locked or names:
        notes.say(f"The course's cell {course.name} runs as the course has it, not as in {piece.place}; {what}.",
                  "changed-locked-cell" if course.locked else "")
    return kept


def _harmless(source: str, piece: Piece, notes: Notes) -> str:
    """A source that gives nbval no orders; a question to the keyboard is said."""
    if sources.asks_for_input(source, sources.parse(source)):
        notes.say(f"{piece.place.capitalize()} calls input(): nobody can type during grading, so the cell stops there.",
                  "input")
    disobeyed = sources.disobeyed(source)
    if disobeyed != source:
        notes.say(f"{piece.place.capitalize()} has a comment that tells nbval what to do: it was made void.",
                  "nbval-comment")
    return disobeyed


def read_in_child(submission: Submission, seconds: float = 60, memory: int = 2 * 2**30) -> Reading:
    """`read_submission` in a process of its own, which no content can make run on or fill the memory.

    Arguments:
        submission: what to read; its flags become the reading's.
        seconds: wall time, after which the process is killed.
        memory: bytes of address space, where the system has such a limit (Linux).

    Returns:
        reading: with a remark and the flag ``"reader-failed"`` if the process was killed or died.
    """
    command = [sys.executable, "-m", "cs231n.grading.reading", os.path.abspath(submission.path)]
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    limits = {"READING_SECONDS": str(int(seconds) + 1), "READING_MEMORY": str(memory)}
    try:
        run = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **one_thread, **limits}, timeout=seconds,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        reading = Reading.from_json(run.stdout.decode("ascii"))
    except subprocess.TimeoutExpired:
        reading = Reading(remarks=[f"These files took longer than {seconds:g} seconds to read: a person will look."],
                          flags=["reader-failed"])
    except ValueError:  # no JSON, since the process died
        reading = Reading(remarks=["The grader could not read these files: a person will look."],
                          flags=["reader-failed"])
    reading.flags = list(dict.fromkeys([*submission.flags, *reading.flags]))
    return reading


def _child(path: str) -> None:
    """Read a submission under limits, and print the reading as JSON."""
    seconds, memory = int(os.environ["READING_SECONDS"]), int(os.environ["READING_MEMORY"])
    try:
        import resource
    except ImportError:  # Windows has none
        pass
    else:
        for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
            try:
                resource.setrlimit(limit, (value, value))
            except (ValueError, OSError):  # macOS knows the limit of memory by name only
                continue
        signal.alarm(seconds)  # even if nobody waits any more
    print(read_submission(Path(path)).to_json())


if __name__ == "__main__":
    _child(sys.argv[1])
