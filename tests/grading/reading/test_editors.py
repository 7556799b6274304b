"""Test notebooks that other programs have saved: every answer survives the round trip."""

import pytest

from cs231n.assignment.actions import TASKS
from tests.helpers.reading_cases import (
    ONE,
    PRINTED,
    THREE,
    TWO,
    about,
    answer,
    as_colab,
    code,
    extras,
    lines,
    read,
    solved,
    text,
)


def as_vs_code(nb):
    """Change a notebook as VS Code does: new ids, its own metadata, a full language_info."""
    nb["metadata"]["language_info"] = {"name": "python", "version": "3.12.1", "file_extension": ".py",
                                       "codemirror_mode": {"name": "ipython", "version": 3}}  # fmt: skip
    for number, cell in enumerate(nb["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"] = {
            "vscode": {"languageId": "python"},
            **{key: value for key, value in cell["metadata"].items() if key == "nbgrader" and number % 2},
        }
        cell["source"] = lines(cell["source"])
    return nb


def as_jupyterlab(nb):
    """Change a notebook as JupyterLab does: timings, slides, hidden cells. The ids stay."""
    for number, cell in enumerate(nb["cells"]):
        cell["metadata"] |= {
            "editable": True,
            "slideshow": {"slide_type": ""},
            "tags": ["nbval-skip"],
            "jupyter": {"source_hidden": True},
            "execution": {"iopub.execute_input": "2026"},
        }
        cell["source"] = lines(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [PRINTED], number
    return nb


def as_nbgrader(nb):
    """Change a notebook as nbgrader does: checksums, cells that cannot be deleted, a header cell."""
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
    """Change a notebook as jupytext does when it makes it from a script: new ids, no outputs, a header."""
    nb["metadata"] = {"jupytext": {"cell_metadata_filter": "-all", "formats": "ipynb,py:percent"}, **nb["metadata"]}
    for number, cell in enumerate(nb["cells"]):
        cell["id"], cell["source"] = f"{number:08x}", text(cell).strip()
    return nb


def as_kaggle(nb):
    """Change a notebook as Kaggle does: format 4.4, no ids, its own metadata."""
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
