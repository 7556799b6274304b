"""Refreshing: run the solved notebooks and store their outputs in the unsolved ones."""

import json
import os

import nbformat
from nbclient import NotebookClient

from ... import compare
from ...support.whole_files import write_text
from ..mistakes import fingerprints
from .hashes import library_hash, notebook_hash
from .notebooks import (
    NOTEBOOK_FOLDER,
    answer_cells,
    is_unsolved,
    put_hints,
    put_points,
    read_notebooks,
    solve,
    strip,
)
from .points import points_by_task

FRESH = NOTEBOOK_FOLDER / "fresh.json"
FIGURE = "comparison.png"  # the README's figure
QUIET = {"extra_arguments": ["--IPKernelApp.log_level=ERROR"]}  # its warnings are not about the notebook


def execute(nb):
    """Run every cell of a notebook in a fresh kernel, in the notebooks' folder; the outputs are written into nb.

    Raises:
        nbclient.exceptions.CellExecutionError: at the first cell that fails.
    """
    os.environ["CS231N_AUTOMATED"] = "1"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # with more, the last digits of a training run vary
    NotebookClient(nb, timeout=600, resources={"metadata": {"path": str(NOTEBOOK_FOLDER)}}, **QUIET).execute()


def refresh(names=None):
    """Refresh the committed notebooks: solve, run, store the outputs, record the hashes.

    Arguments:
        names: file names of the notebooks to refresh; None for all, and for the README's figure.

    Raises:
        ValueError: when an answer cell holds more than a stub: then somebody has solved the notebook in place.
    """
    fingerprints.build()
    fresh = read_fresh()
    for name, nb in read_notebooks().items():
        if names and name not in names:
            continue
        for task, cell in answer_cells(nb).items():
            if not is_unsolved(cell):
                raise ValueError(f"notebooks/{name} holds an answer for {task}; this folder keeps the unsolved ones")
        print(f"refreshing {name} ...", flush=True)
        put_hints(nb)
        put_points(nb, points_by_task())
        solved = solve(nb)
        execute(solved)
        for cell, solved_cell in zip(nb.cells, solved.cells):
            if cell.cell_type == "code":
                cell.outputs = solved_cell.outputs
        for cell in answer_cells(nb).values():
            cell.outputs = []
        strip(nb)
        nbformat.validate(nb)
        write_notebook(nb, NOTEBOOK_FOLDER / name)
        fresh[name] = {"library": library_hash(), "notebook": notebook_hash(name)}
    if not names:
        compare.main(["--out", str(NOTEBOOK_FOLDER / FIGURE)])
        fresh[FIGURE] = {"library": library_hash(), "notebook": notebook_hash(FIGURE)}
    write_text(FRESH, json.dumps(fresh, indent=1, sort_keys=True) + "\n")


def write_notebook(nb, path):
    """Write a notebook as UTF-8 with Unix line ends, whatever the system."""
    write_text(path, nbformat.writes(nb) + "\n")


def read_fresh():
    """The recorded hashes: file name of a notebook to its hash and the library's when it was last refreshed."""
    return json.loads(FRESH.read_text(encoding="utf-8")) if FRESH.exists() else {}
