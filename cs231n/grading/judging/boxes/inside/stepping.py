"""Tell by what an answer does, not by names, that it differentiates numerically.

Whoever differentiates numerically evaluates a function at many points near one point: each has one entry changed, a
step. So the answer is called once more under a trace function, which looks at the arrays in the local variables after
every line. Another name, an import in disguise or a tool of the student's own changes nothing in that.

A loop that fills its result entry by entry makes such a step once only: after the second entry, two entries differ.

This code runs inside the box.
"""

import contextlib
import os
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

LIMIT = 0.5  # a share above it means numerical differentiation
MAX_EVENTS = 200_000  # of the trace; then the call is ended
MAX_SECONDS = 1.0  # of processor time
MAX_SIZE = 20_000  # entries of an array that is looked at
MAX_PARTS = 32  # parts of a list, dictionary or object that are looked at
MAX_POINTS = 40  # starting points for arrays of one size
MAX_VALUES = 8  # different lengths of steps from one point
MIN_SIZE = 3  # entries of an array whose share says something
MAX_FORWARD_CALLS = 3  # of a forward pass at different points, during a backward pass
SMALL_STEP, ROUNDING = 0.01, 1e-12  # relative to 1 + the entry
PLAIN_TYPES = (int, float, complex, str, type(None), np.generic, type, ModuleType, FunctionType, BuiltinFunctionType)
STANDARD_LIBRARY = sysconfig.get_path("stdlib")
FOREIGN = (os.path.dirname(np.__file__), os.path.dirname(os.path.abspath(__file__)), "<frozen", "<__array_function__")


def share_stepped(call: Callable[[], Any], inputs: dict[str, np.ndarray]) -> float:
    """Call an answer, and measure how much of an input is changed one entry at a time.

    It sees central, forward and unit differences, complex steps and whole rows or columns that are stepped at once; in
    copies, in place, in flat or transposed arrays, in batches of copies, in lists, dictionaries and attributes. It sees
    them around the inputs, and around any array of an input's size that the answer makes itself.

    An answer that knows of it can evade it: by steps along other directions than the entries (then a forward pass that
    is called often tells, if its name is one of the course's), by numbers in place of arrays, by a stepped array that
    has no name (made and used in one expression of NumPy's), by one step of all entries where the function works entry
    by entry (ReLU), in a child process, or in code whose file name is that of NumPy, the standard library or check().
    An answer that switches the trace off gets 1.0.

    Arguments:
        call: makes one call of the answer, with a fresh copy of the inputs. Its result and exceptions are ignored.
        inputs: the arrays that the call works on. Best from 4 x 3 to 8 x 5 entries, of different sizes.

    Returns:
        The largest share (0 to 1) of an array's entries that were stepped on their own. About 1 for a numerical
        gradient, at most 1 / 4 for other answers (see the tests); LIMIT lies between. 1.0 also if a forward pass was
        called at more than MAX_FORWARD_CALLS points.
    """
    watcher = _Watcher(inputs)
    trace = watcher.trace
    before, before_in_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        call()
    except BaseException:  # also _Enough, and whatever the answer raises: its other calls say that
        pass
    finally:
        switched_off = sys.gettrace() is not trace and not watcher.finished
        sys.settrace(before)
        threading.settrace(before_in_threads)
    return 1.0 if switched_off else watcher.share()


class _Enough(BaseException):
    """Ends the traced call: the answer is known, or the time is over."""


