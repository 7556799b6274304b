"""Saved answers: a function that passed its check is saved in ``notebooks/my_answers/``, and the library runs it.

Each answer has a file of its own, with the helpers that it needs from other cells. The files are run in the order of
the tasks. Each one is run on its own, so that a broken one does not stop the others.
"""

import inspect
import linecache
from collections.abc import Callable
from typing import Any

import numpy as np

from ...support import session
from ..actions import TASKS
from . import answer_files
from .answer_files import Source
from .answer_source import CannotSave, add_helpers, get_source
from .installed import FORWARD_OF, SAVED_MODULE, Functions, find_stand_in, install, library_function
from .stubs import is_stub

NOTHING_SAVED = "no saved answers: the notebook runs on the reference implementations in cs231n/"
AT_HAND = ("np", "layers")  # names that every saved answer may use

Passes = Callable[[Callable], str | None]  # takes an answer; returns how its check fails, or None


def is_interactive() -> bool:
    """Whether a person is at work in a notebook. Answers are saved and used only then."""
    return session.is_notebook() and not session.is_automated()


def keep(name: str, function: Callable, passes: Passes) -> None:
    """Save an answer that passed, and install it in the library. Do nothing in an automated session.

    Print a line that says so, or why the answer could not be saved. Raise nothing.

    Arguments:
        name: the task's name.
        function: the answer.
        passes: function that takes an answer. It returns None if the answer passes its check, else what is wrong.
    """
    if not is_interactive():
        return
    try:
        source, alone = _make_independent(name, function, passes)
    except CannotSave as reason:
        print(f"note  not saved{reason}")
        return
    try:
        answer_files.write(name, source)
        note = f"saved in {answer_files.describe_place(name)}"
    except (OSError, UnicodeError) as error:
        note = f"not saved: {answer_files.explain_unwritten(name, error)}"
    _install_and_say(name, alone, note)


def _make_independent(name: str, function: Callable, passes: Passes) -> tuple[Source, Callable]:
    """Make the source of an answer that runs on its own, with its helpers if it needs them.

    Arguments:
        name, function, passes: as for `keep`.

    Returns:
        The source, and the function that it defines.

    Raises:
        CannotSave: if there is no such source. The message is the end of the sentence "not saved".
    """
    try:
        code = get_source(function, name)
    except (OSError, TypeError):
        raise CannotSave(": this function's source cannot be read (a cell that begins with %%time has none)") from None
    saved, source = load(), answer_files.compose(name, code)
    alone, problem = try_alone(name, source, saved, passes)
    if problem:
        try:
            longer = add_helpers(name, inspect.unwrap(function), {*AT_HAND, *saved})
        except CannotSave as reason:
            raise CannotSave(f", since {reason}") from None
        if longer != code:
            source = answer_files.compose(name, longer)
            alone, problem = try_alone(name, source, saved, passes)
    if problem or alone is None:
        remedy = f": define what it needs inside {name}" if str(problem).startswith("NameError") else ""
        raise CannotSave(f": on its own, with only np and layers, the function fails ({problem}){remedy}")
    return source, alone


def _install_and_say(name: str, alone: Callable, note: str) -> None:
    """Install an answer together with the saved ones, and print whose code the library runs.

    Arguments:
        name: the task's name.
        alone: the answer, made from its source.
        note: how the printed line begins.
    """
    left = install({**load(), name: alone})
    if name in left and is_stub(library_function(name)):
        print(f"note  {note}; the library does not run on it: {left[name]}")
    elif name in left:
        print(f"note  {note}; the library keeps its own {name}: {left[name]}")
    else:
        print(f"note  {note}; the library now runs on your {name}")
    lost = [other for other in left if FORWARD_OF.get(other) == name and is_stub(library_function(other))]
    if lost and name not in left:
        print(f"note  it does not run on your {', '.join(lost)}, which cannot read the cache of this {name}")


def try_alone(name: str, source: Source, saved: Functions, passes: Passes) -> tuple[Callable | None, str | None]:
    """Run an answer's source on its own, and check it.

    Returns:
        The function (or None), and what is wrong (or None).
    """
    try:
        alone = run_alone(name, source, saved)
        return alone, passes(alone)
    except (Exception, SystemExit) as error:
        return None, f"{type(error).__name__}: {error}"


def run_alone(name: str, source: Source, earlier: Functions) -> Callable:
    """Run the source of a function in a new namespace.

    Arguments:
        name: the function's name.
        source: its source.
        earlier: the saved answers that it may call, by name.

    Returns:
        The function. Its namespace holds ``np``, ``layers`` and the earlier answers.
    """
    from ... import layers

    filename, text = source
    # Tracebacks show the lines that run, also if the file is changed later, or could not be written.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"np": np, "layers": layers, "__name__": SAVED_MODULE}
    namespace.update({other: function for other, function in earlier.items() if other != name})
    exec(compile(text, filename, "exec"), namespace)
    return namespace[name]


def load(problems: dict[str, str] | None = None, asked: bool = False) -> Functions:
    """Load the saved functions, by name. In an automated session there are none.

    Arguments:
        problems: a dictionary that receives what is wrong with each function that cannot be used, by task name. Any
            other key is the name of a folder or file that cannot be read at all.
        asked: load them in any session.
    """
    if not (asked or is_interactive()):
        return {}
    problems = {} if problems is None else problems
    functions: Functions = {}
    for name, source in answer_files.read(problems).items():
        try:
            functions[name] = run_alone(name, source, functions)
        except (Exception, SystemExit) as error:
            problems[name] = f"{type(error).__name__}: {getattr(error, 'msg', None) or error}"
    return functions


def use_my_answers(asked: bool = False) -> None:
    """Load the saved answers, install them in the library, and print whose code runs.

    An automated session (refresh, tests, grading) loads nothing unless ``asked`` is True. If a function cannot be
    loaded, it is left out, and a line says what to do.
    """
    problems: dict[str, str] = {}
    functions = load(problems, asked)
    left = install(functions)
    stubs = [name for name in TASKS if is_stub(library_function(name)) and not _is_of_notebook_3(name)]
    if not functions and not problems and not stubs:
        print(NOTHING_SAVED)
        return
    for key, problem in problems.items():
        if key not in TASKS:
            print(f"{problem}: nothing in it is used")
    for name, task in TASKS.items():
        if name in problems:
            mend = f"Run its check again, in {task.place}, or mend {answer_files.describe_place(name)}"
            print(f"{name}: not usable, {problems[name]}. {mend}")
        elif name in left and is_stub(library_function(name)):
            print(f"{name}: saved, but not used: {left[name]}")
        elif name in stubs:
            print(f"{name}: not written yet, task {task.number} in {task.place}")
        elif find_stand_in(name):
            print(f"{name}: your {find_stand_in(name)} stands in for it")
        elif name in left:
            print(f"{name}: the reference's, since {left[name]}")
        elif name in functions:
            print(f"{name}: yours")
        elif not _is_of_notebook_3(name):
            print(f"{name}: the reference's")
    old = [name for name in functions if answer_files.is_in_old_file(name)]
    if old:
        print(f"From {answer_files.old_file().name}, the file of an earlier edition: {', '.join(old)}")


def _is_of_notebook_3(name: str) -> bool:
    return TASKS[name].number.startswith("3.")
