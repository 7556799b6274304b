"""The judge of one submission: it builds notebooks around the student's cells, lets nbval run them, and reads the rows.

A graded notebook holds the course's own set-up cells, the student's cells in their order, and then for every task its
probes and its check. Points come from the probes alone; what a check says is for the feedback. Where a cell hangs or
takes its kernel down, it is left out and the rest is run again, so that it costs what it is worth and no more.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ...assignment.tasks import NOTEBOOKS, TASKS
from ..library import write_library
from ..notebooks import ROOT, read_notebooks
from ..reading import Cell, Reading
from .box import Box, Limits, open_box
from .inside.probe import MIME
from .probes import Probe, make_probes
from .provisioner import write_kernels


class Stopped(Exception):
    """Somebody has ended the grading: what was running has no result."""


SECONDS = 300  # for one submission, reruns included
PLUGIN = "cs231n.grading.judging.nbval_plugin"
IGNORE = {"tags": ["nbval-ignore-output", "raises-exception"]}


@dataclass
class Verdict:
    """How a submission did.

    Attributes:
        shown: what every probe that ran showed, by the probe's id.
        earned: the ids of the probes whose digits nbval found to be right.
        checks: what the check of every task printed.
        remarks: sentences for the student.
        flags: words for the instructor.
    """

    shown: dict[str, str | None] = field(default_factory=dict)
    earned: set[str] = field(default_factory=set)
    checks: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)


class Judge:
    """Everything that submissions have in common: the box, the libraries in it, the probes of one seed.

    Use it as a context manager: it keeps a temporary folder. Threads may share it.

    Arguments:
        seed: the grading seed; the same seed asks the same.
        unboxed, limits, hidden: see `box.open_box`.
        probes: what to ask; None for all probes of the seed.

    Raises:
        box.NoBox: where there is no box on this machine; the message says what to do.
    """

    def __init__(
        self, seed: str, unboxed: bool = False, limits: Limits | None = None, hidden: tuple = (),
        probes: list[Probe] | None = None,
    ):  # fmt: skip
        self.seed, self.limits = seed, limits or Limits()
        self.stopped, self.running = False, set()  # the processes that run now
        self.folder = Path(tempfile.mkdtemp(prefix="cs231n-grading-"))
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
        (library / "datasets").mkdir()
        shutil.copy(ROOT / "datasets" / "mnist_5k.npz", library / "datasets")
        return open_box(library, unboxed, self.limits, hidden)

    def _try(self):
        """Grade a wrong and an empty answer: a machine on which these earn something, or nothing runs, cannot grade."""
        cells = [Cell("def softmax(x):\n    return x", "softmax")]
        verdict = self.judge(Reading({NOTEBOOKS[0]: cells}, {"softmax"}))
        if verdict.earned or "p has" not in verdict.checks.get("softmax", ""):
            said = "; ".join(verdict.remarks) or "no cell gave an answer"
            raise RuntimeError(f"a trial submission was not graded as it should be: {said}")

    def judge(self, reading: Reading) -> Verdict:
        """Run what a student handed in, and say what it earned."""
        verdict, deadline = Verdict(), time.monotonic() + SECONDS
        plans = [_Plan(name, self, cells) for name, cells in reading.notebooks.items()]
        while plans:
            left = deadline - time.monotonic()
            if left < 1:
                verdict.remarks.append("Your notebooks ran longer than they may: what was left counts as wrong.")
                verdict.flags.append("out-of-time")
                break
            rows = self._run(plans, left)
            plans = [plan for plan in plans if plan.take(rows.get(plan.notebook, []), verdict)]
        return verdict

    def _run(self, plans, seconds) -> dict[str, list[dict]]:
        """Let nbval run notebooks; the plugin's rows, by notebook."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        results = folder / "results.jsonl"
        try:
            for plan in plans:
                nbformat.write(plan.build(), folder / plan.notebook)
            (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
            command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", PLUGIN, "-p", "no:cacheprovider"]
            command += ["--nbval", "-c", "pytest.ini", "--rootdir", ".", "-q", "--tb=no"]
            command += [plan.notebook for plan in plans]
            with open(folder / "log.txt", "wb") as log:
                streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
                process = subprocess.Popen(command, cwd=folder, env=self._environment(results), **streams)
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
        }  # fmt: skip


