"""Writes a record as lines of JSON, call by call, inside the box. ``recorded.records_file`` reads them outside.

A line is ``{"task": ..., "field": ..., "key": ..., "value": ...}``. It is written as soon as its part of the record is
known, so that the file holds everything so far if the kernel dies. A later line replaces an earlier one of the same
task, field and key. The fields of the forward pass's record are called ``"forward.calls"`` and ``"forward.points"``.

The student's code runs in the same process, and may write lines of its own.
"""

import binascii
import functools
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n.assignment.cases.recorded import Call, Odd, Parts, Record, RecordedCalls

MAX_LINE = 300_000  # bytes of a line
MAX_NUMBERS = 20_000  # of an array; also the longest of its axes
MAX_TEXT = 500  # characters
MAX_WHOLE = 2**63  # a larger whole number is no number
CALLS = ("calls", "own", "reordered")
TEXTS = ("names_read", "defaults_used")  # dictionaries of texts
LISTS = ("names_kept", "library_calls")  # lists of texts
SWITCHES = ("has_return", "printed")
NOTES = {"complete": bool, "is_missing": bool, "stepped": float}
DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")

# The student's code may replace functions of these modules later. The writer keeps the true ones.
_to_json = json.JSONEncoder().encode
_to_text = binascii.b2a_base64
_array_type, _scalar_type = np.ndarray, np.generic


class _WrittenParts(dict):
    """A dictionary of a record. Every entry is written when it is set."""

    def __init__(self, write_entry: Callable[[str, Any], None]) -> None:
        super().__init__()
        self.write_entry = write_entry

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.write_entry(key, value)


class _WrittenCalls(_WrittenParts, RecordedCalls):
    """The calls of a record. Every call is written when it is set."""


class _WrittenList(list):
    """A list of a record. It is written when it grows."""

    def __init__(self, write_whole: Callable[[list], None]) -> None:
        super().__init__()
        self.write_whole = write_whole

    def append(self, value: Any) -> None:
        super().append(value)
        self.write_whole(self)


class RecordWriter(Record):
    """A record that writes each part of itself as a line when it is set. Pass it to ``record(..., into=...)``.

    Arguments:
        task: the task's name.
        write: function that appends bytes to the records file.
        owner: for the record of a forward pass: the task of the backward pass that it belongs to.
    """

    def __init__(self, task: str, write: Callable[[bytes], Any], owner: str = "") -> None:
        super().__init__(task)
        self._line = functools.partial(_write_line, write, owner or task, "forward." if owner else "")
        for field in CALLS:
            setattr(self, field, _WrittenCalls(functools.partial(self._line, field, _encode_call)))
        self.points = _WrittenParts(functools.partial(self._line, "points", _encode_points))
        self.library_calls = _WrittenList(functools.partial(self._line, "library_calls", _encode_texts, None))
        self.probed = _WrittenCalls(functools.partial(self._line, "probed", _encode_call))  # not part of check's record
        self._write = write  # from now on, fields are written when they are set

    def note(self, name: str, value: bool | float) -> None:
        """Write a note that is not part of check's record: one of NOTES."""
        self._line(name, lambda value: value, None, value)

    def __setattr__(self, name: str, value: Any) -> None:
        write = self.__dict__.get("_write")
        if write is not None and name == "forward" and value is not None:
            self._line("forward", str, None, value.task)
            value = RecordWriter(value.task, write, owner=self.task)
        super().__setattr__(name, value)
        if write is not None and name in (*TEXTS, *LISTS, *SWITCHES):
            self._line(name, _encode_texts, None, value)


def _write_line(
    write: Callable[[bytes], Any], task: str, prefix: str, field: str, encode: Callable, key: str | None, value: Any
) -> None:
    """Write one line. A value that cannot be written is left out: it must not end the student's run."""
    try:
        content = encode(value)
        for short in (False, True):
            if short and isinstance(value, Call):
                content |= {"returned": ["odd", type(value.returned).__name__, ""], "kept": []}
            line = _to_json({"task": task, "field": prefix + field, "key": key, "value": content}).encode()
            if len(line) <= MAX_LINE:
                write(b"\n" + line + b"\n")  # the first newline ends whatever the student's code began to write
                return
    except Exception:
        return


def _encode_call(call: Call) -> dict[str, Any]:
    raised = call.raised
    return {
        "returned": _encode_value(call.returned),
        "kept": _encode_items(call.kept),
        "changed": [_cut(name) for name in call.changed],
        "shared": [[_cut(one), _cut(other)] for one, other in call.shared],
        "shares_dout": bool(call.shares_dout),
        "raised": raised and [*map(_cut, (raised.kind, raised.message, raised.line, raised.name)), raised.is_stub],
    }


def _encode_points(points: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: _encode_value(array) for name, array in points.items()}


def _encode_texts(value: Any) -> Any:
    """Encode a text, a list or dictionary of texts, or a boolean."""
    if isinstance(value, dict):
        return {_cut(key): _cut(text) for key, text in value.items()}
    return [_cut(text) for text in value] if isinstance(value, list) else bool(value)


def _encode_value(value: Any) -> Any:
    """Encode a value that `to_plain` made."""
    if isinstance(value, Parts):
        return ["parts", value.type_name, _encode_items(value.items)]
    if isinstance(value, Odd):
        return ["odd", _cut(value.type_name), _cut(value.dtype)]
    if isinstance(value, (_array_type, _scalar_type)):
        return _encode_array(value)
    if type(value) is int and abs(value) >= MAX_WHOLE:
        return ["odd", "int", ""]
    return value


def _encode_array(value: np.ndarray | np.generic) -> list:
    if value.size > MAX_NUMBERS:
        return ["odd", type(value).__name__, ""]
    dtype = value.dtype.kind + str(value.dtype.itemsize)
    dtype = dtype if dtype in DTYPES else "f8"  # a long double
    kind = "array" if isinstance(value, _array_type) else "scalar"
    return [kind, dtype, list(value.shape), _to_text(value.astype(f"<{dtype}").tobytes(), newline=False).decode()]


def _encode_items(items: dict[Any, Any]) -> list:
    return [[key if type(key) is int else _cut(key), _encode_value(value)] for key, value in items.items()]


def _cut(text: Any) -> str:
    """The beginning of a text, as a plain string; "" for anything else. It calls no method of the student's."""
    return str.__getitem__(text, slice(MAX_TEXT)) if isinstance(text, str) else ""
