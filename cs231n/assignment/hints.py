"""How the hints of a task are shown: in the notebook under the answer cell, and by check() after some failures.

The hints themselves are in ``actions.toml``; ``python -m cs231n.grading refresh`` puts them into the notebooks.
"""

import re
import textwrap
from collections import Counter

from .actions import HINTS_PER_TASK, TASKS

QUOTED_AT = {3: 1, 5: 2, 7: 3}  # at which failed check of a task in one session which hint is quoted

_failures: Counter[str] = Counter()


def cell(name):
    """The Markdown of a task's hints cell: one ``<details>`` per level."""
    details = [
        f"<details>\n<summary>Hint {level}: {hint.title}</summary>\n\n{hint.text}\n\n</details>"
        for level, hint in enumerate(TASKS[name].hints, start=1)
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
    hint = TASKS[name].hints[level - 1]
    lines = [f"Hint {level} of {HINTS_PER_TASK}, {hint.title} (they all stand under the answer cell):"]
    for number, block in enumerate(re.split(r"^```\w*\n(.*?)^```$", hint.text, flags=re.MULTILINE | re.DOTALL)):
        for line in block.strip("\n").splitlines():
            code = number % 2 or not line
            lines += [f"    {line}"] if code else textwrap.wrap(line, 96, initial_indent="  ", subsequent_indent="  ")
    return [line.rstrip() for line in lines]
