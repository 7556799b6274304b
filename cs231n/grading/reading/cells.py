"""Turn a student's cells into the cells that grading runs: answers, extra cells, and what these need."""

import ast
import sys

from ..publishing.edition import course_edition
from . import sources
from .check_places import Cell, find_checks, find_marks, name_above, put_marks
from .copies import CodeCell
from .missing_modules import find_missing, has_doubtful_import
from .names import find_names_bound
from .pristine import CourseCell, Pristine, pristine_notebooks
from .remarks import Notes, listed

PYTHON_VERSION = f"Python {sys.version_info.major}.{sys.version_info.minor}"
PROGRAMS = ("%pip", "%conda", "%mamba", "%uv", "%sx", "%system")


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
        return _make_labelled_cells(code_cell.source, tasks, code_cell, notes)
    checks = find_checks(code_cell.tree)
    if checks:
        notes.say(
            f"The check of {listed(dict.fromkeys(task for _, task in checks))} in {code_cell.place} was left out: the "
            "grader runs its own there."
        )
    missing = _find_missing(code_cell, notes)
    stubs = [sources.find_stub(code_cell.tree, task) for task in code_cell.defines if task not in tasks]
    source = sources.remove_statements(
        code_cell.source, [node for node, _ in checks] + missing + [stub for stub in stubs if stub]
    )
    tree, marks = sources.parse(source), find_marks(code_cell.source)
    lines = source.count("\n") + 1
    parts = sources.split_answers(source, tree, tasks, [line for line, _ in marks]) if tree else [(source, lines)]
    labels = _label_parts([part for part, _ in parts], tasks)
    if sum(map(bool, labels)) > 1:
        notes.say(f"{code_cell.title} holds several answers ({about}): it was taken apart, one cell for each.")
    made = [(_make_labelled_cells(part, found, code_cell, notes), end) for (part, end), found in zip(parts, labels)]
    return put_marks(made, marks)


def _label_parts(parts: list[str], tasks: list[str]) -> list[list[str]]:
    """For each part of a source, the tasks that it answers: the last part that binds a task's name does."""
    labels: list[list[str]] = [[] for _ in parts]
    trees = [sources.parse(part) for part in parts]
    for task in tasks:
        defining = [k for k, tree in enumerate(trees) if task in sources.find_functions(parts[k], tree)]
        binding = [k for k, tree in enumerate(trees) if tree and task in find_names_bound(tree)]
        labels[(defining or binding or [len(parts) - 1])[-1]].append(task)
    return labels


def _make_labelled_cells(source: str, tasks: list[str], code_cell: CodeCell, notes: Notes) -> list[Cell]:
    """Make cells with at most one task each. If a source answers several tasks, empty cells stand for the others."""
    cells = []
    if tasks or source.strip():
        cells.append(Cell(_make_harmless(source, code_cell, notes), tasks[0] if tasks else None))
    return cells + [Cell(name_above(task), task) for task in tasks[1:]]


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
    and a step or a guess that was filled in gives none for the values in it. Checks give marks.
    """
    if any(notebook.has(code_cell.normal) for notebook in pristine_notebooks().values()):
        return [mark for _, mark in find_marks(code_cell.source)]
    course = pristine.match(code_cell.raw, code_cell.normal)
    if course is None:
        return _make_own_cells(code_cell, notes)
    marks = [mark for _, mark in find_marks(code_cell.source) or find_marks(course.raw.source)]
    return _make_added_cells(code_cell, course, notes) + marks


def _make_own_cells(code_cell: CodeCell, notes: Notes) -> list[Cell]:
    """Make the cells that run in place of a cell of the student's own: the same, but without calls of check()."""
    has_cell_magic = sources.find_cell_magic(code_cell.raw.source) is not None
    if code_cell.tree is None and not has_cell_magic:
        notes.say(
            f"{code_cell.title} is not valid {PYTHON_VERSION}: it fails in grading as well, and the other cells go on."
        )
    checks = [node for node, _ in find_checks(code_cell.tree)] if code_cell.tree else []
    missing = _find_missing(code_cell, notes)
    defines = code_cell.tree is not None and find_names_bound(code_cell.tree)
    marks = find_marks(code_cell.source)
    parts: list[tuple[str, int]]
    if has_cell_magic or not defines and not missing:
        whole = code_cell.raw.source
        parts = [(whole if code_cell.left_out else sources.remove_statements(whole, checks), len(whole))]
    else:
        # A line such as %cd fails without stopping what stands below it. No program can be started in grading.
        parts = [(line, 0) for line in code_cell.left_out if line.startswith("%") and not line.startswith(PROGRAMS)]
        rest = sources.remove_statements(code_cell.source, checks + missing)
        tree, lines = sources.parse(rest), [line for line, _ in marks]
        splits = tree is not None and (lines or has_doubtful_import(tree))
        parts += sources.split_answers(rest, tree, (), lines) if tree and splits else [(rest, len(rest))]
    made = [([Cell(_make_harmless(source, code_cell, notes))] if source.strip() else [], end) for source, end in parts]
    return put_marks(made, marks)


def _find_missing(code_cell: CodeCell, notes: Notes) -> list[ast.stmt]:
    """Find the statements of a cell that must fail because a module is missing. Tell the student if others stay."""
    nodes, modules = find_missing(code_cell.tree, code_cell.written_modules) if code_cell.tree else ([], [])
    kept = [node for node in code_cell.tree.body if node not in nodes] if code_cell.tree else []
    if nodes and find_names_bound(ast.Module(kept, [])):
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
        has = find_names_bound(course.tree) if course.tree else set()
        kept = {n: s for n, s in sources.find_definitions(code_cell.tree).items() if n not in has}
    elif code_cell.tree and course.tree:
        kept = sources.find_additions(code_cell.tree, course.tree, changed=not course.locked)
    if code_cell.edition is None or code_cell.edition == course_edition():  # else the course may have changed the cell
        _say_changed(code_cell, course, list(kept), notes)
    return [Cell(_make_harmless(source, code_cell, notes)) for source in dict.fromkeys(kept.values())]


def _say_changed(code_cell: CodeCell, course: CourseCell, kept: list[str], notes: Notes) -> None:
    """Tell the student what becomes of a cell of the course's that they changed."""
    added = f"what you wrote there ({listed(kept)}) was kept" if kept else "your changes were left out"
    if course.name.startswith("check-"):
        task = course.name.removeprefix("check-")
        remark = f"The check of {task} was changed in {code_cell.place}: the grader runs its own"
        notes.say(f"{remark}; {added}." if kept else f"{remark}.", "changed-locked-cell")
    elif course.locked:
        remark = f"The course's cell {course.name} runs as the course has it, not as in {code_cell.place}"
        notes.say(f"{remark}; {added}.", "changed-locked-cell")
    elif kept:
        notes.say(f"The course's cell {course.name} ({code_cell.place}) does not run in grading; {added}.")
