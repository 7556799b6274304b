"""The source code of an answer, with the helpers that it needs from other cells of the notebook."""

import builtins
import inspect
import sys
import textwrap
import types
from collections.abc import Callable, Collection
from typing import Any

from ..actions import TASKS
from ..cases.names_used import list_global_names


class CannotSave(Exception):
    """Something that an answer needs cannot be written down. The message says what, and what to do."""


def get_source(function: Callable, name: str | None = None) -> str:
    """Get the source of a function, without the indentation that it has in its file.

    Arguments:
        name: the function's name in the notebook, if that may differ from its own name.

    Raises:
        OSError, TypeError: if the function has no source.
    """
    source = textwrap.dedent(inspect.getsource(function)).strip() + "\n"
    own = getattr(function, "__name__", name)
    return source if name in (None, own) or own == "<lambda>" else f"{source}\n\n{name} = {own}\n"


def add_helpers(name: str, function: types.FunctionType, at_hand: Collection[str]) -> str:
    """Write the source of an answer below everything that it needs from the notebook: imports, constants, functions.

    Arguments:
        name: the task's name.
        function: the answer.
        at_hand: names that the answer may use without a helper, such as ``np`` and the saved answers.

    Raises:
        CannotSave: if the answer needs an object that has no source and is not a module, a number, a text, or a list or
            tuple of these.
    """
    return "\n\n".join([*_collect_helpers(name, function, {name, *at_hand}), get_source(function, name)])


def _collect_helpers(answer: str, user: types.FunctionType, seen: set[str]) -> list[str]:
    """Collect the sources that a function needs. Each source comes after those that it needs itself.

    Arguments:
        answer: the task's name, for messages.
        user: the function.
        seen: names that are already there. The names of the collected helpers are added to it.
    """
    pieces = []
    for name in sorted(list_global_names(user.__code__)):
        if name in seen or name not in user.__globals__ or hasattr(builtins, name):
            continue
        seen.add(name)
        value = user.__globals__[name]
        if isinstance(value, types.FunctionType) and _find_module(value) is None:
            pieces += _collect_helpers(answer, value, seen)
        pieces.append(_write_definition(answer, name, value))
    return pieces


def _write_definition(answer: str, name: str, value: Any) -> str:
    """Write source code that defines a name.

    Arguments:
        answer: the task's name, for messages.
        name: the name to define.
        value: what the name stands for in the notebook.

    Raises:
        CannotSave: if there is no such source code.
    """
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__} as {name}\n"
    module = _find_module(value)
    if module:
        return f"from {module} import {value.__name__} as {name}\n"
    if isinstance(value, types.FunctionType):
        if name in TASKS:
            raise CannotSave(f"it calls your {name}, which is not saved: run check({name}), then this cell again")
        try:
            source = get_source(value)
        except (OSError, TypeError):
            source = ""
        if value.__name__ == name and source.startswith(("def ", "@")) or source.startswith(f"{name} = lambda"):
            return source
    elif _is_plain_value(value):
        return f"{name} = {value!r}\n"
    raise CannotSave(f"it needs {name}: define {name} inside {answer}, run that cell, and this one again")


def _find_module(value: Any) -> str | None:
    """Find the module from which a function or class can be imported under its own name, or None."""
    own = getattr(value, "__name__", "")
    for module in (getattr(value, "__module__", None), "numpy"):
        if module and module != "__main__" and own and getattr(sys.modules.get(module), own, None) is value:
            return module
    return None


def _is_plain_value(value: Any) -> bool:
    """Whether Python can read back the repr of a value."""
    if isinstance(value, (tuple, list)):
        return type(value) in (tuple, list) and all(_is_plain_value(part) for part in value)
    if type(value) is float:
        return value - value == 0  # False for nan and inf
    return value is None or type(value) in (bool, int, str)
