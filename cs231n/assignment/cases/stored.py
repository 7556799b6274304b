"""The committed data of check(): fixed inputs, right outputs, and the outputs of known mistakes.

Nothing here calls the rest of ``cs231n``: that may hold stubs, or the student's own installed answers.
``cs231n.grading.mistakes.fingerprints`` writes the files.
"""

import functools
import json
from pathlib import Path

import numpy as np

EXPECTED = Path(__file__).with_name("expected.npz")
MISTAKES = Path(__file__).with_name("mistakes.json")


def pack(arrays):
    """Many small arrays as three: a file of hundreds of members would be mostly headers.

    Arguments:
        arrays: dictionary from a key with slashes in it to a float64, int64 or float32 array.

    Returns:
        A dictionary for ``np.savez``: ``index`` (JSON: key to shape, type and offset), ``wide`` (float64), ``narrow``
        (float32).
    """
    index, wide, narrow = {}, [], []
    for key, array in arrays.items():
        pool = narrow if array.dtype == np.float32 else wide
        index[key] = [list(array.shape), array.dtype.name, sum(map(len, pool))]
        pool.append(array.ravel())
    return {
        "index": np.frombuffer(json.dumps(index).encode(), dtype=np.uint8),
        "wide": np.concatenate(wide).astype(np.float64),
        "narrow": np.concatenate([*narrow, np.zeros(0, np.float32)]),
    }


def unpack(packed):
    """The dictionary of arrays that `pack` was given."""
    arrays, wide, narrow = {}, packed["wide"], packed["narrow"]  # read once: every look into a file unpacks it again
    for key, (shape, dtype, start) in json.loads(packed["index"].tobytes()).items():
        pool = narrow if dtype == "float32" else wide
        arrays[key] = pool[start : start + int(np.prod(shape))].reshape(shape).astype(dtype)
    return arrays


@functools.cache
def _arrays():
    if not EXPECTED.exists():  # the very first build
        return {}
    with np.load(EXPECTED) as packed:
        return unpack(packed)


def add(arrays):
    """Put arrays in place of those that were read from the file, in memory: for the build, which makes the file."""
    _arrays().clear()
    _arrays().update(arrays)
    _keys_below.cache_clear()


def forget():
    """Read the files again when they are next needed."""
    _arrays.cache_clear()
    _keys_below.cache_clear()
    _mistakes.cache_clear()


def below(prefix):
    """All arrays whose key begins with ``prefix/``, by the rest of the key; fresh copies."""
    start, arrays = len(prefix) + 1, _arrays()
    return {key[start:]: arrays[key].copy() for key in _keys_below(prefix)}


@functools.cache
def _keys_below(prefix):
    return [key for key in _arrays() if key.startswith(prefix + "/")]


def inputs(case):
    """The inputs of a case, by name."""
    return below(f"inputs/{case}")


def rows(case):
    """How many rows the batch of a case has; None for a case without one."""
    named = inputs(case)
    return next((len(named[name]) for name in ("dout", "x", "p") if name in named), None)


def expected(task, case):
    """The right outputs of a task on a case, by name."""
    return below(f"expected/{task}/{case}")


def fingerprints(task):
    """The outputs of a task's known mistakes: ``"mistake/variant"`` to one float32 vector."""
    return below(f"mistakes/{task}")


@functools.cache
def _mistakes() -> dict[str, dict[str, dict[str, str]]]:
    """The content of ``mistakes.json``: two tables of sentences."""
    return json.loads(MISTAKES.read_text(encoding="utf-8"))


def sentences() -> dict[str, dict[str, str]]:
    """What a tutor says about each mistake, if it is the only one in an answer: ``{task: {mistake: sentence}}``."""
    return _mistakes()["sentences"]


def sentence_beside_others(task: str, mistake: str) -> str:
    """What a tutor says about a mistake if the answer has other mistakes too."""
    return _mistakes()["beside_others"].get(task, {}).get(mistake, sentences()[task][mistake])
