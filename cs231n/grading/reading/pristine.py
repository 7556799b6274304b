"""The course's own notebooks as the reader of submissions needs them: which cell is the course's, which an answer."""

import ast
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

from ...assignment.actions import NOTEBOOKS, TASKS
from ..publishing.paths import NOTEBOOK_FOLDER
from .notebook_cells import RawCell, read_cells
from .remarks import Notes
from .sources import normal, parse

SIMILAR = 0.8  # from this ratio of difflib's on, a cell is an edited version of a pristine one
SHORT = 30  # letters; shorter cells are alike by chance


@dataclass
class CourseCell:
    """A cell of the course's that a submission's version never replaces."""

    raw: RawCell
    normal: str
    tree: ast.Module | None

    @property
    def locked(self) -> bool:
        """Whether it runs in grading: set-up and check cells do, demonstrations do not."""
        return self.raw.tag is not None

    @property
    def name(self) -> str:
        return self.raw.tag or self.raw.id or ""


@dataclass
class Pristine:
    """One of the course's notebooks.

    Attributes:
        name: its file name.
        tasks: the answers' names, in the notebook's order.
        task_of_id: from an answer cell's id to the answer's name.
        written: the names of the written answers; stubs: the text in their cells.
        course: the course's code cells; texts: the text of all cells that are not code, stripped.
    """

    name: str
    tasks: list[str] = field(default_factory=list)
    task_of_id: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    stubs: dict[str, str] = field(default_factory=dict)
    course: list[CourseCell] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def has(self, source_normal: str) -> bool:
        """Whether a source is one of the course's cells, unchanged."""
        return any(cell.normal == source_normal for cell in self.course)

    def match(self, raw: RawCell, source_normal: str) -> CourseCell | None:
        """The course's code cell that a student has changed into a cell: by task name, by id, or it is similar."""
        by_tag = [cell for cell in self.course if cell.raw.tag and cell.raw.tag == raw.tag]
        by_id = [cell for cell in self.course if cell.raw.id and cell.raw.id == raw.id]
        if by_tag or by_id:
            return (by_tag or by_id)[0]
        return next((cell for cell in self.course if _similar(cell.normal, source_normal)), None)

    def has_text(self, raw: RawCell) -> bool:
        """Whether a text cell is one of the course's, perhaps of another edition of it."""
        text = raw.source.strip()
        return raw.id in self.ids or text in self.texts or any(_similar(text, other) for other in self.texts)


def _similar(one: str, other: str) -> bool:
    """Whether two sources are versions of one another; the cheap questions come first."""
    shorter, longer = sorted((len(one), len(other)))
    if shorter < SHORT or 2 * shorter / (shorter + longer) < SIMILAR:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() > SIMILAR and matcher.ratio() > SIMILAR


@lru_cache(maxsize=1)
def pristine_notebooks() -> dict[str, Pristine]:
    """The course's notebooks by file name."""
    notebooks = {}
    for name in NOTEBOOKS:
        (cells,) = read_cells((NOTEBOOK_FOLDER / name).read_bytes(), name, Notes())
        notebook = notebooks[name] = Pristine(name)
        for raw in cells:
            if raw.id:
                notebook.ids.add(raw.id)
            if raw.kind != "code":
                notebook.texts.add(raw.source.strip())
                if raw.tag:
                    notebook.written.append(raw.tag)
                    notebook.stubs[raw.tag] = raw.source.strip()
            elif raw.tag in TASKS:
                notebook.tasks.append(raw.tag)
                notebook.task_of_id[raw.id or raw.tag] = raw.tag
            else:
                tree = parse(raw.source)
                notebook.course.append(CourseCell(raw, normal(raw.source, tree), tree))
    return notebooks
