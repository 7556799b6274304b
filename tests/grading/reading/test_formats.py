"""Test notebooks in every format and encoding, whole and broken."""

import json
import random

import nbformat
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading.reading import notebook_cells, read_submission
from cs231n.grading.reading.notebook_cells import read_cells, remove_bulk
from cs231n.grading.reading.remarks import Notes
from tests.helpers.reading_cases import (
    DEMO,
    LATER_DEMO,
    ONE,
    PRINTED,
    TASKS_OF_ONE,
    THREE,
    TWO,
    about,
    answer,
    answers,
    code,
    extras,
    find,
    lines,
    quiet,
    read,
    solved,
    write,
)


def test_format_3_as_nbformat_writes_it(tmp_path):
    files = {}
    for name in (ONE, TWO, THREE):
        old = nbformat.convert(nbformat.reads(json.dumps(solved(name)), 4), 3)
        files[name] = nbformat.v3.writes_json(old)
        assert '"worksheets"' in files[name] and '"input"' in files[name]
    reading = read_submission(write(tmp_path, files))
    assert reading.answered == set(TASKS) and reading.remarks == [] and reading.flags == []


@pytest.mark.parametrize("minor", range(5))
def test_formats_4_0_to_4_4_have_no_ids(tmp_path, minor):
    nb = solved()
    nb["nbformat_minor"] = minor
    for cell in nb["cells"]:
        del cell["id"]
    assert quiet(read(tmp_path, nb)) == ([], [])


@pytest.mark.parametrize("version", [(4, 6), (5, 0), (99, None)])
def test_newer_formats_are_tried_and_flagged(tmp_path, version):
    nb = solved()
    nb["nbformat"], nb["nbformat_minor"] = version
    reading = read(tmp_path, nb)
    assert reading.answered == set(TASKS_OF_ONE) and "newer-format" in reading.flags
    assert about(reading, "newer than 4.5")


