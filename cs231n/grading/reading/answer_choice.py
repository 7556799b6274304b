"""Decide which of a student's cells answers which task.

A cell that defines the task's function answers it. If there is none, the cell with the task's name does, and then the
cell with the id that the course's answer cell has. Of several cells, the one counts that the student's last check
tests.
"""

import re

from . import sources
from .check_places import find_magic_marks, find_marks
from .copies import CodeCell, Copy
from .names import find_names_bound
from .pristine import Pristine
from .remarks import Notes, listed


def choose_answers(
    copy: Copy, code_cells: list[CodeCell], pristine: Pristine, notes: Notes
) -> tuple[dict[int, list[str]], set[str]]:
    """Match a notebook's tasks to cells.

    Arguments:
        copy: the student's version of the notebook.
        code_cells: its code cells, and those taken from other copies.
        pristine: the course's version.
        notes: collects what the student is told.

    Returns:
        labels: dictionary from the ``id()`` of a code cell to the tasks that it answers.
        answered: the tasks whose cell is not the untouched stub.
    """
    labels: dict[int, list[str]] = {}
    answered: set[str] = set()
    by_name: list[tuple[str, CodeCell]] = []
    missing: list[str] = []
    for task in pristine.tasks:
        defining = [code_cell for code_cell in code_cells if task in code_cell.defines]
        real = [code_cell for code_cell in defining if not code_cell.is_stub(task)]
        if real:
            code_cell = _choose_best(task, real, code_cells, notes)
            answered.add(task)
            if all(other.raw.tag != task for other in real):  # else it is said why this one counts
                by_name.append((task, code_cell))
        else:
            found = _find_without_function(task, code_cells, pristine, notes)
            if found is not None:
                code_cell = found
                answered.add(task)
            elif defining:
                code_cell = defining[0]
            else:
                missing.append(task)
                continue
        labels.setdefault(id(code_cell), []).append(task)
    _say_missing(missing, bool(answered), copy, code_cells, pristine, notes)
    _say_found_by_name(by_name, copy, pristine, notes)
    _say_split(code_cells, pristine, notes)
    return labels, answered


def _choose_best(task: str, real: list[CodeCell], code_cells: list[CodeCell], notes: Notes) -> CodeCell:
    """Choose the cell that counts among those that define a task's function.

    Valid Python comes before broken code, and a finished function before an unfinished one. Of several cells with the
    task's name, take the last. Else take the one that the last check tests. If no check tests any, take the one with
    the task's name, or else the last.
    """
    candidates = [code_cell for code_cell in real if code_cell.tree is not None] or real
    candidates = [
        code_cell for code_cell in candidates if not sources.is_unfinished(code_cell.tree, task)
    ] or candidates
    tagged = [code_cell for code_cell in candidates if code_cell.raw.tag == task]
    tested = _find_tested(task, candidates, code_cells) if len(tagged) < 2 else None
    best = tested or (tagged or candidates)[-1]
    if len({code_cell.normal for code_cell in real}) > 1:
        why = "it is the last one"
        if len(candidates) == 1:
            why = "the rest is not finished or not valid Python"
        elif tagged and best is tagged[-1] and best is not candidates[-1]:
            why = "it carries the task's name"
        elif tested and (tagged or best is not candidates[-1]):
            why = f"the last check of {task} tests it"
        elif best is not real[-1]:
            why = "it is the last one that is finished"
        notes.say(
            f"The function {task} is defined in {listed(code_cell.place for code_cell in real)}: {best.place} counts, "
            f"since {why}.",
            "duplicate-answer",
        )
    return best


def _find_tested(task: str, candidates: list[CodeCell], code_cells: list[CodeCell]) -> CodeCell | None:
    """Find the one of some cells that a task's last check tests if all cells run from top to bottom."""
    above, tested = None, None
    for code_cell in code_cells:
        if any(code_cell is candidate for candidate in candidates):
            above = code_cell
        marks = [mark for _, mark in find_marks(code_cell.source)] + find_magic_marks(code_cell.left_out)
        if above is not None and any(mark.judges == task for mark in marks):
            tested = above
    return tested


