"""Which of a student's cells answers which task: by task name, then by the function defined, then by cell id."""

import re

from . import sources
from .copies import Copy, Piece
from .pristine import Pristine
from .remarks import Notes, listed


def choose_answers(
    copy: Copy, pieces: list[Piece], pristine: Pristine, notes: Notes
) -> tuple[dict[int, list[str]], set[str]]:
    """Match a notebook's tasks to cells.

    Arguments:
        copy: the student's version of the notebook.
        pieces: its code cells, and those taken from other copies.
        pristine: the course's version.

    Returns:
        labels: from a piece's ``id()`` to the tasks that it answers.
        answered: the tasks whose cell is not the untouched one.
    """
    labels: dict[int, list[str]] = {}
    answered: set[str] = set()
    by_name: list[tuple[str, Piece]] = []
    for task in pristine.tasks:
        defining = [piece for piece in pieces if task in piece.defines]
        real = [piece for piece in defining if not piece.is_stub(task)]
        if real:
            piece = _best(task, real, notes)
            answered.add(task)
            if piece.raw.tag != task:
                by_name.append((task, piece))
        else:
            found = _without_function(task, pieces, pristine, notes)
            if found is not None:
                piece = found
                answered.add(task)
            elif defining:
                piece = defining[0]
            else:
                _say_missing(task, copy, pieces, pristine, notes)
                continue
        labels.setdefault(id(piece), []).append(task)
    _say_found_by_name(by_name, copy, pristine, notes)
    _say_split(pieces, pristine, notes)
    return labels, answered


def _best(task: str, real: list[Piece], notes: Notes) -> Piece:
    """The cell that counts, of those that define a task's function."""
    candidates = [piece for piece in real if piece.tree is not None] or real
    candidates = [piece for piece in candidates if not sources.is_unfinished(piece.tree, task)] or candidates
    tagged = [piece for piece in candidates if piece.raw.tag == task]
    best = (tagged or candidates)[-1]
    if len({piece.normal for piece in real}) > 1:
        why = "it is the last one"
        if tagged and best is not candidates[-1]:
            why = "it carries the task's name"
        elif len(candidates) < len(real):
            why = "the rest is not finished or not valid Python"
        notes.say(
            f"The function {task} is defined in {listed(piece.place for piece in real)}: {best.place} counts, "
            f"since {why}.",
            "duplicate-answer",
        )
    return best


def _without_function(task: str, pieces: list[Piece], pristine: Pristine, notes: Notes) -> Piece | None:
    """A task's cell that does not define its function: by task name, then by cell id."""
    candidates = [piece for piece in pieces if not piece.defines and not piece.is_empty]
    for how, found in (
        ("by the task's name", [piece for piece in candidates if piece.raw.tag == task]),
        ("by the cell's id", [piece for piece in candidates if pristine.task_of_id.get(piece.raw.id or "") == task]),
    ):
        if found:
            piece = found[-1]
            if piece.tree is None or task not in sources.bound_at_top(piece.tree):  # such as softmax = jit(f)
                notes.say(
                    f"The answer cell of {task} ({piece.place}) was found {how}, but it defines no function {task}.",
                    "no-function",
                )
            return piece
    return None


def _say_missing(task: str, copy: Copy, pieces: list[Piece], pristine: Pristine, notes: Notes) -> None:
    """Say why there is no answer to a task."""
    definition = re.compile(rf"^[ \t>]*def[ \t]+{task}[ \t]*\(", re.MULTILINE)
    for raw in copy.cells:
        if raw.kind != "code" and definition.search(raw.source) and raw.source.strip() not in pristine.texts:
            notes.say(
                f"Your answer for {task} stands in cell {raw.number} of {copy.name}, which is a {raw.kind} cell: "
                "it never runs, and counts as not written. Change the cell's type to Code.",
                "answer-in-markdown",
            )
            return
    empty = any(piece.raw.tag == task or pristine.task_of_id.get(piece.raw.id or "") == task for piece in pieces)
    what = f"The answer cell of {task} is empty" if empty else f"There is no answer cell for {task} in {copy.name}"
    notes.say(f"{what}: it counts as not written.", "missing-answer")


def _say_found_by_name(found: list[tuple[str, Piece]], copy: Copy, pristine: Pristine, notes: Notes) -> None:
    """Say which answers were found by their functions' names, in one sentence if that is all of them."""
    tags = {raw.tag for raw in copy.cells} & set(pristine.tasks)
    if found and not tags:
        notes.say(
            f"The cells of {copy.name} have lost their task names, as some editors do; the answers "
            f"({listed(task for task, _ in found)}) were found by their functions' names."
        )
        return
    for task, piece in found:
        why = "the cell's task name was lost"
        if task in tags:
            stub = any(other.raw.tag == task and other.is_stub(task) for other in copy.pieces)
            why = f"the cell with the task's name {'is untouched' if stub else 'does not define it'}"
        notes.say(f"Your answer for {task} was found by its name in {piece.place}, since {why}.")


def _say_split(pieces: list[Piece], pristine: Pristine, notes: Notes) -> None:
    """Say where a function seems to go on in the next cell."""
    for before, piece in zip(pieces, pieces[1:]):
        tasks = [task for task in pristine.tasks if task in before.defines or task == before.raw.tag]
        first = next((line for line in piece.source.split("\n") if line.strip()), "")
        if tasks and piece.tree is None and first[:1] in (" ", "\t"):
            notes.say(
                f"The function {tasks[-1]} seems to begin in {before.place} and to go on in cell "
                f"{piece.raw.number}: it must stand in one cell.",
                "split-function",
            )
