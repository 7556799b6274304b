"""Is the checked function the one that the student wrote last? A cell that fails leaves the older version in place."""

import ast
import difflib
import inspect
import linecache
import re
import sys
from collections.abc import Callable

from ...support.articles import add_article
from ..actions import TASKS

NEARLY_THE_SAME = 0.7  # of the texts of two cells: the share of their characters that agrees


def note_if_stale(name: str, function: Callable) -> str | None:
    """Write a note if a later cell was meant to define the function, but did not.

    Such a cell has a syntax error, or stopped before its ``def``, or gives the function another name. Only IPython can
    tell: its list ``In`` holds all cells that were run, even the broken ones.

    Arguments:
        name: the name that the task asks for.
        function: the function that was given to check().

    Returns:
        The note, or None.
    """
    cells = _list_cells_run()
    own = _find_cell_text(function)
    runs = [number for number, cell in enumerate(cells) if own and cell.strip() == own]
    if not runs:
        return None
    for number in range(len(cells) - 1, runs[-1], -1):
        reason = _explain_missing(name, cells[number], own)
        if reason:
            what = f"the cell that you ran last for {name}, In[{number}], did not define it: {reason}"
            return f"note  {what}. What is checked here is the version of In[{runs[-1]}]"
    return None


def _list_cells_run() -> list[str]:
    """The texts of all cells that were run in this kernel; empty outside IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    cells = shell.user_ns.get("In") if shell is not None else None
    return [cell if isinstance(cell, str) else "" for cell in cells] if isinstance(cells, list) else []


def _find_cell_text(function: Callable) -> str:
    """The text of the cell that defines a function, without blank lines around it; "" if there is none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "".join(linecache.getlines(code.co_filename)).strip() if code else ""


def _explain_missing(name: str, cell: str, own: str) -> str | None:
    """Say why a cell did not define a name. Return None if the cell was not meant to define it.

    Arguments:
        name: the task's name.
        cell: the text of the cell.
        own: the text of the cell that did define it.
    """
    found = re.findall(r"^def\s+(\w+)", cell, re.MULTILINE)
    meant = [other for other in found if _normalize(other) == _normalize(name)]
    if not meant and name not in found and not set(found) & set(TASKS):
        meant = [other for other in found if _is_renamed(name, other, cell, own)]
    if not meant:
        return None
    try:
        ast.parse(cell)
    except SyntaxError as error:
        return f"it has {add_article(type(error).__name__)}"
    return "it stopped before that line" if name in meant else f"it defines {meant[-1]}"


def _is_renamed(name: str, other: str, cell: str, own: str) -> bool:
    """Whether a cell defines the task's function under another name: it has its docstring, or nearly its whole text."""
    docstring = re.search(r'"""(.+?)"""', own, re.DOTALL)
    if docstring and docstring[0] in cell:
        return True
    renamed = re.sub(rf"\b{other}\b", name, cell)
    return difflib.SequenceMatcher(None, renamed, own, autojunk=False).ratio() > NEARLY_THE_SAME


def _normalize(name: str) -> str:
    """Remove the differences between spellings of a name: underscores and capitals."""
    return name.replace("_", "").lower()
