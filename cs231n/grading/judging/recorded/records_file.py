"""Reads back the records file, which ``boxes.inside.record_lines`` writes inside the box.

A submission may write lines of its own into the file. So only numbers and short texts of the expected form are
accepted. The texts may still hold anything, see `vouched`.
"""

import binascii
import functools
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....assignment.actions import TASKS
from ....assignment.cases import recorded, stored
from ....assignment.cases.recorded import Call, Calls, Odd, Parts, Points, Raised, Record, RecordedCalls
from ....assignment.cases.tables import NODES, RESULTS
from ....assignment.cases.variants import iterate_calls
from ....assignment.record import POINT_CASES, POINT_INPUTS, list_forward_cases
from ....assignment.saving.installed import FORWARD_OF
from ..boxes.inside.record_lines import (
    CALLS,
    DTYPES,
    LISTS,
    MAX_LINE,
    MAX_NUMBERS,
    MAX_TEXT,
    MAX_WHOLE,
    NOTES,
    SWITCHES,
    TEXTS,
)

MAX_BYTES = 4 * 2**20  # of the file; what comes after them is not read
MAX_AXES = 8  # of an array
ARGUMENTS = ("x", "y", "p", "dout", "cache", "w", "b", "gamma", "beta", "df", "dw", "history")
RESULT_NAMES = {*NODES, *(name for names in RESULTS.values() for name in names)}


@dataclass
class TaskRecord(Record):
    """What a task's cell recorded: check's record of the answer, and what the probes saw.

    Attributes:
        probed: the calls of the probes, by variant and call, such as "own/large eps".
        complete: whether the cell came to its end.
        is_missing: whether no function of the task's name was there.
        stepped: the largest share of an input's entries that the answer changes one by one, see `inside.stepping`.
    """

    probed: Calls = field(default_factory=RecordedCalls)
    complete: bool = False
    is_missing: bool = False
    stepped: float = 0.0


def read_records(lines: bytes) -> dict[str, TaskRecord]:
    """Read the records back, by task. It never raises an exception.

    Arguments:
        lines: the records file's content. Lines that are malformed, and all that does not look like part of a record,
            are ignored.
    """
    records: dict[str, TaskRecord] = {}
    for line in lines[:MAX_BYTES].split(b"\n"):
        if not 0 < len(line) <= MAX_LINE:
            continue
        try:
            _read_line(records, json.loads(line))
        except Exception:  # whatever a forged line may cause, it says nothing
            continue
    return records


def _read_line(records: dict[str, TaskRecord], content: dict[str, Any]) -> None:
    task, field, key, value = (content[name] for name in ("task", "field", "key", "value"))
    if task not in TASKS:
        return
    record = records.get(task) or TaskRecord(task)
    if field == "forward" or field.startswith("forward."):
        if task not in FORWARD_OF:
            return
        record.forward = record.forward or Record(FORWARD_OF[task])
        _read_field(record.forward, field.removeprefix("forward").removeprefix("."), key, value, task)
    elif field == "probed":
        record.probed[_check_text(key)] = _read_call(value)
    elif field in NOTES:
        setattr(record, field, _check(value, NOTES[field]))
    else:
        _read_field(record, field, key, value, task)
    records[task] = record


def _read_field(record: Record, field: str, key: Any, value: Any, owner: str) -> None:
    """Put one line's value into a record.

    Arguments:
        record: is changed.
        field, key, value: from the line.
        owner: the task whose line it is; for the record of a forward pass, that of its backward pass.
    """
    if field == "points":
        _read_points(record.points, record.task, key, value)
    elif field in CALLS:
        if field == "reordered" or key in list_call_names(record.task, owner):
            call = _read_call(value)
            if record.task != "adam" or call.raised or (isinstance(call.returned, Parts) and call.returned.items):
                getattr(record, field)[_check_text(key)] = call  # adam's calls are lists of steps
    elif field in TEXTS:
        setattr(record, field, {_check_text(name): _check_text(text) for name, text in value.items()})
    elif field in LISTS:
        setattr(record, field, [_check_text(text) for text in _check(value, list)])
    elif field in SWITCHES:
        setattr(record, field, _check(value, bool))


