"""check(): is this answer right? One line per property, and a name for the mistakes that are known."""

import inspect
import io
import linecache
import textwrap

import numpy as np

from .. import layers
from . import hints
from .actions import TASKS
from .caches import about_cache, find_forward, right_but_for_the_cache
from .cases.calls import CASES, quietly
from .cases.differences import Differs, why_no_broadcast
from .diagnosis.explanation import explain
from .diagnosis.stale_cells import note_if_stale
from .progress import note_pass
from .properties.all_properties import properties_of
from .properties.property import Answer
from .saving import saved_answers
from .saving.installed import FORWARD_OF
from .saving.stubs import DoesNotFit

NAMED = 3  # of the properties that fail, so many are named in the last line
TABLE = " " * 4  # lines that begin so are printed as they are


class CheckFailed(Exception):
    """A check did not pass. A notebook shows it as one line, without a traceback."""

    def _render_traceback_(self):
        return [f"CheckFailed: {self}"]


class _NotWritten(Exception):
    """A function that the answer needs, or the answer itself, is still a stub."""


def check(function):
    """Check one answer, and print a line for every property that it should have.

    Of a wrong answer it says what is certain: the name of the mistake where it is a known one, else where it shows, and
    the smallest example. While a check runs, what the function prints is hidden. In a notebook of your own (not in an
    automated run) an answer that passes is saved in ``notebooks/my_answers.py`` and used by the library from then on,
    and after the third, fifth and seventh failure of a task one of its hints is quoted.

    Arguments:
        function: the function that you wrote; its name says which task it is for.

    Raises:
        CheckFailed: when a property does not hold, or the answer is not written yet.
        TypeError, ValueError: when the argument is not a function, or no task asks for a function of its name.
    """
    task = find_task(function)
    person = saved_answers.is_interactive()
    stale = note_if_stale(task.name, function) if person else None
    lines, failed = report(task.name, function, person)
    for line in [stale, *lines] if stale else lines:
        print(line if line.startswith(TABLE) else filled(line))
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
    saved_answers.keep(task.name, function, lambda alone: first_failure(task.name, alone, function))


def filled(line):
    return textwrap.fill(line, 100, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)


def first_failure(name, alone, function):
    """How an answer that was run again on its own fails, or None; it gets the forward pass of the original."""
    with quietly():
        _, forward = find_forward(name, function)
        _, results, _ = try_with(name, alone, forward)
        return next((failure for _, failure in results if failure), None)


def try_with(name, function, forward):
    """Try every property, with the cache of a forward pass.

    A cache is the student's own business, and what a wrong one spoils is not the backward pass's mistake: a backward
    pass of batch norm that fails with the cache of the student's forward pass is tried with the documented one, too.

    Returns:
        notes: what to say of the cache.
        results: as from `try_properties`.
        forward: the forward pass whose cache counts; None for the documented cache.
    """
    results = try_properties(Answer(name, function, forward))
    if forward and FORWARD_OF.get(name) == "batchnorm_forward" and any(failure for _, failure in results):
        documented = try_properties(Answer(name, function))
        if not any(failure for _, failure in documented):
            return [right_but_for_the_cache(name)], documented, None
    if name == "batchnorm_forward" and not any(failure for _, failure in results):
        return about_cache(function), results, forward
    return [], results, forward


def about_precision(name, function, forward):
    """A line about results that are float32 where the inputs are float64: accepted, but less exact than the course's.

    It is for a person at a notebook, where later cells compare many digits; what an automated run prints stays as it
    is. ``forward`` is the forward pass whose cache counts.
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


def find_task(function):
    """The task that a function answers, by the function's name, or by the name that it was given in the notebook."""
    names = ", ".join(TASKS)
    if not callable(function) or not hasattr(function, "__name__"):
        raise TypeError(f"check() takes the function itself, such as check(softmax); the tasks are {names}")
    if function.__name__ in TASKS:
        return TASKS[function.__name__]
    for name, value in getattr(function, "__globals__", {}).items():
        if value is function and name in TASKS:  # such as softmax = lambda x: ...
            return TASKS[name]
    raise ValueError(f"no task asks for a function named {function.__name__}; the tasks are {names}")


