"""Refreshing: run the solved notebooks and store their outputs in the unsolved ones."""

import hashlib
import json
import os
import subprocess
import sys

import nbformat
from nbclient import NotebookClient

from ..files import write_text
from . import fingerprints
from .notebooks import NOTEBOOK_FOLDER, ROOT, answer_cells, is_unsolved, put_hints, read_notebooks, solve, strip

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
        # In a process of its own, so that linear algebra there has one thread from the start.
        command = [sys.executable, "-m", "cs231n.compare", "--out", str(NOTEBOOK_FOLDER / FIGURE)]
        subprocess.run(command, cwd=ROOT, check=True)
        fresh[FIGURE] = {"library": library_hash(), "notebook": notebook_hash(FIGURE)}
    write_text(FRESH, json.dumps(fresh, indent=1, sort_keys=True) + "\n")


def write_notebook(nb, path):
    """Write a notebook as UTF-8 with Unix line ends, whatever the system."""
    write_text(path, nbformat.writes(nb) + "\n")


def read_fresh():
    """The recorded hashes: file name of a notebook to its hash and the library's when it was last refreshed."""
    return json.loads(FRESH.read_text(encoding="utf-8")) if FRESH.exists() else {}


def notebook_hash(name):
    """Hash of a committed notebook (cells, outputs and pictures), or of the README's figure."""
    return hash_of([NOTEBOOK_FOLDER / name])


def library_hash():
    """Hash of everything that a notebook's outputs can depend on: the library's sources and the data."""
    sources = [path for path in library_sources() if "grading" not in path.relative_to(ROOT).parts]
    return hash_of([*sources, ROOT / "datasets" / "mnist_5k.npz"])


def library_sources():
    """The library's files, grading and all: sources and data."""
    return sorted(path for path in (ROOT / "cs231n").rglob("*") if path.suffix in (".py", ".json", ".npz"))


def hash_of(paths):
    """Hash of files of the checkout, names and contents, the same whatever the system's line ends."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        if path.suffix not in (".npz", ".png"):
            content = content.replace(b"\r\n", b"\n")
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + content + b"\0")
    return digest.hexdigest()
