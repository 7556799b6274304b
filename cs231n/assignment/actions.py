"""The table of what there is to do: the tasks, their points and hints, and the written questions.

It is written in ``actions.toml`` and read here, once.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

FILE = Path(__file__).with_name("actions.toml")
NOTEBOOKS = ("01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb", "03_batchnorm_comparison.ipynb")
HINTS_PER_TASK = 3
Row = TypeVar("Row")


@dataclass(frozen=True)
class Hint:
    """One hint of a task: its title, and its text in Markdown."""

    title: str
    text: str


@dataclass(frozen=True)
class Task:
    """One function that a student writes.

    Attributes:
        number: such as ``"2.1"``: the notebook, and the place in it.
        name: the function's name, in the notebook and in the library.
        module: the library module that holds it and whose attribute an installed answer replaces.
        section: the number of the notebook's section that asks for it.
        heading: the section that a mistake's sentence sends the student to, unless the mistake names another.
        points: what its check is worth.
        hints: three, from a nudge to nearly the code.
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
        """Where to go for it, as the end of a sentence: the notebook and the section."""
        return f"{self.notebook}, section {self.section}"


@dataclass(frozen=True)
class Question:
    """A question that is answered in words and graded by hand.

    Attributes:
        name: such as ``"written-1"``.
        notebook: file name of the notebook that asks it.
        points: what it is worth.
    """

    name: str
    notebook: str
    points: int | float


def read_table(text: str) -> tuple[dict[str, Task], dict[str, Question]]:
    """Read a table in the form of ``actions.toml``.

    Returns:
        The tasks and the written questions, both by name, in the table's order.

    Raises:
        ValueError: if the text is not TOML, an entry has an unknown or a missing key, a name is there twice, or a
            task does not have three hints.
    """
    table = tomllib.loads(text)
    unknown = set(table) - {"task", "written"}
    if unknown:
        raise ValueError(f"actions.toml: unknown kind {', '.join(sorted(unknown))}; the kinds are task and written")
    for entry in table["task"]:
        hints = entry["hints"] = tuple(_row(Hint, hint) for hint in entry.get("hints", ()))
        if len(hints) != HINTS_PER_TASK or not all(hint.text.strip() for hint in hints):
            raise ValueError(f"actions.toml: {entry.get('name')} needs {HINTS_PER_TASK} hints, none of them empty")
    tasks = [_row(Task, entry) for entry in table["task"]]
    questions = [_row(Question, entry) for entry in table["written"]]
    names = [task.name for task in tasks] + [question.name for question in questions]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"actions.toml: {', '.join(sorted(twice))} is there twice")
    return {task.name: task for task in tasks}, {question.name: question for question in questions}


def _row(kind: type[Row], entry: dict[str, Any]) -> Row:
    """An entry of the table as a `Task`, `Question` or `Hint`; it must have just that class's fields as keys."""
    wrong = {field.name for field in fields(kind)} ^ set(entry)  # type: ignore[arg-type]
    if wrong:
        name = entry.get("name", entry.get("title"))
        raise ValueError(f"actions.toml: {name} has a missing or an unknown key: {', '.join(sorted(wrong))}")
    return kind(**entry)


TASKS, WRITTEN = read_table(FILE.read_text(encoding="utf-8"))
