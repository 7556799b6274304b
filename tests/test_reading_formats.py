"""Notebooks as other programs write them, in every format and encoding, whole and broken."""

import json
import random

import nbformat
import pytest
from reading_cases import (
    ONE,
    TASKS_OF_ONE,
    THREE,
    TWO,
    about,
    answer,
    answers,
    code,
    extras,
    find,
    pristine,
    quiet,
    read,
    solved,
    text,
    write,
)

from cs231n.assignment.tasks import TASKS
from cs231n.grading import notebook_cells
from cs231n.grading.notebook_cells import read_cells, without_bulk
from cs231n.grading.notes import Notes
from cs231n.grading.reading import read_submission

PRINTED = {"output_type": "stream", "name": "stdout", "text": ["a\n", 'tricky ]} " \\\\ [{\n']}


def lines(source):
    return text({"source": source}).splitlines(keepends=True)


def as_colab(nb, keeps_tags):
    """As Google Colab saves it: format 4.0, no cell ids but its own in the metadata, its keys everywhere."""
    nb["nbformat_minor"] = 0
    nb["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "kernelspec": nb["metadata"]["kernelspec"],
                      "language_info": {"name": "python"}, "widgets": {"application/json": {"a": {"state": [1]}}}}
    badge = {"cell_type": "markdown", "metadata": {"id": "view-in-github", "colab_type": "text"}, "source": ["<a>"]}
    for number, cell in enumerate(nb["cells"]):
        del cell["id"]
        kept = {"nbgrader": cell["metadata"]["nbgrader"]} if keeps_tags and "nbgrader" in cell["metadata"] else {}
        cell["metadata"] = {"id": f"Xy{number}", **kept}
        cell["source"] = lines(cell["source"])
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"colab": {"base_uri": "https://localhost:8080/"}, "outputId": "0a1b-2c"}
            cell["outputs"] = [PRINTED]
    nb["cells"].insert(0, badge)
    nb["cells"].insert(5, code("from google.colab import drive\ndrive.mount('/content/drive')", metadata={"id": "q"}))
    return nb