def kernel_of(notebook: str) -> str:
    """The name of the kernel, and of the library, for a notebook."""
    return "cs231n-" + notebook.split("_")[0]


def _read_rows(results: Path) -> dict[str, list[dict]]:
    rows: dict[str, list[dict]] = {}
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.setdefault(row["notebook"], []).append(row)
    return rows


class _Plan:
    """What is left to run of one notebook: the set-up, the student's cells, and groups of probe or check cells.

    A group is a task's probes of one variant, or its check. The second cell of a group that stops the kernel takes the
    rest of the group with it: a function that never returns costs two waits, not ten.
    """

    def __init__(self, notebook, judge, cells):
        self.notebook, self.judge = notebook, judge
        pristine = judge.pristine[notebook].cells
        info = [cell.metadata.get("nbgrader", {}) for cell in pristine]
        self.setup = [c.source for c, i in zip(pristine, info) if i.get("locked") and not i.get("grade")]
        self.cells = dict(enumerate(cells, 1))
        self.graded = {}  # cell id to (group, cell)
        self.stops = []  # the groups of the cells that stopped the kernel
        for task in (name for name, task in TASKS.items() if task.notebook == notebook):
            for probe in judge.probes.values():
                if probe.task == task:
                    self.graded[probe.id] = (task, probe.variant), _probe_cell(probe)
            cell = new_code_cell(f"check({task})", id=f"check-{task}".replace("_", "-"), metadata=IGNORE)
            self.graded[cell.id] = (task, "check"), cell

    def build(self):
        """The notebook that nbval is to run."""
        nb = new_notebook(metadata={"kernelspec": {"name": kernel_of(self.notebook), "display_name": "boxed"}})
        nb.cells = [new_code_cell(source, id=f"setup-{k}", metadata=IGNORE) for k, source in enumerate(self.setup)]
        for number, cell in self.cells.items():
            nb.cells.append(new_code_cell(cell.source, id=f"student-{number}", metadata=IGNORE))
        nb.cells += [cell for _, cell in self.graded.values()]
        for number, cell in enumerate(nb.cells, 1):
            cell.execution_count = number  # nbval does not compare a cell without one
        return nb

    def take(self, rows, verdict):
        """Put the rows of a run into the verdict; True when something is left to run."""
        ran = {row["cell"]: row for row in rows if not row["skipped"]}
        stopped = next((row for row in ran.values() if row["fault"]), None)
        missing = [cell.id for cell in self.build().cells if cell.id not in ran]
        for cell_id, row in ran.items():
            if cell_id in self.graded and row is not stopped:
                (task, kind), _ = self.graded.pop(cell_id)
                self._note(cell_id, task, kind, row, verdict)
        if stopped:
            self._leave_out(stopped["cell"], stopped["fault"], verdict)
        elif missing:
            self._leave_out(missing[0], "the run ended early", verdict)
        return bool(self.graded)

    def _note(self, cell_id, task, kind, row, verdict):
        if kind == "check":
            verdict.checks[task] = row["text"]
            return
        verdict.shown[cell_id] = row["probe"]
        if row["passed"]:
            verdict.earned.add(cell_id)

    def _leave_out(self, culprit, why, verdict):
        """Take what stopped the kernel out of the plan, and say so."""
        if "kernel-stopped" not in verdict.flags:
            verdict.flags.append("kernel-stopped")
        if culprit.startswith("student-"):
            source = self.cells.pop(int(culprit.removeprefix("student-"))).source
            first = next((line for line in source.splitlines() if line.strip()), "")
            verdict.remarks.append(f"{self.notebook}: a cell of yours was left out ({why}). It begins: {first[:80]}")
        elif culprit in self.graded:
            group, _ = self.graded.pop(culprit)
            if group in self.stops:
                self.graded = {cell_id: pair for cell_id, pair in self.graded.items() if pair[0] != group}
            self.stops.append(group)
            what = f"its check stopped ({why})" if group[1] == "check" else f"a test of it stopped ({why})"
            verdict.remarks.append(f"{self.notebook}: {group[0]}: {what}.")
        else:
            self.graded.clear()
            verdict.remarks.append(f"{self.notebook} could not be run ({why}).")
            verdict.flags.append("not-run")


def _probe_cell(probe: Probe):
    output = new_output("display_data", {MIME: probe.expected})
    return new_code_cell(probe.source, id=probe.id, outputs=[output])
