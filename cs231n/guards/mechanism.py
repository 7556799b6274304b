"""Checks in front of a module's functions, and a block in which they are left out."""

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import FunctionType
from typing import Any

Checks = Mapping[str, Callable[..., tuple]]
_trusting: ContextVar[bool] = ContextVar("trusting", default=False)  # each thread has its own


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
        namespace[name] = guard_function(namespace[name], check, f"{namespace['__name__']}.{name}")


class trusted:
    """Inside the block ``with trusted(when):`` guarded functions run without their checks.

    Use it around calls whose arguments have just been checked. Only the checks are left out; the functions are the
    same, so an installed answer or an edited layer runs as ever. The block holds for the thread that entered it, and
    also ends if an error leaves it.

    Arguments:
        when: whether the arguments were found in order. If False, the block changes nothing: the functions check
            their arguments themselves, and say what is wrong.
    """

    def __init__(self, when: bool = True) -> None:
        self.when = when

    def __enter__(self) -> None:
        self._before = _trusting.set(self.when or _trusting.get())

    def __exit__(self, *error: object) -> None:
        _trusting.reset(self._before)


def guard_function(function: Callable, check: Callable[..., tuple], path: str) -> Callable:
    """The function behind its check; errors begin with its name and end with where to look."""
    explained, trusting = _explain, _trusting.get

    def checked(*args, **kwargs):
        if not trusting():
            try:
                args, kwargs = check(*args, **kwargs), {}
            except (TypeError, ValueError) as error:
                raise explained(error, function, path, args, kwargs) from None
        return wrapper.__wrapped__(*args, **kwargs)

    # For IPython's %autoreload: of an edited function it writes either the code into the one that it finds in the
    # module, which must have that module's globals, or the attributes, and then __wrapped__ is the new one.
    wrapper: Any = FunctionType(checked.__code__, function.__globals__, function.__name__, None, checked.__closure__)
    return functools.update_wrapper(wrapper, function)


def _explain(error: Exception, function: Callable, path: str, args: tuple, kwargs: dict) -> Exception:
    """The error that a caller gets to see."""
    text = str(error)
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as wrong_call:  # an argument missing, or one too many: Python's words, but the layer's name
        text = str(wrong_call)
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{function.__name__}: {text}. See help({path})")
