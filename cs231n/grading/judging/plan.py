"""What is left to run of a notebook, and what to leave out of it when its kernel stops.

A graded notebook holds the course's own set-up cells, the student's cells in their order, and then for every task its
probes and its check. These belong to *groups*: a task's probes of one variant, or its check. Where a cell hangs or
takes its kernel down, that cell is left out and the rest is run again, so that it costs what it is worth and no more;
the second cell of a group that does so takes the group with it: a function that never returns costs two waits, not ten.

Where cells of two tasks stop the kernel, or two of the student's cells, or cells run to their end and show nothing,
something else may be at work: a thread that ends the process later, a patched IPython. Then each task that has shown
nothing is judged *alone*: in a kernel of its own, with no cells of the student but its answer's and those that define
what these mention.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ...assignment.actions import TASKS
from ...assignment.saving.installed import FORWARD_OF
from ..reading import Cell
from .inside.probe import MIME
from .probes import Probe

CHECK = "check"
STOPS = 2  # after so many cells that stop the kernel, a task that is judged alone has had its chance
NAME = re.compile(r"[^\W\d]\w*")
BINDS = re.compile(r"^(?:(?:async )?def|class)[ \t]+(\w+)|^(\w+)[ \t]*=(?!=)|^(?:from\b.*?\b)?import\b(.*)", re.M)


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

    def say(self, remark: str, flag: str) -> None:
        """Add a sentence and a word, once."""
        self.remarks += [remark] * (remark not in self.remarks)
        self.flags += [flag] * (flag not in self.flags)


def kernel_of(notebook: str) -> str:
    """The name of the kernel, and of the library, for a notebook."""
    return "cs231n-" + notebook.split("_")[0]


class Plan:
    """What is left to run of one notebook.

    Arguments:
        notebook: the file name of the course's notebook.
        pristine: the course's notebook.
        cells: the student's cells that are to run.
        probes: what to ask.
        alone: the one task that is judged, or None for all of the notebook.
    """

    def __init__(
        self, notebook: str, pristine: NotebookNode, cells: list[Cell], probes: list[Probe], alone: str | None = None
    ):
        self.notebook, self.pristine, self.handed_in, self.alone = notebook, pristine, cells, alone
        self.file = notebook if alone is None else f"{Path(notebook).stem}.{alone}.ipynb"
        info = [cell.metadata.get("nbgrader", {}) for cell in pristine.cells]
        self.setup = [c.source for c, i in zip(pristine.cells, info) if i.get("locked") and not i.get("grade")]
        self.cells = dict(enumerate(cells, 1))
        self.graded: dict[str, tuple[tuple[str, str], NotebookNode]] = {}  # cell id to (group, cell)
        self.left_out = 0  # how many of the student's cells
        self.stops: list[tuple[str, str]] = []  # the groups of the graded cells that stopped the kernel
        self.starts_left = 1  # how often a kernel that did not start, or stopped in the set-up, is tried again
        self.silent = False  # whether a probe ran to its end and showed nothing
        self.probes = [probe for probe in probes if TASKS[probe.task].notebook == notebook]
        for task in [name for name, task in TASKS.items() if task.notebook == notebook and alone in (None, name)]:
            for probe in self.probes:
                if probe.task == task:
                    self.graded[probe.id] = (task, probe.variant), _probe_cell(probe)
            cell = new_code_cell(f"check({task})", id=f"check-{task}".replace("_", "-"))
            self.graded[cell.id] = (task, CHECK), cell

    def build(self) -> NotebookNode:
        """The notebook that nbval is to run."""
        nb = new_notebook(metadata={"kernelspec": {"name": kernel_of(self.notebook), "display_name": "boxed"}})
        nb.cells = [new_code_cell(source, id=f"setup-{k}") for k, source in enumerate(self.setup)]
        for number, cell in self.cells.items():
            nb.cells.append(new_code_cell(cell.source, id=f"student-{number}"))
        nb.cells += [cell for _, cell in self.graded.values()]
        for number, cell in enumerate(nb.cells, 1):
            cell.execution_count = number  # nbval does not compare a cell without one
        return nb

    def take(self, rows: list[dict], verdict: Verdict, ended_early: bool) -> bool:
        """Put the rows of a run into the verdict.

        Arguments:
            rows: what the plugin wrote about this notebook's cells.
            ended_early: whether nbval's process ended in this notebook.

        Returns:
            left: whether something is left to run.
        """
        ran = {row["cell"]: row for row in rows if not row["skipped"]}
        stopped = next((row for row in ran.values() if row["fault"]), None)
        missing = [cell.id for cell in self.build().cells if cell.id not in ran]
        for cell_id, row in ran.items():
            if cell_id in self.graded and row is not stopped:
                (task, variant), _ = self.graded.pop(cell_id)
                self._note(cell_id, task, variant, row, verdict)
        if stopped:
            self._leave_out(stopped["cell"], stopped["fault"], verdict)
        elif missing and (ended_early or rows):  # with rows there is a culprit: the same run again would end alike
            self._leave_out(missing[0], "the run ended early", verdict)
        return bool(self.graded)

    def _note(self, cell_id, task, variant, row, verdict):
        if variant == CHECK:
            verdict.checks[task] = row["text"]
            return
        verdict.shown[cell_id] = row["probe"]
        self.silent = self.silent or row["probe"] is None
        if row["passed"]:
            verdict.earned.add(cell_id)

    def _leave_out(self, culprit, why, verdict):
        """Take what stopped the kernel out of the plan, and say so."""
        if culprit.startswith("student-"):
            source = self.cells.pop(int(culprit.removeprefix("student-"))).source
            self.left_out += 1
            if self.left_out >= STOPS:
                self.graded.clear()
            first = next((line for line in source.splitlines() if line.strip()), "")
            said = f"a cell of yours was left out ({why}). It begins: {first[:80]}"
        elif culprit in self.graded:
            group, _ = self.graded.pop(culprit)
            said = f"{group[0]}: " + (
                f"its check stopped ({why})." if group[1] == CHECK else f"a test stopped ({why})."
            )
            self._stop(group)
        elif self.starts_left:  # the machine was busy, perhaps
            self.starts_left -= 1
            return
        else:
            self.graded.clear()
            said = f"it could not be run ({why})."
            verdict.flags.append("not-run")
        verdict.say(f"{self.notebook}: {said}", "kernel-stopped")

    def _stop(self, group):
        """Note that a graded cell of a group has stopped the kernel; what that group depends on may be to blame."""
        forward = FORWARD_OF.get(group[0])
        spent = group in self.stops or (group[1] == "own" and (self.alone or (forward, "plain") in self.stops))
        self.stops.append(group)
        if self.alone is None and len(self._stopped()) > 1 or self.alone and len(self.stops) >= STOPS:
            self.graded.clear()
        elif spent:
            self._drop(group)
            for task, needed in FORWARD_OF.items():
                if group == (needed, "plain"):
                    self._drop((task, "own"))

    def _drop(self, group):
        self.graded = {cell_id: pair for cell_id, pair in self.graded.items() if pair[0] != group}

    def _stopped(self):
        """The tasks that stopped the kernel, but not where their forward pass, which did, may have."""
        tasks = {task for task, _ in self.stops}
        return {task for task, kind in self.stops if kind not in ("own", CHECK) or FORWARD_OF.get(task) not in tasks}

    def alone_plans(self, verdict: Verdict) -> list["Plan"]:
        """Plans for the tasks that deserve to be judged alone: one each."""
        if self.alone or not (self.silent or len(self._stopped()) > 1 or self.left_out > 1):
            return []
        answered = {cell.task for cell in self.handed_in if cell.task}
        open_tasks = {probe.task for probe in self.probes if verdict.shown.get(probe.id) is None}
        if self.left_out > 1:  # by whatever stopped the kernel, perhaps; their answers are missing
            running = {cell.task for cell in self.cells.values()}
            open_tasks |= answered - running
        plans = []
        for task in [task for task in TASKS if task in open_tasks & answered]:
            plan = Plan(self.notebook, self.pristine, needed(self.handed_in, task), self.probes, task)
            for probe in self.probes:
                if verdict.shown.get(probe.id) and task in {cell.task for cell in self.cells.values()}:
                    plan.graded.pop(probe.id, None)  # that one is known already
            plans.append(plan)
        if plans and "judged-alone" not in verdict.flags:
            verdict.flags.append("judged-alone")
        return plans


def needed(cells: list[Cell], task: str) -> list[Cell]:
    """A task's answer cells, and those that define what these mention, in their order."""
    wanted = [k for k, cell in enumerate(cells) if cell.task == task]
    if task in FORWARD_OF:
        wanted += [k for k, cell in enumerate(cells) if cell.task == FORWARD_OF[task]]
    binds = [_bound(cell.source) for cell in cells]
    taken: set[int] = set()
    while wanted:
        k = wanted.pop()
        if k in taken:
            continue
        taken.add(k)
        if not _bound(cells[k].source) and cells[k].task and k:
            wanted.append(k - 1)  # a cell with several answers is followed by empty ones
        names = set(NAME.findall(cells[k].source))
        wanted += [other for other, bound in enumerate(binds) if bound & names and other not in taken]
    return [cells[k] for k in sorted(taken)]


def _bound(source):
    """The names that a source seems to define at its top level; read by its lines, since it may be anything."""
    names = set()
    for match in BINDS.finditer(source):
        names |= {match[1] or match[2]} if match[1] or match[2] else set(NAME.findall(match[3]))
    return names - {"np", "as"}


def _probe_cell(probe: Probe) -> NotebookNode:
    output = new_output("display_data", {MIME: probe.expected})
    return new_code_cell(probe.source, id=probe.id, outputs=[output])
