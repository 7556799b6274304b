"""Turn a student's cells into the cells that grading runs: answers, extra cells, and what these need."""

import ast
import sys
from dataclasses import dataclass

from ...assignment.actions import TASKS
from . import sources
from .copies import CodeCell
from .missing_modules import find_missing, has_doubtful_import
from .pristine import CourseCell, Pristine, pristine_notebooks
from .remarks import Notes, listed

PYTHON_VERSION = f"Python {sys.version_info.major}.{sys.version_info.minor}"
PROGRAMS = ("%pip", "%conda", "%mamba", "%uv", "%sx", "%system")


@dataclass
class Cell:
    """A cell that grading runs.

    Attributes:
        source: its Python. Only an extra cell keeps its magics.
        task: the task that it answers. None for an extra cell (helper functions, imports, experiments). After all
            cells have run, each task's name stands for the function in its answer.
    """

    source: str
    task: str | None = None


def make_answer_cells(code_cell: CodeCell, tasks: list[str], pristine: Pristine, notes: Notes) -> list[Cell]:
    """Make the cells that run in place of a cell with one or more answers.

    Arguments:
        code_cell: the student's cell.
        tasks: the tasks that it answers. Empty if it defines tasks' functions, but other cells count as the answers.
        pristine: the course's version of the notebook.
        notes: collects what the student is told.
    """
    about = listed(tasks or code_cell.defines)
    if code_cell.left_out:
        notes.say(
            f"In {code_cell.place} ({about}) the lines {listed(code_cell.left_out)} were left out: "
            "an answer is plain Python."
        )
    if code_cell.tree is None:
        magic = sources.find_cell_magic(code_cell.raw.source)
        why = f"is not valid {PYTHON_VERSION}: it cannot run"
        if magic:
            why = f"begins with %%{magic}: it defines no function"
        notes.say(f"{code_cell.title} ({about}) {why}.", "not-python")
        return _make_labelled_cells([code_cell.source], [tasks], code_cell, notes)
    left_out = sources.find_checks(code_cell.tree, pristine.tasks)
    if left_out:
        notes.say(
            f"The check of {listed(task for _, task in left_out)} in {code_cell.place} was left out, since a failing "
            "one stops the cell. The grader checks on its own."
        )
    missing = _find_missing(code_cell, notes)
    stubs = [sources.find_stub(code_cell.tree, task) for task in code_cell.defines if task not in tasks]
    source = sources.remove_statements(
        code_cell.source, [node for node, _ in left_out] + missing + [stub for stub in stubs if stub]
    )
    tree = sources.parse(source)
    parts = sources.split_answers(source, tree, tasks) if tree else [source]
    labels = [[task for task in tasks if task in sources.find_functions(part, sources.parse(part))] for part in parts]
    if not any(labels):
        labels[-1] = tasks
    if sum(map(bool, labels)) > 1:
        notes.say(f"{code_cell.title} holds several answers ({about}): it was taken apart, one cell for each.")
    return _make_labelled_cells(parts, labels, code_cell, notes)


def _make_labelled_cells(parts: list[str], labels: list[list[str]], code_cell: CodeCell, notes: Notes) -> list[Cell]:
    """Make cells with at most one task each. If a part answers several tasks, empty cells stand for the others."""
    cells = []
    for source, tasks in zip(parts, labels):
        if tasks or source.strip():
            cells.append(Cell(_make_harmless(source, code_cell, notes), tasks[0] if tasks else None))
        cells += [Cell(f"# {task} is defined in the cell above", task) for task in tasks[1:]]
    return cells


def _make_harmless(source: str, code_cell: CodeCell, notes: Notes) -> str:
    """Disable nbval's comments in a source. Warn the student if it calls input()."""
    if sources.calls_input(source, sources.parse(source)):
        notes.say(f"{code_cell.title} calls input(): nobody can type during grading, so it stops there.", "input")
    harmless = sources.disable_nbval_comments(source)
    if harmless != source:
        notes.say(f"{code_cell.title} has a comment that tells nbval what to do: it was made void.", "nbval-comment")
    return harmless


def make_extra_cells(code_cell: CodeCell, pristine: Pristine, notes: Notes) -> list[Cell]:
    """Make the cells that run in place of a cell without an answer.

    A cell of the student's own runs without its calls of check(). Of a changed version of one of the course's cells,
    only what the student added runs: functions, classes, imports and plain values. An unchanged one gives no cell,
    and a step or a guess that was filled in gives none for the values in it.
    """
    if any(notebook.has(code_cell.normal) for notebook in pristine_notebooks().values()):
        return []
    course = pristine.match(code_cell.raw, code_cell.normal)
    if course is None:
        return _make_own_cells(code_cell, notes)
    return _make_added_cells(code_cell, course, notes)


