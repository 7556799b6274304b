"""Read CIFAR-10's pickles without running any code from them.

A pickle is a program: it may import any function and call it. It is not safe to allow only ``numpy.dtype`` and
``ndarray`` either, since a forged dtype makes NumPy read bytes as pointers. CIFAR-10's files use five names. For these
names, this module has stand-ins, which can only build arrays of bytes. Every other name is refused, and not imported.

Nine bytes may ask Python's unpickler for two gigabytes: a place of 2**28 in its memory, or a length beyond the file. So
this module reads the instructions with `pickletools`, which takes nothing that the file does not hold, and carries them
out itself. It knows only the instructions that such files need, and it does no more work than an honest file asks for.
"""

import pickle
import pickletools
import reprlib
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

MAX_BYTES = 64 * 2**20  # CIFAR-10's largest pickle has 31 MB; Python 3 may write it with up to twice as many
MAX_INSTRUCTIONS = 400_000  # a file with 10,000 images has 40,000, or 110,000 with its names as bytes in protocol 2


class UnsafePickleError(pickle.UnpicklingError, ValueError):
    """The pickle is damaged, or asks for something that CIFAR-10's pickles never ask for. None of its code has run."""


class _Dtype:
    """Stand-in for ``numpy.dtype``. It allows only bytes, ``u1``, since CIFAR-10 has no other arrays."""

    def __init__(self, code: Any, align: Any = False, copy: Any = False) -> None:
        if code not in ("u1", b"u1"):
            raise UnsafePickleError(f"holds an array of type {reprlib.repr(code)}; CIFAR-10's are bytes, 'u1'")

    def set_state(self, state: Any) -> int:
        """Ignore the byte order and the flags. Bytes need neither, and forged flags would be an attack."""
        return 0


class _Array:
    """Stand-in for ``numpy.core.multiarray._reconstruct`` and for the array that it returns."""

    def __init__(self, subtype: Any, shape: Any, typecode: Any) -> None:
        self.array: np.ndarray | None = None

    def set_state(self, state: Any) -> int:
        """Make the array, writeable. Return the number of its bytes."""
        _, shape, dtype, fortran, content = state
        if not isinstance(dtype, _Dtype):
            raise UnsafePickleError("holds an array without a type")
        writeable = bytearray(content, "latin1") if isinstance(content, str) else bytearray(memoryview(content))
        array: np.ndarray = np.frombuffer(writeable, dtype=np.uint8)
        self.array = array.reshape(shape, order="F" if fortran else "C")
        return array.size


def _encode(text: Any, encoding: Any) -> bytes:
    """Stand-in for ``_codecs.encode``, which Python 3 uses for bytes in protocol 2."""
    if not isinstance(text, str) or encoding != "latin1":
        raise UnsafePickleError("encodes something else than bytes")
    return text.encode("latin1")


STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): "numpy.ndarray",  # an argument of _reconstruct, never called
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
}


class _BoundedFile:
    """A file of which nobody reads more than MAX_BYTES, whatever length the pickle names."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.taken = file, 0

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes, as `BinaryIO.read` does."""
        return self._count(self.file.read(min(size, MAX_BYTES + 1 - self.taken)))

    def readline(self) -> bytes:
        """Read a line, as `BinaryIO.readline` does."""
        return self._count(self.file.readline(MAX_BYTES + 1 - self.taken))

    def _count(self, content: bytes) -> bytes:
        self.taken += len(content)
        if self.taken > MAX_BYTES:
            raise UnsafePickleError(f"has more than {MAX_BYTES} bytes, which CIFAR-10's files never have")
        return content


