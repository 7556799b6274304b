"""Names that are not there yet: any use of one says in one line what it waits for."""

from typing import Any, NoReturn


class NotYet(RuntimeError):
    """A cell needs what an earlier cell has not made yet. A notebook shows this as one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"NotYet: {self}"]


class Waiting:
    """Stands for a value that is not there yet. Every use of it raises `NotYet`.

    Arguments:
        reason: what it waits for, as a sentence.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, reason: str) -> None:
        object.__setattr__(self, "_reason", reason)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # Python's own, which tools ask for
            raise AttributeError(name)
        raise NotYet(reason_of(self))

    def raise_not_yet(self, *arguments: Any, **named: Any) -> NoReturn:
        """Raise `NotYet`. The guards of the library's functions call this, too, if they are given such a value."""
        raise NotYet(reason_of(self))

    def __repr__(self) -> str:
        return f"(waiting: {reason_of(self)})"


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
_OTHER = (
    "setattr", "call", "iter", "len", "bool", "float", "int", "index", "contains", "getitem", "setitem",
    "array", "array_ufunc", "neg", "pos", "abs", "invert", "round", "eq", "ne", "lt", "le", "gt", "ge", "format",
)  # fmt: skip
for _name in (*_OTHER, *_BINARY, *(f"r{name}" for name in _BINARY), *(f"i{name}" for name in _BINARY)):
    setattr(Waiting, f"__{_name}__", Waiting.raise_not_yet)


def reason_of(value: Waiting) -> str:
    """Return what a value waits for."""
    return object.__getattribute__(value, "_reason")


def not_yet(*names: str, step_above: bool = False) -> Any:
    """Make placeholders for results that later cells of a notebook compute.

    If such a cell stops because a task is not written, the cells after it say so in one line.

    Arguments:
        names: the names of the results.
        step_above: whether it is a step above that has to make them. Its cell may have run to its end all the same.

    Returns:
        A `Waiting` object per name: a list, or the object itself for one name.
    """
    text = "this cell needs {}, and the cell that makes it has not run to its end"
    if step_above:
        text = "this cell waits for {}: go back to that step, and then run both cells again"
    made = [Waiting(text.format(name)) for name in names]
    return made[0] if len(made) == 1 else made


def is_missing(value: Any) -> bool:
    """Whether a value is a blank, ``...``, or waits for something."""
    return value is ... or isinstance(value, Waiting)
