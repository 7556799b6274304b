"""Which names a function reads from the notebook around it, and whether it returns anything."""

import dis
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_TEXT = 30  # characters of a value in a message


def list_global_names(code: types.CodeType) -> set[str]:
    """The global names that a function uses, or that a function inside it uses."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= list_global_names(constant)
    return names


def find_data_read(function: Callable) -> dict[str, str]:
    """Find the data that a function, or a helper that it calls, reads from the notebook: numbers, arrays, lists.

    Such a name may have been left behind by another cell. Modules, functions and classes are not data.

    Returns:
        A short description of each value, by name.
    """
    found: dict[str, str] = {}
    waiting, seen = [inspect.unwrap(function)], set()
    while waiting:
        user = waiting.pop()
        if not isinstance(user, types.FunctionType) or user in seen:
            continue
        seen.add(user)
        for name in sorted(list_global_names(user.__code__)):
            value = user.__globals__.get(name)
            if isinstance(value, types.FunctionType) and value.__globals__ is user.__globals__:
                waiting.append(value)
            elif name in user.__globals__ and not callable(value) and not isinstance(value, types.ModuleType):
                found[name] = describe_value(value)
    return dict(sorted(found.items()))


def describe_value(value: Any) -> str:
    """Describe a value in a few words: a number as it is, an array by its shape, anything else by its type."""
    if value is None or type(value) in (bool, int, float, str):
        text = repr(value)
        return text if len(text) <= MAX_TEXT else type(value).__name__
    if isinstance(value, np.generic):
        return str(value)[:MAX_TEXT]
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return type(value).__name__


def has_return(function: Callable) -> bool:
    """Whether some line of a function returns something else than the constant None. True if that is not known."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return True
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP", "CACHE")]
    for before, step in zip([None, *steps], steps):
        if step.opname == "RETURN_VALUE" and not (
            before is not None and before.opname == "LOAD_CONST" and before.argval is None
        ):
            return True
        if step.opname == "RETURN_CONST" and step.argval is not None:
            return True
    return False