class _Point:
    """A point from which steps may be made, and the entries that were stepped.

    Attributes:
        shape: the shape of the array.
        values: its entries, in one row.
        free: True to count steps of any length, False for small ones only.
    """

    def __init__(self, array: np.ndarray, free: bool) -> None:
        self.shape, self.free = array.shape, free
        self.values = np.array(array).ravel()
        self.is_zero = not self.values.any()
        self.stepped: dict[float, np.ndarray] = {}  # which entries, see `note`

    def share(self) -> float:
        """The share of the entries that were stepped."""
        return max((float(np.mean(places)) for places in self.stepped.values()), default=0.0)

    def note(self, flat: np.ndarray) -> bool:
        """Note the step that leads to an array of the same size.

        Steps from zero, or from a vector, count together only if they have the same length. An array that is filled
        with different numbers makes steps of different lengths.

        Returns:
            Whether the array is this point, or a step away.
        """
        places = np.flatnonzero(flat != _values_as(flat.dtype, self.values))
        if len(places) == 0:
            return True
        if len(places) > 1 and not self._is_row_or_column(places):
            return False
        steps = flat[places] - self.values[places]
        size = abs(steps[0])
        if len(places) > 1 and np.max(np.abs(steps - steps[0])) > 1e-3 * size:
            return False
        scale = 1 + abs(self.values[places[0]])
        is_small = size <= SMALL_STEP * scale
        if abs(steps[0].real) <= ROUNDING * scale and not steps[0].imag:
            return True
        if not is_small and (not self.free or len(places) > 1):
            return False
        length = float(f"{size:.2g}") if self.is_zero or len(self.shape) == 1 else 0.0
        if length in self.stepped or len(self.stepped) < MAX_VALUES:
            self.stepped.setdefault(length, np.zeros(len(flat), dtype=bool))[places] = True
        return True

    def note_batch(self, array: np.ndarray) -> None:
        """Note the steps in an array that holds many copies of this point."""
        size, ndim = len(self.values), len(self.shape)
        batches = []
        if array.shape[-ndim:] == self.shape or array.shape[-1] == size:
            batches.append(array.reshape(-1, size))
        if array.shape[:ndim] == self.shape or array.shape[0] == size:
            batches.append(array.reshape(size, -1).T)
        for copies in batches:
            different = np.count_nonzero(copies != _values_as(array.dtype, self.values), axis=1)
            for copy in copies[(different > 0) & (different <= max(self.shape))]:
                self.note(copy)

    def _is_row_or_column(self, places: np.ndarray) -> bool:
        """Whether these entries are exactly one row or one column of the point, seen as a matrix."""
        if len(self.shape) < 2 or self.is_zero:
            return False
        rows, columns = self.shape[0], len(self.values) // self.shape[0]
        gaps = np.diff(places)
        if len(places) == columns and places[0] % columns == 0 and np.all(gaps == 1):
            return True
        return len(places) == rows and places[0] < columns and bool(np.all(gaps == columns))


