"""check(): is this answer right? It prints a line for every property, and names the mistake if it is a known one.

It has two halves. `record` calls the student's function and returns plain data; `assess` judges the data.
"""

import sys
import textwrap
from collections.abc import Callable
from typing import Any

from . import hints
from .actions import TASKS, Task
from .assess import assess
from .diagnosis.drawing import draw
from .diagnosis.smallest_example import EXAMPLE_HEADING
from .diagnosis.stale_cells import note_if_stale
from .progress import note_pass
from .record import record
from .saving import saved_answers
from .steps.judge import LINE_WIDTH
from .watched import CheckFailed, watched

TABLE_INDENT = " " * 4  # lines that start with this are printed without wrapping


class NoSuchTask(CheckFailed, ValueError):
    """No task asks for a function of this name. As the other failures of check(), it is shown as one line."""


class NotAFunction(CheckFailed, TypeError):
    """The argument of check() is not a function. It is shown as one line."""


def check(function: Any) -> None:
    """Check one answer, and print a line for every property that it should have.

    For a wrong answer, check() also says what is certain. If the mistake is a known one, check() names it. Otherwise it
    says in which cases the result is wrong, and shows the smallest example. What the function prints is hidden.

    In a notebook of your own, a right answer is saved in the folder ``notebooks/my_answers/``, and the library uses it
    from then on. A wrong array is also drawn. After the third, fifth and seventh wrong result of a task, check() quotes
    a hint. If your function runs for long, a line says where it is. An automated run does none of these.

    Arguments:
        function: the function that you wrote. Its name says which task it is for.

    Raises:
        CheckFailed: if a property does not hold, or if the answer is not written yet.
        NotAFunction: if the argument is not a function. It is a TypeError, too.
        NoSuchTask: if no task asks for a function of this name. It is a ValueError, too.
    """
    task = find_task(function)
    person = saved_answers.is_interactive()
    stale = note_if_stale(task.name, function) if person else None
    with watched(task.name, function, talk=person):
        assessment = assess(record(task.name, function), note_precision=person)
    for line in [stale, *assessment.lines] if stale else assessment.lines:
        print(line if line.startswith(TABLE_INDENT) else wrap_line(line))
    if assessment.failed:
        if person and assessment.example:
            draw(assessment.example, with_inputs=EXAMPLE_HEADING not in assessment.lines)
        if person and not stale and not assessment.is_python_error:
            for line in hints.after_failure(task.name):
                print(line)
        raise CheckFailed(assessment.failed)
    if stale:
        print("note  not saved, since it is not what you wrote last: run that cell again, then this one")
        return
    hints.after_pass(task.name)
    note_pass(task.name)
    saved_answers.keep(task.name, function, lambda alone: find_first_failure(task.name, alone))


def wrap_line(line: str) -> str:
    """Wrap a long line. The following lines are indented."""
    return textwrap.fill(line, LINE_WIDTH, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)


def find_first_failure(name: str, alone: Callable) -> str | None:
    """Check an answer that was run again on its own.

    Arguments:
        name: the task's name.
        alone: the answer, made from its saved source.

    Returns:
        What is wrong, or None.
    """
    return assess(record(name, alone)).failed


def find_task(function: Any) -> Task:
    """Find the task that a function answers, by the function's own name or by its name in the notebook.

    Raises:
        NotAFunction: if the argument is not a function.
        NoSuchTask: if no task has this name.
    """
    names = ", ".join(TASKS)
    if not callable(function) or isinstance(function, type):
        raise NotAFunction(f"check() takes the function itself, such as check(softmax); the tasks are {names}")
    own_name = getattr(function, "__name__", "")  # an object with a method __call__, and a partial, have none
    if own_name in TASKS:
        return TASKS[own_name]
    notebook = getattr(function, "__globals__", None) or vars(sys.modules["__main__"])
    for name, value in notebook.items():
        if value is function and name in TASKS:  # such as softmax = lambda x: ...
            return TASKS[name]
    if not own_name:
        raise NoSuchTask(f"no task's name stands for this object in the notebook; the tasks are {names}")
    raise NoSuchTask(f"no task asks for a function named {own_name}; the tasks are {names}")


def report(name: str, function: Callable) -> tuple[list[str], str | None]:
    """Record and assess an answer, as check() does.

    Arguments:
        name: the task's name.
        function: the answer.

    Returns:
        lines: what to print.
        failed: what is wrong, in one line; None if everything is right. nbval shows only this text.
    """
    assessment = assess(record(name, function))
    return assessment.lines, assessment.failed
