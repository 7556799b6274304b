"""A plan: which cells of a notebook are still to run, and which are left out because they stopped the kernel.

A graded notebook holds the course's set-up cells, then the student's cells in their order, then the probes and the
check of every task. The probes and checks form *groups*: the probes of one variant of a task are a group, and so is a
task's check.

If a cell hangs or kills its kernel, we leave it out and run the rest again. So it costs its own points only. If a
second cell of the same group stops the kernel, we leave out the whole group. So a function that never returns costs two
waits, not ten.

Sometimes cells of two tasks stop the kernel, or two of the student's own cells do, or a probe runs and shows nothing.
Then the reason may be something else, such as a thread that ends the process later, or a patched IPython. In these
cases each task that has shown nothing yet is judged *alone*. It gets a kernel of its own, which runs only the cells
with its answer and the cells that define what the answer mentions.
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

Group = tuple[str, str]  # (task, variant of its probes), or (task, CHECK)
CHECK = "check"
MAX_STOPS = 2  # give up on a plan after so many of the student's cells, or of the graded cells of a task judged alone
IDENTIFIER = re.compile(r"[^\W\d]\w*")
# A line that defines names: def or class (group 1), an assignment (group 2), or an import (group 3 holds the names).
DEFINITION = re.compile(r"^(?:(?:async )?def|class)[ \t]+(\w+)|^(\w+)[ \t]*=(?!=)|^(?:from\b.*?\b)?import\b(.*)", re.M)


@dataclass
class Verdict:
    """How a submission did.

    Attributes:
        shown: what each probe showed, by the probe's id; None if it ran and showed nothing.
        earned: the ids of the probes whose digits are right, as judged by nbval.
        checks: the text that the check of each task printed, by task.
        remarks: sentences for the student.
        flags: words for the instructor.
    """

    shown: dict[str, str | None] = field(default_factory=dict)
    earned: set[str] = field(default_factory=set)
    checks: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def say(self, remark: str, flag: str) -> None:
        """Add a remark and a flag, unless they are there already."""
        self.remarks += [remark] * (remark not in self.remarks)
        self.flags += [flag] * (flag not in self.flags)


def kernel_of(notebook: str) -> str:
    """The name of a notebook's kernel."""
    return "cs231n-" + notebook.split("_")[0]


