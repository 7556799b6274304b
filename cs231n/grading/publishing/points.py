"""How many points each task is worth: what the table of actions says, or an instructor's own file."""

import json
import math
import tomllib
from pathlib import Path

from ...assignment.actions import TASKS, WRITTEN


def points_by_task(path: Path | None = None) -> dict[str, float]:
    """The points of every task and written question by name, in the table's order.

    Arguments:
        path: an instructor's file, see `read_points`; what it does not name is worth what the table says.

    Raises:
        ValueError: for a file that cannot be used; the message says why.
    """
    points = {task.name: task.points for task in TASKS.values()}
    points |= {question.name: question.points for question in WRITTEN.values()}
    return points if path is None else {**points, **read_points(path)}


def read_points(path: Path) -> dict[str, float]:
    """An instructor's points, from a small file of names and numbers.

    Arguments:
        path: a JSON file such as ``{"softmax": 5, "written-1": 3}``, or the same in TOML if its name ends in ``.toml``.

    Returns:
        What the file says, by name. Whole numbers stay ints.

    Raises:
        ValueError: for what is no such file, for names that no graded cell has, for what are no numbers of at least 0.
        OSError: where the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text, object_pairs_hook=_no_name_twice)
    except ValueError as error:  # of JSON, of TOML, of UTF-8
        raise ValueError(f'{path}: {error}. Wanted is JSON such as {{"softmax": 5, "written-1": 3}}, or TOML') from None
    if not isinstance(found, dict):
        raise ValueError(f'{path} holds a {type(found).__name__}; wanted is an object such as {{"softmax": 5}}')
    known = points_by_task()
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(f"{path} has points for {', '.join(unknown)}; there are {', '.join(known)}")
    wrong = [f"{name}: {value!r}" for name, value in found.items() if not _is_number_of_points(value)]
    if wrong:
        raise ValueError(f"{path}: points are finite numbers of at least 0, not {', '.join(wrong)}")
    return found


def _is_number_of_points(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _no_name_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} is there more than once")
    return dict(pairs)
