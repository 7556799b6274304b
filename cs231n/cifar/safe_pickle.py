"""Read CIFAR-10's pickles without running any code from them.

A pickle is a program: it may import any function and call it. It is not safe to allow only ``numpy.dtype`` and
``ndarray`` either, since a forged dtype makes NumPy read bytes as pointers. CIFAR-10's files use five names. For these
names, this module has stand-ins, which can only build arrays of bytes. Every other name is refused, and not imported.
"""

import pickle
from typing import Any, BinaryIO

import numpy as np


class UnsafePickleError(pickle.UnpicklingError, ValueError):
    """The pickle is damaged, or asks for something that CIFAR-10's pickles never ask for. None of its code has run."""


class _Dtype:
    """Stand-in for ``numpy.dtype``. It allows only bytes, ``u1``, since CIFAR-10 has no other arrays."""

    def __init__(self, code: Any, align: Any = False, copy: Any = False) -> None:
        if code not in ("u1", b"u1"):
            raise UnsafePickleError(f"holds an array of type {code!r}; CIFAR-10's are bytes, 'u1'")

    def __setstate__(self, state: Any) -> None:
        """Ignore the byte order and the flags. Bytes need neither, and forged flags would be an attack."""


class _Array:
    """Stand-in for ``numpy.core.multiarray._reconstruct`` and for the array that it returns."""

    def __init__(self, subtype: Any, shape: Any, typecode: Any) -> None:
        self.array: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, content = state
        if not isinstance(dtype, _Dtype):
            raise UnsafePickleError("holds an array without a type")
        content = content.encode("latin1") if isinstance(content, str) else content
        self.array = np.frombuffer(content, dtype=np.uint8).reshape(shape, order="F" if fortran else "C")


class _Encode:
    """Stand-in for ``_codecs.encode``, which Python 3 uses for bytes in protocol 2."""

    def __new__(cls, text: Any, encoding: Any) -> Any:
        if not isinstance(text, str) or encoding != "latin1":
            raise UnsafePickleError("encodes something else than bytes")
        return text.encode("latin1")

    def __setstate__(self, state: Any) -> None:
        """Do nothing. Without this method, a pickle could set attributes of the class."""


STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): "numpy.ndarray",  # an argument of _reconstruct, never called
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Encode,
}


class _Unpickler(pickle.Unpickler):
    """An unpickler that knows only the stand-ins."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in STAND_INS:
            raise UnsafePickleError(f"asks for {module}.{name}, which CIFAR-10's files never do; it was not run")
        return STAND_INS[module, name]


def load_pickle(f: BinaryIO) -> Any:
    """Read one of CIFAR-10's pickles (CS231n's function of this name, made safe).

    Arguments:
        f: the file, open for reading bytes. It may come from Python 2, like CIFAR-10's own files, or from Python 3 in
            protocol 2 to 4.

    Returns:
        The pickled value. For a batch it is a dictionary with ``data``, uint8 (N, 3072), ``labels``, a list of N
        numbers, and texts. Strings of Python 2 are decoded as Latin-1.

    Raises:
        UnsafePickleError (a ``pickle.UnpicklingError`` and a ``ValueError``): if the file is damaged, has arrays of
            other types, or asks for any other name. Nothing from it is imported or run.
    """
    where = getattr(f, "name", "the pickle")
    try:
        content = _Unpickler(f, encoding="latin1").load()
        if isinstance(content, dict):
            return {key: _unwrap_array(value) for key, value in content.items()}
        return _unwrap_array(content)
    except UnsafePickleError as error:
        raise UnsafePickleError(f"{where} {error}") from None
    except Exception as error:  # a damaged pickle may raise nearly any error
        problem = f"{where} is not a whole pickle of CIFAR-10 ({type(error).__name__}: {error})"
        raise UnsafePickleError(problem) from None


def _unwrap_array(value: Any) -> Any:
    """Replace a stand-in for an array by a writeable array. Return any other value unchanged."""
    if not isinstance(value, _Array):
        return value
    if value.array is None:
        raise UnsafePickleError("holds an array without content")
    return value.array.copy()