def as_vs_code(nb):
    """As VS Code saves it: new ids, its metadata, the whole language_info."""
    nb["metadata"]["language_info"] = {"name": "python", "version": "3.12.1", "file_extension": ".py",
                                       "codemirror_mode": {"name": "ipython", "version": 3}}  # fmt: skip
    for number, cell in enumerate(nb["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"] = {"vscode": {"languageId": "python"}, **{
            key: value for key, value in cell["metadata"].items() if key == "nbgrader" and number % 2}}
        cell["source"] = lines(cell["source"])
    return nb


def as_jupyterlab(nb):
    """As JupyterLab saves it, with timings, slides and hidden cells; the ids stay."""
    for number, cell in enumerate(nb["cells"]):
        cell["metadata"] |= {"editable": True, "slideshow": {"slide_type": ""}, "tags": ["nbval-skip"],
                             "jupyter": {"source_hidden": True}, "execution": {"iopub.execute_input": "2026"}}
        cell["source"] = lines(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [PRINTED], number
    return nb


def as_nbgrader(nb):
    """As nbgrader's release, fetch and autograde leave it: checksums, undeletable cells, a header cell."""
    nb["cells"].insert(0, {"cell_type": "markdown", "id": "header", "metadata": {}, "source": "NAME:\nCOLLABORATORS:"})
    nb["cells"].insert(2, code("#grade_cell\n", id="header-2"))
    for cell in nb["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"checksum": "752f838e", "cell_type": cell["cell_type"]}
            cell["metadata"] |= {"deletable": False, "editable": not cell["metadata"]["nbgrader"]["locked"]}
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = "# Execution was too slow\n" + text(cell)
    return nb


def as_jupytext(nb):
    """As jupytext makes it again out of a script: new ids, no outputs, a header in the metadata."""
    nb["metadata"] = {"jupytext": {"cell_metadata_filter": "-all", "formats": "ipynb,py:percent"}, **nb["metadata"]}
    for number, cell in enumerate(nb["cells"]):
        cell["id"], cell["source"] = f"{number:08x}", text(cell).strip()
    return nb


def as_kaggle(nb):
    nb["nbformat_minor"] = 4
    for number, cell in enumerate(nb["cells"]):
        del cell["id"]
        cell["metadata"] = {"_uuid": "8f2839f2", "_cell_guid": f"b1076dfc-{number}", "execution": {}, "trusted": True}
    return nb


TOOLS = {
    "Colab": lambda nb: as_colab(nb, keeps_tags=True),
    "Colab without tags": lambda nb: as_colab(nb, keeps_tags=False),
    "VS Code": as_vs_code,
    "JupyterLab": as_jupyterlab,
    "nbgrader": as_nbgrader,
    "jupytext": as_jupytext,
    "Kaggle": as_kaggle,
    "Colab, then VS Code": lambda nb: as_vs_code(as_colab(nb, keeps_tags=True)),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_answer_survives_a_round_trip(tmp_path, tool):
    notebooks = [TOOLS[tool](solved(name)) for name in (ONE, TWO, THREE)]
    reading = read(tmp_path, *notebooks)
    assert reading.answered == set(TASKS)
    found = [cell.source.strip() for cells in reading.notebooks.values() for cell in cells if cell.task]
    assert found == [answer(task.name, solved(task.notebook)).strip() for task in TASKS.values()]
    assert set(extras(reading)) <= {"from google.colab import drive\ndrive.mount('/content/drive')"}
    assert set(reading.flags) <= {"changed-locked-cell"}, "checks are cut short by the nbgrader case only"
    assert len(about(reading, "lost their task names")) == (3 if tool in ("Colab without tags", "Kaggle") else 0)


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
def test_other_encodings_are_read_and_said(tmp_path, encoding):
    encode, remarks = ENCODINGS[encoding]
    nb = solved()
    nb["cells"] = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    find(nb, "softmax")["source"] = "# für später\r\n" + answer().replace("\n", "\r\n")
    find(nb, "overflow")["outputs"] = [PRINTED]
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
def test_what_is_no_notebook_is_said_and_the_others_are_read(tmp_path, kind):
    reading = read_submission(write(tmp_path, {TWO: BROKEN[kind], ONE: solved()}))
    assert reading.answered == set(TASKS_OF_ONE) and set(reading.notebooks) == {ONE}
    assert len(about(reading, TWO, "hand it in again")) == 1
    assert {"unreadable-notebook", "missing-notebook"} == set(reading.flags)


def damaged(cell_id, **fields):
    """A solved notebook in which one cell's fields are replaced; a field that is `...` is deleted."""
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
    "metadata is null": damaged("overflow", metadata=None),
    "metadata is a list": damaged("overflow", metadata=[1]),
    "nbgrader is a text": damaged("overflow", metadata={"nbgrader": "x"}),
    "grade_id is a list": damaged("overflow", metadata={"nbgrader": {"grade_id": ["x"]}}),
    "id is a number": damaged("overflow", id=3),
    "outputs are null": damaged("overflow", outputs=None),
    "outputs are a text": damaged("overflow", outputs="]"),
    "no kind": damaged("overflow", cell_type=...),
    "another kind": damaged("overflow", cell_type="heading"),
    "kind is a list": damaged("overflow", cell_type=["code"]),
    "NaN": damaged("overflow", execution_count=float("nan")),
    "a lonely surrogate": damaged("overflow", source="x = '\ud800'"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_one_damaged_cell_costs_no_other(tmp_path, kind):
    reading = read(tmp_path, DAMAGED[kind])
    assert reading.answered >= set(TASKS_OF_ONE) - {"softmax"} and "reader-failed" not in reading.flags
    assert "softmax" in reading.answered or about(reading, "softmax")
    assert reading.to_json().encode("utf-8") and all(source.encode("utf-8") for source in extras(reading))


def test_cells_that_are_no_cells_are_said(tmp_path):
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
    find(nb, "overflow")["outputs"] = ["HERE"]
    content = json.dumps(nb).replace('"HERE"', '\n<<<<<<< HEAD\n"a",\n=======\n"b",\n>>>>>>> x\nNaN, Infinity')
    assert quiet(read_submission(write(tmp_path, {ONE: content}))) == ([], [])


def test_outputs_are_cut_out_of_the_bytes_exactly():
    """Whatever stands in it, the rest of a notebook without its outputs is what json makes of it."""
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
        assert json.loads(without_bulk(content)) == cut(tree)
        changed += cut(tree) != tree
    assert changed > 1000


def test_huge_outputs_are_no_trouble(tmp_path):
    nb = solved()
    one, many = find(nb, "overflow"), find(nb, "heatmap")
    one["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "nan, [\\" * 10**6}]
    many["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["0\n"] * 10**6}] * 2
    assert quiet(read(tmp_path, nb)) == ([], [])


def test_too_many_and_too_long_cells_are_cut_and_said(tmp_path, monkeypatch):
    nb = solved()
    nb["cells"] += [code(f"x = {i}") for i in range(500)]
    nb["cells"][7]["source"] = "#" * (notebook_cells.MAX_SOURCE_LETTERS + 1)
    reading = read(tmp_path, nb)
    assert reading.answered == set(TASKS_OF_ONE) and len(reading.notebooks[ONE]) < 500
    assert about(reading, "only the first 500") and about(reading, "Cell 8 of", "too long")
    assert "too-large" in reading.flags
    monkeypatch.setattr(notebook_cells, "MAX_ALL_LETTERS", 1000)
    cells = read_cells(json.dumps({"cells": [code("#" * 400)] * 3}).encode(), "x", Notes())[0]
    assert len(cells) == 2


# Written answers


def with_written(**sources):
    nb = pristine(THREE)
    for name, source in sources.items():
        find(nb, name.replace("_", "-"))["source"] = source
    return nb


def test_written_answers_come_without_the_courses_words(tmp_path):
    nb = with_written(written_1="*Your answer to question 1:* Adam divides.\n\nSo it drifts.",
                      written_2="Too few seeds.", written_3="*Your answer to question 3:*\n\n",
                      written_4="YOUR ANSWER HERE")
    reading = read(tmp_path, **{THREE: nb})
    assert reading.written == {"written-1": "Adam divides.\n\nSo it drifts.", "written-2": "Too few seeds."}
    assert reading.flags == ["missing-notebook"] and reading.answered == set()


def test_a_written_answer_is_found_without_its_tag_in_the_cell_below_and_in_a_code_cell(tmp_path):
    nb = with_written(written_1="*Your answer to question 1:* found by its words", written_2="by its id")
    for name in ("written-1", "written-2"):
        find(nb, name)["metadata"] = {}
    find(nb, "written-1")["id"] = "other"
    find(nb, "written-4")["cell_type"], find(nb, "written-4")["source"] = "code", "In words."
    place = nb["cells"].index(find(nb, "written-3")) + 1
    nb["cells"][place:place] = [{"cell_type": "markdown", "metadata": {}, "source": s} for s in ("Below", "and below")]
    reading = read(tmp_path, **{THREE: nb})
    assert reading.written == {"written-1": "found by its words", "written-2": "by its id",
                               "written-3": "Below\n\nand below", "written-4": "In words."}  # fmt: skip
    assert about(reading, "written-3", "cell below") and "In words." not in extras(reading, THREE)
    assert "guessed" in reading.flags


def test_a_doubled_and_an_endless_written_answer_are_said(tmp_path):
    nb = with_written(written_1="first", written_2="x" * 30_000)
    nb["cells"].append({**find(nb, "written-1"), "id": "again", "source": "second"})
    reading = read(tmp_path, **{THREE: nb})
    assert reading.written["written-1"] == "second" and len(reading.written["written-2"]) == 20_000
    assert about(reading, "written-1", "last one") and about(reading, "30,000 letters")
    assert {"duplicate-answer", "too-large"} <= set(reading.flags)
