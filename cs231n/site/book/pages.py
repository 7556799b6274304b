"""Makes a page of the book from a notebook: hints and solutions behind disclosures, and places for links.

The cells keep their stored outputs. What stands open in the notebook stands open in the book.
"""

import copy
import re
from collections.abc import Mapping

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from ...assignment import hints
from ...assignment.actions import NOTEBOOKS, STEPS, TASKS
from ...grading.publishing.notebooks import HIDE_OUTPUT, is_graded, reference_body
from ...grading.publishing.steps import REVEAL, step_of

ONLY_FOR_STUDENTS = ("use-my-answers-text", "use-my-answers", "progress")  # about the answers that a student has saved
LEADS_TO_PROGRESS = re.compile(r"\s*How far you are[^.]*:$")
SECTION = re.compile(r"^## (?=(\d+)\. )", re.MULTILINE)
EXPLORABLE = "graph-figure"  # the cell whose figure a reader can drag
SCRIPTS = ("numbers", "line", "graph", "view")  # in this order
ALL_OK = re.compile(r"compare [\w, ]+:\n(  \w+: ok\n)+")  # what `judge` prints
HINTS_OF = {hints.cell_id(name): name for name in TASKS}
NOTE = """\
```{{note}}
This page is notebook {number} with its outputs. A cell with `...` asks you something. Try it first: on paper, or
{browser}, or in the {download}. Then open what is folded below the cell.
```"""


def make_page(nb: NotebookNode, name: str, solutions: Mapping[str, str] | None) -> NotebookNode:
    """Make the page of a notebook.

    Arguments:
        nb: the unsolved notebook, with the outputs of the solved one. It stays as it is.
        name: its file name.
        solutions: the code that solves each step and task, by name, see `read_all_solutions`. None leaves them out.

    Returns:
        A notebook for myst-nb.
    """
    page = copy.deepcopy(nb)
    number = NOTEBOOKS.index(name) + 1
    cells: list[NotebookNode] = []
    for cell in page.cells:
        if cell.id in ONLY_FOR_STUDENTS:
            continue
        if cell.cell_type == "markdown":
            cell.source = SECTION.sub(rf"(notebook-{number}-section-\1)=\n## ", cell.source)
            cell.source = LEADS_TO_PROGRESS.sub("", cell.source)
        elif HIDE_OUTPUT in cell.metadata.get("tags", []):
            cell.metadata.mystnb = {"code_prompt_show": f"{{type}}: {_name_output(cell)}"}  # cells.py takes it apart
            cell.outputs = [output for output in cell.outputs if not _says_only_ok(output)]
        explorable = cell.id == EXPLORABLE and solutions is not None  # its code computes the way back
        if explorable:
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != HIDE_OUTPUT]
        cells += _wrap_explorable(cell) if explorable else [cell]
        if len(cells) == 1:
            cells.append(_text("how-to-read", _note(number, name)))
        cells += _what_follows(cell, solutions)
    page.cells = cells
    return page


def read_all_solutions(lines: Mapping[str, str]) -> dict[str, str]:
    """The code that solves each step and each task.

    Arguments:
        lines: the reference lines of the steps, by name.
    """
    return {**lines, **{name: reference_body(name) for name in TASKS}}


def _note(number: int, name: str) -> str:
    browser, download = '<a href="lite/index.html">in your browser</a>', f"{{download}}`notebook <notebooks/{name}>`"
    return NOTE.format(number=number, browser=browser, download=download)


def _name_output(cell: NotebookNode) -> str:
    """The words on the disclosure of a cell's output."""
    if is_graded(cell):
        return "What the check says of a right answer"
    if REVEAL in cell.source:
        return "The outcome"
    shows_figure = any("image/png" in output.get("data", {}) for output in cell.outputs)
    return "The figure" if shows_figure else "What the cell prints"


def _says_only_ok(output: NotebookNode) -> bool:
    """Whether an output is that of a step whose lines are all right: it tells a reader nothing."""
    return bool(ALL_OK.fullmatch(output.get("text", "")))


def _what_follows(cell: NotebookNode, solutions: Mapping[str, str] | None) -> list[NotebookNode]:
    """The cells that follow a cell in the book: the hint of a step, and the solution of a step or task."""
    step, task = step_of(cell), HINTS_OF.get(cell.id)
    folded = [_fold("hint", "Hint", STEPS[step].hint)] if step else []
    name = step or task
    if name and solutions is not None:
        folded.append(_fold("solution", "Solution (try it first)", f"```python\n{solutions[name]}\n```"))
    return [_text(f"folded-{cell.id}", "\n".join(folded))] if folded else []


def _fold(kind: str, title: str, text: str) -> str:
    return f'<details class="{kind}">\n<summary>{title}</summary>\n\n{text}\n\n</details>'


def _wrap_explorable(cell: NotebookNode) -> list[NotebookNode]:
    """Put the cell of the graph's figure into the element in whose place the explorable's scripts put theirs."""
    style = '<link rel="stylesheet" href="_static/explorable/explorable.css">'
    scripts = [f'<script defer src="_static/explorable/{name}.js"></script>' for name in SCRIPTS]
    opening, closing = f'{style}\n<div class="bn-explorable">', "\n".join(["</div>", *scripts])
    return [_text("explorable-begins", opening), cell, _text("explorable-ends", closing)]


def _text(cell_id: str, source: str) -> NotebookNode:
    return new_markdown_cell(source, id=cell_id)