ENCODINGS = {
    "a byte-order mark": (lambda t: t.encode("utf-8-sig"), 0),
    "UTF-16": (lambda t: t.encode("utf-16"), 1),
    "UTF-16 without a mark": (lambda t: t.encode("utf-16-le"), 1),
    "UTF-16, big end first": (lambda t: t.encode("utf-16-be"), 1),
    "UTF-32": (lambda t: t.encode("utf-32"), 1),
    "Latin-1": (lambda t: t.encode("latin-1"), 1),
    "Windows line ends": (lambda t: t.replace("\n", "\r\n").encode(), 0),
    "half a letter": (lambda t: t.encode().replace("ü".encode(), b"\xc3", 1), 1),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_other_encodings_are_read_and_reported(tmp_path, encoding):
    encode, remarks = ENCODINGS[encoding]
    nb = solved()
    nb["cells"] = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    find(nb, "softmax")["source"] = "# für später\r\n" + answer().replace("\n", "\r\n")
    find(nb, DEMO)["outputs"] = [PRINTED]
    content = json.dumps(nb, indent=1, ensure_ascii=False).encode("latin-1", "replace").decode("latin-1")
    reading = read_submission(write(tmp_path, {ONE: encode(content)}))
    assert reading.answered == set(TASKS_OF_ONE) and "\r" not in answers(reading)["softmax"]
    assert len(quiet(reading)[0]) == remarks
    if encoding != "half a letter":
        assert answers(reading)["softmax"] == "# für später\n" + answer()


BROKEN = {
    "not JSON": b"def softmax(x): return x",
    "HTML": b"<!DOCTYPE html><html>Sign in</html>",
    "0 bytes": b"",
    "blanks": b" \n\n",
    "zeros": bytes(1000),
    "a list": b"[1, 2]",
    "a number": b"3",
    "null": b"null",
    "no cells": b'{"nbformat": 4}',
    "cells are no list": b'{"cells": {"a": 1}, "nbformat": 4}',
    "worksheets are no list": b'{"worksheets": 3, "nbformat": 3}',
    "deep lists": b"[" * 10**6,
    "deep dictionaries": b'{"cells": ' * 10**5,
    "deep, closed": b'{"cells": ' + b"[" * 10**5 + b"]" * 10**5 + b"}",
    "a number of a million digits": b'{"cells": [], "nbformat": ' + b"9" * 10**6 + b"}",
    "cut off": json.dumps({"cells": [code("x = 1")] * 9}).encode()[:-50],
    "cut off in an output": b'{"cells": [{"cell_type": "code", "outputs": [{"text": "abc',
    "control characters": b'{"cells": "\x00\x01"}',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_not_a_notebook_is_reported_and_the_others_are_read(tmp_path, kind):
    reading = read_submission(write(tmp_path, {TWO: BROKEN[kind], ONE: solved()}))
    assert reading.answered == set(TASKS_OF_ONE) and set(reading.notebooks) == {ONE}
    assert len(about(reading, TWO, "hand it in again")) == 1
    assert {"unreadable-notebook", "missing-notebook"} == set(reading.flags)


def damaged(cell_id, **fields):
    """Make a solved notebook and replace fields of one cell. A field with the value `...` is deleted."""
    nb = solved()
    cell = find(nb, cell_id)
    for key, value in fields.items():
        if value is ...:
            del cell[key]
        else:
            cell[key] = value
    return nb


DAMAGED = {
    "source is a number": damaged("softmax", source=3),
    "source is null": damaged("softmax", source=None),
    "source is missing": damaged("softmax", source=...),
    "source holds other things": damaged("softmax", source=["def softmax(x):\n", 3, None, "    return x"]),
    "metadata is null": damaged(DEMO, metadata=None),
    "metadata is a list": damaged(DEMO, metadata=[1]),
    "nbgrader is a text": damaged(DEMO, metadata={"nbgrader": "x"}),
    "grade_id is a list": damaged(DEMO, metadata={"nbgrader": {"grade_id": ["x"]}}),
    "id is a number": damaged(DEMO, id=3),
    "outputs are null": damaged(DEMO, outputs=None),
    "outputs are a text": damaged(DEMO, outputs="]"),
    "no kind": damaged(DEMO, cell_type=...),
    "another kind": damaged(DEMO, cell_type="heading"),
    "kind is a list": damaged(DEMO, cell_type=["code"]),
    "NaN": damaged(DEMO, execution_count=float("nan")),
    "a lonely surrogate": damaged(DEMO, source="x = '\ud800'"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_cell_does_not_affect_the_others(tmp_path, kind):
    reading = read(tmp_path, DAMAGED[kind])
    assert reading.answered >= set(TASKS_OF_ONE) - {"softmax"} and "reader-failed" not in reading.flags
    assert "softmax" in reading.answered or about(reading, "softmax")
    assert reading.to_json().encode("utf-8") and all(source.encode("utf-8") for source in extras(reading))


def test_entries_that_are_not_cells_are_reported(tmp_path):
    nb = solved()
    nb["cells"][0:0] = [None, 3, "x", [], {}]
    reading = read(tmp_path, nb)
    assert reading.answered == set(TASKS_OF_ONE) and len(about(reading, "is damaged")) == 4
    assert about(reading, "Cell 5", "does not say what kind") and "damaged-cell" in reading.flags


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_both_sides_of_a_merge_conflict_are_read_and_one_counts(tmp_path, style):
    nb = solved()
    find(nb, "softmax")["source"] = lines(answer())
    content = json.dumps(nb, indent=1)
    line = next(line for line in content.splitlines() if "keepdims" in line)
    ancestor = '||||||| base\n     "    pass\\n",\n' if style == "diff3" else ""
    other = line.replace("keepdims", "keep_dims")
    conflict = content.replace(line, f"<<<<<<< HEAD\n{line}\n{ancestor}=======\n{other}\n>>>>>>> theirs", 1)
    reading = read_submission(write(tmp_path, {ONE: conflict}))
    assert reading.answered == set(TASKS_OF_ONE) and answers(reading)["softmax"] == answer()
    assert about(reading, "merge conflict") and {"merge-conflict", "duplicate-notebook"} <= set(reading.flags)
    assert about(reading, "(side 1) counts")


def test_a_conflict_within_the_outputs_does_not_matter(tmp_path):
    nb = solved()
    find(nb, DEMO)["outputs"] = ["HERE"]
    content = json.dumps(nb).replace('"HERE"', '\n<<<<<<< HEAD\n"a",\n=======\n"b",\n>>>>>>> x\nNaN, Infinity')
    assert quiet(read_submission(write(tmp_path, {ONE: content}))) == ([], [])


def test_outputs_are_cut_out_of_the_bytes_exactly():
    """Cutting the bytes and parsing gives the same as parsing and cutting the tree, for random trees."""
    generator = random.Random(0)
    words = ['"', "\\", "]", "[", "{", "}", '"outputs": [', "outputs", "ü", "\n", ":", ",", "a" * 30]

    def value(depth):
        kind = generator.randrange(6 if depth else 3)
        if kind == 0:
            return generator.choice([None, True, -1.5e3])
        if kind < 3:
            return "".join(generator.choices(words, k=generator.randrange(6)))
        if kind == 3:
            return [value(depth - 1) for _ in range(generator.randrange(4))]
        keys = ["outputs", "attachments", "widgets", 'outputs"', "source", "\\"]
        return {key: value(depth - 1) for key in generator.sample(keys, generator.randrange(5))}

    def cut(tree):
        if isinstance(tree, list):
            return [cut(part) for part in tree]
        if isinstance(tree, dict):
            bulky = ("outputs", "attachments", "widgets")
            return {k: None if k in bulky and isinstance(v, list | dict) else cut(v) for k, v in tree.items()}
        return tree

    changed = 0
    for number in range(2000):
        tree = {"cells": value(5), "outputs": value(3)}
        content = json.dumps(tree, indent=number % 3 or None, ensure_ascii=number % 2 == 0).encode()
        assert json.loads(remove_bulk(content)) == cut(tree)
        changed += cut(tree) != tree
    assert changed > 1000


def test_huge_outputs_are_no_trouble(tmp_path):
    nb = solved()
    one, many = find(nb, DEMO), find(nb, LATER_DEMO)
    one["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "nan, [\\" * 10**6}]
    many["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["0\n"] * 10**6}] * 2
    assert quiet(read(tmp_path, nb)) == ([], [])


def test_too_many_and_too_long_cells_are_left_out_and_reported(tmp_path, monkeypatch):
    nb = solved()
    nb["cells"] += [code(f"x = {i}") for i in range(500)]
    nb["cells"][7]["source"] = "#" * (notebook_cells.MAX_SOURCE_LETTERS + 1)
    reading = read(tmp_path, nb)
    assert reading.answered == set(TASKS_OF_ONE) and len(reading.notebooks[ONE]) < 500
    assert about(reading, "only the first 500") and about(reading, "Cell 8 of", "too long")
    assert "too-large" in reading.flags
    monkeypatch.setattr(notebook_cells, "MAX_TOTAL_LETTERS", 1000)
    cells = read_cells(json.dumps({"cells": [code("#" * 400)] * 3}).encode(), "x", Notes())[0].cells
    assert len(cells) == 2
