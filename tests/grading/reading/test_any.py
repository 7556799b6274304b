"""Test that reading any submission never raises, never hangs, and loses no answer that is still there."""

import json
import os
import subprocess
import sys
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs231n.grading.publishing.paths import ROOT
from cs231n.grading.reading import Cell, Reading, read_in_child, read_submission, reader
from cs231n.grading.reading.submissions import Submission
from tests.helpers.reading_cases import DEMO, ONE, TASKS_OF_ONE, answer, code, find, solved, text, write

pytestmark = pytest.mark.slow

ANSWERS = {task: answer(task) for task in TASKS_OF_ONE}
NAMES = [
    "cells",
    "cell_type",
    "source",
    "metadata",
    "nbgrader",
    "grade_id",
    "id",
    "outputs",
    "worksheets",
    "input",
    "nbformat",
    "nbformat_minor",
    "softmax",
    "code",
    "markdown",
    "def softmax(x):\n    return x",
    "%%time\n",
    "]",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


def make_notebook():
    """Make a solved notebook of its code cells and the text cells about ReLU, with each source as one text."""
    nb = solved()
    nb["cells"] = [cell for cell in nb["cells"] if cell["cell_type"] == "code" or "relu" in text(cell)]
    for cell in nb["cells"]:
        cell["source"] = text(cell)
    return nb


def mutate(nb, data):
    """Change one thing somewhere in a tree of lists and dictionaries, in place."""
    here = nb
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        inner = here[key]
        if not isinstance(inner, list | dict) or not inner or data.draw(st.integers(0, 3)) == 0:
            break
        here = inner
    action = data.draw(st.sampled_from(["replace", "delete", "insert", "double", "swap", "cut"]))
    if action == "delete":
        del here[key]
    elif action == "cut" and isinstance(inner, str) and inner:
        start = data.draw(st.integers(0, len(inner) - 1))
        here[key] = inner[:start] + inner[data.draw(st.integers(start, len(inner))) :]
    elif isinstance(here, list) and action == "double":
        here.insert(data.draw(st.integers(0, len(here))), json.loads(json.dumps(here[key])))
    elif isinstance(here, list) and action == "insert":
        here.insert(key, data.draw(VALUES))
    elif isinstance(here, list) and action == "swap":
        other = data.draw(st.integers(0, len(here) - 1))
        here[key], here[other] = here[other], here[key]
    else:
        here[key] = data.draw(VALUES)


def intact(nb):
    """Return the tasks whose answer cell is still in the notebook, unchanged."""
    cells = nb.get("cells")
    cells = [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []
    sources = [cell.get("source") for cell in cells if cell.get("cell_type") == "code"]
    return [task for task, source in ANSWERS.items() if source in sources]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_no_change_of_a_notebook_raises_or_loses_an_intact_answer(tmp_path_factory, data):
    nb = make_notebook()
    for _ in range(data.draw(st.integers(1, 6))):
        mutate(nb, data)
    folder = write(tmp_path_factory.mktemp("any"), {ONE: json.dumps(nb)})
    reading = read_submission(folder)
    assert "reader-failed" not in reading.flags
    assert Reading.from_json(reading.to_json()) == reading
    assert all(remark.isprintable() for remark in reading.remarks)
    kept = [cell.source for cell in reading.notebooks.get(ONE, [])]
    for task in intact(nb):
        assert task in reading.answered and any(ANSWERS[task] in source for source in kept), task


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(start=st.integers(0, 10**6), length=st.integers(0, 200), new=st.binary(max_size=20))
def test_no_change_of_bytes_raises(tmp_path_factory, start, length, new):
    content = json.dumps(make_notebook(), indent=1).encode()
    start %= len(content)
    folder = write(tmp_path_factory.mktemp("any"), {ONE: content[:start] + new + content[start + length :]})
    reading = read_submission(folder)
    assert "reader-failed" not in reading.flags and (reading.answered or "missing-notebook" in reading.flags)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(start=st.integers(0, 10**6), length=st.integers(0, 9), new=st.binary(max_size=9), end=st.booleans())
def test_no_change_of_a_zips_bytes_raises(tmp_path_factory, start, length, new, end):
    folder = tmp_path_factory.mktemp("any")
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/x.txt", "a/b.ipynb", "c.ipynb"):
            archive.writestr(name, json.dumps({"cells": [code("x = 1")]}))
    content = (folder / "a.zip").read_bytes()
    start = start % len(content) if not end else len(content) - start % 250  # where the list of members is
    (folder / "a.zip").write_bytes(content[:start] + new + content[start + length :])
    reading = read_submission(folder / "a.zip")
    assert "reader-failed" not in reading.flags and reading.notebooks == {}


HARD_SOURCES = {
    "deep brackets": "x = " + "(" * 50_000,
    "deep minus": "x = " + "-" * 5_000 + "1",
    "deep attributes": "x" + ".a" * 20_000,
    "a long sum": "x = " + "+".join("1" * 30_000),
    "a sum that Python reads, but cannot write": "def helper():\n    return " + "+".join("1" * 1_500),
    "deep blocks": "\n".join(" " * i + "if x:" for i in range(99)) + "\n" + " " * 99 + "pass",
    "a null": "x = '\0'",
    "a form feed": "\x0cdef softmax(x):\n    return x\x0c",
    "a huge number": "x = " + "9" * 100_000,
    "only quotes": '"' * 9_999,
    "many percent signs": "%" * 99_999,
    "many blanks": " " * 99_999 + "%",
    "names and commas": "a, " * 30_000,
    "many functions": "def softmax(x): return x\n" * 2_000,
    "many checks": "check(softmax);" * 3_000 + "\ndef softmax(x): return x",
}


@pytest.mark.parametrize("kind", HARD_SOURCES)
def test_hard_sources_neither_raise_nor_take_long(tmp_path, kind):
    nb = solved()
    find(nb, "softmax-loss")["source"] = HARD_SOURCES[kind]
    nb["cells"].append(code(HARD_SOURCES[kind]))
    for name in (DEMO, "three-losses", "guess-raised"):
        find(nb, name)["source"] = HARD_SOURCES[kind]
    start = time.process_time()  # a busy machine makes no difference
    reading = read_submission(write(tmp_path, {ONE: nb}))
    assert time.process_time() - start < 60, "a regular expression that backtracks takes hours"
    assert "reader-failed" not in reading.flags and reading.answered >= set(TASKS_OF_ONE) - {"softmax", "softmax_loss"}


def test_a_bug_of_the_reader_affects_only_that_submission(tmp_path, monkeypatch):
    def fails(*arguments):
        raise KeyError("a fault")

    monkeypatch.setattr(reader, "choose_copy", fails)
    reading = read_submission(write(tmp_path, {ONE: solved()}))
    assert reading.flags == ["reader-failed"] and "KeyError" in reading.remarks[-1]


def test_a_reading_is_the_same_in_a_child_and_its_flags_come_with_it(tmp_path):
    path = write(tmp_path / "Zoë 'quoted' $x", {ONE: solved(), "x.ipynb": "no"})
    expected = read_submission(path)
    reading = read_in_child(Submission("zoe", path, ("same-name",)))
    assert reading.flags == ["same-name", *expected.flags] and reading.remarks == expected.remarks
    assert (reading.notebooks, reading.answered) == (expected.notebooks, expected.answered)
    assert reading.notebooks[ONE][0] == Cell(ANSWERS["softmax"], "softmax")


def test_200_megabytes_of_output_are_read_within_the_limits(tmp_path):
    nb = solved()
    find(nb, DEMO)["outputs"] = ["HERE"]
    before, after = json.dumps(nb).encode().split(b'"HERE"')
    with open(tmp_path / ONE, "wb") as file:
        file.write(before + b'{"output_type": "stream", "name": "stdout", "text": ["x')
        for _ in range(100):
            file.write(b'loss [nan] {"\\u00e9",\\n", "' * 40_000 * 2)
        file.write(b'"]}' + after)
    assert (tmp_path / ONE).stat().st_size > 200e6
    reading = read_in_child(Submission("x", tmp_path))
    assert reading.answered == set(TASKS_OF_ONE) and reading.flags == ["missing-notebook"]


def test_a_submission_that_takes_too_long_is_given_up(tmp_path):
    start = time.perf_counter()
    reading = read_in_child(Submission("x", write(tmp_path, {ONE: solved()})), seconds=0.01)
    assert time.perf_counter() - start < 30, (
        "of the 60 that it may usually take; a busy machine starts a process slowly"
    )
    assert reading.flags == ["reader-failed"] and "longer than 0.01 seconds" in reading.remarks[0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_a_submission_that_takes_too_much_memory_is_given_up(tmp_path):
    memory, small = 8 * 10**8, write(tmp_path / "small", {ONE: solved()})
    assert read_in_child(Submission("x", small), memory=memory).answered == set(TASKS_OF_ONE)
    content = b'{"cells": [], "": "' + b"a" * 150_000_000 + '😀"}'.encode()  # 4 bytes a letter
    large = Submission("x", write(tmp_path / "large", {"a.ipynb": content, ONE: solved()}))
    reading = read_in_child(large, memory=memory)
    assert reading.answered == set(TASKS_OF_ONE) and "unreadable-notebook" in reading.flags
    assert any("a.ipynb" in remark and "too large" in remark for remark in reading.remarks)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no signals here")
def test_a_child_that_nobody_waits_for_ends_by_itself(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    environment = {**os.environ, "READING_SECONDS": "1", "READING_MEMORY": str(2**31)}
    program = (
        "from cs231n.grading.reading import __main__ as child, child_process\n"
        "child_process.read_submission = lambda path: open(path)\n"  # this would wait for ever
        f"child.main({str(tmp_path / 'pipe')!r})"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, timeout=30)
    assert run.returncode != 0


def test_reading_does_not_run_anything(tmp_path):
    nb = solved()
    nb["cells"].append(code(f"open({str(tmp_path / 'ran')!r}, 'w')\n!touch {tmp_path / 'ran'}"))
    read_submission(write(tmp_path / "s", {ONE: nb, "sitecustomize.py": f"open({str(tmp_path / 'ran')!r}, 'w')"}))
    read_in_child(Submission("s", tmp_path / "s"))
    assert not (tmp_path / "ran").exists()
