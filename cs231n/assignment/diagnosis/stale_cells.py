"""Is the function under check the one that was written last? A cell that fails leaves the older version in place."""

import ast
import inspect
import linecache
import re
import sys


def note_if_stale(name, function):
    """A line about a cell that was run after the function's own, and meant to define it, but did not; or None.

    Such a cell has a syntax error, stopped before its ``def``, or defines another spelling of the name. Only in
    IPython there is anything to compare with: its list ``In`` of the cells that were run, with the broken ones.

    Arguments:
        name: the name that the task asks for.
        function: the function that was handed to check().
    """
    cells = _cells_run()
    own = _cell_of(function)
    runs = [number for number, cell in enumerate(cells) if own and cell.strip() == own]
    if not runs:
        return None
    for number in range(len(cells) - 1, runs[-1], -1):
        why = _why_not(name, cells[number])
        if why:
            what = f"the cell that you ran last for {name}, In[{number}], did not define it: {why}"
            return f"note  {what}. What is checked here is the version of In[{runs[-1]}]"
    return None


def _cells_run():
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    cells = shell.user_ns.get("In") if shell is not None else None
    return [cell if isinstance(cell, str) else "" for cell in cells] if isinstance(cells, list) else []


def _cell_of(function):
    """The text of the cell that defines a function, without blank lines around it; "" where there is none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "".join(linecache.getlines(code.co_filename)).strip() if code else ""


def _why_not(name, cell):
    """What kept a cell from defining a name, if it was meant to; else None."""
    meant = [found for found in re.findall(r"^def\s+(\w+)", cell, re.MULTILINE) if _plain(found) == _plain(name)]
    if not meant:
        return None
    try:
        ast.parse(cell)
    except SyntaxError as error:
        return f"it has a {type(error).__name__}"
    return "it stopped before that line" if name in meant else f"it defines {meant[-1]}"


def _plain(name):
    return name.replace("_", "").lower()
