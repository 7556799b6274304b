"""The files of saved answers: a folder ``notebooks/my_answers/`` with one plain Python file per answer.

No two answers share a file, and a file is written whole or not at all. So two notebooks can save answers at the same
time, without a lock. Nothing in this module runs an answer.

An earlier edition kept all answers in one file, ``notebooks/my_answers.py``, each under a line
``# --- task 1.1: softmax ---``. That file is only read. An answer in it counts if it has no file of its own.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from ...support.whole_files import write_text
from ..actions import TASKS

HEADER = """\
# Your {name}, task {number}. It passed check(), and check() wrote this file. A new pass replaces the file.
# use_my_answers() loads it, and the notebooks run on it. To take the answer out, delete this file.

import numpy as np

from cs231n import layers


"""
OLD_MARK = re.compile(r"^# --- task [\d.]+: (\w+) ---$", re.MULTILINE)


class Source(NamedTuple):
    """The source of a saved answer.

    Attributes:
        filename: the file name to compile it with. Tracebacks show it, and its lines.
        text: Python source that defines the answer.
    """

    filename: str
    text: str


def folder() -> Path:
    """The folder of saved answers.

    It is beside the notebooks: in ``notebooks/``, or, as in an nbgrader assignment, in the folder that holds
    ``cs231n/``. The environment variable ``CS231N_ANSWERS`` can name another folder.
    """
    override = os.environ.get("CS231N_ANSWERS")
    if override:
        return Path(os.path.abspath(override))
    root = Path(__file__).resolve().parents[3]
    notebooks = root / "notebooks"
    return (notebooks if notebooks.is_dir() else root) / "my_answers"


def old_file() -> Path:
    """The file in which an earlier edition kept all answers: ``my_answers.py``, beside the folder ``my_answers``."""
    return folder().with_name(f"{folder().name}.py")


def file_of(name: str) -> Path:
    """The file of one answer.

    Arguments:
        name: the task's name.
    """
    return folder() / f"{name}.py"


def is_in_old_file(name: str) -> bool:
    """Whether a saved answer is in the file of an earlier edition, because it has no file of its own."""
    return not os.path.lexists(file_of(name))


def describe_place(name: str) -> str:
    """Write where a saved answer is, such as ``my_answers/softmax.py``."""
    return old_file().name if is_in_old_file(name) else f"{folder().name}/{name}.py"


def compose(name: str, code: str) -> Source:
    """Make the whole text of an answer's file.

    Arguments:
        name: the task's name.
        code: the answer's function, below its helpers.
    """
    return Source(str(file_of(name)), HEADER.format(name=name, number=TASKS[name].number) + code)


def write(name: str, source: Source) -> None:
    """Write the file of one answer. Create the folder if it is missing.

    An older file of this answer stays until the new one is complete.

    Arguments:
        name: the task's name.
        source: as from `compose`.

    Raises:
        OSError, UnicodeError: if it cannot be written, or if there is a file that could not be read back.
    """
    file = file_of(name)
    folder().mkdir(exist_ok=True)
    if file.exists():
        file.open("rb").close()  # the new file gets the old one's permissions
    write_text(file, source.text)


def read(problems: dict[str, str] | None = None) -> dict[str, Source]:
    """Read the sources of all saved answers, by task name, in the order of the tasks. Other files are left alone.

    Arguments:
        problems: a dictionary that receives what cannot be read. The key is the task's name, or the name of the folder
            or of an earlier edition's file. The value is a sentence without its full stop.
    """
    problems = {} if problems is None else problems
    old, names = _read_old_file(problems), _list_folder(problems)
    sources = {}
    for name in TASKS:
        if f"{name}.py" not in names:
            if name in old:
                sources[name] = Source(f"<{old_file().name}: {name}>", old[name])
            continue
        try:
            sources[name] = Source(str(file_of(name)), file_of(name).read_text(encoding="utf-8"))
        except (OSError, UnicodeError) as error:
            problems[name] = f"it cannot be read ({_give_reason(error)})"
    return sources


def explain_unwritten(name: str, error: Exception) -> str:
    """Say why an answer could not be written, as the end of a sentence.

    Arguments:
        name: the task's name.
        error: the exception that `write` raised.
    """
    if os.path.isfile(folder()):
        return _describe_file_in_place()
    return f"{folder().name}/{name}.py cannot be read or written ({_give_reason(error)})"


def _list_folder(problems: dict[str, str]) -> set[str]:
    """List the names in the folder. There are none if there is no folder, or if it cannot be read."""
    try:
        return set(os.listdir(folder()))
    except FileNotFoundError:
        return set()
    except OSError as error:
        unreadable = f"the folder {folder().name} cannot be read ({_give_reason(error)})"
        problems[folder().name] = _describe_file_in_place() if os.path.isfile(folder()) else unreadable
        return set()


def _read_old_file(problems: dict[str, str]) -> dict[str, str]:
    """Read the answers in the file of an earlier edition, by task name."""
    try:
        pieces = OLD_MARK.split(old_file().read_text(encoding="utf-8"))[1:]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeError) as error:
        problems[old_file().name] = f"{old_file().name} cannot be read ({_give_reason(error)})"
        return {}
    return dict(zip(pieces[::2], (code.strip() + "\n" for code in pieces[1::2])))


def _describe_file_in_place() -> str:
    return f"{folder().name} is a file, and a folder is needed (move the file away)"


def _give_reason(error: Exception) -> str:
    """Give the reason of an error in a few words."""
    if isinstance(error, UnicodeError):
        return "its text is not UTF-8"
    return getattr(error, "strerror", None) or type(error).__name__
