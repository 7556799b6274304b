"""What was recorded of a student's function: plain data, without any object of the student's own.

`assess` works on these records alone, so it may run in another process, long after the function did.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_PARTS = 200  # of a tuple, list or dictionary; more are not recorded
MAX_DEPTH = 4


@dataclass(frozen=True)
class Odd:
    """A value that is not an array of real numbers.

    Attributes:
        type_name: the name of its type.
        dtype: for an array of another kind, such as complex numbers, the name of its dtype.
    """

    type_name: str
    dtype: str = ""


@dataclass(frozen=True)
class Parts:
    """A tuple, list or dictionary.

    Attributes:
        type_name: ``"tuple"``, ``"list"`` or ``"dict"``.
        items: the recorded parts, by position or by key.
    """

    type_name: str
    items: dict[Any, Any]


def to_plain(value: Any, depth: int = 0) -> Any:
    """Record a value: a copy of an array, a number, None, `Parts`, or `Odd` for everything else."""
    if value is None or type(value) in (bool, int, float) or (isinstance(value, np.generic) and _is_real(value)):
        return value
    if isinstance(value, (tuple, list, dict)) and depth < MAX_DEPTH:
        kind = next(kind for kind in (tuple, list, dict) if isinstance(value, kind))
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        items = {_key(key): to_plain(part, depth + 1) for key, part in pairs[:MAX_PARTS]}
        return Parts(kind.__name__, items)
    name = type(value).__name__
    if isinstance(value, (str, bytes, set, range)) or callable(value):
        return Odd(name)
    try:
        array = np.array(value)  # a copy; this also accepts the arrays of other libraries
    except Exception:  # an object of the student's own class may do anything
        return Odd(name)
    return array if _is_real(array) else Odd(name, array.dtype.name if isinstance(value, np.ndarray) else "")


def _key(key: Any) -> Any:
    return key if type(key) in (str, int) else f"<{type(key).__name__}>"


def _is_real(value: np.ndarray | np.generic) -> bool:
    return value.dtype.kind in "fiub"


def to_array(plain: Any) -> np.ndarray | None:
    """The float64 array that a recorded value stands for; also for lists of numbers. None if it is not numbers."""
    try:
        if isinstance(plain, Parts):
            parts = [to_array(part) for part in plain.items.values()]
            if plain.type_name == "dict" or any(part is None for part in parts):
                return None
            return np.array(parts, dtype=np.float64)
        return None if plain is None or isinstance(plain, Odd) else np.asarray(plain, dtype=np.float64)
    except ValueError:  # rows of different lengths
        return None


@dataclass(frozen=True)
class Raised:
    """An exception that ended a call.

    Attributes:
        kind: the name of its type.
        message: the first line of its message.
        line: the line of the student's own code that raised it; "" if it has none.
        name: for a NameError, the name that is not defined; for a stub, the function that is not written.
        is_stub: whether a function that is not written yet raised it.
    """

    kind: str
    message: str
    line: str = ""
    name: str = ""
    is_stub: bool = False


NOT_RUN = Raised("NotRun", "the check was stopped before this call")


@dataclass
class Call:
    """What was recorded of one call.

    Attributes:
        returned: what the function returned, as from `to_plain`; of several calls in a row, a list.
        kept: the entries of a dictionary argument after the call: those of bn_param.
        changed: names of the arguments that the function wrote to.
        shared: pairs of results that are one array, by their names or positions.
        shares_dout: whether a result shares its memory with dout.
        raised: the exception that ended the call, or None.
    """

    returned: Any = None
    kept: dict[Any, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    shared: list[tuple[Any, Any]] = field(default_factory=list)
    shares_dout: bool = False
    raised: Raised | None = None


Calls = dict[str, Call]  # by case, such as "bn_plain", or by case and variant, such as "bn_plain/float32"


class RecordedCalls(Calls):
    """The calls of a record. It may have been cut short: a call that is not there was not run."""

    def __missing__(self, key: str) -> Call:
        return Call(raised=NOT_RUN)


Points = dict[str, dict[str, np.ndarray]]  # by case and input: the loss at four points for each entry of the input


@dataclass
class Record:
    """Everything that was recorded of an answer.

    Attributes:
        task: the task's name.
        calls: the calls of the function. A backward pass got the documented cache, or that of the library's forward
            pass.
        points: the function's own loss near the inputs, for numerical gradients.
        forward: for a backward pass: the record of the student's own forward pass, or None if there is none.
        own: for a backward pass: its calls with the cache of the student's own forward pass.
        reordered: as `own`, on one case, with the cache in another order that makes it right; by a description of that.
        names_read: the data that the function reads from the notebook: its names, with a short description of each.
        names_kept: the data that the function writes outside its arguments: global names, attributes of itself.
        defaults_used: arguments that the task does not have: their names, with a short description of each default.
        library_calls: functions of the library that hold an answer to this very task, and that the answer called.
        has_return: whether the function returns anything but None, in any of its lines.
        printed: whether it printed anything.
    """

    task: str
    calls: Calls = field(default_factory=RecordedCalls)
    points: Points = field(default_factory=dict)
    forward: "Record | None" = None
    own: Calls = field(default_factory=RecordedCalls)
    reordered: Calls = field(default_factory=RecordedCalls)
    names_read: dict[str, str] = field(default_factory=dict)
    names_kept: list[str] = field(default_factory=list)
    defaults_used: dict[str, str] = field(default_factory=dict)
    library_calls: list[str] = field(default_factory=list)
    has_return: bool = True
    printed: bool = False


class CallRaised(Exception):
    """A call whose result is needed ended in an exception.

    Attributes:
        raised: the recorded exception.
    """

    def __init__(self, raised: Raised) -> None:
        super().__init__(raised.message)
        self.raised = raised


# Errors of Python, not of the mathematics: a slip of the pen, or a call with the wrong arguments.
PYTHON_ERRORS = frozenset(
    ("NameError", "UnboundLocalError", "AttributeError", "TypeError", "ImportError", "ModuleNotFoundError",
     "RecursionError", "SyntaxError", "IndentationError", "KeyError", "SystemExit", "NotImplementedError", "NotRun")
)  # fmt: skip


def iterate_arrays(value: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Find every array in nested tuples, lists and dictionaries. Each comes with the name of the whole."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, dict):
        for part in list(value.values()):
            yield from iterate_arrays(part, name)
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from iterate_arrays(part, name)
