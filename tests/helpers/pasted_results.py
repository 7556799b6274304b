"""Name every part of a result: arrays and numbers in tuples, lists, dictionaries and objects; and their sums."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import numpy as np

MOST_PARTS = 20
MAX_DEPTH = 4


def name_parts(value: Any, is_own: Callable[[Any], bool], path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield every array, number and function in a result with its place, and the sums and means over the batch."""
    if isinstance(value, (np.ndarray, np.generic, int, float)) and not isinstance(value, (bool, np.bool_)):
        yield path, value
        if not is_own(value):  # a sum of what is given is the student's own work
            yield from _reduce(value, path)
    elif depth > MAX_DEPTH or value is None:
        return
    elif isinstance(value, dict):
        for key, part in list(value.items())[:MOST_PARTS]:
            yield from name_parts(part, is_own, f"{path}[{key}]" if path else str(key), depth + 1)
    elif isinstance(value, (tuple, list, GeneratorType, zip, map)):
        parts = list(itertools.islice(value, MOST_PARTS))
        for number, part in enumerate(parts):
            yield from name_parts(part, is_own, f"{path}[{number}]", depth + 1)
        if parts and all(isinstance(part, (np.ndarray, np.generic, int, float)) for part in parts):
            if len({np.shape(part) for part in parts}) == 1:
                yield f"{path} as an array", np.array(parts)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from name_parts(vars(value), is_own, path, depth + 1)
    elif callable(value) and not isinstance(value, type):
        yield path, value


def _reduce(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not path.startswith("result") or not np.ndim(value) or np.asarray(value).dtype.kind not in "fiu":
        return
    yield f"the sum over the batch of {path}", np.sum(value, axis=0)
    yield f"the mean over the batch of {path}", np.mean(value, axis=0)
    if np.ndim(value) == 1:
        return
    yield f"the first of {path}", value[0]
    yield f"the mean of {path}", np.mean(value)
