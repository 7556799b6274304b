"""From a student's cell to the cells that run in grading: an answer's, an extra one's, and what these need."""

import sys
from dataclasses import dataclass

from ...assignment.actions import TASKS
from . import sources
from .copies import Piece
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, listed

PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"


@dataclass
class Cell:
    """A student's code cell that is to run.

    Attributes:
        source: its Python; magics are left in extra cells only.
        task: the task whose answer it is; None for an extra cell (helper functions, imports, experiments). Once all
            cells have run, every task's function is its answer's.
    """

    source: str
    task: str | None = None


def answer_cells(piece: Piece, tasks: list[str], pristine: Pristine, notes: Notes) -> list[Cell]:
    """The cells that the cell of an answer, or of several, becomes.

    Arguments:
        tasks: the tasks that it answers; none, if it defines such functions, but another cell counts.
    """
    about = listed(tasks or piece.defines)
    if piece.left_out:
        notes.say(
            f"In {piece.place} ({about}) the lines {listed(piece.left_out)} were left out: an answer is plain Python."
        )
    if piece.tree is None:
        magic = sources.cell_magic(piece.raw.source)
        why = f"begins with %%{magic}: it defines no function" if magic else f"is not valid {PYTHON}: it cannot run"
        notes.say(f"{piece.title} ({about}) {why}.", "not-python")
        return _labelled([piece.source], [tasks], piece, notes)
    left_out = sources.checks(piece.tree, pristine.tasks)
    if left_out:
        notes.say(
            f"The check of {listed(task for _, task in left_out)} in {piece.place} was left out, since a failing "
            "one stops the cell. The grader checks on its own."
        )
    stubs = [sources.stub_of(piece.tree, task) for task in piece.defines if task not in tasks]
    source = sources.without(piece.source, [node for node, _ in left_out] + [stub for stub in stubs if stub])
    tree = sources.parse(source)
    parts = sources.split(source, tree, tasks) if tree else [source]
    labels = [[task for task in tasks if task in sources.defined(part, sources.parse(part))] for part in parts]
    if not any(labels):
        labels[-1] = tasks
    if sum(map(bool, labels)) > 1:
        notes.say(f"{piece.title} holds several answers ({about}): it was taken apart, one cell for each.")
    return _labelled(parts, labels, piece, notes)


def _labelled(parts: list[str], labels: list[list[str]], piece: Piece, notes: Notes) -> list[Cell]:
    """Cells with at most one task each: further ones follow in empty cells."""
    cells = []
    for source, tasks in zip(parts, labels):
        if tasks or source.strip():
            cells.append(Cell(_harmless(source, piece, notes), tasks[0] if tasks else None))
        cells += [Cell(f"# {task} is defined in the cell above", task) for task in tasks[1:]]
    return cells


def _harmless(source: str, piece: Piece, notes: Notes) -> str:
    """A source that gives nbval no orders; a question to the keyboard is said."""
    if sources.asks_for_input(source, sources.parse(source)):
        notes.say(f"{piece.title} calls input(): nobody can type during grading, so it stops there.", "input")
    disobeyed = sources.disobeyed(source)
    if disobeyed != source:
        notes.say(f"{piece.title} has a comment that tells nbval what to do: it was made void.", "nbval-comment")
    return disobeyed


def extra_cells(piece: Piece, pristine: Pristine, notes: Notes) -> list[Cell]:
    """The cells that a cell without an answer becomes: itself, but of the course's own cells only what was added."""
    if any(notebook.has(piece.normal) for notebook in pristine_notebooks().values()):
        return []
    course = pristine.match(piece.raw, piece.normal)
    if course is None:
        if piece.tree is None and sources.cell_magic(piece.raw.source) is None:
            notes.say(f"{piece.title} is not valid {PYTHON}: it fails in grading as well, and the other cells go on.")
        checks = sources.checks(piece.tree, TASKS) if piece.tree and not piece.left_out else []
        source = sources.without(piece.raw.source, [node for node, _ in checks])
        return [Cell(_harmless(source, piece, notes))] if source.strip() else []
    kept = sources.additions(piece.tree, course.tree, changed=not course.locked) if piece.tree and course.tree else {}
    what = f"what you wrote there ({listed(kept)}) was kept" if kept else "your changes were left out"
    if course.locked or kept:
        notes.say(
            f"The course's cell {course.name} runs as the course has it, not as in {piece.place}; {what}.",
            "changed-locked-cell" if course.locked else "",
        )
    return [Cell(_harmless(source, piece, notes)) for source in dict.fromkeys(kept.values())]


def repeated_cells(cells: list[Cell], notes: Notes) -> list[Cell]:
    """The answers that are to run once more at the end, since a cell below binds their functions' names again.

    Such a cell is another version, which does not count, or ``from cs231n.layers import *``: at the student's, that
    gives the student's own functions back, where a submission is graded it gives stubs.
    """
    repeated: list[Cell] = []
    bound: set[str] = set()
    for cell in reversed(cells):
        if cell.task and {cell.task, "*"} & bound:
            repeated.append(Cell(cell.source, cell.task))
        tree = sources.parse(cell.source)
        bound |= sources.bound_at_top(tree) if tree else set()
    repeated.reverse()
    if repeated:
        notes.say(
            f"A cell below your answer for {listed(cell.task for cell in repeated)} binds that name again: the "
            "answer runs once more after it, so that it counts."
        )
    return repeated


def borrowed_cells(cells: list[Cell], pristine: Pristine, notes: Notes) -> list[Cell]:
    """The functions and imports of the course's demonstrations, which do not run in grading, that cells make use of."""
    trees = [tree for cell in cells if (tree := sources.parse(cell.source))]
    needed = {name for tree in trees for name in sources.used(tree)}
    bound = {name for tree in trees for name in sources.bound_at_top(tree)}
    offered = {
        name: source
        for cell in pristine.course
        if cell.tree and not cell.locked
        for name, source in sources.definitions(cell.tree).items()
    }
    borrowed: dict[str, str] = {}
    waiting = sorted(needed - bound)
    while waiting:
        name = waiting.pop(0)
        if name in offered and name not in borrowed:
            borrowed[name] = offered[name]
            tree = sources.parse(borrowed[name])
            waiting += sorted(sources.used(tree) - bound) if tree else []
    if borrowed:
        notes.say(f"Your code in {pristine.name} uses {listed(borrowed)} from demonstration cells: taken from there.")
    return [Cell(source) for source in dict.fromkeys(borrowed.values())]
