"""Checks in front of a module's functions, and whether these are still the library's own."""

import functools
import hashlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FunctionType, ModuleType
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


class WrittenFrom:
    """The library's functions from whose sources a shortcut was written, and whether it may stand in for them.

    It may while each of them is still the one that it was when the shortcut was imported, down to its code, and if the
    sources were those that the shortcut was written from: somebody may have edited a file of the library, or reloaded
    it, and a release for students has stubs.
    """

    def __init__(self, functions: Iterable[tuple[Any, str]], digest: str) -> None:
        """
        Arguments:
            functions: pairs of a guarded module, or a class, and a function's name in it.
            digest: the `digest_of_sources` of all of them, as it was when the shortcut was written.
        """
        self.originals = [(place, name, _original(place, name)) for place, name in functions]
        bodies = [inspect.unwrap(own) if inspect.ismodule(place) else own for place, _, own in self.originals]
        self.digest = digest_of_sources(map(_code, bodies))
        self.as_written = self.digest == digest
        checks = [own for *_, own in self.originals]  # %autoreload may write an edited body into these, or into those
        self.codes = [(function, _code(function)) for function in [*bodies, *checks]]

    def holds(self) -> bool:
        """Whether the shortcut may be taken now."""
        return (
            self.as_written
            and all(getattr(place, name, None) is own for place, name, own in self.originals)
            and all(_code(function) is code for function, code in self.codes)
        )


def _original(place: Any, name: str) -> Callable:
    """A module's own function, also where an answer is installed; a class's function, as it is."""
    return _own[place.__name__][name] if inspect.ismodule(place) else vars(place)[name]


def _code(function: Any) -> CodeType | None:
    return getattr(function, "__code__", None)  # a class's function may have been replaced by any object


def digest_of_sources(codes: Iterable[CodeType | None]) -> str:
    """A digest of functions' sources without their docstrings; empty where one has no source."""
    digest = hashlib.sha256()
    for code in codes:
        try:
            source = inspect.getsource(code)  # type: ignore[arg-type]  # None has none
        except Exception:  # no file, or one that somebody is typing in
            return ""
        digest.update("".join(source.split('"""')[::2]).encode())
    return digest.hexdigest()[:16]


def guarded(function: Callable, check: Callable[..., tuple], path: str) -> Callable:
    """The function behind its check; errors begin with its name and end with where to look."""
    explained = _explained

    def checked(*args, **kwargs):
        try:
            args = check(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise explained(error, function, path, args, kwargs) from None
        return wrapper.__wrapped__(*args)

    # For IPython's %autoreload: of an edited function it writes either the code into the one that it finds in the
    # module, which must have that module's globals, or the attributes, and then __wrapped__ is the new one.
    wrapper: Any = FunctionType(checked.__code__, function.__globals__, function.__name__, None, checked.__closure__)
    return functools.update_wrapper(wrapper, function)


def _explained(error: Exception, function: Callable, path: str, args: tuple, kwargs: dict) -> Exception:
    """The error that a caller gets to see."""
    text = str(error)
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as wrong_call:  # an argument missing, or one too many: Python's words, but the layer's name
        text = str(wrong_call)
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{function.__name__}: {text}. See help({path})")
