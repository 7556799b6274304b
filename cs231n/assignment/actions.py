"""The table of everything that a student does: tasks, steps, predictions and written questions.

The table is the folder ``action_tables/``, one file per notebook. It is read when this module is imported. Edit points,
minutes, hints and the texts behind predictions only there.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

NOTEBOOKS = ("01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb", "03_batchnorm_comparison.ipynb")
TABLE_FILES = tuple(
    Path(__file__).with_name("action_tables") / f"{name.removesuffix('.ipynb')}.toml" for name in NOTEBOOKS
)
HINTS_PER_TASK = 3
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Hint:
    """One hint of a task: its title, and its text in Markdown.

    Hints are also shown as plain text, so they contain no LaTeX. Hints 1 and 2 contain no code of the answer. Hint 3
    contains no whole line of it: it has ``...`` where the student has to think.
    """

    title: str
    text: str


@dataclass(frozen=True)
class Task:
    """One function that a student writes. It is graded.

    Attributes:
        number: the notebook and the task's place in it, such as ``"2.1"``.
        name: the function's name, in the notebook and in the library.
        module: the library module that holds the function. Installing an answer replaces this module's attribute.
        section: the number of the notebook's section that asks for the function.
        heading: the section to read after a mistake. Some mistakes name another section.
        points: the points for the task.
        minutes: how long to try before opening the first hint.
        hints: three hints. The first is a nudge, the third is almost the code. check() quotes one after the third,
            fifth and seventh failure.
    """

    number: str
    name: str
    module: str
    section: int
    heading: str
    points: int | float
    minutes: int
    hints: tuple[Hint, ...]

    @property
    def notebook(self) -> str:
        """File name of the notebook that asks for the function."""
        return NOTEBOOKS[int(self.number.split(".")[0]) - 1]

    @property
    def place(self) -> str:
        """The notebook and the section, as the end of a sentence."""
        return f"{self.notebook}, section {self.section}"


@dataclass(frozen=True)
class Step:
    """One to five lines that a student writes in place of ``...``. The step's own cell judges them. No points.

    Attributes:
        name: the id of the step's cell.
        notebook: file name of the notebook.
        section: the number of the section.
        hint: the rule that the step is about, in one or two sentences. It is printed below a wrong line.
    """

    name: str
    notebook: str
    section: int
    hint: str


@dataclass(frozen=True)
class Prediction:
    """One guess that a student makes before a cell shows the outcome. No points.

    The guess stands in a cell ``guess_NAME = ...`` with the id ``guess-NAME`` (with ``-`` for ``_``). The next code
    cell computes the outcome and calls ``reveal("NAME", guess_NAME, ...)``.

    Attributes:
        name: such as ``"far_below"``.
        notebook: file name of the notebook.
        section: the number of the section.
        why: what is printed below the outcome: why it is so, and what made the wrong guess tempting.
        choices: the texts to choose from. Empty if the guess is a number.
        tolerance: a number is right if it differs from the outcome by at most this fraction of the outcome.
    """

    name: str
    notebook: str
    section: int
    why: str
    choices: tuple[str, ...] = ()
    tolerance: float = 0.02


@dataclass(frozen=True)
class Question:
    """A question that the student answers in words. A person grades it.

    Attributes:
        name: such as ``"written-1"``.
        notebook: file name of the notebook that asks the question.
        points: the points for the answer.
    """

    name: str
    notebook: str
    points: int | float


class Table(NamedTuple):
    """All actions by name, kind by kind, each in the notebooks' order."""

    tasks: dict[str, Task]
    steps: dict[str, Step]
    predictions: dict[str, Prediction]
    questions: dict[str, Question]


KINDS = {"task": Task, "step": Step, "prediction": Prediction, "written": Question}


def read_tables(texts: Sequence[str]) -> Table:
    """Read the tables of the three notebooks.

    Arguments:
        texts: the text of each notebook's table, in TOML.

    Returns:
        The actions of all three.

    Raises:
        ValueError: if a text is not TOML, if an entry has an unknown key or lacks one, if two entries have the same
            name, if a task does not have three hints, or if a prediction has just one choice.
    """
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for notebook, text in zip(NOTEBOOKS, texts):
        table = tomllib.loads(text)
        unknown = set(table) - set(KINDS)
        if unknown:
            raise ValueError(f"{notebook}: unknown kind {', '.join(sorted(unknown))}; the kinds are {', '.join(KINDS)}")
        for kind, entries in table.items():
            found[kind] += [_read_action(notebook, kind, entry) for entry in entries]
    names = [action.name for actions in found.values() for action in actions]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} is in the tables twice")
    return Table(*({action.name: action for action in found[kind]} for kind in KINDS))


def _read_action(notebook: str, kind: str, entry: dict[str, Any]) -> Any:
    """Make an action of a table's entry, and see that its texts are there."""
    name = entry.get("name")
    if kind == "task":
        hints = entry["hints"] = tuple(_read_entry(Hint, hint) for hint in entry.get("hints", ()))
        if len(hints) != HINTS_PER_TASK or not all(hint.text.strip() for hint in hints):
            raise ValueError(f"{notebook}: {name} needs {HINTS_PER_TASK} hints, none of them empty")
    else:
        entry["notebook"] = notebook
    if "choices" in entry:
        entry["choices"] = tuple(entry["choices"])
        if len(set(entry["choices"])) < 2:
            raise ValueError(f"{notebook}: {name} needs at least two different choices, or none")
    return _read_entry(KINDS[kind], entry)


def _read_entry(kind: type[Entry], entry: dict[str, Any]) -> Entry:
    """Make an object of a class from an entry. The entry's keys must be the fields of the class."""
    allowed = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    needed = {field.name for field in fields(kind) if field.default is MISSING}  # type: ignore[arg-type]
    wrong = (set(entry) - allowed) | (needed - set(entry))
    if wrong:
        name = entry.get("name", entry.get("title"))
        raise ValueError(f"{name} has a missing or an unknown key: {', '.join(sorted(wrong))}")
    return kind(**entry)


TASKS, STEPS, PREDICTIONS, WRITTEN = read_tables([file.read_text(encoding="utf-8") for file in TABLE_FILES])
