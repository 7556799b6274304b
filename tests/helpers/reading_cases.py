"""For the tests of reading: solved notebooks, and the changes that students' programs and habits make to them."""

import copy
import json
import zipfile
from functools import lru_cache

import nbformat
import numpy as np

from cs231n import layers
from cs231n.grading.publishing.edition import course_edition
from cs231n.grading.publishing.notebooks import read_notebooks, solve
from cs231n.grading.reading import Reading, read_submission

ONE, TWO, THREE = "01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb", "03_batchnorm_comparison.ipynb"
# Demonstrations of notebook 1: one above all answers, one that defines softmax_of, one below softmax_loss.
FIRST_DEMO, DEMO, LATER_DEMO = "network", "five-classes", "wishes"
TASKS_OF_ONE = ["softmax", "softmax_jacobian", "softmax_loss", "numerical_gradient", "affine_backward", "relu_backward"]
PRINTED = {"output_type": "stream", "name": "stdout", "text": ["a\n", 'tricky ]} " \\\\ [{\n']}


@lru_cache(maxsize=1)
def _solved():
    return {name: json.loads(nbformat.writes(solve(nb))) for name, nb in read_notebooks().items()}


def solved(name=ONE):
    """A copy of a solved notebook as JSON, that is, as plain dictionaries, lists and texts."""
    return copy.deepcopy(_solved()[name])


def pristine(name=ONE):
    """The unsolved notebook as JSON."""
    return json.loads(nbformat.writes(read_notebooks()[name]))


def code(source, **fields):
    """A code cell."""
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, **fields}


def text(cell):
    """A cell's source as one text."""
    return "".join(cell["source"])


def find(nb, cell_id):
    """The cell of a notebook with that id."""
    return next(cell for cell in nb["cells"] if cell.get("id") == cell_id)


def answer(task="softmax", nb=None):
    """The source of a task's answer cell."""
    return text(find(nb or solved(), task.replace("_", "-")))


def write(folder, files):
    """Write files (name to content) into a folder. Content that is not text or bytes is written as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes):
            content = (content if isinstance(content, str) else json.dumps(content)).encode()
        path.write_bytes(content)
    return folder


def read(folder, *notebooks, **files) -> Reading:
    """Write a submission into a folder and read it. The notebooks get the names of the course's first notebooks."""
    write(folder, {name: nb for name, nb in zip((ONE, TWO, THREE), notebooks)} | files)
    return read_submission(folder)


def answers(reading, name=ONE):
    """The sources of the answers in a notebook, by task."""
    return {cell.task: cell.source for cell in reading.notebooks[name] if cell.task}


def extras(reading, name=ONE):
    """The sources of a notebook's other cells."""
    return [cell.source for cell in reading.notebooks[name] if not cell.task and not cell.judges]


def marks(reading, name=ONE):
    """The tasks whose marks stand in a notebook, in their order."""
    return [cell.judges for cell in reading.notebooks[name] if cell.judges]


def about(reading, *words):
    """The remarks that contain all of these words."""
    return [remark for remark in reading.remarks if all(word in remark for word in words)]


def quiet(reading):
    """The remarks and flags of a reading, without those about notebooks that were not handed in."""
    others = [remark for remark in reading.remarks if "No notebook was found for" not in remark]
    return others, [flag for flag in reading.flags if flag != "missing-notebook"]


def make_zip(path, files, method=zipfile.ZIP_DEFLATED):
    """Write a .zip. Its files are given as a dictionary from name (or ZipInfo) to content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def notebook(name=ONE):
    """A solved notebook as the text of a file."""
    return json.dumps(solved(name))


def position(nb, cell_id):
    """The index of the cell with that id."""
    return [cell.get("id") for cell in nb["cells"]].index(cell_id)


def insert_below(nb, cell_id, *cells):
    """Insert cells below the cell with that id. Returns the notebook."""
    place = position(nb, cell_id) + 1
    nb["cells"][place:place] = cells
    return nb


def run(reading, name=ONE):
    """The names that a reading's cells define when they run one after the other. A cell that fails is skipped."""
    return _run_cells(reading.notebooks[name])


def run_to_mark(reading, task, name=ONE):
    """The names that are defined where a task's mark stands."""
    cells = reading.notebooks[name]
    return _run_cells(cells[: [cell.judges for cell in cells].index(task)])


def _run_cells(cells):
    namespace = {"np": np, "layers": layers, "__name__": "kernel"}
    for cell in cells:
        try:
            exec(cell.source, namespace)
        except Exception:
            continue
    return namespace


def lines(source):
    """A source as most programs store it: a list of lines."""
    return text({"source": source}).splitlines(keepends=True)


def as_release(folder):
    """Write the three notebooks of a release, solved, with the outputs of the course's own run. Returns the folder."""
    files = {name: solved(name) for name in (ONE, TWO, THREE)}
    for nb in files.values():
        nb["metadata"]["cs231n"] = {"edition": course_edition()}
    return write(folder, files)


def lose_names(nb):
    """Delete the ids and the tasks' names of a notebook's cells, as some editors do."""
    for cell in nb["cells"]:
        cell["metadata"] = {}
        cell.pop("id")
    return nb


def as_colab(nb, keeps_tags):
    """A notebook as Google Colab saves it: format 4.0, ids only in the metadata, and Colab's own keys everywhere."""
    nb["nbformat_minor"] = 0
    nb["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": nb["metadata"]["kernelspec"],
        "language_info": {"name": "python"},
        "widgets": {"application/json": {"a": {"state": [1]}}},
    }
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
