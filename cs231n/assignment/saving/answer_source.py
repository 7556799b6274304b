"""What an answer needs from other cells of the notebook, as source to be saved with it."""

import builtins
import dis
import inspect
import sys
import textwrap
import types

from ..actions import TASKS


class CannotSave(Exception):
    """Something that an answer needs cannot be written down; the message says what, and what to do."""


def source_of(function, name=None):
    """The source of a function, without the indentation of the place where it stood.

    Arguments:
        name: what the function is called in the notebook, where that may not be its own name.

    Raises:
        OSError, TypeError: when it has none.
    """
    source = textwrap.dedent(inspect.getsource(function)).strip() + "\n"
    own = getattr(function, "__name__", name)
    return source if name in (None, own) or own == "<lambda>" else f"{source}\n\n{name} = {own}\n"


def with_helpers(name, function, at_hand):
    """The source of an answer below that of everything it needs from the notebook: imports, constants, functions.

    Arguments:
        name: the task's name.
        function: the answer.
        at_hand: the names that it may use anyway, such as ``np`` and the saved answers.

    Raises:
        CannotSave: when it needs what has no source and is no module, number, text, or list or tuple of these.
    """
    return "\n\n".join([*_helpers(name, function, {name, *at_hand}), source_of(function, name)])


def _helpers(answer, user, seen):
    """The sources that a function needs, each after those that it needs itself; ``seen`` grows by their names."""
    pieces = []
    for name in sorted(_global_names(user.__code__)):
        if name in seen or name not in user.__globals__ or hasattr(builtins, name):
            continue
        seen.add(name)
        value = user.__globals__[name]
        if isinstance(value, types.FunctionType) and _importable(value) is None:
            pieces += _helpers(answer, value, seen)
        pieces.append(_statement(answer, name, value))
    return pieces


def _global_names(code):
    """The names that a function, or a function in it, looks up outside."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


def _statement(answer, name, value):
    """Source that makes a name stand for a value."""
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__} as {name}\n"
    module = _importable(value)
    if module:
        return f"from {module} import {value.__name__} as {name}\n"
    if isinstance(value, types.FunctionType):
        if name in TASKS:
            raise CannotSave(f"it calls your {name}, which is not saved: run check({name}), then this cell again")
        try:
            source = source_of(value)
        except (OSError, TypeError):
            source = ""
        if value.__name__ == name and source.startswith(("def ", "@")) or source.startswith(f"{name} = lambda"):
            return source
    elif _is_plain(value):
        return f"{name} = {value!r}\n"
    raise CannotSave(f"it needs {name}: define {name} inside {answer}, run that cell, and this one again")


def _importable(value):
    """The module that a function or class can be imported from under its own name, or None."""
    own = getattr(value, "__name__", "")
    for module in (getattr(value, "__module__", None), "numpy"):
        if module and module != "__main__" and own and getattr(sys.modules.get(module), own, None) is value:
            return module
    return None


def _is_plain(value):
    """Whether Python reads back what it prints of a value."""
    if isinstance(value, (tuple, list)):
        return type(value) in (tuple, list) and all(_is_plain(part) for part in value)
    if type(value) is float:
        return value - value == 0  # neither nan nor inf
    return value is None or type(value) in (bool, int, str)
