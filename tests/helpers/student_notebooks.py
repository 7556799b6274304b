"""Notebooks as students hand them in: solved ones with edits, a trial of their checks in kernels, their grades."""

import copy
import json
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing.notebooks import read_notebooks, solve
from cs231n.grading.reading.check_places import find_magic_marks, find_marks
from tests.helpers import commands
from tests.helpers.kernels import Kernel, environment_of


@lru_cache(maxsize=1)
def _solved():
    return {name: solve(nb) for name, nb in read_notebooks().items()}


@lru_cache(maxsize=1)
def _demonstrations():
    """The sources of the course's cells that neither set up, answer nor check anything."""
    cells = [cell for nb in _solved().values() for cell in nb.cells if not cell.metadata.get("nbgrader")]
    return {cell.source for cell in cells}


class Student:
    """A student's notebooks: copies of the solved ones. Every method that edits them returns the student.

    Arguments:
        name: the student's name.
        numbers: which notebooks were handed in, from 1.
    """

    def __init__(self, name: str, *numbers: int) -> None:
        self.name = name
        self.notebooks = {number: copy.deepcopy(_solved()[NOTEBOOKS[number - 1]]) for number in numbers or (1, 2, 3)}

    def cells_of(self, task):
        """The cells of the notebook with a task."""
        return self.notebooks[NOTEBOOKS.index(TASKS[task].notebook) + 1].cells

    def place(self, grade_id):
        """The index of the answer cell of a task, or of its check ("check-softmax")."""
        cells = self.cells_of(grade_id.removeprefix("check-"))
        return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells].index(grade_id)

    def get(self, grade_id):
        """The source of an answer or a check."""
        return self.cells_of(grade_id.removeprefix("check-"))[self.place(grade_id)].source

    def put(self, grade_id, source, above=None, below=None):
        """Replace an answer or a check. ``SAME`` in the source stands for what was there. May add cells around it."""
        cells, place = self.cells_of(grade_id.removeprefix("check-")), self.place(grade_id)
        cells[place].source = source.replace("SAME", cells[place].source)
        cells[place + 1 : place + 1] = [new_code_cell(below)] if below else []
        cells[place:place] = [new_code_cell(above)] if above else []
        return self

    def drop(self, *grade_ids):
        """Delete answers or checks."""
        for grade_id in grade_ids:
            del self.cells_of(grade_id.removeprefix("check-"))[self.place(grade_id)]
        return self

    def first(self, number, source):
        """Add a cell below the set-up cell of a notebook."""
        self.notebooks[number].cells.insert(2, new_code_cell(source))
        return self

    def last(self, number, *sources):
        """Add cells at the end of a notebook."""
        self.notebooks[number].cells += map(new_code_cell, sources)
        return self

    def write(self, folder: Path) -> Path:
        """Write the notebooks into a folder of this name."""
        (folder / self.name).mkdir(parents=True)
        for number, nb in self.notebooks.items():
            nbformat.write(nb, folder / self.name / NOTEBOOKS[number - 1])
        return folder / self.name


def try_checks(student: Student, folder: Path, paths: tuple[Path, ...] = ()) -> dict[str, str]:
    """Run a student's notebooks from top to bottom in real kernels, without the course's demonstrations.

    A task without a check in its notebook is checked at the end.

    Arguments:
        folder: where the kernels keep their files.
        paths: folders with modules that only the student's machine has.

    Returns:
        What went wrong, by the beginning of the cell; and, by task, why it was never checked.
    """
    wrong: dict[str, str] = {}
    for number, nb in student.notebooks.items():
        environment = environment_of(folder, automated=True)
        environment["PYTHONPATH"] = ":".join([environment["PYTHONPATH"], *map(str, paths)])
        kernel, checked = Kernel(environment, folder), set()
        sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
        try:
            for source in [source for source in sources if source not in _demonstrations()]:
                if "sys.stdout.close()" in source:  # then nothing can be seen any more
                    break
                marks = [mark for _, mark in find_marks(source)] + find_magic_marks(source.splitlines())
                checked |= {mark.judges for mark in marks}
                _, errors = kernel.run(source)
                if errors:
                    wrong[source[:60]] = errors[-1]
            for task in [task for task in TASKS if TASKS[task].notebook == NOTEBOOKS[number - 1]]:
                errors = [] if task in checked else kernel.run(f"check({task})")[1]
                if errors:
                    wrong[task] = errors[-1]
        finally:
            kernel.close()
    return wrong


def grade_students(folder: Path, *students: Student) -> dict[str, dict]:
    """Grade students with one call of the command. Returns their records as plain values, by name."""
    for student in students:
        student.write(folder / "class")
    result = commands.run("cs231n.grading", "grade", folder / "class", "--out", folder / "grades", "--jobs", "1")
    assert result[0] == 0, result
    return read_grades(folder / "grades")


def read_grades(out: Path) -> dict[str, dict]:
    """The records in a folder of grades, by student."""
    return {path.parent.name: json.loads(path.read_text()) for path in (out / "private").glob("*/result.json")}


def lost(record: dict) -> dict[str, float]:
    """The points that a submission lost on the tasks that are written, by task."""
    missing = {task: round(record["of"][task] - record["points"][task], 2) for task in record["answered"]}
    return {task: points for task, points in missing.items() if points}


def all_flags(record: dict) -> list[str]:
    """All flags of a record, but for those of notebooks that were not handed in."""
    flags = record["flags"] + [flag for report in record["tasks"].values() for flag in report["flags"]]
    return [flag for flag in flags if flag != "missing-notebook"]