class Plan:
    """What is still to run of one notebook.

    Arguments:
        notebook: the file name of the course's notebook.
        pristine: the course's notebook, unsolved.
        cells: the student's cells that are to run.
        probes: all probes, also those of other notebooks.
        alone: the one task to judge; None for all tasks of the notebook.
    """

    def __init__(
        self, notebook: str, pristine: NotebookNode, cells: list[Cell], probes: list[Probe], alone: str | None = None
    ) -> None:
        self.notebook, self.pristine, self.handed_in, self.alone = notebook, pristine, cells, alone
        self.file = notebook if alone is None else f"{Path(notebook).stem}.{alone}.ipynb"
        self.setup = [cell.source for cell in pristine.cells if _is_setup(cell)]
        self.cells = dict(enumerate(cells, 1))  # the student's cells, by number
        self.graded: dict[str, tuple[Group, NotebookNode]] = {}  # the probes and checks: cell id to (group, cell)
        self.left_out = 0  # how many of the student's cells stopped the kernel and are left out
        self.stops: list[Group] = []  # the group of each graded cell that stopped the kernel
        self.starts_left = 1  # how often we try again if the kernel does not start, or stops in the set-up
        self.silent = False  # whether a probe ran to its end and showed nothing
        self.probes = [probe for probe in probes if TASKS[probe.task].notebook == notebook]
        for task in [name for name, task in TASKS.items() if task.notebook == notebook and alone in (None, name)]:
            for probe in self.probes:
                if probe.task == task:
                    self.graded[probe.id] = (task, probe.variant), _probe_cell(probe)
            cell = new_code_cell(f"check({task})", id=f"check-{task}".replace("_", "-"))
            self.graded[cell.id] = (task, CHECK), cell

    def build(self) -> NotebookNode:
        """The notebook that nbval runs next."""
        nb = new_notebook(metadata={"kernelspec": {"name": kernel_of(self.notebook), "display_name": "boxed"}})
        nb.cells = [new_code_cell(source, id=f"setup-{k}") for k, source in enumerate(self.setup)]
        for number, cell in self.cells.items():
            nb.cells.append(new_code_cell(cell.source, id=f"student-{number}"))
        nb.cells += [cell for _, cell in self.graded.values()]
        for number, cell in enumerate(nb.cells, 1):
            cell.execution_count = number  # nbval does not compare a cell without one
        return nb

    def take_rows(self, rows: list[dict], verdict: Verdict, ended_early: bool) -> bool:
        """Put the rows of a run into the verdict, and leave out the cell that stopped the kernel, if one did.

        Arguments:
            rows: what the plugin wrote about this notebook's cells.
            verdict: is changed.
            ended_early: whether nbval's process ended in this notebook.

        Returns:
            Whether something is left to run.
        """
        ran = {row["cell"]: row for row in rows if not row["skipped"]}
        stopped = next((row for row in ran.values() if row["fault"]), None)
        missing = [cell.id for cell in self.build().cells if cell.id not in ran]
        for cell_id, row in ran.items():
            if cell_id in self.graded and row is not stopped:
                (task, variant), _ = self.graded.pop(cell_id)
                self._record_row(cell_id, task, variant, row, verdict)
        if stopped:
            self._leave_out(stopped["cell"], stopped["fault"], verdict)
        elif missing and (ended_early or rows):  # the first cell without a row ended the run, and would end it again
            self._leave_out(missing[0], "the run ended early", verdict)
        return bool(self.graded)

    def _record_row(self, cell_id: str, task: str, variant: str, row: dict, verdict: Verdict) -> None:
        """Put the row of a probe or a check into the verdict."""
        if variant == CHECK:
            verdict.checks[task] = row["text"]
            return
        verdict.shown[cell_id] = row["probe"]
        self.silent = self.silent or row["probe"] is None
        if row["passed"]:
            verdict.earned.add(cell_id)

    def _leave_out(self, culprit: str, why: str, verdict: Verdict) -> None:
        """Leave out the cell that stopped the kernel, and say so in the verdict.

        Arguments:
            culprit: the id of the cell.
            why: how it stopped the kernel.
        """
        if culprit.startswith("student-"):
            source = self.cells.pop(int(culprit.removeprefix("student-"))).source
            self.left_out += 1
            if self.left_out >= MAX_STOPS:
                self.graded.clear()
            first = next((line for line in source.splitlines() if line.strip()), "")
            said = f"a cell of yours was left out ({why}). It begins: {first[:80]}"
        elif culprit in self.graded:
            group, _ = self.graded.pop(culprit)
            said = f"{group[0]}: " + (
                f"its check stopped ({why})." if group[1] == CHECK else f"a test stopped ({why})."
            )
            self._count_stop(group)
        elif self.starts_left:  # a set-up cell; perhaps the machine was busy
            self.starts_left -= 1
            return
        else:
            self.graded.clear()
            said = f"it could not be run ({why})."
            verdict.flags.append("not-run")
        verdict.say(f"{self.notebook}: {said}", "kernel-stopped")

    def _count_stop(self, group: Group) -> None:
        """Note that a graded cell of a group stopped the kernel. Leave out the group if that is its last chance.

        A backward pass that works on the student's own cache may hang because the forward pass hangs. So its group has
        no second chance if the forward pass has stopped the kernel, or if it is judged alone.
        """
        task, variant = group
        forward_stopped = (FORWARD_OF.get(task), "plain") in self.stops
        was_last_chance = group in self.stops or (variant == "own" and (self.alone or forward_stopped))
        self.stops.append(group)
        if self.alone is None and len(self._tasks_to_blame()) > 1 or self.alone and len(self.stops) >= MAX_STOPS:
            self.graded.clear()
        elif was_last_chance:
            self._leave_out_group(group)
            for backward, forward in FORWARD_OF.items():
                if group == (forward, "plain"):
                    self._leave_out_group((backward, "own"))

    def _leave_out_group(self, group: Group) -> None:
        self.graded = {cell_id: pair for cell_id, pair in self.graded.items() if pair[0] != group}

    def _tasks_to_blame(self) -> set[str]:
        """The tasks that stopped the kernel, without those whose forward pass stopped it and may be the reason."""
        tasks = {task for task, _ in self.stops}
        return {task for task, kind in self.stops if kind not in ("own", CHECK) or FORWARD_OF.get(task) not in tasks}

    def alone_plans(self, verdict: Verdict) -> list["Plan"]:
        """One plan for each task that is to be judged alone, see the top of this file."""
        if self.alone or not (self.silent or len(self._tasks_to_blame()) > 1 or self.left_out > 1):
            return []
        answered = {cell.task for cell in self.handed_in if cell.task}
        running = {cell.task for cell in self.cells.values()}
        open_tasks = {probe.task for probe in self.probes if verdict.shown.get(probe.id) is None}
        if self.left_out > 1:  # an answer in a cell that was left out may be innocent
            open_tasks |= answered - running
        plans = []
        for task in [task for task in TASKS if task in open_tasks & answered]:
            plan = Plan(self.notebook, self.pristine, find_needed_cells(self.handed_in, task), self.probes, task)
            for probe in self.probes:
                if verdict.shown.get(probe.id) and task in running:
                    plan.graded.pop(probe.id, None)  # its result is known already
            plans.append(plan)
        if plans and "judged-alone" not in verdict.flags:
            verdict.flags.append("judged-alone")
        return plans


def find_needed_cells(cells: list[Cell], task: str) -> list[Cell]:
    """The cells with a task's answer and the cells that define the names in them, and so on, in their order."""
    wanted = [k for k, cell in enumerate(cells) if cell.task == task]
    if task in FORWARD_OF:
        wanted += [k for k, cell in enumerate(cells) if cell.task == FORWARD_OF[task]]
    defined = [_find_defined_names(cell.source) for cell in cells]
    taken: set[int] = set()
    while wanted:
        k = wanted.pop()
        if k in taken:
            continue
        taken.add(k)
        if not defined[k] and cells[k].task and k:
            wanted.append(k - 1)  # an answer cell without code follows the cell that holds several answers
        mentioned = set(IDENTIFIER.findall(cells[k].source))
        wanted += [other for other, names in enumerate(defined) if names & mentioned and other not in taken]
    return [cells[k] for k in sorted(taken)]


def _find_defined_names(source: str) -> set[str]:
    """The names that a source seems to define at its top level. We do not parse it: it may not be valid Python."""
    names: set[str] = set()
    for match in DEFINITION.finditer(source):
        name = match[1] or match[2]
        names |= {name} if name else set(IDENTIFIER.findall(match[3]))
    return names - {"np", "as"}


def _is_setup(cell: NotebookNode) -> bool:
    """Whether a cell of the course's notebook is a set-up cell: locked for students, and not a check."""
    info = cell.metadata.get("nbgrader", {})
    return bool(info.get("locked") and not info.get("grade"))


def _probe_cell(probe: Probe) -> NotebookNode:
    output = new_output("display_data", {MIME: probe.expected})
    return new_code_cell(probe.source, id=probe.id, outputs=[output])