def _make_own_cells(code_cell: CodeCell, notes: Notes) -> list[Cell]:
    """Make the cell that runs in place of a cell of the student's own: the same, but without calls of check()."""
    if code_cell.tree is None and sources.find_cell_magic(code_cell.raw.source) is None:
        notes.say(
            f"{code_cell.title} is not valid {PYTHON_VERSION}: it fails in grading as well, and the other cells go on."
        )
    checks = [node for node, _ in sources.find_checks(code_cell.tree, TASKS)] if code_cell.tree else []
    missing = _find_missing(code_cell, notes)
    has_cell_magic = sources.find_cell_magic(code_cell.raw.source) is not None
    defines = code_cell.tree is not None and sources.find_names_bound(code_cell.tree)
    if has_cell_magic or not defines and not missing:
        whole = code_cell.raw.source
        parts = [whole if code_cell.left_out else sources.remove_statements(whole, checks)]
    else:
        # A line such as %cd fails without stopping what stands below it. No program can be started in grading.
        parts = [line for line in code_cell.left_out if line.startswith("%") and not line.startswith(PROGRAMS)]
        rest = sources.remove_statements(code_cell.source, checks + missing)
        tree = sources.parse(rest)
        parts += sources.split_answers(rest, tree, ()) if tree and has_doubtful_import(tree) else [rest]
    return [Cell(_make_harmless(source, code_cell, notes)) for source in parts if source.strip()]


def _find_missing(code_cell: CodeCell, notes: Notes) -> list[ast.stmt]:
    """Find the statements of a cell that must fail because a module is missing. Tell the student if others stay."""
    nodes, modules = find_missing(code_cell.tree) if code_cell.tree else ([], [])
    kept = [node for node in code_cell.tree.body if node not in nodes] if code_cell.tree else []
    if nodes and sources.find_names_bound(ast.Module(kept, [])):
        notes.say(
            f"{code_cell.title} imports {listed(modules)}, which is not there in grading: the import and what uses it "
            "directly were left out, the rest of the cell runs.",
            "missing-module",
        )
    return nodes


def _make_added_cells(code_cell: CodeCell, course: CourseCell, notes: Notes) -> list[Cell]:
    """Make cells of what the student added to one of the course's cells."""
    kept: dict[str, str] = {}
    if code_cell.tree and course.is_blank:  # what a student writes there is no answer, but a helper may stand beside it
        has = sources.find_names_bound(course.tree) if course.tree else set()
        kept = {n: s for n, s in sources.find_definitions(code_cell.tree).items() if n not in has}
    elif code_cell.tree and course.tree:
        kept = sources.find_additions(code_cell.tree, course.tree, changed=not course.locked)
    what = f"what you wrote there ({listed(kept)}) was kept" if kept else "your changes were left out"
    if course.locked or kept:
        notes.say(
            f"The course's cell {course.name} runs as the course has it, not as in {code_cell.place}; {what}.",
            "changed-locked-cell" if course.locked else "",
        )
    return [Cell(_make_harmless(source, code_cell, notes)) for source in dict.fromkeys(kept.values())]


def find_repeated_cells(cells: list[Cell], notes: Notes) -> list[Cell]:
    """Find the answers that must run again at the end, because a later cell binds their functions' names.

    The later cell may hold another version, which does not count. Or it holds ``from cs231n.layers import *``. On the
    student's machine that import gives the student's own functions. Where submissions are graded it gives stubs.
    """
    repeated: list[Cell] = []
    bound: set[str] = set()
    for cell in reversed(cells):
        if cell.task and {cell.task, "*"} & bound:
            repeated.append(Cell(cell.source, cell.task))
        tree = sources.parse(cell.source)
        bound |= sources.find_names_bound(tree) if tree else set()
    repeated.reverse()
    if repeated:
        notes.say(
            f"A cell below your answer for {listed(cell.task for cell in repeated)} binds that name again: the "
            "answer runs once more after it, so that it counts."
        )
    return repeated


def borrow_cells(cells: list[Cell], code_cells: list[CodeCell], pristine: Pristine, notes: Notes) -> list[Cell]:
    """Copy the functions and imports that the student's cells use from the course's demonstrations and steps.

    Neither runs in grading. A function that a step asks for is copied as the student wrote it.
    """
    trees = [tree for cell in cells if (tree := sources.parse(cell.source))]
    needed = {name for tree in trees for name in sources.find_names_read(tree)}
    bound = {name for tree in trees for name in sources.find_names_bound(tree)}
    offered: dict[str, str] = {}
    asked: set[str] = set()
    for cell in pristine.course:
        if cell.tree and not cell.locked:
            definitions = sources.find_definitions(cell.tree)
            offered |= definitions
            asked |= definitions.keys() if cell.is_blank else set()
    written = [sources.find_definitions(code_cell.tree) for code_cell in code_cells if code_cell.tree]
    own = {name: source for found in written for name, source in found.items() if name in asked}
    own = {name: source for name, source in own.items() if source != offered[name]}
    offered |= own
    borrowed: dict[str, str] = {}
    waiting = sorted(needed - bound)
    while waiting:
        name = waiting.pop(0)
        if name in offered and name not in borrowed:
            borrowed[name] = offered[name]
            tree = sources.parse(borrowed[name])
            waiting += sorted(sources.find_names_read(tree) - bound) if tree else []
    for names, where in (
        ([name for name in borrowed if name not in own], "demonstration cells: taken from there"),
        ([name for name in borrowed if name in own], "a step: taken from there, as you wrote it"),
    ):
        if names:
            notes.say(f"Your code in {pristine.name} uses {listed(names)} from {where}.")
    return [Cell(source) for source in dict.fromkeys(borrowed.values())]
