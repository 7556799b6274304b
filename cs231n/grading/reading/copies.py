"""Which of a submission's files is which notebook of the course, and which copy counts where there are several."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from ...assignment.actions import TASKS
from . import sources
from .notebook_cells import RawCell
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, listed, shown


class Piece:
    """A code cell of a student's, or a part of one, taken apart.

    Attributes:
        raw: the cell.
        place: what the student is told where it is, such as ``"cell 12 of 01_softmax_gradient.ipynb"``.
        title: the same at the beginning of a sentence.
        source, tree: its Python, without magics where it is none with them; the tree is None if it never is.
        left_out: the lines of magics and shell commands that `source` lacks.
        defines: the tasks whose functions it defines.
    """

    def __init__(self, raw: RawCell, file: str):
        self.raw = raw
        self.place, self.title = f"cell {raw.number} of {file}", f"Cell {raw.number} of {file}"
        self.source, self.left_out = sources.plain_python(raw.source)
        self.tree: ast.Module | None = sources.parse(self.source)
        self.defines = [name for name in dict.fromkeys(sources.defined(self.source, self.tree)) if name in TASKS]

    @cached_property
    def normal(self) -> str:
        """The source's normal form."""
        return sources.normal(self.source, self.tree)

    @cached_property
    def is_empty(self) -> bool:
        """Whether there are only comments in it, and perhaps the ``raise NotImplementedError`` of nbgrader's stub."""
        if self.tree is None:
            return not self.source.strip()
        return all(sources.is_not_implemented(node) for node in self.tree.body)

    def is_stub(self, task: str) -> bool:
        """Whether a task's function stands in it as students get it."""
        return sources.stub_of(self.tree, task) is not None


@dataclass
class Copy:
    """One file that was read as a notebook.

    Attributes:
        name: the file's name in the submission, printable.
        cells: all of its cells.
        pieces: its code cells.
        notebook: the file name of the course's notebook that it is a version of; None if that cannot be told.
    """

    name: str
    cells: list[RawCell]
    pieces: list[Piece] = field(init=False)
    notebook: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.pieces = [Piece(raw, self.name) for raw in self.cells if raw.kind == "code"]
        self.notebook = self._notebook()

    def answered(self, tasks: Iterable[str]) -> list[str]:
        """Which of these tasks it has answers for."""
        real = {task for piece in self.pieces for task in piece.defines if not piece.is_stub(task)}
        return [task for task in tasks if task in real]

    def named_like(self, notebook: str) -> int:
        """How much its file name is like a notebook's: 2 the same, 1 contains it, 0 is another."""
        name, stem = PurePosixPath(self.name).name.casefold(), notebook.removesuffix(".ipynb").casefold()
        words = re.sub(r"[\W_]+", "_", name)
        return 2 if name == notebook.casefold() else int(stem in words or stem.partition("_")[2] in words)

    def _notebook(self) -> str | None:
        """By task names, else by the functions defined, else by cell ids, else by the file name."""
        pristine = pristine_notebooks().values()
        tags = {raw.tag for raw in self.cells}
        defines = {task for piece in self.pieces for task in piece.defines}
        ids = {raw.id for raw in self.cells}
        for votes in (
            [len(tags & {*notebook.tasks, *notebook.written}) for notebook in pristine],
            [len(defines & set(notebook.tasks)) for notebook in pristine],
            [len(ids & notebook.ids) for notebook in pristine],
            [self.named_like(notebook.name) for notebook in pristine],
        ):
            if max(votes) > 0:
                return list(pristine)[votes.index(max(votes))].name
        return None


def choose(copies: list[Copy], pristine: Pristine, notes: Notes) -> tuple[Copy | None, list[Piece]]:
    """The copy that counts as a student's version of a notebook.

    The one with the most answers; of several with as many, the one named like the notebook, else the first.

    Returns:
        copy: None if there is none.
        others: answer cells for tasks that only another copy answers; these count, too.
    """
    found = [copy for copy in copies if copy.notebook == pristine.name]
    if not found:
        found = [copy for copy in copies if copy.answered(pristine.tasks)]
        if not found:
            notes.say(f"No notebook was found for {pristine.name}: its tasks count as not written.", "missing-notebook")
            return None, []
        notes.say(
            f"No notebook was found for {pristine.name}, but {listed(copy.name for copy in found)} defines "
            "functions that it asks for: these count.",
            "merged-notebooks",
        )
    ranked = sorted(found, key=lambda copy: (-len(copy.answered(pristine.tasks)), -copy.named_like(pristine.name)))
    best, done = ranked[0], set(ranked[0].answered(pristine.tasks))
    rest = [copy for copy in ranked[1:] if [p.normal for p in copy.pieces] != [p.normal for p in best.pieces]]
    if rest:
        why = "it has the most answers"
        if len(done) == len(rest[0].answered(pristine.tasks)):
            why = "it has as many answers as any, and its name fits best or comes first"
        flag = "duplicate-notebook" if any(copy.answered(pristine.tasks) for copy in rest) else ""
        notes.say(
            f"{listed(copy.name for copy in ranked)} are versions of {pristine.name}: {shown(best.name)} counts, "
            f"since {why}.",
            flag,
        )
    others = []
    for copy in rest:
        only_here = [task for task in copy.answered(pristine.tasks) if task not in done]
        done |= set(only_here)
        if only_here:
            notes.say(
                f"{listed(only_here)} stands in {shown(copy.name)} only, not in {shown(best.name)}: the cell was "
                "taken from there, without the cells around it.",
                "split-answers",
            )
        others += [
            piece
            for piece in copy.pieces
            if any(task in only_here and not piece.is_stub(task) for task in piece.defines)
        ]
    return best, others
