"""Which of a student's cells an answer needs: its own, and those that define what it mentions."""

import re

from ...assignment.saving.installed import FORWARD_OF
from ..reading import Cell

IDENTIFIER = re.compile(r"[^\W\d]\w*")
# A line that defines names: def or class (group 1), an assignment (group 2), or an import (group 3 holds the names).
DEFINITION = re.compile(r"^(?:(?:async )?def|class)[ \t]+(\w+)|^(\w+)[ \t]*=(?!=)|^(?:from\b.*?\b)?import\b(.*)", re.M)


def find_needed_cells(cells: list[Cell], task: str) -> list[int]:
    """The numbers of the cells with a task's answer and of the cells that define the names in them, and so on.

    Arguments:
        cells: all cells of a notebook. Their numbers are their places in this list.
        task: the task's name.
    """
    wanted = [k for k, cell in enumerate(cells) if cell.task == task]
    if task in FORWARD_OF:
        wanted += [k for k, cell in enumerate(cells) if cell.task == FORWARD_OF[task]]
    defined = [find_defined_names(cell.source) for cell in cells]
    taken: set[int] = set()
    while wanted:
        k = wanted.pop()
        if k in taken:
            continue
        taken.add(k)
        if not defined[k] and cells[k].task and k:
            wanted.append(k - 1)  # an answer cell without code follows the cell that holds several answers
        mentioned = set(IDENTIFIER.findall(cells[k].source))
        wanted += [other for other, names in enumerate(defined) if names & mentioned and other not in taken]
    return sorted(taken)


def find_defined_names(source: str) -> set[str]:
    """The names that a source seems to define at its top level. We do not parse it: it may not be valid Python."""
    names: set[str] = set()
    for match in DEFINITION.finditer(source):
        name = match[1] or match[2]
        names |= {name} if name else set(IDENTIFIER.findall(match[3]))
    return names - {"np", "as"}
