"""What a student's cells use from the course's demonstrations and steps, which do not run in grading.

Imports, and functions of steps that the student wrote, go with the answers. Nothing else of the course's own does: an
answer has to be the student's.
"""

import ast
from collections.abc import Iterator
from functools import cache

from . import sources
from .check_places import Cell
from .copies import CodeCell
from .names import find_globals_read, find_names_bound, find_names_bound_by, find_names_read
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, listed

Definitions = dict[str, str]  # from a name to the source that defines it


def borrow_cells(cells: list[Cell], code_cells: list[CodeCell], pristine: Pristine, notes: Notes) -> list[Cell]:
    """Copy what the student's cells use: imports of demonstrations, and functions of steps as the student wrote them.

    Arguments:
        cells: the notebook's cells that run in grading.
        code_cells: the student's cells as handed in.
        pristine: the course's version of the notebook.
        notes: collects what the student is told.
    """
    own = _find_own_steps(code_cells, pristine)
    offered = _find_imports(pristine.name) | own
    texts = "\n".join(cell.source for cell in cells)
    borrowed: Definitions = {}
    if any(name in texts for name in offered):
        trees = [tree for cell in cells if (tree := sources.parse(cell.source))]
        bound = {name for tree in trees for name in find_names_bound(tree)}
        waiting = sorted({name for tree in trees for name in find_names_read(tree)} - bound)
        while waiting:
            name = waiting.pop(0)
            if name in offered and name not in borrowed:
                borrowed[name] = offered[name]
                tree = sources.parse(borrowed[name])
                waiting += sorted(find_names_read(tree) - bound) if tree else []
    steps = [name for name in borrowed if name in own]
    if steps:
        notes.say(f"Your code in {pristine.name} uses {listed(steps)} from a step: taken from there, as you wrote it.")
    lent = [Cell(source) for source in dict.fromkeys(borrowed.values())]
    _say_courses(lent + cells, pristine, notes)
    return lent


@cache
def _find_given(notebook: str, blank: bool) -> Definitions:
    """Find what the course's demonstrations and steps define: functions, classes and imports.

    Arguments:
        notebook: the file name of the course's notebook.
        blank: True for steps only.
    """
    found: Definitions = {}
    for cell in pristine_notebooks()[notebook].course:
        if cell.tree and not cell.locked and (cell.is_blank or not blank):
            found |= sources.find_definitions(cell.tree)
    return found


def _find_imports(notebook: str) -> Definitions:
    """Find the imports of the course's demonstrations and steps."""
    found = _find_given(notebook, blank=False)
    return {name: source for name, source in found.items() if source.startswith(("import ", "from "))}


def _find_own_steps(code_cells: list[CodeCell], pristine: Pristine) -> Definitions:
    """Find the functions that steps ask for and the student wrote: they differ from what the course gives."""
    given = _find_given(pristine.name, blank=True)
    changed = [code_cell for code_cell in code_cells if any(name in code_cell.source for name in given)]
    changed = [code_cell for code_cell in changed if not pristine.has(code_cell.normal)]
    written = [sources.find_definitions(code_cell.tree) for code_cell in changed if code_cell.tree]
    return {n: s for found in written for n, s in found.items() if n in given and s != given[n]}


@cache
def _find_courses_names(notebook: str) -> set[str]:
    """Find the functions and classes that only the course's demonstrations and steps define, not its set-up."""
    course = pristine_notebooks()[notebook].course
    set_up = {name for cell in course if cell.tree and cell.locked for name in find_names_bound(cell.tree)}
    return _find_given(notebook, blank=False).keys() - _find_imports(notebook).keys() - set_up


def _say_courses(cells: list[Cell], pristine: Pristine, notes: Notes) -> None:
    """Tell the student which answers use a function of the course's own."""
    texts = "\n".join(cell.source for cell in cells)
    wanted = {name for name in _find_courses_names(pristine.name) if name in texts}
    if not wanted:
        return
    binding: dict[str, list[ast.stmt]] = {}
    for _, statement in _statements_of(cells):
        for name in find_names_bound_by(statement):
            binding.setdefault(name, []).append(statement)
    wanted -= binding.keys()
    found: dict[str, list[str]] = {}
    for task in dict.fromkeys(cell.task for cell in cells if cell.task):
        waiting = [statement for cell, statement in _statements_of(cells) if cell.task == task]
        seen: set[int] = set()
        while waiting:
            statement = waiting.pop()
            if id(statement) not in seen:
                seen.add(id(statement))
                names = find_globals_read(statement)
                waiting += [other for name in names for other in binding.get(name, [])]
                found.setdefault(task, []).extend(sorted(names & wanted))
    for task, names_used in found.items():
        if names_used:
            used = list(dict.fromkeys(names_used))
            is_in = "is in a demonstration cell" if len(used) == 1 else "are in demonstration cells"
            notes.say(
                f"Your answer for {task} uses {listed(used)}, which {is_in} of the course: an answer has to be your "
                "own code.",
                "uses-demonstration",
            )


def _statements_of(cells: list[Cell]) -> Iterator[tuple[Cell, ast.stmt]]:
    """Yield every statement at the top level of the cells, with its cell."""
    for cell in cells:
        tree = sources.parse(cell.source)
        for statement in tree.body if tree else []:
            yield cell, statement
