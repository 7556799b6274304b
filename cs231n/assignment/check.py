"""check(): is this answer right? It prints a line for every property, and names the mistake if it is a known one."""

import io
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from . import hints
from .actions import TASKS, Task
from .caches import blame_cache, describe_cache, find_forward
from .cases.calls import CASES, quietly
from .cases.differences import Differs
from .diagnosis.exceptions import explain_broadcast_error, explain_name_error, list_frames, quote_student_line
from .diagnosis.explanation import explain
from .diagnosis.stale_cells import note_if_stale
from .progress import note_pass
from .properties.all_properties import properties_of
from .properties.property import Answer, Property
from .saving import saved_answers
from .saving.installed import FORWARD_OF
from .saving.stubs import DoesNotFit

MAX_NAMED_PROPERTIES = 3  # the last line names up to this many failed properties, and counts the others
TABLE_INDENT = " " * 4  # lines that start with this are printed without wrapping
LINE_WIDTH = 100

Result = tuple[str, str | None]  # a property's text, and how the property fails (None if it holds)


class CheckFailed(Exception):
    """A check did not pass. A notebook shows this as one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


class _NotWritten(Exception):
    """The answer, or a function that it needs, is not written yet."""


def check(function: Any) -> None:
    """Check one answer, and print a line for every property that it should have.

    For a wrong answer, check() also says what is certain. If the mistake is a known one, check() names it. Otherwise it
    says in which cases the result is wrong, and shows the smallest example. What the function prints is hidden.

    In a notebook of your own, a right answer is saved in the folder ``notebooks/my_answers/``, and the library uses it
    from then on. After the third, fifth and seventh failure of a task, check() quotes a hint. An automated run does
    neither.

    Arguments:
        function: the function that you wrote. Its name says which task it is for.

    Raises:
        CheckFailed: if a property does not hold, or if the answer is not written yet.
        TypeError: if the argument is not a function.
        ValueError: if no task asks for a function of this name.
    """
    task = find_task(function)
    person = saved_answers.is_interactive()
    stale = note_if_stale(task.name, function) if person else None
    lines, failed = report(task.name, function, person)
    for line in [stale, *lines] if stale else lines:
        print(line if line.startswith(TABLE_INDENT) else wrap_line(line))
    if failed:
        if person and not stale:
            for line in hints.after_failure(task.name):
                print(line)
        raise CheckFailed(f"{task.name}: {failed}")
    if stale:
        print("note  not saved, since it is not what you wrote last: run that cell again, then this one")
        return
    hints.after_pass(task.name)
    note_pass(task.name)
    saved_answers.keep(task.name, function, lambda alone: find_first_failure(task.name, alone, function))


def wrap_line(line: str) -> str:
    """Wrap a long line. The following lines are indented."""
    return textwrap.fill(line, LINE_WIDTH, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)


def find_first_failure(name: str, alone: Callable, function: Callable) -> str | None:
    """Check an answer that was run again on its own.

    Arguments:
        name: the task's name.
        alone: the answer, made from its saved source.
        function: the answer in the notebook. Its notebook holds the forward pass to use.

    Returns:
        How the first failed property fails, or None.
    """
    with quietly():
        _, forward = find_forward(name, function)
        _, results, _ = try_with_cache_of(name, alone, forward)
        return next((failure for _, failure in results if failure), None)


def try_with_cache_of(
    name: str, function: Callable, forward: Callable | None
) -> tuple[list[str], list[Result], Callable | None]:
    """Try every property with the cache of a forward pass.

    A student may choose what a cache holds. A wrong cache is not the backward pass's mistake. So if a backward pass of
    batch norm fails with the cache of the student's forward pass, it is tried with the documented cache too.

    Arguments:
        name: the task's name.
        function: the answer.
        forward: the student's forward pass, or None for the documented cache.

    Returns:
        notes: what to say about the cache.
        results: as from `try_properties`.
        forward: the forward pass whose cache the results belong to; None for the documented cache.
    """
    results = try_properties(Answer(name, function, forward))
    if forward and FORWARD_OF.get(name) == "batchnorm_forward" and any(failure for _, failure in results):
        documented = try_properties(Answer(name, function))
        if not any(failure for _, failure in documented):
            return [blame_cache(name)], documented, None
    if name == "batchnorm_forward" and not any(failure for _, failure in results):
        return describe_cache(function), results, forward
    return [], results, forward


def describe_precision(name: str, function: Callable, forward: Callable | None) -> list[str]:
    """Write a note if results are float32 although the inputs are float64.

    Such an answer is accepted, but later cells of the notebook compare many digits. The note is for a person only: the
    output of an automated run must not depend on it.

    Arguments:
        name: the task's name.
        function: a right answer.
        forward: the forward pass whose cache it takes, or None for the documented cache.
    """
    outputs = Answer(name, function, forward).run(CASES[name][0]).outputs
    narrow = [output for output, value in outputs.items() if getattr(value, "dtype", None) in (np.float16, np.float32)]
    if not narrow:
        return []
    are = "is" if len(narrow) == 1 else "are"
    return [
        f"note  {', '.join(narrow)} {are} rounded to float32, though the inputs are float64: this is accepted, but a "
        "later cell that compares ten digits may complain"
    ]


def find_task(function: Any) -> Task:
    """Find the task that a function answers, by the function's own name or by its name in the notebook.

    Raises:
        TypeError: if the argument is not a function.
        ValueError: if no task has this name.
    """
    names = ", ".join(TASKS)
    if not callable(function) or not hasattr(function, "__name__"):
        raise TypeError(f"check() takes the function itself, such as check(softmax); the tasks are {names}")
    if function.__name__ in TASKS:
        return TASKS[function.__name__]
    for name, value in getattr(function, "__globals__", {}).items():
        if value is function and name in TASKS:  # such as softmax = lambda x: ...
            return TASKS[name]
    raise ValueError(f"no task asks for a function named {function.__name__}; the tasks are {names}")


def report(name: str, function: Callable, person: bool = False) -> tuple[list[str], str | None]:
    """Try every property of a task.

    Arguments:
        name: the task's name.
        function: the answer.
        person: whether a person at a notebook will read the report.

    Returns:
        lines: what to print.
        failed: how many properties fail, and which ones; None if all hold. nbval shows only this text.

    Raises:
        CheckFailed: if the answer is not written yet.
    """
    printed = io.StringIO()
    try:
        with quietly(printed):
            notes, forward = find_forward(name, function)
            more_notes, results, forward = try_with_cache_of(name, function, forward)
            failures = [failure for _, failure in results if failure]
            explanation = explain(name, function, forward) if failures else []
            precision = describe_precision(name, function, forward) if person and not failures else []
    except _NotWritten as stub:
        raise CheckFailed(str(stub)) from None
    lines = notes + more_notes + format_results(results)
    skipped = len(properties_of(name)) - len(results)
    if skipped:
        lines.append(f"...   {skipped} more, once this one holds")
    lines += explanation + precision
    if failures and printed.getvalue():
        lines.append("note  what your function prints is hidden while it is checked")
    return lines, summarize_failures([text for text, failure in results if failure])


def summarize_failures(texts: list[str]) -> str | None:
    """Write how many properties fail, and which ones; None if there are none.

    Arguments:
        texts: the texts of the failed properties.
    """
    if not texts:
        return None
    named = texts
    if len(texts) > MAX_NAMED_PROPERTIES + 1:
        named = [*texts[:MAX_NAMED_PROPERTIES], f"and {len(texts) - MAX_NAMED_PROPERTIES} more"]
    properties = "property does" if len(texts) == 1 else "properties do"
    return f"{len(texts)} {properties} not hold ({'; '.join(named)})"


def format_results(results: list[Result]) -> list[str]:
    """Write a line for every property that was tried. A long explanation is printed once, and then cut short."""
    lines = []
    given: set[str | None] = set()
    for text, failure in results:
        what, colon, _ = (failure or "").partition(": ")
        short = f"{what}, as above" if colon and failure in given else failure
        lines.append(f"FAIL  {text}: {short}" if failure else f"ok    {text}")
        given.add(failure)
    return lines


def try_properties(answer: Answer) -> list[Result]:
    """Try the properties of a task in order, up to the first essential one that fails."""
    results = []
    for prop in properties_of(answer.task):
        failure = try_property(prop, answer)
        results.append((prop.text, failure))
        if failure and prop.essential:
            break
    return results


def try_property(prop: Property, answer: Answer) -> str | None:
    """Return how a property fails, or None if it holds.

    Raises:
        _NotWritten: if the answer, or a function that it needs, is not written yet.
    """
    try:
        prop.verify(answer)
    except Differs as difference:
        return str(difference)
    except NotImplementedError as error:
        raise _NotWritten(describe_stub(answer.task, error)) from None
    except (Exception, SystemExit) as error:
        message = (str(error).splitlines() or [""])[0]
        hint = explain_broadcast_error(message) or explain_name_error(error)
        message = f"{message.strip()} {hint}" if hint else message
        return f"{type(error).__name__}: {message}{quote_student_line(answer.function, error)}"
    return None


def describe_stub(name: str, error: NotImplementedError) -> str:
    """Write the line for a function that still raises NotImplementedError.

    Arguments:
        name: the name of the task that is checked.
        error: the exception. It comes from the answer itself, or from another answer that this one calls.
    """
    task = TASKS[name]
    stub = TASKS.get(getattr(error, "name", list_frames(error)[-1].f_code.co_name))
    if stub and stub.name != name:
        if isinstance(error, DoesNotFit):
            return f"task {task.number}, {name}: it needs {stub.name}, of {error}"
        return (
            f"task {task.number}, {name}: it needs {stub.name}, which is not written yet. "
            f"That is task {stub.number}, in {stub.place}."
        )
    return f"task {task.number}, {name}: not written yet. Write it in the cell above, run that cell, then this one."
