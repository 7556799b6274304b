"""The hints, three levels for every task: written in ``hints.md``, shown in the notebooks, quoted by check().

``hints.md`` is the one place to edit them. ``python -m cs231n.grading refresh`` puts them into the notebooks.
"""

import re
import textwrap
from collections import Counter
from functools import cache
from pathlib import Path

from .tasks import TASKS

FILE = Path(__file__).with_name("hints.md")
LEVELS = (1, 2, 3)
QUOTED_AT = {3: 1, 5: 2, 7: 3}  # at which failed check of a task in one session which hint is quoted
HEADING = re.compile(r"^## (\w+)$|^### Hint (\d): (.+)$", re.MULTILINE)

_failures: Counter[str] = Counter()


def read(text):
    """The hints in a text in the form of ``hints.md``.

    Returns:
        ``{task: {level: (title, hint)}}``.

    Raises:
        ValueError: where a task or a level is missing, unknown, twice there, out of order or empty.
    """
    found, task = {}, None
    headings = list(HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None]):
        name, level, title = heading.groups()
        if name:
            if name in found or name not in TASKS:
                raise ValueError(f"hints.md: the heading '## {name}' is there twice, or names no task")
            task, found[name] = name, {}
            continue
        hint = text[heading.end() : following.start() if following else None].strip()
        if task is None or int(level) != len(found[task]) + 1 or not hint:
            raise ValueError(f"hints.md: 'Hint {level}' of {task} is empty, or not where it belongs: 1, 2, 3 per task")
        found[task][int(level)] = (title, hint)
    short = [name for name in TASKS if tuple(found.get(name, ())) != LEVELS]
    if short:
        raise ValueError(f"hints.md: three hints are asked for, and not there, for {', '.join(short)}")
    return found


@cache
def all_hints():
    """The hints of all tasks, as `read` gives them."""
    return read(FILE.read_text(encoding="utf-8"))


def cell(name):
    """The Markdown of a task's hints cell: one ``<details>`` per level."""
    details = [
        f"<details>\n<summary>Hint {level}: {title}</summary>\n\n{hint}\n\n</details>"
        for level, (title, hint) in all_hints()[name].items()
    ]
    return "\n".join(details)


def cell_id(name):
    """The id of a task's hints cell."""
    return "hints-" + name.replace("_", "-")


def after_failure(name):
    """Count one more failed check of a task; at the third, fifth and seventh quote a hint.

    Returns:
        Lines to print, none at most failures. Only call it where a person is at work.
    """
    _failures[name] += 1
    level = QUOTED_AT.get(_failures[name])
    return quote(name, level) if level else []


def after_pass(name):
    """Forget a task's failures."""
    _failures.pop(name, None)


def quote(name, level):
    """One hint as lines of plain text: paragraphs filled, code as it stands."""
    title, hint = all_hints()[name][level]
    lines = [f"Hint {level} of {len(LEVELS)}, {title} (they all stand under the answer cell):"]
    for number, block in enumerate(re.split(r"^```\w*\n(.*?)^```$", hint, flags=re.MULTILINE | re.DOTALL)):
        for line in block.strip("\n").splitlines():
            code = number % 2 or not line
            lines += [f"    {line}"] if code else textwrap.wrap(line, 96, initial_indent="  ", subsequent_indent="  ")
    return [line.rstrip() for line in lines]
