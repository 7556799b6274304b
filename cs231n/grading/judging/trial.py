"""A trial: everything that is run of one submission, and what comes of it.

Every notebook runs once, as a whole. Only what *faulted* there is tried again, each task alone: the tasks that were not
reached since a cell stopped the kernel, those whose own cell stopped it, those that showed nothing, and those that did
not find a name that another cell defines. The better of the runs counts. A wrong answer is no fault.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...assignment.actions import TASKS
from ...assignment.saving.installed import FORWARD_OF
from ..reading import Reading
from .needed_cells import find_defined_names
from .plan import TASK_OF_CELL, Plan, cell_id_of
from .probing.own_probes import find_own_probes
from .probing.probes import TaskProbes
from .recorded.records_file import TaskRecord
from .verdict import TaskRun, Verdict

MAX_RUNS_ALONE = 3  # of one task
Row = dict[str, Any]


class Trial:
    """The trial of one submission.

    Arguments:
        reading: what was read of it.
        setup: for each notebook, the sources of its set-up cells.
        probes: the probes of every task.
        seconds: how long everything may take.

    Attributes:
        verdict: what is known so far.
        waiting: the plans that run next.
        seconds: the seconds that are left.
        by_itself: whether it gets a process of nbval for itself.
    """

    def __init__(
        self, reading: Reading, setup: Mapping[str, list[str]], probes: Mapping[str, TaskProbes], seconds: float
    ) -> None:
        self.reading, self.setup, self.probes, self.seconds = reading, setup, probes, seconds
        self.verdict = Verdict()
        self.by_itself = False
        self.runs_alone: dict[str, int] = {}
        self.reduced: dict[str, set[int]] = {}  # for each notebook, the cells that stopped a kernel
        self.waiting = [self._make_plan(notebook) for notebook in reading.notebooks]

    def _make_plan(self, notebook: str, task: str | None = None, skip: frozenset[str] = frozenset()) -> Plan:
        """The plan of a notebook, or of one of its tasks alone."""
        tasks = [name for name in self.probes if TASKS[name].notebook == notebook and task in (None, name)]
        reduced = frozenset(self.reduced.get(notebook, ()))
        return Plan(
            notebook, self.setup[notebook], self.reading.notebooks[notebook],
            {name: self.probes[name] for name in tasks}, self.reading.answered, task is not None, reduced, skip,
        )  # fmt: skip

    def take(self, plan: Plan, rows: list[Row], records: Mapping[str, TaskRecord], was_cut_off: bool) -> None:
        """Take what a run of a plan brought, and add the plans that have to run next.

        Arguments:
            plan: the plan.
            rows: what nbval's process wrote about its cells.
            records: what the tasks' cells recorded, by task.
            was_cut_off: whether nbval's process ended in this notebook.
        """
        self.seconds -= sum(row["seconds"] for row in rows)
        ran = {row["cell"]: row for row in rows if not row["skipped"]}
        for cell, task in TASK_OF_CELL.items():
            if cell in ran and task in plan.probes:
                row = ran[cell]
                run = TaskRun(dict(row["shown"]), set(row["right"]), records.get(task), row["fault"] or "")
                self._take_run(plan, task, run)
        if plan.for_own_forward:
            return
        culprit, why = _find_culprit(plan, rows, was_cut_off)
        if self.seconds < 1:
            self.verdict.say("Your notebooks ran longer than they may: what was left counts as wrong.", "out-of-time")
            return
        if culprit.startswith("setup-") or (culprit and not ran):
            self._try_to_start_again(plan, why)
            return
        if culprit.startswith("student-"):
            self._blame_cell(plan, int(culprit.split("-")[1]), why)
        for task in plan.probes:
            if self._has_faulted(plan, task, ran):
                self._try_alone(plan, task)

    def _take_run(self, plan: Plan, task: str, run: TaskRun) -> None:
        before = self.verdict.runs.get(task)
        if plan.for_own_forward:  # what has no gradient there counts as right if everything else is
            is_right = run.right == set(plan.probes[task].probes)
            own = {name for name, probe in self.probes[task].probes.items() if probe.variant == "own"}
            self.verdict.own_forward |= own if is_right else run.right
            return
        if plan.skip and before is not None:  # this run went on where that one was stopped
            run.shown, run.right = before.shown | run.shown, before.right | run.right
        self.verdict.take(task, run)

    def _try_to_start_again(self, plan: Plan, why: str) -> None:
        """Run a plan again whose kernel did not start, or stopped in a set-up cell.

        Perhaps the machine was busy, or another submission in the same process of nbval is to blame.
        """
        self.by_itself = True
        if plan.starts_left:
            self.waiting.append(replace(plan, starts_left=plan.starts_left - 1))
        else:
            self.verdict.say(f"{plan.notebook}: it could not be run ({why}).", "not-run")

    def _blame_cell(self, plan: Plan, number: int, why: str) -> None:
        """Say that one of the student's cells stopped the kernel. From now on, only what it defines runs."""
        self.reduced.setdefault(plan.notebook, set()).add(number)
        first = next((line for line in plan.cells[number].source.splitlines() if line.strip()), "")
        about = plan.cells[number].task
        said = f"the cell with your answer for {about}" if about else "a cell of yours"
        self.verdict.say(
            f"{plan.notebook}: {said} stopped the run ({why}); only the definitions in it count. "
            f"It begins: {first[:80]}",
            "kernel-stopped",
        )

    def _has_faulted(self, plan: Plan, task: str, ran: Mapping[str, Row]) -> bool:
        """Whether a task's cell did not show what the answer can do."""
        cells = plan.cells
        if task not in self.reading.answered:
            return False
        run = self.verdict.runs.get(task)
        if run is None or cell_id_of(task) not in ran or run.is_missing:
            return True
        if set(run.shown) >= set(plan.probes[task].probes) - plan.skip:
            names = set().union(*(find_defined_names(cell.source) for cell in cells))
            return run.missing_name in names and not plan.alone
        return True

    def _try_alone(self, plan: Plan, task: str) -> None:
        """Add a plan in which a task is judged alone, unless that was done often enough."""
        turn = self.runs_alone[task] = self.runs_alone.get(task, 0) + 1
        run = self.verdict.runs.get(task)
        if turn > MAX_RUNS_ALONE or (plan.alone and run is not None and run.is_missing):
            return
        skip = self._find_stopping_probes(plan, task, run) if plan.alone and run is not None else frozenset()
        if skip >= set(self.probes[task].probes):
            return
        self.verdict.flags += ["judged-alone"] * ("judged-alone" not in self.verdict.flags)
        self.waiting.append(self._make_plan(plan.notebook, task, skip))

    def look_again(self, seed: str) -> None:
        """Add plans that judge backward passes by the student's own forward pass, where that is a known mistake."""
        for task, forward_task in FORWARD_OF.items():
            run, forward_run = self.verdict.runs.get(task), self.verdict.runs.get(forward_task)
            forward = run.record.forward if run is not None and run.record else None
            if run is None or forward is None or forward_run is None or _earns_all(run, self.probes[task]):
                continue
            made = find_own_probes(seed, task, forward.calls, self.probes[forward_task], forward_run.shown)
            if made is not None:
                plan = self._make_plan(TASKS[task].notebook, task)
                self.waiting.append(replace(plan, probes={task: made}, recorded=(), for_own_forward=True))

    def finish(self) -> Verdict:
        """The verdict, with a remark for every task whose tests were stopped in the run that counts.

        There is none for an answer that earned everything: perhaps its forward pass was stopped.
        """
        for task, run in self.verdict.runs.items():
            all_shown = set(run.shown) >= set(self.probes[task].probes)
            if run.fault and not all_shown and not _earns_all(run, self.probes[task]):
                self.verdict.say(f"{task}: its tests were stopped ({run.fault}).", "kernel-stopped")
        return self.verdict

    def _find_stopping_probes(self, plan: Plan, task: str, run: TaskRun) -> frozenset[str]:
        """The probes that a next run leaves out: those that are known, and the one that stopped the kernel.

        If that one works on the student's own cache, all others on that cache are left out, too: it may be the forward
        pass that never ends.
        """
        probes = [probe for probe in self.probes[task].probes.values() if probe.id not in plan.skip]
        stopped = next((probe for probe in probes if probe.id not in run.shown), None)
        own = stopped is not None and stopped.variant == "own" and task in FORWARD_OF
        left_out = {probe.id for probe in probes if probe is stopped or (own and probe.variant == "own")}
        return plan.skip | left_out | set(run.shown)


def _find_culprit(plan: Plan, rows: list[Row], was_cut_off: bool) -> tuple[str, str]:
    """The id of the cell that stopped the kernel, and how; two empty texts if none did."""
    stopped = next((row for row in rows if row["fault"]), None)
    if stopped:
        return stopped["cell"], stopped["fault"]
    ran = {row["cell"] for row in rows}
    missing = [cell["id"] for cell in plan.cells_to_run if cell["id"] not in ran]
    if missing and (was_cut_off or rows):  # the first cell without a row ended the run, and would end it again
        return missing[0], "the run ended early"
    return ("setup-0", "it did not begin") if missing else ("", "")


def _earns_all(run: TaskRun, made: TaskProbes) -> bool:
    """Whether every item of a task has a probe that is right."""
    right = {probe.item for name, probe in made.probes.items() if name in run.right}
    return right == {probe.item for probe in made.probes.values()}
