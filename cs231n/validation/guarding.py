"""Checks in front of a module's functions, whose functions these are, and when to do without; see this package."""

import functools
import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

Checks = Mapping[str, Callable[..., tuple]]
_own: dict[str, dict[str, Callable]] = {}  # by a guarded module's name: its functions


def guard(namespace: dict[str, Any], checks: Checks, wrappers: Mapping[str, Callable] | None = None) -> None:
    """Put a check in front of functions of a module.

    Arguments:
        namespace: the module's ``globals()``.
        checks: by a function's name, its check: a function of the same signature that returns the arguments to call
            it with, as a tuple, or raises ValueError or TypeError.
        wrappers: by a function's name, a decorator to put on the function itself, behind the check.
    """
    for name, wrap in (wrappers or {}).items():
        namespace[name] = wrap(namespace[name])
    for name, check in checks.items():
        namespace[name] = guarded(namespace[name], check, f"{namespace['__name__']}.{name}")
    _own[namespace["__name__"]] = {name: value for name, value in namespace.items() if inspect.isfunction(value)}


def is_own(module: ModuleType, name: str) -> bool:
    """Whether a function of a guarded module is the library's own, and not an answer that was installed there."""
    function = _own.get(module.__name__, {}).get(name)
    return function is not None and getattr(module, name, None) is function


def all_own() -> bool:
    """Whether every function of the guarded modules is the library's own."""
    return all(is_own(sys.modules[module], name) for module, names in _own.items() for name in names)


@functools.cache
def digest_of_sources(functions: tuple[Callable, ...]) -> str:
    """A digest of functions' sources without their docstrings; empty where one has no source.

    `is_own` knows nothing of a function that somebody has edited in the library's file, nor of one that a release for
    students has left out. A shortcut that is written from certain sources asks for these.
    """
    digest = hashlib.sha256()
    for function in functions:
        try:
            source = inspect.getsource(inspect.unwrap(function))
        except (OSError, TypeError):
            return ""
        digest.update("".join(source.split('"""')[::2]).encode())
    return digest.hexdigest()[:16]


def guarded(function: Callable, check: Callable[..., tuple], path: str) -> Callable:
    """The function behind its check; errors begin with its name and end with where to look."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            args = check(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise _explained(error, function, path, args, kwargs) from None
        return function(*args)

    return wrapper


def _explained(error: Exception, function: Callable, path: str, args: tuple, kwargs: dict) -> Exception:
    """The error that a caller gets to see."""
    text = str(error)
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as wrong_call:  # an argument missing, or one too many: Python's words, but the layer's name
        text = str(wrong_call)
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{function.__name__}: {text}. See help({path})")