class _Watcher:
    """The trace function, and what it has seen."""

    def __init__(self, inputs: dict[str, np.ndarray]) -> None:
        self.points: dict[int, list[_Point]] = {}  # by size
        self.matrices: dict[int, np.ndarray] = {}  # the values of these points, a row for each
        self.lengths: set[int] = set()  # of lists that may stand for an array
        self.variables: set[tuple[int, str]] = set()  # whose first values were looked at
        self.seen: set[int] = set()  # hashes of arrays
        self.forward_points: dict[int, set[bytes]] = {}
        import cs231n  # here, since the kernel imports this file first

        calling = (os.path.join(os.path.dirname(cs231n.__file__), name) for name in ("assignment", "guards", "grading"))
        self.foreign_folders, self.foreign = (*FOREIGN, *calling), dict[str, bool]()
        self.events, self.finished, self.end = 0, False, time.process_time() + MAX_SECONDS
        for array in inputs.values():
            if isinstance(array, np.ndarray) and array.dtype.kind == "f" and MIN_SIZE <= array.size <= MAX_SIZE:
                self._add_input(array)

    def _add_input(self, array: np.ndarray) -> None:
        self.lengths |= {len(array), array.size}
        self._add(array, free=array.ndim > 1)
        if array.ndim > 1:
            self._add(array.T, free=True)
            if not any(point.is_zero for point in self.points[array.size]):
                self._add(np.zeros(array.shape), free=True)

    def _add(self, array: np.ndarray, free: bool) -> None:
        points = self.points.setdefault(array.size, [])
        if len(points) < MAX_POINTS:
            points.append(_Point(array, free))
            self.matrices[array.size] = np.array([point.values for point in points])

    def share(self) -> float:
        """The largest share of an array's entries that were stepped, or 1 for many calls of a forward pass."""
        if any(len(points) > MAX_FORWARD_CALLS for points in self.forward_points.values()):
            return 1.0
        return max((point.share() for points in self.points.values() for point in points), default=0.0)

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """The trace function: see `sys.settrace`."""
        if self.finished or (event == "call" and self._is_foreign(frame.f_code)):
            return None
        self.events += 1
        with contextlib.suppress(Exception), np.errstate(all="ignore"):
            self._look_at_frame(frame, event, argument)
        is_over = time.process_time() > self.end or self.events >= MAX_EVENTS
        if is_over or (self.events % 256 == 0 and self.share() >= 1):
            self.finished = True
            raise _Enough
        return self.trace

    def _is_foreign(self, code: CodeType) -> bool:
        """Whether code is NumPy's, the standard library's, or of the part of the course that makes the calls."""
        file = code.co_filename
        if file not in self.foreign:
            is_installed = "site-packages" in file or "dist-packages" in file
            self.foreign[file] = file.startswith(self.foreign_folders) or (
                file.startswith(STANDARD_LIBRARY) and not is_installed
            )
        return self.foreign[file]

    def _look_at_frame(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "return":
            for _, array in self._find_arrays(argument, ""):
                self._look_at(array)
        values = {name: frame.f_globals[name] for name in code.co_names if name in frame.f_globals}
        if frame.f_locals is not frame.f_globals:
            values |= frame.f_locals
        if event == "call" and code.co_argcount and _is_forward(code.co_name):
            self._count_forward(code, values.get(code.co_varnames[0]))
        for name, value in values.items():
            with contextlib.suppress(Exception):  # a student's object may raise at anything
                for path, array in self._find_arrays(value, name):
                    self._look_at_variable((id(code), path), array)

    def _look_at_variable(self, variable: tuple[int, str], array: np.ndarray) -> None:
        """Note the steps that lead to a variable's array. The first one may be a point to step from."""
        is_known = self._look_at(array)
        if variable not in self.variables and len(self.variables) < MAX_EVENTS:
            self.variables.add(variable)
            if not is_known and array.ndim > 1 and array.dtype.kind == "f":
                self._add(array, free=False)

    def _count_forward(self, code: CodeType, x: Any) -> None:
        """Count the points at which a forward pass is called. It must be a whole batch."""
        if isinstance(x, np.ndarray) and x.ndim > 1 and x.size in self.points:
            points = self.forward_points.setdefault(id(code), set())
            if len(points) <= MAX_FORWARD_CALLS:
                points.add(x.tobytes())

    def _find_arrays(self, value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, np.ndarray]]:
        """Find the arrays of numbers in a value, in its parts and in its attributes, each with a path to it."""
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "fciu" and 2 <= value.size <= MAX_SIZE:
                yield path, value.view(np.ndarray)
        elif isinstance(value, PLAIN_TYPES) or depth > 2:
            return
        elif isinstance(value, (list, tuple)):
            if len(value) in self.lengths and isinstance(value[0], (float, list, np.ndarray)):
                with contextlib.suppress(Exception):  # rows of different lengths, or no numbers
                    yield f"{path}[]", np.array(value, dtype=np.float64)
            for number, part in enumerate(value[:MAX_PARTS]):
                yield from self._find_arrays(part, f"{path}[{number}]", depth + 1)
        else:
            parts = value if type(value) is dict else _attributes(value)
            for key, part in list(parts.items())[:MAX_PARTS]:
                if type(key) is str:
                    yield from self._find_arrays(part, f"{path}.{key}", depth + 1)

    def _look_at(self, array: np.ndarray) -> bool:
        """Note the steps that lead to an array. Return whether it is known, a step away, or of another size."""
        key = hash((array.dtype.char, array.shape, array.tobytes()))
        if key in self.seen:
            return True
        self.seen.add(key)
        for size, points in self.points.items():
            if array.size > size and array.size % size == 0:
                for point in points:
                    if not point.is_zero:  # the identity matrix is a batch of steps from zero: it proves nothing
                        point.note_batch(array)
        same_size = self.points.get(array.size)
        if same_size is None:
            return True
        flat = array.ravel()
        different = np.count_nonzero(_values_as(flat.dtype, self.matrices[array.size]) != flat, axis=1)
        near = [point for point, count in zip(same_size, different.tolist()) if count <= max(point.shape)]
        return any([point.note(flat) for point in near])


def _values_as(dtype: np.dtype, values: np.ndarray) -> np.ndarray:
    """The values as an array of this type has them: float32 rounds them."""
    return values.astype(dtype) if dtype.kind == "f" and dtype.itemsize < 8 else values


def _attributes(value: Any) -> dict[str, Any]:
    """The attributes that an object keeps in a dictionary; none if it has no dictionary."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def _is_forward(name: str) -> bool:
    """Whether a function's name is that of a forward pass of the course."""
    return name.endswith("_forward") or name in ("softmax", "softmax_loss")
