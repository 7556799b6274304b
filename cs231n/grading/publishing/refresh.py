"""Refresh the notebooks: run the solved ones and store their outputs in the unsolved ones."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ...assignment.actions import NOTEBOOKS
from ...support.session import progress_bar
from ...support.whole_files import check_writable, write_text
from ..mistakes import fingerprints
from .hashes import library_hash, notebook_hash
from .notebooks import (
    NOTEBOOK_FOLDER,
    ROOT,
    answer_cells,
    is_unsolved,
    put_hints,
    put_points,
    put_tags,
    read_notebooks,
    solve,
    strip,
)
from .points import points_by_task

FRESH_FILE = NOTEBOOK_FOLDER / "fresh.json"
FIGURE = "comparison.png"  # the README's figure
QUIET_KERNEL = ["--IPKernelApp.log_level=ERROR"]  # the kernel's warnings do not concern the notebook


def execute(nb: nbformat.NotebookNode) -> None:
    """Run every cell of a notebook in a new kernel, in the notebooks' folder. Write the outputs into nb.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails. The cells after it do not run.
    """
    os.environ["CS231N_AUTOMATED"] = "1"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # with more, the last digits of a training run vary
    resources = {"metadata": {"path": str(NOTEBOOK_FOLDER)}}
    client = NotebookClient(nb, timeout=600, resources=resources, extra_arguments=QUIET_KERNEL)
    with progress_bar(len(nb.cells), "running cells", sys.stderr.isatty() or None) as bar:
        client.on_cell_executed = lambda cell, cell_index, execute_reply: bar.update(cell_index + 1 - bar.n)
        _execute_in_thread(client)


def _execute_in_thread(client: NotebookClient) -> None:
    """Run a notebook in another thread. In the main thread, nbclient would take Ctrl-C for a kernel that died.

    Raises:
        KeyboardInterrupt: after Ctrl-C, when the kernel has ended.
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(client.execute)
        try:
            run.result()
        except KeyboardInterrupt:
            while not run.done():
                if pid := getattr(getattr(client.km, "provisioner", None), "pid", None):
                    with contextlib.suppress(OSError):  # it has ended already
                        os.kill(pid, signal.SIGTERM)
                time.sleep(0.1)
            raise


def refresh(names: Collection[str] | None = None) -> None:
    """Refresh the committed notebooks: solve, run, store the outputs, record the hashes.

    Arguments:
        names: file names of the notebooks to refresh. None refreshes all, and the README's figure.

    Raises:
        ValueError: if an answer cell holds more than a stub. Then somebody has solved the notebook in place.
        RuntimeError: if a cell fails, or the command that draws the figure.
        OSError: if a file cannot be written. All of them are tried before the work begins.
    """
    for name in (FRESH_FILE.name, *(names or (*NOTEBOOKS, FIGURE))):
        check_writable(NOTEBOOK_FOLDER / name)
    fingerprints.build()
    fresh = read_fresh()
    for name, nb in read_notebooks().items():
        if names and name not in names:
            continue
        for task, cell in answer_cells(nb).items():
            if not is_unsolved(cell):
                raise ValueError(f"notebooks/{name} holds an answer for {task}; this folder keeps the unsolved ones")
        print(f"refreshing {name} ...", flush=True)
        try:
            _refresh_notebook(nb)
        except CellExecutionError as error:
            raise RuntimeError(f"{name}: a cell of the solved notebook failed.\n{error}") from None
        write_notebook(nb, NOTEBOOK_FOLDER / name)
        fresh[name] = {"library": library_hash(), "notebook": notebook_hash(name)}
    if not names:
        # In a process of its own, so that linear algebra there has one thread from the start.
        command = [sys.executable, "-m", "cs231n.compare", "--out", str(NOTEBOOK_FOLDER / FIGURE)]
        own_group = {} if sys.platform == "win32" else {"process_group": 0}  # so that Ctrl-C reaches only us
        if subprocess.run(command, cwd=ROOT, **own_group).returncode:  # type: ignore[call-overload]
            raise RuntimeError(f"python -m cs231n.compare could not draw {FIGURE}: see above")
        fresh[FIGURE] = {"library": library_hash(), "notebook": notebook_hash(FIGURE)}
    write_text(FRESH_FILE, json.dumps(fresh, indent=1, sort_keys=True) + "\n")


def _refresh_notebook(nb: nbformat.NotebookNode) -> None:
    """Put hints, points, tags and the outputs of the solved run into an unsolved notebook, and clean it, in place."""
    put_hints(nb)
    put_points(nb, points_by_task())
    put_tags(nb)
    solved = solve(nb)
    execute(solved)
    for cell, solved_cell in zip(nb.cells, solved.cells):
        if cell.cell_type == "code":
            cell.outputs = solved_cell.outputs
    for cell in answer_cells(nb).values():
        cell.outputs = []
    strip(nb)
    nbformat.validate(nb)


def write_notebook(nb: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook as UTF-8 with Unix line ends, on every system."""
    write_text(path, text_of(nb))


def text_of(nb: nbformat.NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.writes(nb) + "\n"


def read_fresh() -> dict[str, dict[str, str]]:
    """Read the recorded hashes.

    Returns:
        Dictionary from a notebook's file name to two hashes from when it was last refreshed: ``"notebook"`` and
        ``"library"``.
    """
    return json.loads(FRESH_FILE.read_text(encoding="utf-8")) if FRESH_FILE.exists() else {}


def find_stale() -> list[str]:
    """The names of the notebooks, and of the README's figure, whose stored outputs are not those of today's files."""
    fresh, library = read_fresh(), library_hash()
    recorded = {name: (hashes["library"], hashes["notebook"]) for name, hashes in fresh.items()}
    return [name for name in (*NOTEBOOKS, FIGURE) if recorded.get(name) != (library, notebook_hash(name))]
