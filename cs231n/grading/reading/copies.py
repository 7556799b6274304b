"""Decide which file of a submission is which notebook of the course, and which copy counts if there are several."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from ...assignment.actions import TASKS
from . import sources
from .attempts import MIN_SECONDS, describe_time, keep_latest
from .notebook_cells import RawCell
from .pristine import Pristine, pristine_notebooks
from .remarks import Notes, listed, shown

_WRITTEN_MODULE = re.compile(r"\A\s*%%(?:writefile|file)[ \t]+(?:-a[ \t]+)?(?:\./)?(\w+)\.py[ \t]*$", re.MULTILINE)


class CodeCell:
    """A student's code cell, parsed.

    Attributes:
        raw: the cell as it is in the file.
        place: where it is, in words for the student, such as ``"cell 12 of 01_softmax_gradient.ipynb"``.
        title: the same with a capital letter, for the beginning of a sentence.
        source: its Python source. Magics are removed if the source is not valid Python with them.
        tree: the syntax tree of `source`, or None if that is not valid Python.
        left_out: the lines of magics and shell commands that were removed.
        defines: the tasks whose functions it defines.
        edition: the edition of the course that its notebook was made from. None if that does not say.
        written_modules: the modules that cells of its notebook write.
    """

    written_modules: frozenset[str] = frozenset()

    def __init__(self, raw: RawCell, file: str, edition: str | None = None):
        self.raw, self.edition = raw, edition
        self.place, self.title = f"cell {raw.number} of {file}", f"Cell {raw.number} of {file}"
        self.source, self.left_out = sources.remove_magics(raw.source)
        self.tree: ast.Module | None = sources.parse(self.source)
        self.defines = [name for name in dict.fromkeys(sources.find_functions(self.source, self.tree)) if name in TASKS]

    @cached_property
    def normal(self) -> str:
        """The source without differences of layout and comments, see `sources.normalize`."""
        return sources.normalize(self.source)

    @cached_property
    def is_empty(self) -> bool:
        """Whether it holds nothing but comments, and perhaps nbgrader's ``raise NotImplementedError``."""
        if self.tree is None:
            return not self.source.strip()
        return all(sources.is_not_implemented(node) for node in self.tree.body)

    def is_stub(self, task: str) -> bool:
        """Whether it holds a task's function as students receive it, not yet written."""
        return sources.find_stub(self.tree, task) is not None


@dataclass
class Copy:
    """One file that was read as a notebook.

    Attributes:
        name: the file's name in the submission, printable.
        cells: all of its cells.
        path: the file's whole name in the submission.
        saved: when the file was changed, in seconds; 0 if that is not known.
        edition: the edition of the course that it was made from. None if it does not say.
        code_cells: its code cells, parsed.
        notebook: the file name of the course's notebook that this is a version of. None if nothing tells.
    """

    name: str
    cells: list[RawCell]
    path: str = ""
    saved: float = 0
    edition: str | None = None
    code_cells: list[CodeCell] = field(init=False)
    notebook: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.code_cells = [CodeCell(raw, self.name, self.edition) for raw in self.cells if raw.kind == "code"]
        written = frozenset(name for raw in self.cells for name in _WRITTEN_MODULE.findall(raw.source))
        for code_cell in self.code_cells:
            code_cell.written_modules = written
        self.notebook = self._recognise_notebook()

    def answered(self, tasks: Iterable[str]) -> list[str]:
        """Return those of the given tasks that it has answers for."""
        real = {task for code_cell in self.code_cells for task in code_cell.defines if not code_cell.is_stub(task)}
        return [task for task in tasks if task in real]

    def rate_file_name(self, notebook: str) -> int:
        """Compare its file name with a notebook's: 2 if they are the same, 1 if its name contains the other, else 0."""
        name, stem = PurePosixPath(self.name).name.casefold(), notebook.removesuffix(".ipynb").casefold()
        words = re.sub(r"[\W_]+", "_", name)
        return 2 if name == notebook.casefold() else int(stem in words or stem.partition("_")[2] in words)

    def _recognise_notebook(self) -> str | None:
        """Recognise the notebook by task names, else by the functions defined, else by cell ids, else by file name."""
        pristine = pristine_notebooks().values()
        tags = {raw.tag for raw in self.cells}
        defines = {task for code_cell in self.code_cells for task in code_cell.defines}
        ids = {raw.id for raw in self.cells}
        for votes in (
            [len(tags & {*notebook.tasks, *notebook.written}) for notebook in pristine],
            [len(defines & set(notebook.tasks)) for notebook in pristine],
            [len(ids & notebook.ids) for notebook in pristine],
            [self.rate_file_name(notebook.name) for notebook in pristine],
        ):
            if max(votes) > 0:
                return list(pristine)[votes.index(max(votes))].name
        return None