@functools.cache
def list_call_names(task: str, owner: str) -> frozenset[str]:
    """The names of the calls that are made for a task, or of its forward pass for another one, the owner."""
    return frozenset(list_forward_cases(task) if owner != task else (name for name, _ in iterate_calls(task, print)))


def _read_points(points: Points, task: str, case: str, value: dict[str, Any]) -> None:
    task = task if task in POINT_CASES else FORWARD_OF[task]
    if case not in POINT_CASES[task]:
        return
    read = {name: _read_value(value[name]) for name in POINT_INPUTS[task]}
    inputs = stored.inputs(case)
    if all(isinstance(read[name], np.ndarray) and read[name].shape == (4, *inputs[name].shape) for name in read):
        points[case] = {name: array.astype(np.float64) for name, array in read.items()}


def _read_call(value: dict[str, Any]) -> Call:
    raised = value["raised"]
    changed, shared = _check(value["changed"], list), _check(value["shared"], list)
    return Call(
        _read_value(value["returned"]),
        dict(_read_items(value["kept"], 0)),
        [name for name in dict.fromkeys(changed) if name in ARGUMENTS],
        [(one, other) for one, other in shared if one in RESULT_NAMES and other in RESULT_NAMES],
        _check(value["shares_dout"], bool),
        None if raised is None else _read_raised(*raised),
    )


def _read_raised(kind: str, message: str, line: str, name: str, is_stub: bool) -> Raised:
    kind, message, line, name = map(_check_text, (kind, message, line, name))
    return Raised(kind, message, line, name, _check(is_stub, bool))


def _read_value(value: Any, depth: int = 0) -> Any:
    """Read a value that `_encode_value` encoded.

    Raises:
        ValueError: if it is anything else. Other exceptions are possible, too.
    """
    if value is None or type(value) in (bool, float):
        return value
    if type(value) is int:
        return value if abs(value) < MAX_WHOLE else Odd("int")
    kind, *content = _check(value, list)
    if kind == "odd":
        return Odd(_check_text(content[0]), _check_text(content[1]))
    if kind == "parts" and content[0] in ("tuple", "list", "dict"):
        items = _read_items(content[1], depth)
        return Parts(content[0], dict(items) if content[0] == "dict" else dict(enumerate(part for _, part in items)))
    if kind in ("array", "scalar"):
        array = _read_array(*content)
        return array if kind == "array" else array[()]
    raise ValueError("no value of a record")


def _read_array(dtype: str, shape: list[int], text: str) -> np.ndarray:
    if dtype not in DTYPES or len(shape) > MAX_AXES:
        raise ValueError("no array of a record")
    if not all(type(length) is int and 0 <= length <= MAX_NUMBERS for length in shape):
        raise ValueError("no shape")
    content = binascii.a2b_base64(text, strict_mode=True)
    array = np.frombuffer(content, dtype="u1" if dtype == "b1" else f"<{dtype}")
    array = array != 0 if dtype == "b1" else array.astype(dtype)  # a copy, in this machine's order of bytes
    return array.reshape(shape)


def _read_items(items: list, depth: int) -> list[tuple[Any, Any]]:
    if depth > recorded.MAX_DEPTH or len(items) > recorded.MAX_PARTS:
        raise ValueError("too deep, or too long")
    return [(key if type(key) is int else _check_text(key), _read_value(part, depth + 1)) for key, part in items]


def _check(value: Any, kind: type) -> Any:
    """Return a value that is of exactly this type."""
    if type(value) is not kind:
        raise ValueError(f"not of type {kind.__name__}")
    return value


def _check_text(value: Any) -> str:
    if type(value) is not str or len(value) > MAX_TEXT:
        raise ValueError("no text, or too long")
    return value