class _Machine:
    """Carries out the instructions of one pickle. The comments of Python's ``pickletools.py`` explain each of them."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = _BoundedFile(file)
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memory: dict[int, Any] = {}
        self.made = 0  # how many bytes the stand-ins have made

    def run(self) -> Any:
        """Return the pickled value. Raise nearly any error if the pickle is damaged."""
        instructions = pickletools.genops(self.file)  # type: ignore[arg-type]
        for number, (instruction, argument, _) in enumerate(instructions):
            if number >= MAX_INSTRUCTIONS:
                raise UnsafePickleError(f"has over {MAX_INSTRUCTIONS} instructions, which CIFAR-10's files never have")
            if instruction.name in PUSHING:
                self.stack.append(argument)
            elif instruction.name not in ACTIONS:
                raise UnsafePickleError(f"has the instruction {instruction.name}, which CIFAR-10's files never have")
            else:
                ACTIONS[instruction.name](self, argument)
        return self.stack.pop()

    def pop_items(self) -> list[Any]:
        """Take what lies above the last mark."""
        at = self.marks.pop()
        items = self.stack[at:]
        del self.stack[at:]
        return items

    def pop(self, n: int) -> list[Any]:
        """Take the last n values."""
        items = [self.stack.pop() for _ in range(n)]
        return items[::-1]

    def keep(self, place: int) -> None:
        """Keep the value on top of the stack in the memory. Pickles number their places one by one."""
        if not 0 <= place <= MAX_INSTRUCTIONS:
            raise UnsafePickleError("uses a place in the memory that CIFAR-10's files never use")
        self.memory[place] = self.stack[-1]

    def append(self, items: list[Any]) -> None:
        """Append items to the list on the stack."""
        if type(self.stack[-1]) is not list:
            raise UnsafePickleError("appends to something else than a list")
        self.stack[-1].extend(items)

    def set(self, items: list[Any]) -> None:
        """Set keys and values in the dictionary on the stack."""
        if type(self.stack[-1]) is not dict or not all(type(key) in (str, bytes) for key in items[::2]):
            raise UnsafePickleError("sets a key that is no text")  # the hash of nested tuples may take for ever
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def make_dict(self, items: list[Any]) -> None:
        """Push a dictionary of keys and values."""
        self.stack.append({})
        self.set(items)

    def find(self, module: Any, name: Any) -> None:
        """Push the stand-in for a name."""
        known = STAND_INS.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None
        if known is None:
            asked = ".".join(part if isinstance(part, str) else reprlib.repr(part) for part in (module, name))[:200]
            raise UnsafePickleError(f"asks for {asked}, which CIFAR-10's files never do; it was not run")
        self.stack.append(known)

    def call(self, function: Any, arguments: Any) -> None:
        """Call a stand-in and push the result."""
        if function not in (_Array, _Dtype, _encode) or type(arguments) is not tuple:
            raise UnsafePickleError("calls something that cannot be called")
        if function is _encode:
            self.stack.append(_encode(*arguments))
            self.spend(len(self.stack[-1]))
        else:
            self.stack.append(function(*arguments))

    def build(self, state: Any) -> None:
        """Give the stand-in on the stack its state."""
        if type(self.stack[-1]) not in (_Array, _Dtype):
            raise UnsafePickleError("sets the state of something that has none")
        self.spend(self.stack[-1].set_state(state))

    def spend(self, size: int) -> None:
        """Refuse to make the same bytes again and again. An honest file makes each byte once or twice."""
        self.made += size
        if self.made > 3 * self.file.taken:
            raise UnsafePickleError("makes more bytes than it holds")


PUSHING = frozenset(
    """
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE
    SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8
""".split()
)  # these instructions push their argument
ACTIONS: dict[str, Callable[[_Machine, Any], Any]] = {
    "PROTO": lambda machine, version: None,
    "FRAME": lambda machine, size: None,
    "STOP": lambda machine, _: None,
    "NONE": lambda machine, _: machine.stack.append(None),
    "NEWTRUE": lambda machine, _: machine.stack.append(True),
    "NEWFALSE": lambda machine, _: machine.stack.append(False),
    "EMPTY_TUPLE": lambda machine, _: machine.stack.append(()),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.pop_items())),
    "TUPLE1": lambda machine, _: machine.stack.append(tuple(machine.pop(1))),
    "TUPLE2": lambda machine, _: machine.stack.append(tuple(machine.pop(2))),
    "TUPLE3": lambda machine, _: machine.stack.append(tuple(machine.pop(3))),
    "LIST": lambda machine, _: machine.stack.append(machine.pop_items()),
    "APPEND": lambda machine, _: machine.append(machine.pop(1)),
    "APPENDS": lambda machine, _: machine.append(machine.pop_items()),
    "DICT": lambda machine, _: machine.make_dict(machine.pop_items()),
    "SETITEM": lambda machine, _: machine.set(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.set(machine.pop_items()),
    "PUT": lambda machine, place: machine.keep(place),
    "BINPUT": lambda machine, place: machine.keep(place),
    "LONG_BINPUT": lambda machine, place: machine.keep(place),
    "MEMOIZE": lambda machine, _: machine.keep(len(machine.memory)),
    "GET": lambda machine, place: machine.stack.append(machine.memory[place]),
    "BINGET": lambda machine, place: machine.stack.append(machine.memory[place]),
    "LONG_BINGET": lambda machine, place: machine.stack.append(machine.memory[place]),
    "GLOBAL": lambda machine, path: machine.find(*path.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.find(*machine.pop(2)),
    "REDUCE": lambda machine, _: machine.call(*machine.pop(2)),
    "BUILD": lambda machine, _: machine.build(*machine.pop(1)),
}


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
        content = _Machine(f).run()
        if isinstance(content, dict):
            return {key: _unwrap_array(value) for key, value in content.items()}
        return _unwrap_array(content)
    except UnsafePickleError as error:
        raise UnsafePickleError(f"{where} {error}") from None
    except Exception as error:  # a damaged pickle may raise nearly any error
        problem = f"{where} is not a whole pickle of CIFAR-10 ({type(error).__name__}: {str(error)[:200]})"
        raise UnsafePickleError(problem) from None


def _unwrap_array(value: Any) -> Any:
    """Replace a stand-in for an array by the array. Return any other value unchanged."""
    if not isinstance(value, _Array):
        return value
    if value.array is None:
        raise UnsafePickleError("holds an array without content")
    return value.array
