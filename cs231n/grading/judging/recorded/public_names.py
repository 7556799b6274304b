"""Names that everybody knows: Python's, NumPy's and the course's. They give nothing away on a page."""

import builtins
import inspect
import keyword
import math
import types
from typing import Any

import numpy as np

from .... import gradient_check, layer_utils, layernorm, layers, optim
from ....assignment.actions import TASKS
from ....assignment.cases.tables import NODES, RESULTS
from ....assignment.record import TWINS

CACHE = ("x", "gamma", "beta", "var", "mu", "x_hat", "eps")
SETTINGS = ("mode", "eps", "momentum", "running_mean", "running_var", "learning_rate", "beta1", "beta2", "epsilon")
KEYS = frozenset((*NODES, *CACHE, *SETTINGS, "m", "v", "t"))  # the usual keys of dictionaries


def _list_course_names() -> set[str]:
    """The public functions of the library, and their parameters."""
    names = set()
    for module in (layers, layer_utils, layernorm, optim, gradient_check):
        names.add(module.__name__.rpartition(".")[2])
        for name, value in vars(module).items():
            if not name.startswith("_") and inspect.isfunction(value):
                names |= {name, *inspect.signature(value).parameters}
    return names


def _list_type_names() -> set[str]:
    """The names of the types that Python and NumPy have."""
    found = {value.__name__ for value in vars(types).values() if isinstance(value, type)}
    found |= {value.__name__ for value in vars(builtins).values() if isinstance(value, type)}
    found |= {value.__name__ for value in vars(np).values() if isinstance(value, type)}
    iterables: list[Any] = [(), [], {}, set(), "", range(0), zip(), map(abs, ()), enumerate(()), reversed(())]
    iterables += [{}.keys(), {}.values(), {}.items()]
    return found | {type(value).__name__ for value in [*iterables, *map(iter, iterables)]} | {"Tensor", "DataFrame"}


EXCEPTIONS = frozenset(
    name
    for module in (builtins, np.exceptions, np.linalg)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {
    "NotWritten", "CheckFailed", "UFuncTypeError", "_UFuncNoLoopError", "_UFuncBinaryResolutionError",
    "_UFuncOutputCastingError", "_UFuncInputCastingError", "_ArrayMemoryError", "UnsupportedOperation",
}  # fmt: skip
TYPES = frozenset(_list_type_names())
NAMES = (
    TYPES
    | EXCEPTIONS
    | KEYS
    | {name for names in RESULTS.values() for name in names}
    | set(TASKS)
    | _list_course_names()
    | {name for holder in (builtins, math, np, np.ndarray, np.linalg, np.random) for name in dir(holder)}
    | {name for holder in (list, tuple, dict, set, str, int, float) for name in dir(holder)}
    | {*keyword.kwlist, "np", "numpy", "linalg", "random", "cs231n", "dout", "cache", "axis", "keepdims"}
    | {"same_kind", "unsafe", "safe", "equiv", "no", "dtype", "class", "in", "the"}
    | {"axis1", "axis2"}
)
LIBRARY_CALLS = tuple(  # what `record` may call a function of the library that holds an answer
    dict.fromkeys(
        name if "." in module else f"{module}.{name}"
        for module, name in [
            *((task.module.rpartition(".")[2], name) for name, task in TASKS.items()),
            *(twin for twins in TWINS.values() for twin in twins),
        ]
    )
)
