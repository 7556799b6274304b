"""The table of all actions of a student: the tasks with their points and hints, and the written questions.

The table is the file ``actions.toml``. It is read when this module is imported.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

ACTIONS_FILE = Path(__file__).with_name("actions.toml")
NOTEBOOKS = ("01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb", "03_batchnorm_comparison.ipynb")
HINTS_PER_TASK = 3
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Hint:
    """One hint of a task: its title, and its text in Markdown."""

    title: str
    text: str


@dataclass(frozen=True)
class Task:
    """One function that a student writes.

    Attributes:
        number: the notebook and the task's place in it, such as ``"2.1"``.
        name: the function's name, in the notebook and in the library.
        module: the library module that holds the function. Installing an answer replaces this module's attribute.
        section: the number of the notebook's section that asks for the function.
        heading: the section to read after a mistake. Some mistakes name another section.
        points: the points for the task.
        hints: three hints. The first is a nudge, the third is almost the code.
    """

    number: str
    name: str
    module: str
    section: int
    heading: str
    points: int | float
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


def read_table(text: str) -> tuple[dict[str, Task], dict[str, Question]]:
    """Read a table in the format of ``actions.toml``.

    Arguments:
        text: the table.

    Returns:
        The tasks and the written questions, both by name, in the table's order.

    Raises:
        ValueError: if the text is not TOML, if an entry has an unknown key or lacks one, if two entries have the same
            name, or if a task does not have three hints.
    """
    table = tomllib.loads(text)
    unknown = set(table) - {"task", "written"}
    if unknown:
        raise ValueError(f"actions.toml: unknown kind {', '.join(sorted(unknown))}; the kinds are task and written")
    for entry in table["task"]:
        hints = entry["hints"] = tuple(_read_entry(Hint, hint) for hint in entry.get("hints", ()))
        if len(hints) != HINTS_PER_TASK or not all(hint.text.strip() for hint in hints):
            raise ValueError(f"actions.toml: {entry.get('name')} needs {HINTS_PER_TASK} hints, none of them empty")
    tasks = [_read_entry(Task, entry) for entry in table["task"]]
    questions = [_read_entry(Question, entry) for entry in table["written"]]
    names = [task.name for task in tasks] + [question.name for question in questions]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"actions.toml: {', '.join(sorted(twice))} is there twice")
    return {task.name: task for task in tasks}, {question.name: question for question in questions}


def _read_entry(kind: type[Entry], entry: dict[str, Any]) -> Entry:
    """Make a `Task`, `Question` or `Hint` from a table entry. The entry's keys must be the fields of the class."""
    wrong = {field.name for field in fields(kind)} ^ set(entry)  # type: ignore[arg-type]
    if wrong:
        name = entry.get("name", entry.get("title"))
        raise ValueError(f"actions.toml: {name} has a missing or an unknown key: {', '.join(sorted(wrong))}")
    return kind(**entry)


TASKS, WRITTEN = read_table(ACTIONS_FILE.read_text(encoding="utf-8"))