def report(name, function, person=False):
    """Try every property of a task.

    Arguments:
        name: the task's; function: the answer; person: whether somebody at a notebook will read it.

    Returns:
        lines: what to print.
        failed: None, or how many properties do not hold, and which: all that nbval shows of a failed check.

    Raises:
        CheckFailed: when the answer is not written yet.
    """
    printed = io.StringIO()
    try:
        with quietly(printed):
            notes, forward = find_forward(name, function)
            more, results, forward = try_with(name, function, forward)
            failures = [failure for _, failure in results if failure]
            explanation = explain(name, function, forward) if failures else []
            precision = about_precision(name, function, forward) if person and not failures else []
    except _NotWritten as stub:
        raise CheckFailed(str(stub)) from None
    lines = notes + more + lines_of(results)
    skipped = len(properties_of(name)) - len(results)
    if skipped:
        lines.append(f"...   {skipped} more, once this one holds")
    lines += explanation + precision
    if failures and printed.getvalue():
        lines.append("note  what your function prints is hidden while it is checked")
    which = [text for text, failure in results if failure]
    if len(which) > NAMED + 1:
        which[NAMED:] = [f"and {len(which) - NAMED} more"]
    properties = "property does" if len(failures) == 1 else "properties do"
    return lines, f"{len(failures)} {properties} not hold ({'; '.join(which)})" if failures else None


def lines_of(results):
    """A line for every property that was tried; an explanation that was given already is cut short."""
    lines, given = [], set()
    for text, failure in results:
        what, colon, _ = (failure or "").partition(": ")
        short = f"{what}, as above" if colon and failure in given else failure
        lines.append(f"FAIL  {text}: {short}" if failure else f"ok    {text}")
        given.add(failure)
    return lines


def try_properties(answer):
    """Pairs of a property's text and how it fails (None where it holds), up to the first essential failure."""
    results = []
    for prop in properties_of(answer.task):
        failure = try_one(prop, answer)
        results.append((prop.text, failure))
        if failure and prop.essential:
            break
    return results


def try_one(prop, answer):
    """How a property fails, or None."""
    try:
        prop.holds(answer)
    except Differs as difference:
        return str(difference)
    except NotImplementedError as error:
        raise _NotWritten(not_written(answer.task, answer.function, error)) from None
    except (Exception, SystemExit) as error:
        message = (str(error).splitlines() or [""])[0]
        hint = why_no_broadcast(message) or why_no_name(error)
        message = f"{message.strip()} {hint}" if hint else message
        return f"{type(error).__name__}: {message}{line_of(answer.function, error)}"


def why_no_name(error):
    """What to add where a name is not defined which the library has, as after a restart: a remark, or ""."""
    name = getattr(error, "name", None)
    if type(error) is not NameError or not callable(vars(layers).get(name)):
        return ""
    return f"(write layers.{name}" + (f", or run the cell of your {name} again)" if name in TASKS else ")")


def not_written(name, function, error):
    """The quiet line for a function that still raises NotImplementedError."""
    task = TASKS[name]
    stub = TASKS.get(getattr(error, "name", frames(error)[-1].f_code.co_name))
    if stub and stub.name != name:
        if isinstance(error, DoesNotFit):
            return f"task {task.number}, {name}: it needs {stub.name}, of {error}"
        return (
            f"task {task.number}, {name}: it needs {stub.name}, which is not written yet. "
            f"That is task {stub.number}, in {stub.place}."
        )
    return f"task {task.number}, {name}: not written yet. Write it in the cell above, run that cell, then this one."


def frames(error):
    """The frames of an exception's traceback, outermost first."""
    traceback, found = error.__traceback__, []
    while traceback:
        found.append(traceback.tb_frame)
        traceback = traceback.tb_next
    return found


def line_of(function, error):
    """The line of the student's own code where an exception came from, as the end of a sentence."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    traceback, number = error.__traceback__, None
    while traceback:
        if code and traceback.tb_frame.f_code.co_filename == code.co_filename:
            number = traceback.tb_lineno
        traceback = traceback.tb_next
    line = linecache.getline(code.co_filename, number).strip() if number else ""
    return f", in your line `{line}`" if line else ""
