"""Run nbval on a folder of notebooks, in a process of its own, and say what became of every cell."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat

from tests.helpers.paths import ROOT


def run_nbval(folder, tmp_path, environment=None):
    """Outcomes of ``pytest --nbval`` on every notebook in a folder.

    Arguments:
        folder: the notebooks; tmp_path: where the report goes.
        environment: all variables of the kernels' environment; this process's own with one BLAS thread if None.

    Returns:
        A dictionary from (notebook's file name, cell id) to None where the cell passed, else to the text of its
        failure. Cells that were skipped or never ran have the text ``"skipped"``.
    """
    report = tmp_path / "nbval.xml"
    command = [
        sys.executable, "-m", "pytest", "--nbval", str(folder), "--junitxml", str(report), "-q", "--color=no",
        "--nbval-cell-timeout=300", "-p", "no:cacheprovider", "--rootdir", str(folder), "-o", "addopts=",
    ]  # fmt: skip
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"} if environment is None else environment
    environment = {key: value for key, value in environment.items() if key != "MPLBACKEND"} | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert run.returncode in (0, 1), run.stdout + run.stderr

    outcomes = {}
    for path in sorted(Path(folder).glob("*.ipynb")):
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells):
            outcomes[path.name, cell.id] = "skipped"
            case = _find_case(report, path.stem, number)
            if case is None or case.find("skipped") is not None:
                continue
            problem = case.find("failure") if case.find("failure") is not None else case.find("error")
            outcomes[path.name, cell.id] = None if problem is None else (problem.text or "") + str(problem.attrib)
    return outcomes


def _find_case(report, stem, number):
    for case in ElementTree.parse(report).iter("testcase"):
        if stem in case.get("classname", "") and case.get("name") == f"Cell {number}":
            return case
    return None
