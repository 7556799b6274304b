"""The steps and predictions in a notebook: find their cells, and fill in the reference lines."""

import io
import tokenize
import tomllib
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from ...assignment.actions import NOTEBOOKS, PREDICTIONS, STEPS

SOLUTIONS = Path(__file__).with_name("step_solutions")
GUESS, REVEAL = "guess-", "reveal("


def read_solutions() -> dict[str, str]:
    """Read the reference lines of all steps.

    Returns:
        Dictionary from a step's name to its lines.

    Raises:
        ValueError: if a step has no lines, or lines have no step.
    """
    lines: dict[str, str] = {}
    for notebook in NOTEBOOKS:
        text = (SOLUTIONS / notebook.replace(".ipynb", ".toml")).read_text(encoding="utf-8")
        lines |= {name: solution.strip("\n") for name, solution in tomllib.loads(text).items()}
    wrong = sorted(set(lines) ^ set(STEPS))
    if wrong:
        raise ValueError(f"steps without reference lines, or lines without a step: {', '.join(wrong)}")
    return lines


def step_of(cell: NotebookNode) -> str | None:
    """Return the step whose cell this is, or None."""
    return cell.id if cell.cell_type == "code" and cell.id in STEPS else None


def prediction_of(cell: NotebookNode) -> str | None:
    """Return the prediction whose guess stands in this cell, or None."""
    name = cell.id.removeprefix(GUESS).replace("-", "_")
    return name if cell.cell_type == "code" and cell.id.startswith(GUESS) and name in PREDICTIONS else None


def fill_in_steps(nb: NotebookNode, solutions: Mapping[str, str]) -> None:
    """Put the reference lines into the cells of steps, and ``"skip"`` into those of guesses, in place."""
    for cell in nb.cells:
        step = step_of(cell)
        if step:
            cell.source = fill_blanks(cell.source, solutions[step])
        elif prediction_of(cell):
            cell.source = fill_blanks(cell.source, f'guess_{prediction_of(cell)} = "skip"')


def fill_blanks(source: str, solution: str) -> str:
    """Replace the lines of a cell that hold ``...`` by the lines of a solution.

    Arguments:
        source: the cell.
        solution: as many lines as the cell has with ``...``. If that is one, all lines of the solution replace it.

    Raises:
        ValueError: if the numbers of lines do not fit, or if the cell has no blank.
    """
    lines, new = source.splitlines(), solution.splitlines()
    blanks = find_blanks(source)
    if len(blanks) == 1:
        indent = lines[blanks[0]][: len(lines[blanks[0]]) - len(lines[blanks[0]].lstrip())]
        lines[blanks[0] : blanks[0] + 1] = [indent + line if line else line for line in new]
    elif blanks and len(blanks) == len(new):
        for number, line in zip(blanks, new):
            indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
            lines[number] = indent + line.lstrip()
    else:
        raise ValueError(f"{len(blanks)} blanks and {len(new)} lines of a solution:\n{source}")
    return "\n".join(lines)


def find_blanks(source: str) -> list[int]:
    """Return the numbers, from 0, of the lines that hold ``...`` outside comments and strings."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sorted({token.start[0] - 1 for token in tokens if token.type == tokenize.OP and token.string == "..."})
