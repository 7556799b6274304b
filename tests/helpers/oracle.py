"""For the tests of the layers: gradients by autograd, closeness of arrays, and arrays that cannot be written to."""

import autograd.numpy as anp
import numpy as np
from autograd import grad

TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-4}


def vjp(f, dout, *args):
    """The gradient of sum(f(*args) * dout) with respect to every argument, by autograd, in float64."""
    args = [np.asarray(a, dtype=np.float64) for a in args]
    dout = np.asarray(dout, dtype=np.float64)
    return grad(lambda *a: anp.sum(f(*a) * dout), argnum=tuple(range(len(args))))(*args)


def assert_close(actual, expected, name="", dtype=np.float64):
    """Assert the expected shape, the dtype, and an error below TOLERANCE, relative to 1 + the norm of ``expected``."""
    assert actual.shape == np.shape(expected), name
    assert actual.dtype == dtype, name
    error = np.linalg.norm(actual - expected) / (1 + np.linalg.norm(expected))
    assert error < TOLERANCE[np.dtype(dtype)], f"{name}: off by {error:.1e}"


def arrays_in(value):
    """All arrays inside nested tuples, lists and dictionaries."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [a for v in value for a in arrays_in(v)] if isinstance(value, (tuple, list)) else []


def read_only(value):
    """The same value with all its arrays made read-only. A function that writes to them raises ValueError."""
    for array in arrays_in(value):
        array.flags.writeable = False
    return value
