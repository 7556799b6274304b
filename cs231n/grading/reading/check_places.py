"""Find where a student checks each task, and mark there where the judge puts the task's cell."""

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ...assignment.actions import TASKS
from . import sources
from .names import find_names_bound, find_names_read
from .remarks import Notes, listed

_MAGIC_CHECK = re.compile(r"\bcheck\(\s*(\w+)\s*\)")


@dataclass
class Cell:
    """A cell that grading runs.

    Attributes:
        source: its Python. Only an extra cell keeps its magics.
        task: the task that it answers. None for an extra cell (helper functions, imports, experiments) and for a mark.
        judges: None, or a task: then this is a *mark*, a cell without source. The judge puts the cell that judges the
            task in its place. The task's name then stands for the function in its answer.
    """

    source: str
    task: str | None = None
    judges: str | None = None


def name_above(task: str) -> str:
    """The source of a task's cell if the cell above it answers several tasks, and this is not the first of them."""
    return f"# {task} is defined in the cell above"


def find_checks(tree: ast.Module) -> list[tuple[ast.stmt, str]]:
    """Find the statements of a tree that are a call ``check(task)``. Return pairs of a statement and its task."""
    found = []
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check" and call.args:
            argument = call.args[0]
            if isinstance(argument, ast.Name) and argument.id in TASKS:
                found.append((node, argument.id))
    return found


def find_marks(source: str) -> list[tuple[int, Cell]]:
    """Make a mark for each task that a cell checks. Return pairs of the check's last line and the mark.

    A check may stand in a ``try``, an assignment or a loop over functions. In the body of a function it does not count.
    """
    marks = []
    tree = sources.parse(source) if "check" in source else None
    for node in tree.body if tree else []:
        if isinstance(node, sources.Definition):
            continue
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call) and _is_check(part.func)]
        named = set().union(*(find_names_read(argument) for call in calls for argument in call.args)) & set(TASKS)
        if calls and not named:  # as in "for function in (softmax, softmax_loss): check(function)"
            named = find_names_read(node) & set(TASKS)
        marks += [(node.end_lineno or node.lineno, Cell("", judges=task)) for task in TASKS if task in named]
    return marks


def find_magic_marks(lines: Iterable[str]) -> list[Cell]:
    """Make a mark for each task that lines of magics check, such as ``%time check(softmax)``."""
    tasks = [match[1] for line in lines for match in _MAGIC_CHECK.finditer(line)]
    return [Cell("", judges=task) for task in tasks if task in TASKS]


def _is_check(function: ast.expr) -> bool:
    return "check" in (getattr(function, "id", ""), getattr(function, "attr", ""))


def put_marks(parts: list[tuple[list[Cell], int]], marks: list[tuple[int, Cell]]) -> list[Cell]:
    """Join the parts of a student's cell, each given with its last line, with the marks between them."""
    cells, waiting = [], list(marks)
    for part, end in parts:
        cells += part
        cells += [mark for line, mark in waiting if line <= end]
        waiting = [(line, mark) for line, mark in waiting if line > end]
    return cells + [mark for _, mark in waiting]


def choose_marks(cells: list[Cell], ends: Mapping[str, int]) -> list[Cell]:
    """Keep one mark for every task that has a cell.

    It is the first one below the task's cell. If there is none, it is put below the student's cell that answers.

    Arguments:
        cells: a notebook's cells, with a mark for every check in it.
        ends: how many of these cells there are down to the end of the student's cell that answers a task, by task.
    """
    answers = {cell.task: place for place, cell in enumerate(cells) if cell.task}
    chosen: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if cell.judges in answers and place > answers[cell.judges]:
            chosen.setdefault(cell.judges, place)
    below: dict[int, list[Cell]] = {}
    for task, place in answers.items():
        if task not in chosen and task is not None:
            below.setdefault(ends.get(task, place + 1), []).append(Cell("", judges=task))
    kept: list[Cell] = []
    for place, cell in enumerate(cells):
        kept += below.get(place, [])
        if cell.judges is None or chosen.get(cell.judges) == place:
            kept.append(cell)
    return kept + below.get(len(cells), [])


def repeat_answers(cells: list[Cell], answered: Collection[str], notes: Notes) -> list[Cell]:
    """Repeat answers before their marks if a cell in between binds their functions' names.

    The cell in between may hold another version, which does not count. Or it holds ``from cs231n.layers import *``. On
    the student's machine that import gives the student's own functions. Where submissions are graded it gives stubs.
    So such an import also repeats the other answers above it, which the function, or a backward pass, may need.
    """
    result: list[Cell] = []
    latest: dict[str, Cell] = {}  # the answers above
    hidden: dict[str, str] = {}  # those whose name a cell below them binds; "*" if it does so by a star import
    repeated: list[str] = []
    above: Cell | None = None  # the answer above that is no `name_above`
    for cell in cells:
        tree = sources.parse(cell.source) if "*" in cell.source or any(task in cell.source for task in latest) else None
        if cell.judges and cell.judges in latest:
            again = [task for task, how in hidden.items() if task == cell.judges or how == "*"]
            for task in sorted(again, key=list(latest).index):
                result.append(Cell(latest[task].source, task))
                repeated.append(task)
                del hidden[task]
        elif tree is not None:
            bound = find_names_bound(tree)
            hidden |= {task: "*" for task in latest if "*" in bound and task not in hidden}
            hidden |= {task: "name" for task in latest if task in bound and task != cell.task}
        if cell.task and cell.task in answered:
            hidden.pop(cell.task, None)
            above = latest[cell.task] = above if above and cell.source == name_above(cell.task) else cell
        result.append(cell)
    if repeated:
        notes.say(
            f"Between your answer for {listed(dict.fromkeys(repeated))} and a check, a cell binds that name again: the "
            "answer runs once more before the check, so that it counts."
        )
    return result
