"""Read CIFAR-10's pickles without running anything that stands in them.

A pickle is a program: it may import any function and call it. An unpickler that allows ``numpy.dtype`` and
``ndarray`` is not safe either, since a forged dtype makes NumPy read bytes as pointers. So the five names that
CIFAR-10's files use are answered by stand-ins from this module, which build arrays of bytes and nothing else.
Every other name is refused before it is imported.
"""

import pickle
from typing import Any, BinaryIO

import numpy as np


class UnsafePickleError(pickle.UnpicklingError, ValueError):
    """A pickle that is damaged, or asks for what CIFAR-10's pickles do not. Nothing of it has run."""


class _Dtype:
    """Stands for ``numpy.dtype``: bytes, ``u1``, are the only numbers in CIFAR-10."""

    def __init__(self, code: Any, align: Any = False, copy: Any = False):
        if code not in ("u1", b"u1"):
            raise UnsafePickleError(f"holds an array of type {code!r}; CIFAR-10's are bytes, 'u1'")

    def __setstate__(self, state: Any) -> None:
        """Ignore the byte order and the flags: bytes need none, and forged flags are the attack."""


class _Array:
    """Stands for ``numpy.core.multiarray._reconstruct`` and for the array that it returns."""

    def __init__(self, subtype: Any, shape: Any, typecode: Any):
        self.array: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, content = state
        if not isinstance(dtype, _Dtype):
            raise UnsafePickleError("holds an array without a type")
        content = content.encode("latin1") if isinstance(content, str) else content
        self.array = np.frombuffer(content, dtype=np.uint8).reshape(shape, order="F" if fortran else "C")


class _Encode:
    """Stands for ``_codecs.encode``, which Python 3 writes for bytes in protocol 2."""

    def __new__(cls, text: Any, encoding: Any) -> Any:
        if not isinstance(text, str) or encoding != "latin1":
            raise UnsafePickleError("encodes something else than bytes")
        return text.encode("latin1")

    def __setstate__(self, state: Any) -> None:
        """Without this method a pickle could set attributes of the class."""


STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): "numpy.ndarray",  # an argument of _reconstruct, never called
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Encode,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in STAND_INS:
            raise UnsafePickleError(f"asks for {module}.{name}, which CIFAR-10's files never do; it was not run")
        return STAND_INS[module, name]


def load_pickle(f: BinaryIO) -> Any:
    """Read one of CIFAR-10's pickles (CS231n's function of this name, made safe).

    Arguments:
        f: the file, open for reading bytes; written by Python 2 (as CIFAR-10's are) or by Python 3 in protocol 2 to 4.

    Returns:
        What was pickled: for a batch a dictionary with ``data``, uint8 (N, 3072), ``labels``, a list of N
        numbers, and texts. Python 2's strings come back as ``str``, decoded as Latin-1.

    Raises:
        UnsafePickleError (a ``pickle.UnpicklingError`` and a ``ValueError``): for a damaged file, arrays of other
            types, and any name outside a short list; nothing of it is imported or run.
    """
    where = getattr(f, "name", "the pickle")
    try:
        content = _Unpickler(f, encoding="latin1").load()
        if isinstance(content, dict):
            return {key: _unwrap_array(value) for key, value in content.items()}
        return _unwrap_array(content)
    except UnsafePickleError as error:
        raise UnsafePickleError(f"{where} {error}") from None
    except Exception as error:  # a damaged pickle raises nearly anything
        problem = f"{where} is not a whole pickle of CIFAR-10 ({type(error).__name__}: {error})"
        raise UnsafePickleError(problem) from None


def _unwrap_array(value: Any) -> Any:
    """The writeable array of a stand-in; anything else as it is."""
    if not isinstance(value, _Array):
        return value
    if value.array is None:
        raise UnsafePickleError("holds an array without content")
    return value.array.copy()
