"""The judge: it builds notebooks around a student's cells, lets nbval run them, and reads the results.

Points come from the probes only. The text of a check is for the feedback page. A `plan.Plan` says which cells run, and
which run again after a cell has stopped the kernel.
"""

import contextlib
import errno
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
from .scratch import scratch_folder


class Stopped(Exception):
    """The grading was stopped, so the submission that was running has no result."""


# A gradient that a tool computes has the right digits, but the student did not derive it. We flag it; a person decides.
DIFFERENTIATION_TOOL = re.compile(
    r"^\s*(?:import|from)\s+(?:autograd|torch|jax|tensorflow)\b"
    r"|\b(?:numerical_gradient|eval_numerical_gradient\w*|central_differences|nudge)[ \t]*\(",
    re.M,
)
VIS_UTILS_WITHOUT_FIGURES = '''"""Figures are never drawn in grading; the real module takes half a second to import."""


def __getattr__(name):
    return lambda *arguments, **settings: None
'''
MIN_FREE = 2**16  # bytes; with less, a disk counts as full
PLUGIN = "cs231n.grading.judging.nbval_plugin"


class Judge:
    """Judges submissions. It holds what they have in common: the box, the libraries in it, the probes of one seed.

    Use it as a context manager, because it keeps a temporary folder. Several threads may share it.

    Arguments:
        seed: the grading seed. The same seed gives the same probes.
        unboxed, limits, hidden: see `box.open_box`.
        probes: the probes to run; None for all probes of the seed.

    Raises:
        box.NoBox: if there is no working box on this machine. The message says what to do.
    """

    def __init__(
        self, seed: str, unboxed: bool = False, limits: Limits | None = None, hidden: tuple[Path, ...] = (),
        probes: list[Probe] | None = None,
    ) -> None:  # fmt: skip
        self.seed, self.limits = seed, limits or Limits()
        self.stopped = False
        self.running: set[subprocess.Popen] = set()  # the nbval processes that run now
        self.closing = contextlib.ExitStack()
        self.folder = self.closing.enter_context(scratch_folder())
        try:
            self.pristine = read_notebooks()
            self.probes = {probe.id: probe for probe in (make_probes(seed) if probes is None else probes)}
            self.boxes = {name: self._open_box_for(name, unboxed, (ROOT, *hidden)) for name in NOTEBOOKS}
            write_kernels(self.folder / "jupyter", {kernel_of(name): box for name, box in self.boxes.items()})
            self._try_grading()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Judge":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def stop(self) -> None:
        """Stop judging in all threads. `judge` raises `Stopped` in each of them."""
        self.stopped = True
        for process in list(self.running):
            process.kill()

    def close(self) -> None:
        """Delete the temporary folder."""
        self.closing.close()

    def _open_box_for(self, notebook: str, unboxed: bool, hidden: tuple[Path, ...]) -> Box:
        """The box for a notebook's kernel, with a copy of the library.

        In the copy, the answers of earlier notebooks are the reference's. The other answers are stubs.
        """
        library = self.folder / f"library-{kernel_of(notebook)}"
        stubs = [name for name, task in TASKS.items() if NOTEBOOKS.index(task.notebook) >= NOTEBOOKS.index(notebook)]
        write_library(library, stubs)
        (library / "cs231n" / "vis_utils.py").write_text(VIS_UTILS_WITHOUT_FIGURES, encoding="utf-8")
        (library / "datasets").mkdir()
        shutil.copy(ROOT / "datasets" / "mnist_5k.npz", library / "datasets")
        return open_box(library, unboxed, self.limits, hidden)

    def _try_grading(self) -> None:
        """Grade a wrong answer. Raises NoBox if it earns points or its check does not run."""
        cells = [Cell("def softmax(x):\n    return x", "softmax")]
        verdict = self.judge(Reading({NOTEBOOKS[0]: cells}, {"softmax"}))
        if verdict.earned or "p has" not in verdict.checks.get("softmax", ""):
            said = "; ".join(verdict.remarks) or "no cell gave an answer"
            raise NoBox(f"a trial submission was not graded as it should be: {said}")

    def judge(self, reading: Reading) -> Verdict:
        """Run a submission and return what it earned.

        Raises:
            Stopped: if `stop` was called.
        """
        verdict, deadline = Verdict(flags=_flag_tools(reading)), time.monotonic() + self.limits.seconds
        probes = list(self.probes.values())
        plans = [Plan(name, self.pristine[name], cells, probes) for name, cells in reading.notebooks.items()]
        self._run_to_end(plans, verdict, deadline)
        self._run_to_end([alone for plan in plans for alone in plan.alone_plans(verdict)], verdict, deadline)
        return verdict

    def _run_to_end(self, plans: list[Plan], verdict: Verdict, deadline: float) -> None:
        """Run plans, again and again, until nothing of them or of the time is left."""
        while plans:
            left = deadline - time.monotonic()
            if left < 1:
                verdict.say("Your notebooks ran longer than they may: what was left counts as wrong.", "out-of-time")
                return
            rows = self._run_nbval(plans, left)
            cut_off = next((plan for plan in plans if _was_cut_off(plan, rows.get(plan.file, []))), None)
            plans = [plan for plan in plans if plan.take_rows(rows.get(plan.file, []), verdict, plan is cut_off)]

    def _run_nbval(self, plans: list[Plan], seconds: float) -> dict[str, list[dict]]:
        """Let nbval run the plans' notebooks, for a limited time. Returns the plugin's rows, by notebook."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        results = folder / "results.jsonl"
        try:
            for plan in plans:
                nbformat.write(plan.build(), folder / plan.file)
            (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
            command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "nbval.plugin", "-p", "no:cacheprovider"]
            command += ["--nbval", "-c", "pytest.ini", "--rootdir", ".", "-q", "--tb=no"]
            command += [plan.file for plan in plans]
            self._run_process(command, folder, self._environment(results), seconds)
            if self.stopped:
                raise Stopped
            if shutil.disk_usage(folder).free < MIN_FREE:  # the rows may be cut off: nobody's cells are to blame
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
            return _read_rows(results)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run_process(self, command: list[str], folder: Path, environment: dict[str, str], seconds: float) -> None:
        """Run a command in a folder. Kill it after some seconds, or when `stop` is called."""
        with open(folder / "log.txt", "wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
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

    def _environment(self, results: Path) -> dict[str, str]:
        """The environment variables of nbval's process."""
        replaced = ("PYTEST", "CS231N", "JUPYTER")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(replaced)}
        return kept | {
            "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CS231N_RESULTS": str(results),
            "CS231N_LIMITS": json.dumps(asdict(self.limits)), "JUPYTER_PATH": str(self.folder / "jupyter"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "no-config"), "CS231N_GRADER": str(os.getpid()),
            "CS231N_PRIVATE": str(self.folder),
        }  # fmt: skip


def _flag_tools(reading: Reading) -> list[str]:
    """A flag for every answer (except `numerical_gradient`) whose cell lets a tool compute the gradient."""
    cells = [cell for cells in reading.notebooks.values() for cell in cells if cell.task]
    found = [
        cell.task for cell in cells if cell.task != "numerical_gradient" and DIFFERENTIATION_TOOL.search(cell.source)
    ]
    return [f"differentiates-by-a-tool:{task}" for task in dict.fromkeys(found)]


def _was_cut_off(plan: Plan, rows: list[dict]) -> bool:
    """Whether the run ended in this notebook or before it, and the plugin wrote down no reason."""
    return len(rows) < len(plan.build().cells) and not any(row["fault"] for row in rows)


def _read_rows(results: Path) -> dict[str, list[dict]]:
    """The plugin's rows, by notebook. The last line is left out if nbval's process was killed while it wrote it."""
    rows: dict[str, list[dict]] = {}
    lines = results.read_text(encoding="utf-8").split("\n")[:-1] if results.exists() else []
    for line in lines:
        row = json.loads(line)
        rows.setdefault(row["notebook"], []).append(row)
    return rows
