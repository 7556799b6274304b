"""Read, solve and clean the course's notebooks."""

import ast
import inspect
from collections.abc import Mapping
from importlib import import_module

import nbformat
from nbformat import NotebookNode

from ...assignment import hints
from ...assignment.actions import NOTEBOOKS, TASKS
from .paths import NOTEBOOK_FOLDER, ROOT  # noqa: F401 (other modules import ROOT from here)
from .steps import REVEAL, fill_in_steps, read_solutions, step_of

HIDE_OUTPUT, HIDE_INPUT = "hide-output", "hide-input"  # tags; the names are Jupyter Book's
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read_notebooks() -> dict[str, NotebookNode]:
    """Read the committed, unsolved notebooks. Return them by file name."""
    return {name: nbformat.read(NOTEBOOK_FOLDER / name, as_version=4) for name in NOTEBOOKS}


def task_of(cell: NotebookNode) -> str | None:
    """Return the task whose answer cell this is, or None."""
    info = cell.metadata.get("nbgrader", {})
    name = info.get("grade_id")
    is_answer = cell.cell_type == "code" and info.get("solution") and name in TASKS
    return name if is_answer else None


def answer_cells(nb: NotebookNode) -> dict[str, NotebookNode]:
    """Return the answer cells of a notebook by task."""
    return {task: cell for cell in nb.cells if (task := task_of(cell))}


def put_hints(nb: NotebookNode) -> None:
    """Write the hints of the table of actions into a notebook's hints cells, in place."""
    texts = {hints.cell_id(name): hints.cell(name) for name in TASKS}
    for cell in nb.cells:
        cell.source = texts.get(cell.id, cell.source)


def put_points(nb: NotebookNode, points: Mapping[str, float]) -> None:
    """Write points into the metadata of a notebook's graded cells, in place. Cells not in ``points`` stay."""
    for cell in nb.cells:
        if is_graded(cell) and name_of(cell) in points:
            cell.metadata.nbgrader.points = points[name_of(cell)]


def put_tags(nb: NotebookNode) -> None:
    """Tag the cells of checks, steps and answers to predictions, in place, so that their outputs are stored collapsed.

    Outputs that should be collapsed as well, such as those of a figure after a prediction, have the tag already.
    """
    for cell in nb.cells:
        answers = cell.cell_type == "code" and (is_graded(cell) or step_of(cell) or REVEAL in cell.source)
        if answers and HIDE_OUTPUT not in cell.metadata.get("tags", []):
            cell.metadata.tags = [*cell.metadata.get("tags", []), HIDE_OUTPUT]


def is_graded(cell: NotebookNode) -> bool:
    """Whether a cell has points: a check, or the answer to a written question."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def name_of(cell: NotebookNode) -> str:
    """Return the name of a graded cell in a file of points: ``softmax`` for ``check-softmax``, or ``written-1``."""
    return cell.metadata.nbgrader.grade_id.removeprefix("check-")


def is_unsolved(cell: NotebookNode) -> bool:
    """Whether an answer cell is the stub that students get: a docstring, and ``raise NotImplementedError(...)``."""
    try:
        (function,) = ast.parse(cell.source).body
        return ast.unparse(function.body[1:]).startswith("raise NotImplementedError(") and len(function.body) == 2
    except (SyntaxError, ValueError, AttributeError):
        return False


def solve(nb: NotebookNode) -> NotebookNode:
    """Copy a notebook and fill in all blanks: the library's bodies, the reference lines of steps, guesses."""
    solved = nbformat.from_dict(nb)
    fill_in_steps(solved, read_solutions())
    for name, cell in answer_cells(solved).items():
        cell.source = replace_body(cell.source, reference_body(name))
    return solved


def reference_body(name: str) -> str:
    """Return the lines of the library's function of that name, below its docstring, as text."""
    function = getattr(import_module(TASKS[name].module), name)
    source = inspect.getsource(function)
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    return "\n".join(source.splitlines()[_docstring_end(node) :])


def replace_body(source: str, body: str) -> str:
    """Replace the body in an answer cell's source. Signature, docstring and comments above the body stay.

    Arguments:
        source: a cell with one function in it.
        body: the new body, indented by four spaces.

    Raises:
        ValueError: if the cell does not hold exactly one function with a docstring and a body.
    """
    nodes = ast.parse(source).body
    function = nodes[0] if len(nodes) == 1 else None
    if not isinstance(function, ast.FunctionDef) or len(function.body) < 2:
        raise ValueError("an answer cell holds one function with a docstring and a body, nothing else")
    first, last = function.body[1].lineno, function.end_lineno
    lines = source.splitlines()
    return "\n".join([*lines[: first - 1], body, *lines[last:]])


def _docstring_end(function: ast.FunctionDef) -> int | None:
    """Return the number of the last line of a function's docstring.

    Raises:
        ValueError: if the function has no docstring.
    """
    if ast.get_docstring(function) is None:
        raise ValueError(f"{function.name} has no docstring")
    return function.body[0].end_lineno


def strip(nb: NotebookNode) -> None:
    """Remove from a notebook, in place, what differs between machines and runs. Number the code cells 1, 2, ...

    Cell ids, tags, nbgrader's metadata and the alt texts and sizes of images stay. The tags ``hide-output`` and
    ``hide-input`` become Jupyter's own metadata, so that JupyterLab and Notebook 7 show that part of a cell collapsed.
    """
    nb.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    nb.nbformat, nb.nbformat_minor = 4, 5
    number = 0
    for cell in nb.cells:
        kept = {key: cell.metadata[key] for key in ("nbgrader", "tags") if cell.metadata.get(key)}
        tags = kept.get("tags", [])
        hidden = {"outputs_hidden": HIDE_OUTPUT in tags, "source_hidden": HIDE_INPUT in tags}
        if any(hidden.values()):
            kept["jupyter"] = {key: True for key, value in hidden.items() if value}
        cell.metadata = nbformat.from_dict(kept)
        cell.pop("attachments", None)
        if cell.cell_type != "code":
            continue
        number += 1
        cell.execution_count = number
        cell.outputs = _tidy_outputs(cell.outputs, number)


def _tidy_outputs(outputs: list[NotebookNode], number: int) -> list[NotebookNode]:
    """Join the pieces of a stream, number the results. Of the metadata keep the alt texts and sizes of images only."""
    tidy: list[NotebookNode] = []
    for output in outputs:
        previous = tidy[-1] if tidy else NotebookNode()
        if output.output_type == "stream" and previous.get("name") == output.name:
            previous.text += output.text
            continue
        if output.output_type == "execute_result":
            output.execution_count = number
        if "metadata" in output:
            of_picture = output.metadata.get("image/png", {})
            kept = {key: of_picture[key] for key in ("alt", "width", "height") if key in of_picture}
            output.metadata = nbformat.from_dict({"image/png": kept} if kept else {})
        tidy.append(output)
    return tidy
