"""The course's own notebooks, to compare a submission with: which cells are the course's, and which are answers."""

import ast
import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from ...assignment.actions import NOTEBOOKS, PREDICTIONS, STEPS, TASKS
from ..publishing.paths import NOTEBOOK_FOLDER
from .notebook_cells import RawCell, read_cells
from .remarks import Notes
from .sources import normalize, parse

STEP_CALL = re.compile(r"""\b(?:judge|forward)\(\s*["']([\w-]+)["']""")
GUESS = re.compile(r"^guess_(\w+)\s*=", re.MULTILINE)
MIN_SIMILARITY = 0.8  # with a higher ratio in difflib, a cell is an edited version of a pristine one
MIN_LETTERS = 30  # shorter cells may be alike by chance


@dataclass
class CourseCell:
    """A code cell of the course's own. A student's version of it never runs in its place."""

    raw: RawCell
    normal: str
    tree: ast.Module | None

    @property
    def locked(self) -> bool:
        """Whether it runs in grading. Set-up and check cells do; demonstrations do not."""
        return self.raw.tag is not None

    @property
    def is_blank(self) -> bool:
        """Whether it is a step or a guess: a student writes in it, and nothing in it is graded."""
        return find_blank_name(self.raw.source) == self.raw.id

    @property
    def name(self) -> str:
        """Its task name, or its id, to tell the student which cell it is."""
        return self.raw.tag or self.raw.id or ""


def find_blank_name(source: str) -> str | None:
    """Find the id of the step or guess whose cell has this source, whatever the student wrote there.

    Editors such as Colab drop the ids of cells, but a step's last call and a guess's variable name it.
    """
    for name in STEP_CALL.findall(source):
        if name.replace("_", "-") in STEPS:
            return name.replace("_", "-")
    guess = GUESS.search(source)
    return f"guess-{guess[1].replace('_', '-')}" if guess and guess[1] in PREDICTIONS else None


@dataclass
class Pristine:
    """One of the course's notebooks.

    Attributes:
        name: its file name.
        tasks: the names of its tasks, in the notebook's order.
        task_of_id: dictionary from an answer cell's id to its task.
        written: the names of the written answers.
        stubs: dictionary from a written answer's name to the text in its cell.
        questions: dictionary from a written answer's name to the text cell above it, which asks the question.
        above_questions: the text cell above the first question, a heading.
        course: the code cells that are not answers.
        texts: the text of every cell that is not code, without blanks at the ends.
        ids: the ids of all cells.
    """

    name: str
    tasks: list[str] = field(default_factory=list)
    task_of_id: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    stubs: dict[str, str] = field(default_factory=dict)
    questions: dict[str, RawCell] = field(default_factory=dict)
    above_questions: RawCell | None = None
    course: list[CourseCell] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    @cached_property
    def normals(self) -> set[str]:
        """The sources of `course` in their normal form."""
        return {cell.normal for cell in self.course}

    def has(self, source_normal: str) -> bool:
        """Whether a source is one of the course's cells, unchanged."""
        return source_normal in self.normals

    def match(self, raw: RawCell, source_normal: str) -> CourseCell | None:
        """Find the course's code cell that a student's cell is a version of.

        By task name, by id, by the step or the prediction that it names, or by similar text.
        """
        by_tag = [cell for cell in self.course if cell.raw.tag and cell.raw.tag == raw.tag]
        by_id = [cell for cell in self.course if cell.raw.id and cell.raw.id == raw.id]
        if by_tag or by_id:
            return (by_tag or by_id)[0]
        blank = find_blank_name(raw.source)
        for notebook in pristine_notebooks().values() if blank else ():  # one file may hold two notebooks
            by_name = [cell for cell in notebook.course if cell.raw.id == blank]
            if by_name:
                return by_name[0]
        return next((cell for cell in self.course if are_similar(cell.normal, source_normal)), None)

    def has_text(self, raw: RawCell) -> bool:
        """Whether a text cell is one of the course's, perhaps from another edition of the course."""
        text = raw.source.strip()
        return raw.id in self.ids or text in self.texts or any(are_similar(text, other) for other in self.texts)


def are_similar(one: str, other: str) -> bool:
    """Whether two texts are versions of one another. The cheap tests come first."""
    shorter, longer = sorted((len(one), len(other)))
    if shorter < MIN_LETTERS or 2 * shorter / (shorter + longer) < MIN_SIMILARITY:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() > MIN_SIMILARITY and matcher.ratio() > MIN_SIMILARITY


@lru_cache(maxsize=1)
def pristine_notebooks() -> dict[str, Pristine]:
    """Read the course's notebooks. Return them by file name."""
    notebooks = {}
    for name in NOTEBOOKS:
        (read,) = read_cells((NOTEBOOK_FOLDER / name).read_bytes(), name, Notes())
        notebook = notebooks[name] = Pristine(name)
        for place, raw in enumerate(read.cells):
            if raw.id:
                notebook.ids.add(raw.id)
            if raw.kind != "code":
                notebook.texts.add(raw.source.strip())
                if raw.tag:
                    notebook.written.append(raw.tag)
                    notebook.stubs[raw.tag] = raw.source.strip()
                    notebook.questions[raw.tag] = read.cells[place - 1]
                    notebook.above_questions = notebook.above_questions or read.cells[place - 2]
            elif raw.tag in TASKS:
                notebook.tasks.append(raw.tag)
                notebook.task_of_id[raw.id or raw.tag] = raw.tag
            else:
                notebook.course.append(CourseCell(raw, normalize(raw.source), parse(raw.source)))
    return notebooks
