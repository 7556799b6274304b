"""A record that is written inside the box and read back outside is judged as if there were no wall between."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n.assignment.actions import TASKS
from cs231n.assignment.assess import assess
from cs231n.assignment.cases.recorded import NOT_RUN, Odd, Parts, Record
from cs231n.assignment.record import record
from cs231n.grading.judging.boxes.inside import record_lines
from cs231n.grading.judging.boxes.inside.record_lines import MAX_LINE, RecordWriter
from cs231n.grading.judging.recorded.records_file import read_records
from cs231n.grading.judging.recorded.vouched import vouch
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import forward_for, mistaken
from tests.helpers.answers import STYLES, compiled
from tests.helpers.edited_answers import copy_of
from tests.helpers.paths import ROOT


def write(task, function):
    """Record a function as in the box. Return the record itself, and the lines that were written."""
    lines = []
    writer = RecordWriter(task, lines.append)
    record(task, function, into=writer)
    return writer, b"".join(lines)


def with_forward(task, function):
    forward = forward_for(task)
    if forward is not None:
        function.__globals__.setdefault(forward.__name__, forward)
    return function


def require_same_judgement(one: Record, other: Record):
    first, second = assess(one), assess(other)
    assert second.lines == first.lines and second.failed == first.failed and second.mistakes == first.mistakes
    assert second.is_python_error == first.is_python_error and (second.example is None) == (first.example is None)
    if first.example:
        assert second.example.inputs == first.example.inputs and second.example.name == first.example.name
        for name in ("got", "want"):
            assert np.array_equal(getattr(second.example, name), getattr(first.example, name), equal_nan=True)


@pytest.mark.parametrize("function", STYLES)
def test_right_answers_come_back_the_same(function):
    task = function.__name__
    found, lines = write(task, with_forward(task, function))
    assert assess(found).failed is None
    require_same_judgement(found, read_records(lines)[task])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.slow
def test_known_mistakes_come_back_the_same(task):
    for mistake in MISTAKES:
        for edits in mistake.variants if mistake.task == task else ():
            found, lines = write(task, with_forward(task, mistaken(mistake, edits)))
            assert assess(found).failed
            require_same_judgement(found, read_records(lines)[task])


@pytest.mark.parametrize("task", TASKS)
def test_record_may_end_after_any_line(task):
    """As after the death of the kernel: nothing is praised that was not run, and nothing fails in the grader."""
    _, lines = write(task, copy_of(task))
    whole = lines.split(b"\n")
    for end in range(2, len(whole), 2):
        for left in read_records(b"\n".join(whole[:end])).values():
            said = assess(left)
            assert said.mistakes == []
            assert not any(line.startswith(("This looks like", "Where")) for line in said.lines)
            assert said.failed is None or NOT_RUN.message in "\n".join(said.lines), said.lines
            if said.failed is None:
                assert end > len(whole) / 2 and not any("FAIL" in line for line in said.lines)


def test_later_line_replaces_an_earlier_one():
    _, first = write("softmax", copy_of("softmax"))
    _, second = write("softmax", compiled("def softmax(x):\n    return x", "softmax"))
    assert assess(read_records(first + second)["softmax"]).failed
    assert assess(read_records(second + first)["softmax"]).failed is None


def test_writer_is_imported_by_its_bare_name_in_the_box():
    code = "import record_lines, sys; assert not any('grading' in name for name in sys.modules)"
    path = os.pathsep.join((str(Path(record_lines.__file__).parent), str(ROOT)))
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": path})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_lines_survive_the_death_of_the_process():
    read, written = os.pipe()
    child = os.fork()
    if not child:
        function = compiled(
            "def softmax(x):\n    if x.shape == (6, 3):\n        os._exit(9)\n    return x", "softmax", os=os
        )
        record("softmax", function, into=RecordWriter("softmax", lambda line: os.write(written, line)))
        os._exit(0)
    os.close(written)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with open(read, "rb") as file:
        found = read_records(file.read())["softmax"]
    assert "scores_plain" in found.calls and found.calls["scores_row_offsets"].raised == NOT_RUN
    assert assess(found).failed


def returned_by(result, **names):
    function = compiled(f"def softmax(x):\n    return {result}", "softmax", **names)
    _, lines = write("softmax", function)
    return read_records(lines)["softmax"].calls["scores_plain"].returned


class Text(str):
    """A text that lies about itself."""

    def __str__(self):
        raise KeyboardInterrupt

    __getitem__ = encode = __iter__ = __len__ = __str__


@pytest.mark.parametrize(
    "result, plain",
    [
        ("None", None), ("True", True), ("-7", -7), ("2.5", 2.5), ("10**30", Odd("int")), ("1j", Odd("complex")),
        ("[1, (2, None)]", Parts("list", {0: 1, 1: Parts("tuple", {0: 2, 1: None})})),
        ("{'a': 1, 2: np.True_}", Parts("dict", {"a": 1, 2: np.True_})),
        ("{Text('a'): 1}", Parts("dict", {"<Text>": 1})),
        ("np.zeros(30_000)", Odd("ndarray")), ("np.float16(0.1)", np.float16(0.1)),
        ("['a' * 900]", Parts("list", {0: Odd("str")})),
    ],
)  # fmt: skip
def test_values_come_back_as_they_were(result, plain):
    got = returned_by(result, Text=Text)
    assert got == plain and type(got) is type(plain)


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i1", "<i8", "u1", "u8", "?", "g"])
def test_arrays_come_back_as_they_were(dtype):
    array = np.array([[0, 1, 5], [2, 3, 4]]).astype(dtype).T
    got = returned_by("array", array=array)
    assert np.array_equal(got, array) and got.dtype.kind == array.dtype.kind and got.itemsize <= 8
    odd = np.array([np.nan, np.inf, -np.inf, 5e-324, -0.0])
    assert returned_by("odd", odd=odd).tobytes() == odd.tobytes()


def test_huge_results_do_not_fill_the_file():
    _, lines = write("softmax", compiled("def softmax(x):\n    return [np.zeros(10_000)] * 100", "softmax"))
    assert max(map(len, lines.split(b"\n"))) <= MAX_LINE
    assert isinstance(read_records(lines)["softmax"].calls["scores_plain"].returned, Odd)


@pytest.mark.parametrize("patch", ["json.dumps = None", "json.JSONEncoder.encode = None", "np.asarray = None",
                                   "np.ndarray = np.generic = int", "binascii.b2a_base64 = None"])  # fmt: skip
def test_patched_modules_do_not_stop_the_writer(patch, monkeypatch):
    for target in ("json.dumps", "json.JSONEncoder.encode", "numpy.asarray", "numpy.ndarray", "numpy.generic",
                   "binascii.b2a_base64"):  # fmt: skip
        module, _, name = target.rpartition(".")
        holder = json.JSONEncoder if module == "json.JSONEncoder" else __import__(module)
        monkeypatch.setattr(holder, name, getattr(holder, name))  # put back afterwards
    source = f"import json, binascii\ndef relu_backward(dout, x):\n    {patch}\n    return dout * (x > 0)"
    task = "relu_backward"
    lines = []
    writer = RecordWriter(task, lines.append)
    exec(source, namespace := {"np": np})
    try:
        record(task, namespace[task], into=writer)
    except Exception:  # record itself may need what was patched: what was written before counts
        pass
    monkeypatch.undo()
    assert lines and read_records(b"".join(lines))[task].has_return


def test_writer_that_cannot_write_does_not_stop_the_answer():
    def fail(line):
        raise OSError("bad file descriptor")

    found = record("softmax", copy_of("softmax"), into=RecordWriter("softmax", fail))
    assert assess(found).failed is None


# --- hostile lines ------------------------------------------------------------------------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
PIECES = st.sampled_from(
    ["array", "parts", "odd", "scalar", "dict", "list", "f8", "b1", "AAAAAAAAAAA=", "AA==", 0, 1, -1, 10**9, 10**30, [],
     [1], [0, 20_000], [2**62, 2**62], {}, None, True, float("nan"), "x", "returned", ["odd", "a", "b"],
     ["scalar", "f8", [], "AAAAAAAA+H8="], ["array", "f8", [0], ""], ["parts", "tuple", [[0, None], [1, None]]]]
)  # fmt: skip
VALID = {task: [line for line in write(task, copy_of(task))[1].split(b"\n") if line] for task in TASKS}


def replace_somewhere(data, value, new):
    """Replace one part of a JSON value, at any depth, by something new."""
    if isinstance(value, (list, dict)) and value and data.draw(st.integers(0, 4)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = data.draw(st.sampled_from(list(keys)))
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[key] = replace_somewhere(data, value[key], new)
        return copy
    return new


@settings(deadline=None, max_examples=300)
@given(st.data())
@pytest.mark.slow
def test_edited_lines_are_read_without_an_error_and_can_be_judged(data):
    task = data.draw(st.sampled_from(list(TASKS)))
    lines = [json.loads(line) for line in VALID[task]]
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = replace_somewhere(data, lines[place], data.draw(PIECES | JUNK))
    for found in read_records(b"\n".join(json.dumps(line).encode() for line in lines)).values():
        assess(found)
        assess(vouch(found, {"x"}, ()))


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200) | st.lists(JUNK.map(json.dumps).map(str.encode), max_size=4).map(b"\n".join))
def test_junk_is_ignored(content):
    assert read_records(content) == {}


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"task":' * 50_000, b"9" * 200_000, b"\n" * 10**7, b"[1e9999]", b"\xff\xfe\x00", b"{}"],
)
def test_breaking_lines_are_ignored(content):
    assert read_records(content) == {}


def test_only_the_beginning_of_a_huge_file_is_read():
    _, lines = write("softmax", copy_of("softmax"))
    assert read_records(b" " * 5 * 2**20 + lines) == {}
    assert "softmax" in read_records(lines + b" " * 5 * 2**20)