def choose_copy(copies: list[Copy], pristine: Pristine, notes: Notes) -> tuple[Copy | None, list[CodeCell]]:
    """Choose the copy that counts as the student's version of a notebook.

    The latest attempt counts, as far as the files' names tell. Else the copy with the most answers counts, of those the
    one that was saved last, then the one named like the notebook, then the first. A copy without answers is no attempt.

    Arguments:
        copies: all files of the submission.
        pristine: the course's version of the notebook.
        notes: collects what the student is told.

    Returns:
        copy: the copy that counts, or None if there is none.
        others: cells from other copies with answers that the first copy lacks. These count, too.
    """
    found = _find_versions(copies, pristine, notes)
    if not found:
        return None, []
    ranked, why = _rank_copies(found, pristine)
    best = ranked[0]
    rest = [copy for copy in ranked[1:] if [p.normal for p in copy.code_cells] != [p.normal for p in best.code_cells]]
    if rest:
        flag = "duplicate-notebook" if any(copy.answered(pristine.tasks) for copy in rest) else ""
        notes.say(
            f"{listed(copy.name for copy in ranked)} are versions of {pristine.name}: {shown(best.name)} counts, "
            f"since {why}.",
            flag,
        )
    return best, _take_missing_answers(best, rest, pristine, notes)


def _rank_copies(found: list[Copy], pristine: Pristine) -> tuple[list[Copy], str]:
    """Sort the copies of a notebook, the one that counts first. Return the reason, too, as the end of a sentence."""
    count = {id(copy): len(copy.answered(pristine.tasks)) for copy in found}
    with_answers = [copy for copy in found if count[id(copy)]] or found
    latest, earlier, why = keep_latest(with_answers, lambda copy: copy.path or copy.name)
    latest.sort(key=lambda copy: (-count[id(copy)], -copy.saved, -copy.rate_file_name(pristine.name)))
    best = latest[0]
    equal = [copy for copy in latest if count[id(copy)] == count[id(best)]]
    together = [copy for copy in equal if best.saved - copy.saved < MIN_SECONDS or not copy.saved]
    best = max(together, key=lambda copy: copy.rate_file_name(pristine.name))
    latest.remove(best)
    others = [copy for copy in found if copy not in with_answers]
    if len(equal) < len(latest) + 1 or not latest and others and not earlier:
        why = "it has the most answers"
    elif len(together) < len(equal):
        why = f"it was saved last ({describe_time(best.saved)})"
    elif latest:
        why = "it has as many answers as any, and its name fits best or comes first"
    return [best, *latest, *earlier, *others], why


def _find_versions(copies: list[Copy], pristine: Pristine, notes: Notes) -> list[Copy]:
    """Find the files that are versions of a notebook. If there are none, find those with answers to its tasks."""
    found = [copy for copy in copies if copy.notebook == pristine.name]
    if found:
        return found
    found = [copy for copy in copies if copy.answered(pristine.tasks)]
    if not found:
        notes.say(f"No notebook was found for {pristine.name}: its tasks count as not written.", "missing-notebook")
        return []
    notes.say(
        f"No notebook was found for {pristine.name}, but {listed(copy.name for copy in found)} defines "
        "functions that it asks for: these count.",
        "merged-notebooks",
    )
    return found


def _take_missing_answers(best: Copy, rest: list[Copy], pristine: Pristine, notes: Notes) -> list[CodeCell]:
    """Take cells from the other copies that answer tasks which the best copy does not answer."""
    done = set(best.answered(pristine.tasks))
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
            code_cell
            for code_cell in copy.code_cells
            if any(task in only_here and not code_cell.is_stub(task) for task in code_cell.defines)
        ]
    return others
