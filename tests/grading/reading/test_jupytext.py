"""Test reading notebooks that were saved as Python files, in the forms that Jupytext, VS Code and Spyder write."""

import json

import pytest

from cs231n.grading.reading import jupytext, read_submission
from tests.helpers.reading_cases import ONE, TASKS_OF_ONE, THREE, about, answers, make_zip, quiet, solved, text, write

HEADER = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: {}
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     name: python3
#   cs231n:
#     edition: 0123abcd
# ---

"""
SCRIPT = ONE.replace(".ipynb", ".py")


def options(cell):
    """What Jupytext writes behind a cell's mark: the metadata."""
    metadata = [f"{key}={json.dumps(value)}" for key, value in sorted(cell["metadata"].items())]
    return " ".join(["[markdown]"] * (cell["cell_type"] == "markdown") + metadata)


def comment(source):
    """A text as comments."""
    return "\n".join(f"# {line}".rstrip() for line in source.split("\n"))


def as_percent(nb, mark="# %%"):
    """A notebook as Jupytext writes it in the percent format."""
    cells = []
    for cell in nb["cells"]:
        source = text(cell)
        source = comment(source) if cell["cell_type"] == "markdown" else source.replace("\n%", "\n# %")
        cells.append(f"{mark} {options(cell)}".rstrip() + f"\n{source}\n")
    return HEADER.format("percent") + "\n".join(cells)


def as_light(nb):
    """A notebook as Jupytext writes it in the light format: marks only where a cell needs them."""
    cells = []
    for cell in nb["cells"]:
        source, behind = text(cell), options(cell)
        if cell["cell_type"] == "markdown":
            marked = behind != "[markdown]" or "\n\n" in source
            cells.append(f"# + {behind}\n{comment(source)}\n# -\n" if marked else comment(source) + "\n")
        elif behind or "\n\n" in source or source.startswith("#"):
            cells.append(f"# +{' ' * bool(behind)}{behind}\n{source}\n# -\n")
        else:
            cells.append(source + "\n")
    return HEADER.format("light") + "\n".join(cells)


FORMS = {
    "percent": as_percent,
    "without blanks, as Spyder": lambda nb: as_percent(nb, "#%%"),
    "light": as_light,
    "without a header": lambda nb: as_percent(nb).removeprefix(HEADER.format("percent")),
    "Windows line ends and a mark": lambda nb: "\ufeff" + as_percent(nb).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_answers_of_the_notebook(tmp_path, form):
    nb = solved(THREE)
    for cell in nb["cells"]:
        if str(cell["metadata"].get("nbgrader", {}).get("grade_id")).startswith("written"):
            cell["source"] = "My answer: $x$\n\n- and *more*"
    for name, notebook in ((ONE, solved()), (THREE, nb)):
        write(tmp_path / "py", {name.replace(".ipynb", ".py"): FORMS[form](notebook).encode()})
        write(tmp_path / "ipynb", {name: notebook})
    script, notebook = read_submission(tmp_path / "py"), read_submission(tmp_path / "ipynb")
    assert script.answered == notebook.answered >= set(TASKS_OF_ONE) and answers(script) == answers(notebook)
    assert script.written == notebook.written and len(script.written) > 1
    edition = {} if form == "without a header" else {ONE: "0123abcd", THREE: "0123abcd"}
    assert script.editions == edition and quiet(script)[1] == ["other-edition"] * bool(edition)


def test_cells_of_the_light_format_end_where_jupytext_ends_them():
    script = "# Title\n# and more\n\nx = 1\ndef f():\n    a = 1\n\n    return a\n\ny = [\n\n]\n\n"
    script += "# +\na = 1\n\nb = 2\n# -\n\nc = 3\n"
    cells = [(cell["cell_type"], cell["source"]) for cell in jupytext.read_script(script.encode())["cells"]]
    assert cells == [
        ("markdown", "Title\nand more"), ("code", "x = 1\ndef f():\n    a = 1\n\n    return a"), ("code", "y = [\n\n]"),
        ("code", "a = 1\n\nb = 2"), ("code", "c = 3"),
    ]  # fmt: skip


def test_cell_magics_and_quoted_texts_in_the_percent_format():
    script = '# %%\n# %%time\nx = 1\n# %% A title [markdown]\n"""\nA *text*\n"""\n# %% [raw]\n# raw\n'
    cells = [(cell["cell_type"], cell["source"]) for cell in jupytext.read_script(script.encode())["cells"]]
    assert cells == [("code", "# %%time\nx = 1"), ("markdown", "A *text*"), ("raw", "raw")]


def test_a_module_is_no_notebook_and_is_not_read(tmp_path):
    files = {"layers.py": "def softmax(x):\n    return x\n", "cs231n/x.py": "# %%\ndef softmax(x):\n    return x\n"}
    reading = read_submission(write(tmp_path, files))
    assert reading.answered == set() and about(reading, "No notebook (.ipynb) was found, only")


def test_a_file_that_is_paired_with_a_notebook_is_left_out_and_said(tmp_path):
    script = as_percent(solved()).replace("keepdims=True", "keepdims=False")
    reading = read_submission(write(tmp_path, {ONE: solved(), SCRIPT: script}))
    assert "keepdims=False" not in answers(reading)["softmax"]
    assert quiet(reading) == ([f"{SCRIPT} was left out: {ONE} beside it counts."], [])
    reading = read_submission(write(tmp_path, {ONE: b"{"}))
    assert "keepdims=False" in answers(reading)["softmax"], "the notebook cannot be read"


@pytest.mark.parametrize("where", ["alone", "in a .zip"])
def test_a_script_is_found_alone_and_in_a_zip(tmp_path, where):
    script = as_light(solved())
    write(tmp_path, {SCRIPT: script})
    path = (
        tmp_path / SCRIPT if where == "alone" else make_zip(tmp_path / "a.zip", {f"hw/{SCRIPT}": script, "b.py": "x"})
    )
    assert read_submission(path).answered == set(TASKS_OF_ONE)


@pytest.mark.parametrize("content", [b"", b"# %%", b"\x00# %%\n\xff", b"# ---\n# jupyter:\n# ---", b"# %%\n" * 5000,
                                     b"# %% " + b"[" * 100_000, b"# ---\n" + b"# x\n" * 50_000,
                                     b"# +\n" + b"\n" * 500_000 + b"# ---\n# jupyter:\n# ---\n"])  # fmt: skip
def test_nothing_in_a_script_stops_the_reader(tmp_path, content):
    reading = read_submission(write(tmp_path, {SCRIPT: content, ONE.replace("01", "1"): solved()}))
    assert reading.answered == set(TASKS_OF_ONE) and "reader-failed" not in reading.flags
