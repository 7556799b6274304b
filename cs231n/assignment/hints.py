"""Show a task's hints: in the notebook under the answer cell, and in check() after some failures.

The hints are stored in the tables of actions. ``python -m cs231n.grading refresh`` writes them into the notebooks.
"""

import re
import textwrap
from collections import Counter

from .actions import HINTS_PER_TASK, TASKS

HINT_AFTER_FAILURE = {3: 1, 5: 2, 7: 3}  # number of failed checks of a task in this session: number of the hint

_failures: Counter[str] = Counter()


def cell(name: str) -> str:
    """Write the Markdown cell with a task's hints: how long to try without them, and one ``<details>`` per hint."""
    details = [
        f"<details>\n<summary>Hint {level}: {hint.title}</summary>\n\n{hint.text}\n\n</details>"
        for level, hint in enumerate(TASKS[name].hints, start=1)
    ]
    minutes = TASKS[name].minutes
    return "\n".join([f"*Give it {minutes} minutes before you open a hint.*\n", *details])


def cell_id(name: str) -> str:
    """Return the id of the cell with a task's hints."""
    return "hints-" + name.replace("_", "-")


def after_failure(name: str) -> list[str]:
    """Count a failed check of a task. Call this only if a person is at work.

    Returns:
        The lines of a hint after the third, fifth and seventh failure; otherwise no lines.
    """
    _failures[name] += 1
    level = HINT_AFTER_FAILURE.get(_failures[name])
    return quote(name, level) if level else []


def after_pass(name: str) -> None:
    """Forget a task's failures."""
    _failures.pop(name, None)


def quote(name: str, level: int) -> list[str]:
    """Format a hint as lines of plain text. Paragraphs are wrapped, code keeps its lines."""
    hint = TASKS[name].hints[level - 1]
    lines = [f"Hint {level} of {HINTS_PER_TASK}, {hint.title} (they all stand under the answer cell):"]
    # Splitting at a pattern with one group gives text and code in turn: blocks 1, 3, ... are code.
    for number, block in enumerate(re.split(r"^```\w*\n(.*?)^```$", hint.text, flags=re.MULTILINE | re.DOTALL)):
        for line in block.strip("\n").splitlines():
            code = number % 2 or not line
            lines += [f"    {line}"] if code else textwrap.wrap(line, 96, initial_indent="  ", subsequent_indent="  ")
    return [line.rstrip() for line in lines]
