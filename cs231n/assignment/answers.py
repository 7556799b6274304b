"""Saved answers: a function that passed its check is written to ``notebooks/my_answers.py`` and used by the library.

The file is plain Python, one function after the other, each under a line ``# --- task 1.1: softmax ---``, with the
helpers that it needs from other cells above it. Every such piece is read on its own, in the order of the tasks, so that
one that is broken does not stop the others.
"""

import inspect
import linecache
import os
import re
from pathlib import Path

import numpy as np

from .. import session
from ..files import write_text
from .helpers import CannotSave, source_of, with_helpers
from .install import FORWARD_OF, SAVED, install, library_function
from .stub import is_stub
from .tasks import TASKS

HEADER = '''"""Your answers that passed check(), written by check() itself. A new pass replaces the old answer.

The notebooks run on these functions: see use_my_answers(). Delete a function here, or the file, to go back.
"""

import numpy as np

from cs231n import layers
'''
MARK = re.compile(r"^# --- task [\d.]+: (\w+) ---$", re.MULTILINE)
NOTHING_SAVED = "no saved answers: the notebook runs on the reference implementations in cs231n/"


def path():
    """The file of saved answers, beside the notebooks; the environment variable ``CS231N_ANSWERS`` names another one.

    The notebooks are in ``notebooks/`` or, as in an nbgrader assignment, in the folder that holds ``cs231n/``.
    """
    override = os.environ.get("CS231N_ANSWERS")
    if override:
        return Path(override)
    root = Path(__file__).resolve().parents[2]
    folder = root / "notebooks"
    return (folder if folder.is_dir() else root) / "my_answers.py"


def is_interactive():
    """Whether a person is at work in a notebook: only then answers are saved and used."""
    return session.is_notebook() and not session.is_automated()


def keep(name, function, passes):
    """After a pass, in an interactive session: save the answer and install it in the library.

    Prints one line that says so, or why the answer could not be kept; never raises.

    Arguments:
        name: the task's name.
        function: the answer.
        passes: function that takes an answer and returns None where its check passes, else what is wrong.
    """
    if not is_interactive():
        return
    try:
        source = source_of(function, name)
    except (OSError, TypeError):
        print("note  not saved: this function's source cannot be read (a cell that begins with %%time has none)")
        return
    saved = load()
    alone, problem = try_alone(name, source, saved, passes)
    if problem:
        try:
            longer = with_helpers(name, inspect.unwrap(function), {"np", "layers", *saved})
        except CannotSave as reason:
            print(f"note  not saved, since {reason}")
            return
        if longer != source:
            source = longer
            alone, problem = try_alone(name, source, saved, passes)
    if problem:
        remedy = f": define what it needs inside {name}" if problem.startswith("NameError") else ""
        print(f"note  not saved: on its own, with only np and layers, the function fails ({problem}){remedy}")
        return
    try:
        write({**read(), name: source})
        note = f"saved in {path().name}"
    except (OSError, UnicodeError) as error:
        note = f"not saved: {path().name} cannot be read or written ({type(error).__name__})"
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


def try_alone(name, source, saved, passes):
    """Run an answer's source on its own, and check it: the function (or None), and what is wrong (or None)."""
    try:
        alone = run_alone(name, source, saved)
        return alone, passes(alone)
    except (Exception, SystemExit) as error:
        return None, f"{type(error).__name__}: {error}"


def read():
    """The sources in the file, by task name; empty where there is no file."""
    if not path().exists():
        return {}
    pieces = MARK.split(path().read_text(encoding="utf-8"))[1:]
    return {name: source.strip() + "\n" for name, source in zip(pieces[::2], pieces[1::2]) if name in TASKS}


def write(sources):
    """Write all sources, in the order of the tasks; the old file stays whole until the new one is complete.

    What stands in the old file above the first answer is kept, too: somebody may have written there.
    """
    top = MARK.split(path().read_text(encoding="utf-8"))[0].rstrip() + "\n" if path().exists() else HEADER
    sections = [
        f"\n\n# --- task {task.number}: {name} ---\n{sources[name]}" for name, task in TASKS.items() if name in sources
    ]
    write_text(path(), top + "".join(sections))


def run_alone(name, source, earlier):
    """Run a function's source on its own.

    Arguments:
        name: the function's name.
        source: its source.
        earlier: the saved answers that it may call, by name.

    Returns:
        The function. Its namespace holds ``np``, ``layers`` and the earlier answers.
    """
    from .. import layers

    filename = f"{SAVED}{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"np": np, "layers": layers, "__name__": "my_answers"}
    namespace.update({other: function for other, function in earlier.items() if other != name})
    exec(compile(source, filename, "exec"), namespace)
    return namespace[name]


def load(problems=None, asked=False):
    """The saved functions by name; none in an automated session.

    Arguments:
        problems: a dictionary that receives, by task name, what went wrong with a function that cannot be used.
        asked: load them in any session.
    """
    if not (asked or is_interactive()):
        return {}
    problems = {} if problems is None else problems
    functions = {}
    try:
        sources = read()
    except (OSError, UnicodeError) as error:
        problems[""] = f"{path().name} cannot be read ({type(error).__name__})"
        return {}
    for name in TASKS:
        if name not in sources:
            continue
        try:
            functions[name] = run_alone(name, sources[name], functions)
        except (Exception, SystemExit) as error:
            problems[name] = f"{type(error).__name__}: {getattr(error, 'msg', None) or error}"
    return functions


def use_my_answers(asked=False):
    """Load the answers that passed in earlier sessions, install them in the library, and say whose code runs.

    In an automated session (refresh, tests, grading) nothing is loaded unless ``asked`` is True. A function that
    cannot be loaded is left out, with a line that says what to do.
    """
    problems = {}
    functions = load(problems, asked)
    left = install(functions)
    stubs = [name for name in TASKS if is_stub(library_function(name)) and not TASKS[name].number.startswith("3.")]
    if not functions and not problems and not stubs:
        print(NOTHING_SAVED)
        return
    if "" in problems:
        print(f"{problems.pop('')}: the notebook runs without your saved answers")
    for name, task in TASKS.items():
        if name in problems:
            print(f"{name}: not usable, {problems[name]}. Run its check again, in {task.place}, or mend {path().name}")
        elif name in left and name in stubs:
            print(f"{name}: saved, but not used: {left[name]}")
        elif name in stubs:
            print(f"{name}: not written yet, task {task.number} in {task.place}")
        elif name in left:
            print(f"{name}: the reference's, since {left[name]}")
        elif name in functions:
            print(f"{name}: yours")
        elif not task.number.startswith("3."):
            print(f"{name}: the reference's")
