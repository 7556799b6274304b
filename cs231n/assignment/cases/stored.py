"""The committed data of check(): fixed inputs, right outputs, and what is known about mistakes.

This module calls nothing else in ``cs231n``: the library may hold stubs, or the student's own installed answers.
``cs231n.grading.mistakes.fingerprints`` writes the files.
"""

import functools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

EXPECTED = Path(__file__).with_name("expected.npz")
MISTAKES = Path(__file__).with_name("mistakes.json")

Arrays = dict[str, np.ndarray]  # arrays by name


def pack(arrays: Arrays) -> Arrays:
    """Pack many small arrays into three. A zip file with hundreds of members would be mostly headers.

    Arguments:
        arrays: float64, int64 or float32 arrays by key, such as ``"inputs/bn_plain/x"``.

    Returns:
        A dictionary for ``np.savez``: ``index`` (JSON: the shape, type and start of each array), ``wide`` (the values
        of the float64 and int64 arrays, as float64), ``narrow`` (the values of the float32 arrays).
    """
    index: dict[str, list] = {}
    wide: list[np.ndarray] = []
    narrow: list[np.ndarray] = []
    for key, array in arrays.items():
        pool = narrow if array.dtype == np.float32 else wide
        index[key] = [list(array.shape), array.dtype.name, sum(map(len, pool))]
        pool.append(array.ravel())
    return {
        "index": np.frombuffer(json.dumps(index).encode(), dtype=np.uint8),
        "wide": np.concatenate(wide).astype(np.float64),
        "narrow": np.concatenate([*narrow, np.zeros(0, np.float32)]),
    }


def unpack(packed: Mapping[str, np.ndarray]) -> Arrays:
    """Return the dictionary of arrays that was given to `pack`."""
    arrays: Arrays = {}
    wide, narrow = packed["wide"], packed["narrow"]  # once: NumPy unpacks the member again at every access
    for key, (shape, dtype, start) in json.loads(packed["index"].tobytes()).items():
        pool = narrow if dtype == "float32" else wide
        arrays[key] = pool[start : start + int(np.prod(shape))].reshape(shape).astype(dtype)
    return arrays


@functools.cache
def _arrays() -> Arrays:
    """All arrays of the file, by key. Only the very first build has no file yet."""
    if not EXPECTED.exists():
        return {}
    with np.load(EXPECTED) as packed:
        return unpack(packed)


def add(arrays: Arrays) -> None:
    """Use these arrays in place of those in the file. The build calls this before it writes the file."""
    _arrays().clear()
    _arrays().update(arrays)
    _keys_below.cache_clear()


def forget() -> None:
    """Forget what was read. The files are read again when they are next needed."""
    _arrays.cache_clear()
    _keys_below.cache_clear()
    _mistakes.cache_clear()


def below(prefix: str) -> Arrays:
    """Copies of all arrays whose key starts with ``prefix/``, by the rest of the key."""
    start, arrays = len(prefix) + 1, _arrays()
    return {key[start:]: arrays[key].copy() for key in _keys_below(prefix)}


@functools.cache
def _keys_below(prefix: str) -> list[str]:
    return [key for key in _arrays() if key.startswith(prefix + "/")]


def inputs(case: str) -> Arrays:
    """The inputs of a case, by name."""
    return below(f"inputs/{case}")


def rows(case: str) -> int | None:
    """The number of rows in the batch of a case; None if the case has no batch."""
    named = inputs(case)
    return next((len(named[name]) for name in ("dout", "x", "p") if name in named), None)


def expected(task: str, case: str) -> Arrays:
    """The right outputs of a task on a case, by name."""
    return below(f"expected/{task}/{case}")


def moments(case: str) -> Arrays:
    """The averages m and v of adam after each step of a case, by name: shape (steps, *w.shape)."""
    return below(f"moments/{case}")


def other_default(name: str, number: float) -> np.ndarray:
    """What adam returns on the case "adam_default" if one of its defaults is another number: next_w after each step."""
    return below(f"other_default/{name}")[f"{number:g}"]


def fingerprints(task: str) -> Arrays:
    """The signatures of a task's known mistakes: ``"mistake/variant"`` to a float32 vector."""
    return below(f"mistakes/{task}")


@functools.cache
def _mistakes() -> dict[str, dict[str, dict[str, str]]]:
    """The content of ``mistakes.json``: two tables of sentences."""
    return json.loads(MISTAKES.read_text(encoding="utf-8"))


def sentences() -> dict[str, dict[str, str]]:
    """What a tutor says about each mistake if it is the only one in an answer: ``{task: {mistake: sentence}}``."""
    return _mistakes()["sentences"]


def sentence_beside_others(task: str, mistake: str) -> str:
    """What a tutor says about a mistake if the answer has other mistakes too."""
    return _mistakes()["beside_others"].get(task, {}).get(mistake, sentences()[task][mistake])
