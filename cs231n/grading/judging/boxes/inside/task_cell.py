"""What a task's cell runs in the kernel: it calls the answer, publishes digits for nbval, and writes a record.

The digits earn the points. The record is for the words on the feedback page: `assess` judges it outside of the box. It
goes, call by call, to a file that was opened outside. So it is there even if the kernel dies.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from IPython import get_ipython
from IPython.utils.capture import capture_output
from mime import MIME
from probe_calls import Calls, decode, digits, make_probe_id
from record_lines import RecordWriter
from stepping import share_stepped

from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.cases.recorded import Call
from cs231n.assignment.record import record

MAX_REASON = 60  # characters of what is published in place of digits
_write, _environment, _sleep = os.write, os.environ, time.sleep  # now, since a student may patch the modules


def run(namespace: dict[str, Any], spec: dict[str, Any]) -> None:
    """Judge an answer in a kernel. A task's cell calls this function.

    Arguments:
        namespace: the notebook's global names.
        spec: a dictionary with ``task``; ``forward`` (the task of its forward pass, or None); ``variants``
            (``"plain"``, or ``"own"`` and ``"documented"``: which cache a backward pass gets); ``calls`` and ``items``,
            see `probe_calls`; ``skip`` (ids of probes that are left out); ``stepping`` (name of the call in which the
            answer is watched, or None); ``record`` (whether check's record is wanted); and ``pause`` (seconds to wait
            after each probe).
    """
    task, function = spec["task"], namespace.get(spec["task"])
    writer = RecordWriter(task, _append)
    if not callable(function):
        writer.note("is_missing", True)
        return
    forward = namespace.get(spec["forward"])
    for variant in spec["variants"]:
        note = partial(_note_call, writer, variant)
        calls = Calls(task, function, forward, variant == "documented", spec["calls"], note)
        for item in spec["items"]:
            name = make_probe_id(task, item["number"], variant)
            if name not in spec["skip"]:
                _publish(name, _show(partial(digits, calls, item)))
                _sleep(spec["pause"])
    if spec["record"]:
        _attempt(lambda: record(task, function, into=writer))
    if spec["stepping"]:
        share = _attempt(lambda: _watch(spec, function, forward))
        if share is not None:
            writer.note("stepped", share)
    writer.note("complete", True)


def _note_call(writer: RecordWriter, variant: str, name: str, call: Call) -> None:
    writer.probed[f"{variant}/{name}"] = call


def _watch(spec: dict[str, Any], function: Callable, forward: Callable | None) -> float:
    """The largest share of an input's entries that the answer changes one by one, in one of the calls."""
    call = next(call for call in spec["calls"] if call["name"] == spec["stepping"])
    calls = Calls(spec["task"], function, forward, spec["variants"][-1] == "documented", [call])
    return share_stepped(lambda: calls.results(call["name"]), decode(call["inputs"]))


def _show(compute: Callable[[], str]) -> str:
    """What a probe shows: digits, or the first words of the exception that came in their place."""
    with capture_output(), quietly():  # a right answer that warns is right, even where warnings are errors
        try:
            return compute()
        except BaseException as error:
            return type(error).__name__[:MAX_REASON]


def _attempt(action: Callable[[], Any]) -> Any:
    """Run an action quietly. None if it ends in an exception."""
    with capture_output(), quietly():
        try:
            return action()
        except BaseException:
            return None


def _publish(name: str, text: str) -> None:
    get_ipython().display_pub.publish({MIME + name: text})


def _append(line: bytes) -> None:
    """Append a line to the file of records."""
    target = _environment.get("CS231N_RECORDS", "")
    if target.isdigit():
        _write(int(target), line)
    elif target:
        with open(target, "ab") as file:
            file.write(line)
