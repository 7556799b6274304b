"""Which data a function reads or keeps outside its arguments, and whether it returns anything."""

import dis
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ...support.articles import add_article

HARMLESS_ARGUMENTS = ("axis", "keepdims", "dtype")  # arguments of an answer's own that say how, not which numbers
MAX_TEXT = 30  # characters of a value in a message


def list_global_names(code: types.CodeType) -> set[str]:
    """The global names that a function uses, or that a function inside it uses."""
    return {step.argval for step in _list_steps(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}


def find_data_read(function: Callable) -> dict[str, str]:
    """Find the data that a function, or a helper that it calls, reads from the notebook: numbers, arrays, lists.

    Such a name may have been left behind by another cell. Modules, functions and classes are not data, but what a class
    of the notebook holds is, and so is what a function finds in a function around it.

    Returns:
        A short description of each value, by name.
    """
    found: dict[str, str] = {}
    for user in _list_users(function):
        own = user.__globals__
        for name in list_global_names(user.__code__):
            value = own.get(name)
            if name in own and _is_data(value):
                found[name] = describe_value(value)
        for name, attribute in _list_attributes(user.__code__, "LOAD_ATTR"):
            holder = own.get(name)
            value = vars(holder).get(attribute) if isinstance(holder, type) else None
            if value is not None and _is_data(value):
                found[f"{name}.{attribute}"] = describe_value(value)
        for name, value in _list_closure(user):
            if _is_data(value):
                found[name] = describe_value(value)
    kept = find_names_kept(function)
    return {name: text for name, text in sorted(found.items()) if name not in kept}


def find_names_kept(function: Callable) -> list[str]:
    """Find the data that a function, or a helper, writes outside its arguments: global names, attributes of itself."""
    found = set()
    for user in _list_users(function):
        found |= {step.argval for step in _list_steps(user.__code__) if step.opname == "STORE_GLOBAL"}
        for name, attribute in _list_attributes(user.__code__, "STORE_ATTR"):
            if callable(user.__globals__.get(name)):
                found.add(f"{name}.{attribute}")
    return sorted(found)


def find_defaults(function: Callable, given: int) -> dict[str, str]:
    """Find the arguments that a function has beyond those of its task, and describe their default values.

    Arguments:
        function: the answer.
        given: the number of arguments that the task has.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())[given:]
    except (TypeError, ValueError):
        return {}
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return {
        name: describe_value(value)
        for name, value in defaults.items()
        if _is_data(value) and not isinstance(value, (bool, str, type(None))) and name not in HARMLESS_ARGUMENTS
    }


def _list_users(function: Callable) -> list[types.FunctionType]:
    """A function, and the helpers in the same notebook that it calls, or that it wraps."""
    users: list[types.FunctionType] = []
    waiting = [inspect.unwrap(function)]
    while waiting:
        user = waiting.pop()
        if not isinstance(user, types.FunctionType) or user in users:
            continue
        users.append(user)
        helpers = [user.__globals__.get(name) for name in list_global_names(user.__code__)]
        helpers += [value for _, value in _list_closure(user)]
        waiting += [
            helper
            for helper in map(_unwrap, helpers)
            if isinstance(helper, types.FunctionType) and helper.__globals__ is user.__globals__
        ]
    return users


def _unwrap(value: Any) -> Any:
    return inspect.unwrap(value) if isinstance(value, types.FunctionType) else value


def _list_closure(function: types.FunctionType) -> list[tuple[str, Any]]:
    """The names that a function finds in a function around it, with their values."""
    found = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found.append((name, cell.cell_contents))
        except ValueError:  # not set yet
            continue
    return found


@functools.lru_cache(maxsize=64)  # a record asks for those of the same few functions several times
def _list_steps(code: types.CodeType) -> tuple[dis.Instruction, ...]:
    """The instructions of a function, and of the functions inside it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return (*dis.get_instructions(code), *(step for one in inner for step in _list_steps(one)))


def _list_attributes(code: types.CodeType, kind: str) -> list[tuple[str, str]]:
    """The attributes of global names that a function reads (LOAD_ATTR) or writes (STORE_ATTR)."""
    steps = [step for step in _list_steps(code) if step.opname not in ("CACHE", "NOP")]
    pairs = [(one, two) for one, two in zip(steps, steps[1:]) if one.opname == "LOAD_GLOBAL" and two.opname == kind]
    return [(str(one.argval), str(two.argval)) for one, two in pairs]


def _is_data(value: Any) -> bool:
    """Whether a value is data: no function, no class and no module."""
    if callable(value) or isinstance(value, (types.ModuleType, staticmethod, classmethod, property)):
        return False
    return value is not inspect.Parameter.empty


def describe_value(value: Any) -> str:
    """Describe a value in a few words: a number as it is, an array by its shape, anything else by its type."""
    if value is None or type(value) in (bool, int, float, str):
        text = repr(value)
        return text if len(text) <= MAX_TEXT else add_article(type(value).__name__)
    if isinstance(value, np.generic):
        return str(value)[:MAX_TEXT]
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return add_article(type(value).__name__)


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
