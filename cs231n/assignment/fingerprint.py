"""Recognising a known mistake by its effect: the same wrong numbers on the same inputs."""

import zlib

import numpy as np

from . import data
from .runs import CASES, run


def signature(task, function, forward=None):
    """Everything that a function does on the fixed cases of its task, as one float32 vector.

    Per case: shapes and values of all results, then one mark for every input that was written to. A case
    in which the function raises an exception gives a mark for the exception's type.
    """
    return np.concatenate([_signature(task, function, case, forward) for case in CASES[task]]).astype(np.float32)


def _signature(task, function, case, forward):
    try:
        result = run(task, function, case, forward)
        arrays = [np.asarray(value, dtype=np.float64) for value in result.outputs.values()]
    except Exception as error:
        return np.array([-1.0, zlib.crc32(type(error).__name__.encode()) % 100_000])
    pieces = [np.concatenate([[array.ndim], array.shape, array.ravel()]) for array in arrays]
    marks = [float(zlib.crc32(name.encode()) % 1000) for name in sorted(result.changed)]
    return np.concatenate([*pieces, [float(len(marks)), *marks, float(result.shares_dout)]])


def same(signature_a, signature_b):
    """Whether two signatures agree, nan and inf included; an answer may work in float32 inside."""
    if signature_a.shape != signature_b.shape:
        return False
    return bool(np.allclose(signature_a, signature_b, rtol=1e-4, atol=1e-5, equal_nan=True))


SAME_RESULTS = {  # tasks that return the same things on the same cases share their known mistakes
    "batchnorm_backward": ("batchnorm_backward", "batchnorm_backward_alt"),
    "batchnorm_backward_alt": ("batchnorm_backward_alt", "batchnorm_backward"),
}


def recognise(task, function, forward=None):
    """The sentence for the known mistake whose effect a wrong answer has, or None."""
    observed = signature(task, function, forward)
    for table in SAME_RESULTS.get(task, (task,)):
        for key, known in data.fingerprints(table).items():
            if same(observed, known):
                return data.sentences()[table][key.split("/")[0]]
    return None
