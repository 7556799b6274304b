"""Put checks in front of a module's functions, and leave them out inside a block."""

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import FunctionType
from typing import Any

Checks = Mapping[str, Callable[..., tuple]]
_trusting: ContextVar[bool] = ContextVar("trusting", default=False)  # each thread has its own


def guard(namespace: dict[str, Any], checks: Checks, wrappers: Mapping[str, Callable] | None = None) -> None:
    """Put checks in front of functions of a module.

    Arguments:
        namespace: the module's ``globals()``.
        checks: dictionary from a function's name to its check. A check has the same signature as the function. It
            returns the arguments for the function as a tuple, or raises ValueError or TypeError.
        wrappers: dictionary from a function's name to a decorator for the function itself, behind the check.
    """
    for name, wrap in (wrappers or {}).items():
        namespace[name] = wrap(namespace[name])
    for name, check in checks.items():
        namespace[name] = guard_function(namespace[name], check, f"{namespace['__name__']}.{name}")


class trusted:
    """Inside the block ``with trusted(when):``, functions run without their checks.

    Use it around calls whose arguments have just been checked. Only the checks are left out: the functions are the
    same, including installed answers and edited layers. The block affects only the current thread. It also ends if an
    error is raised inside.

    Arguments:
        when: whether the arguments are right. If False, the block changes nothing: the functions check their
            arguments and say what is wrong.
    """

    def __init__(self, when: bool = True) -> None:
        self.when = when

    def __enter__(self) -> None:
        self._before = _trusting.set(self.when or _trusting.get())

    def __exit__(self, *error: object) -> None:
        _trusting.reset(self._before)


def guard_function(function: Callable, check: Callable[..., tuple], path: str) -> Callable:
    """Put one check in front of one function. Errors begin with the function's name and end with a call of help()."""
    explained, trusting = _explain, _trusting.get

    def checked(*args: Any, **kwargs: Any) -> Any:
        if not trusting():
            try:
                args, kwargs = check(*args, **kwargs), {}
            except (TypeError, ValueError) as error:
                raise explained(error, function, path, args, kwargs) from None
        return wrapper.__wrapped__(*args, **kwargs)

    # The wrapper is made in this way for IPython's %autoreload. When a file was edited, autoreload updates the function
    # that it finds in the module. Either it replaces the function's code, so the function must have that module's
    # globals. Or it replaces the attributes, and then __wrapped__ is the edited function.
    wrapper: Any = FunctionType(checked.__code__, function.__globals__, function.__name__, None, checked.__closure__)
    return functools.update_wrapper(wrapper, function)


def _explain(error: Exception, function: Callable, path: str, args: tuple, kwargs: dict) -> Exception:
    """Make the error that the caller sees.

    Raises:
        RuntimeError: if an argument stands for a value that a notebook has not computed yet. The argument says so.
    """
    for argument in (*args, *kwargs.values()):
        if hasattr(type(argument), "raise_not_yet"):
            argument.raise_not_yet()
    text = str(error)
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as wrong_call:  # a missing or extra argument: use Python's message with the layer's name
        text = str(wrong_call)
    kind = TypeError if isinstance(error, TypeError) else ValueError
    end = "" if text.endswith(("?", "!", ".")) else "."
    return kind(f"{function.__name__}: {text}{end} See help({path})")