def _find_without_function(task: str, code_cells: list[CodeCell], pristine: Pristine, notes: Notes) -> CodeCell | None:
    """Find a task's answer cell although it does not define the function: by task name, then by cell id."""
    candidates = [code_cell for code_cell in code_cells if not code_cell.defines and not code_cell.is_empty]
    for how, found in (
        ("by the task's name", [code_cell for code_cell in candidates if code_cell.raw.tag == task]),
        (
            "by the cell's id",
            [code_cell for code_cell in candidates if pristine.task_of_id.get(code_cell.raw.id or "") == task],
        ),
    ):
        if found:
            code_cell = found[-1]
            names = find_names_bound(code_cell.tree) if code_cell.tree else set()
            if task not in names:  # a cell with softmax = jit(f) has the name
                notes.say(
                    f"The answer cell of {task} ({code_cell.place}) was found {how}, "
                    f"but it defines no function {task}.",
                    "no-function",
                )
            return code_cell
    return None


def _say_missing(
    missing: list[str], some: bool, copy: Copy, code_cells: list[CodeCell], pristine: Pristine, notes: Notes
) -> None:
    """Tell the student why there are no answers to some tasks. If no task is answered, one sentence says that.

    Arguments:
        missing: the tasks without a cell.
        some: whether any task of the notebook is answered.
    """
    for task in missing:
        definition = re.compile(rf"^[ \t>]*def[ \t]+{task}[ \t]*\(", re.MULTILINE)
        texts = [raw for raw in copy.cells if raw.kind != "code" and raw.source.strip() not in pristine.texts]
        found = [raw for raw in texts if definition.search(raw.source)]
        if found:
            notes.say(
                f"Your answer for {task} stands in cell {found[0].number} of {copy.name}, which is a {found[0].kind} "
                "cell: it never runs, and counts as not written. Change the cell's type to Code.",
                "answer-in-markdown",
            )
        elif some:
            empty = any(_is_cell_of(code_cell, task, pristine) for code_cell in code_cells)
            what = f"The answer cell of {task} holds no code" if empty else f"There is no answer cell for {task}"
            notes.say(f"{what} in {copy.name}: the task counts as not written.", "missing-answer")
    if not some:
        notes.say(
            f"No task of {pristine.name} is answered: all of them count as not written.",
            "missing-answer" if missing else "",
        )


def _is_cell_of(code_cell: CodeCell, task: str, pristine: Pristine) -> bool:
    """Whether a cell has a task's name or the id of its answer cell."""
    return code_cell.raw.tag == task or pristine.task_of_id.get(code_cell.raw.id or "") == task


def _say_found_by_name(found: list[tuple[str, CodeCell]], copy: Copy, pristine: Pristine, notes: Notes) -> None:
    """Tell the student which answers were found by their functions' names.

    If no cell of the notebook has a task name any more, one sentence says it for all.
    """
    tags = {raw.tag for raw in copy.cells} & set(pristine.tasks)
    if found and not tags:
        notes.say(
            f"The cells of {copy.name} have lost their task names, as some editors do; the answers "
            f"({listed(task for task, _ in found)}) were found by their functions' names."
        )
        return
    for task, code_cell in found:
        why = "no cell has the task's name"
        if task in tags:
            stub = any(other.raw.tag == task and other.is_stub(task) for other in copy.code_cells)
            why = f"the cell with the task's name {'is untouched' if stub else 'does not define it'}"
        notes.say(f"Your answer for {task} was found by its name in {code_cell.place}, since {why}.")


def _say_split(code_cells: list[CodeCell], pristine: Pristine, notes: Notes) -> None:
    """Tell the student where a function seems to continue in the next cell."""
    for before, code_cell in zip(code_cells, code_cells[1:]):
        tasks = [task for task in pristine.tasks if task in before.defines or task == before.raw.tag]
        first = next((line for line in code_cell.source.split("\n") if line.strip()), "")
        if tasks and code_cell.tree is None and first[:1] in (" ", "\t"):
            notes.say(
                f"The function {tasks[-1]} seems to begin in {before.place} and to go on in cell "
                f"{code_cell.raw.number}: it must stand in one cell.",
                "split-function",
            )
