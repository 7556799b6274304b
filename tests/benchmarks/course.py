"""What a student waits for: the import of the library, a check, a whole notebook."""

import contextlib
import io
import subprocess
import sys
import time

import numpy as np

from cs231n.assignment.actions import TASKS
from cs231n.assignment.check import check
from cs231n.grading.mistakes.fingerprints import reference
from tests.benchmarks.timing import cell, table
from tests.helpers.paths import ROOT

IMPORTS = {
    "nothing": "pass", "numpy": "import numpy",
    "cs231n": "import cs231n.layers, cs231n.optim, cs231n.classifiers.fc_net, cs231n.solver",
    "cs231n, check": "import cs231n.solver, cs231n.classifiers.fc_net; from cs231n.assignment import check",
}  # fmt: skip


def start_seconds(code):
    """Measure how long a new Python process takes to run a line."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.perf_counter() - start


def check_seconds(task):
    """Measure how long check() takes on the library's own answer, which passes."""
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        check(reference(task))
    return time.perf_counter() - start


def notebook_seconds(names=None):
    """Measure how long each solved notebook takes in a new kernel. Return seconds by file name."""
    from cs231n.grading.publishing.notebooks import read_notebooks, solve
    from cs231n.grading.publishing.refresh import execute

    seconds = {}
    for name, notebook in read_notebooks().items():
        if names is None or name in names:
            solved, start = solve(notebook), time.perf_counter()
            execute(solved)
            seconds[name] = time.perf_counter() - start
    return seconds


def run(arguments):
    """Print the tables. They show wall-clock time."""
    rounds = arguments.rounds or (1 if arguments.quick else 15)
    times = {name: [] for name in IMPORTS}
    for _ in range(rounds):
        for name, code in IMPORTS.items():
            times[name].append(start_seconds(code))
    python, numpy, *library = (float(np.median(times[name])) for name in IMPORTS)
    over = [
        f"+{1e3 * float(np.median(np.subtract(times[name], times['numpy']))):.0f} ms"
        for name in IMPORTS if name not in ("nothing", "numpy")
    ]  # fmt: skip
    rows = [
        ["import numpy, over Python's start", cell(1e3 * (numpy - python), 0) + " ms"],
        ["import cs231n, over numpy's", over[0]],
        ["import cs231n with check, over numpy's", over[1]],
    ]
    tasks = list(TASKS)[:2] if arguments.quick else list(TASKS)
    checked = {task: float(np.median([check_seconds(task) for _ in range(min(rounds, 5))])) for task in tasks}
    slowest = max(checked, key=checked.get)
    rows.append([f"check, the slowest of {len(tasks)} ({slowest})", f"{1e3 * checked[slowest]:.0f} ms"])
    rows.append(["check, the median task", f"{1e3 * float(np.median(list(checked.values()))):.0f} ms"])
    if not arguments.quick:
        rows += [[f"notebook {name}, solved", f"{seconds:.1f} s"] for name, seconds in notebook_seconds().items()]
    notes = [f"Imports: medians over {rounds} interleaved round(s) of new processes; checks: of 5; notebooks: once."]
    notes += [f"check({task}): {1e3 * seconds:.0f} ms" for task, seconds in checked.items()]
    table("What a student waits for", ["", "time"], rows, notes)
