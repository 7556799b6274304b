"""Test what the browser edition shows: no answers, a banner, and notebooks that grade like any other."""

import copy
import json

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing.notebooks import answer_cells, is_unsolved
from cs231n.grading.reading import read_submission
from cs231n.site.lite import banner
from cs231n.site.lite.content import find_title, write_content
from tests.helpers.reading_cases import ONE, make_zip, pristine, quiet, solved

BANNER = {"cell_type": "markdown", "id": banner.BANNER_ID, "metadata": {}, "source": banner.banner_text()}
PYODIDE = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}  # what JupyterLite writes


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lite") / "content"
    return folder, write_content(folder)


def test_the_content_is_a_release_without_what_only_an_installation_needs(content):
    folder, titles = content
    assert sorted(path.name for path in folder.iterdir()) == ["LICENSE", "cs231n", "datasets", "notebooks"]
    assert not {"grading", "site"} & {path.name for path in (folder / "cs231n").iterdir()}
    assert list(titles) == list(NOTEBOOKS) and titles[ONE] == "The softmax gradient"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["content"], "nothing is left behind"


def test_no_notebook_holds_an_answer_or_an_output_and_each_begins_with_the_banner(content):
    folder, _ = content
    found = []
    for name in NOTEBOOKS:
        nb = nbformat.read(folder / "notebooks" / name, as_version=4)
        nbformat.validate(nb)
        assert nb.cells[0].id == banner.BANNER_ID and nb.cells[0].source == banner.banner_text()
        assert not any(cell.get("outputs") for cell in nb.cells)
        assert all(map(is_unsolved, answer_cells(nb).values()))
        found += answer_cells(nb)
    assert found == list(TASKS)


def test_the_banner_changes_no_other_cell():
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 3. Does it help?")])
    before = copy.deepcopy(nb.cells)
    banner.add_banner(nb)
    assert (
        nb.cells[1:] == before
        and len(nb.cells) == 2
        and find_title(nbformat.from_dict({"cells": before})) == "Does it help?"
    )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_downloaded_notebook_is_read_exactly_as_one_from_elsewhere(tmp_path, name):
    nb = solved(name)
    elsewhere = read_submission(make_zip(tmp_path / "a.zip", {f"notebooks/{name}": json.dumps(nb)}))
    nb["cells"].insert(0, BANNER)
    nb["metadata"]["kernelspec"] = PYODIDE
    downloaded = read_submission(make_zip(tmp_path / "b.zip", {f"batchnorm/notebooks/{name}": json.dumps(nb)}))
    assert quiet(downloaded) == quiet(elsewhere) == ([], [])
    assert downloaded.answered == elsewhere.answered != set()
    assert downloaded.notebooks == elsewhere.notebooks, "the same cells in the same order, so the same points"


def test_an_earlier_edition_in_the_zip_takes_nothing_from_the_answers_of_this_one(tmp_path):
    now, earlier = solved(), pristine()
    for nb in (now, earlier):
        nb["cells"].insert(0, BANNER)
    files = {f"batchnorm/edition-0123abcd/notebooks/{ONE}": json.dumps(earlier),
             f"batchnorm/notebooks/{ONE}": json.dumps(now)}  # fmt: skip
    both = read_submission(make_zip(tmp_path / "both.zip", files))
    assert both.notebooks == read_submission(make_zip(tmp_path / "one.zip", {ONE: json.dumps(now)})).notebooks
