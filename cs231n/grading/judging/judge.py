"""The judge of one submission: it builds notebooks around the student's cells, lets nbval run them, and reads the rows.

Points come from the probes alone; what a check says is for the feedback. What is run, and what is run again where a
cell hangs or takes its kernel down, is a `plan.Plan`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import nbformat

from ...assignment.actions import NOTEBOOKS, TASKS
from ..publishing.library_copy import write_library
from ..publishing.notebooks import ROOT, read_notebooks
from ..reading import Cell, Reading
from .box import Box, Limits, NoBox, open_box
from .plan import Plan, Verdict, kernel_of
from .probes import Probe, make_probes
from .provisioner import write_kernels


class Stopped(Exception):
    """Somebody has ended the grading: what was running has no result."""


# A gradient that is not derived but computed by a tool has the right digits: a person decides what it is worth.
TOOL = re.compile(
    r"^\s*(?:import|from)\s+(?:autograd|torch|jax|tensorflow)\b"
    r"|\b(?:numerical_gradient|eval_numerical_gradient\w*|central_differences)[ \t]*\(",
    re.M,
)
NO_FIGURES = '''"""Figures are never drawn in grading; the real module takes half a second to import."""


def __getattr__(name):
    return lambda *arguments, **settings: None
'''
PLUGIN = "cs231n.grading.judging.nbval_plugin"


class Judge:
    """Everything that submissions have in common: the box, the libraries in it, the probes of one seed.

    Use it as a context manager: it keeps a temporary folder. Threads may share it.

    Arguments:
        seed: the grading seed; the same seed asks the same.
        unboxed, limits, hidden: see `box.open_box`.
        probes: what to ask; None for all probes of the seed.

    Raises:
        box.NoBox: where there is no box on this machine, or it does not work; the message says what to do.
    """

    def __init__(
        self, seed: str, unboxed: bool = False, limits: Limits | None = None, hidden: tuple = (),
        probes: list[Probe] | None = None,
    ):  # fmt: skip
        self.seed, self.limits = seed, limits or Limits()
        self.stopped = False
        self.running: set[subprocess.Popen] = set()  # the processes that run now
        self.folder = Path(tempfile.mkdtemp(prefix="cs231n-"))
        try:
            self.pristine = read_notebooks()
            self.probes = {probe.id: probe for probe in (make_probes(seed) if probes is None else probes)}
            self.boxes = {name: self._box(name, unboxed, (ROOT, *hidden)) for name in NOTEBOOKS}
            write_kernels(self.folder / "jupyter", {kernel_of(name): box for name, box in self.boxes.items()})
            self._try()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def stop(self):
        """End what is running, in whatever thread: `judge` then raises `Stopped` there."""
        self.stopped = True
        for process in list(self.running):
            process.kill()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _box(self, notebook: str, unboxed: bool, hidden: tuple) -> Box:
        """A box whose library has stubs for a notebook's own answers and later ones, the reference for earlier ones."""
        library = self.folder / f"library-{kernel_of(notebook)}"
        stubs = [name for name, task in TASKS.items() if NOTEBOOKS.index(task.notebook) >= NOTEBOOKS.index(notebook)]
        write_library(library, stubs)
        (library / "cs231n" / "vis_utils.py").write_text(NO_FIGURES, encoding="utf-8")
        (library / "datasets").mkdir()
        shutil.copy(ROOT / "datasets" / "mnist_5k.npz", library / "datasets")
        return open_box(library, unboxed, self.limits, hidden)

    def _try(self):
        """Grade a wrong and an empty answer: a machine on which these earn something, or nothing runs, cannot grade."""
        cells = [Cell("def softmax(x):\n    return x", "softmax")]
        verdict = self.judge(Reading({NOTEBOOKS[0]: cells}, {"softmax"}))
        if verdict.earned or "p has" not in verdict.checks.get("softmax", ""):
            said = "; ".join(verdict.remarks) or "no cell gave an answer"
            raise NoBox(f"a trial submission was not graded as it should be: {said}")

    def judge(self, reading: Reading) -> Verdict:
        """Run what a student handed in, and say what it earned."""
        verdict, deadline = Verdict(flags=_tools_used(reading)), time.monotonic() + self.limits.seconds
        probes = list(self.probes.values())
        plans = [Plan(name, self.pristine[name], cells, probes) for name, cells in reading.notebooks.items()]
        self._finish(plans, verdict, deadline)
        self._finish([alone for plan in plans for alone in plan.alone_plans(verdict)], verdict, deadline)
        return verdict

    def _finish(self, plans: list[Plan], verdict: Verdict, deadline: float) -> None:
        """Run plans until nothing is left of them, or of the time."""
        while plans:
            left = deadline - time.monotonic()
            if left < 1:
                verdict.say("Your notebooks ran longer than they may: what was left counts as wrong.", "out-of-time")
                return
            rows = self._run(plans, left)
            running = next((plan for plan in plans if _unfinished(plan, rows.get(plan.file, []))), None)
            plans = [plan for plan in plans if plan.take(rows.get(plan.file, []), verdict, plan is running)]

    def _run(self, plans: list[Plan], seconds: float) -> dict[str, list[dict]]:
        """Let nbval run notebooks; the plugin's rows, by notebook."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        results = folder / "results.jsonl"
        try:
            for plan in plans:
                nbformat.write(plan.build(), folder / plan.file)
            (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
            command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "nbval.plugin", "-p", "no:cacheprovider"]
            command += ["--nbval", "-c", "pytest.ini", "--rootdir", ".", "-q", "--tb=no"]
            command += [plan.file for plan in plans]
            with open(folder / "log.txt", "wb") as log:
                process = subprocess.Popen(
                    command, cwd=folder, env=self._environment(results),
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
                self.running.add(process)
                try:
                    if self.stopped:
                        process.kill()
                    process.wait(timeout=seconds)
                except subprocess.TimeoutExpired:
                    pass
                finally:
                    process.kill()
                    process.wait()
                    self.running.discard(process)
            if self.stopped:
                raise Stopped
            return _read_rows(results)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _environment(self, results):
        ours = ("PYTEST", "CS231N", "JUPYTER")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return kept | {
            "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CS231N_RESULTS": str(results),
            "CS231N_LIMITS": json.dumps(asdict(self.limits)), "JUPYTER_PATH": str(self.folder / "jupyter"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "no-config"), "CS231N_GRADER": str(os.getpid()),
            "CS231N_PRIVATE": str(self.folder),
        }  # fmt: skip


def _tools_used(reading: Reading) -> list[str]:
    """A flag for every backward pass whose cell differentiates by a tool."""
    cells = [cell for cells in reading.notebooks.values() for cell in cells if cell.task]
    found = [cell.task for cell in cells if cell.task != "numerical_gradient" and TOOL.search(cell.source)]
    return [f"differentiates-by-a-tool:{task}" for task in dict.fromkeys(found)]


def _unfinished(plan: Plan, rows: list[dict]) -> bool:
    """Whether a run ended in this notebook, or before it, and not by a fault that the plugin saw."""
    return len(rows) < len(plan.build().cells) and not any(row["fault"] for row in rows)


def _read_rows(results: Path) -> dict[str, list[dict]]:
    """The plugin's rows, by notebook; the last line may be half a one, where nbval's process was killed."""
    rows: dict[str, list[dict]] = {}
    lines = results.read_text(encoding="utf-8").split("\n")[:-1] if results.exists() else []
    for line in lines:
        row = json.loads(line)
        rows.setdefault(row["notebook"], []).append(row)
    return rows
