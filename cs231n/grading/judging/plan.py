"""A plan: one notebook for nbval to run. It holds set-up cells, the student's cells, and a cell for every task.

A task's cell stands where the student's notebook checks the answer. In the plan of a single task, the *alone* plan,
only the cells that the answer needs run. They run twice, so that it does not matter in which order they stand.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ...assignment.actions import TASKS
from ..reading import Cell
from ..reading.sources import keep_definitions, parse
from .boxes.inside.mime import MIME
from .needed_cells import find_needed_cells
from .probing.probes import TaskProbes

PAUSE = 0.1  # seconds after each probe of a task that runs alone: another thread of the kernel sends the digits
Json = dict[str, Any]


def kernel_of(notebook: str) -> str:
    """The name of a notebook's kernel."""
    return "cs231n-" + notebook.split("_")[0]


def find_setup(nb: NotebookNode) -> list[str]:
    """The sources of a course notebook's set-up cells: those that are locked for students, and not checks."""
    infos = [(cell, cell.metadata.get("nbgrader", {})) for cell in nb.cells]
    return [cell.source for cell, info in infos if info.get("locked") and not info.get("grade")]


@dataclass
class Plan:
    """One notebook to run.

    Attributes:
        notebook: the file name of the course's notebook.
        setup: the sources of its set-up cells.
        cells: all of the student's cells, by number.
        probes: the probes of the tasks to judge, by task.
        recorded: the tasks whose check is recorded, too.
        alone: whether this is the plan of a single task.
        reduced: numbers of cells that stopped a kernel. Only the definitions in them run.
        skip: ids of probes that are left out.
        starts_left: how often we try again if the kernel does not start.
        for_own_forward: whether the probes are those of a mistaken forward pass of the student's.
    """

    notebook: str
    setup: list[str]
    cells: list[Cell]
    probes: Mapping[str, TaskProbes]
    recorded: Iterable[str] = ()
    alone: bool = False
    reduced: frozenset[int] = frozenset()
    skip: frozenset[str] = frozenset()
    starts_left: int = 1
    for_own_forward: bool = False

    @property
    def file(self) -> str:
        """The name of the file that nbval runs."""
        return f"{Path(self.notebook).stem}.{next(iter(self.probes))}.ipynb" if self.alone else self.notebook

    @cached_property
    def cells_to_run(self) -> list[Json]:
        """The cells of the notebook that nbval runs, as in its file."""
        made = [_make_cell(source, f"setup-{k}") for k, source in enumerate(self.setup)]
        made += self._make_cells_alone() if self.alone else self._make_cells()
        for number, cell in enumerate(made, 1):
            cell["execution_count"] = number  # nbval does not compare a cell without one
        return made

    def to_json(self) -> str:
        """The notebook that nbval runs, as text. (nbformat would check it against a schema, which takes long.)"""
        kernel = {"name": kernel_of(self.notebook), "display_name": "boxed"}
        form = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}}
        return json.dumps(form | {"cells": self.cells_to_run})

    def _make_cells(self) -> list[Json]:
        """The student's cells in their order, with the tasks' cells at their places. Those without one come last."""
        made, open_tasks = [], dict.fromkeys(self.probes)
        for number, cell in enumerate(self.cells):
            if cell.judges is None:
                made.append(_make_cell(self._source(number), f"student-{number}"))
            elif cell.judges in open_tasks:
                made.append(self._make_task_cell(cell.judges))
                del open_tasks[cell.judges]
        return made + [self._make_task_cell(task) for task in open_tasks]

    def _make_cells_alone(self) -> list[Json]:
        (task,) = self.probes
        needed = find_needed_cells(self.cells, task)
        twice = [(number, turn) for turn in ("", "-again") for number in needed]
        made = [_make_cell(self._source(number), f"student-{number}{turn}") for number, turn in twice]
        return [*made, self._make_task_cell(task)]

    def _source(self, number: int) -> str:
        source = self.cells[number].source
        if number not in self.reduced:
            return source
        tree = parse(source)
        return keep_definitions(tree) if tree else ""

    def _make_task_cell(self, task: str) -> Json:
        made = self.probes[task]
        expected = {name: probe.expected for name, probe in made.probes.items() if name not in self.skip}
        source = made.source(self.skip, task in self.recorded, PAUSE if self.alone else 0)
        return _make_cell(source, cell_id_of(task), expected)


def _make_cell(source: str, cell_id: str, expected: Mapping[str, str] | None = None) -> Json:
    """A code cell, as in a notebook's file, with the digits that it should show, by the probes' ids."""
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {MIME + name: digits}}
        for name, digits in (expected or {}).items()
    ]
    return {"cell_type": "code", "id": cell_id, "metadata": {}, "source": source, "outputs": outputs}


def cell_id_of(task: str) -> str:
    """The id of a task's cell."""
    return f"task-{task}".replace("_", "-")


TASK_OF_CELL = {cell_id_of(task): task for task in TASKS}
