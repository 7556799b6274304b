"""How many points each task is worth, from the table of actions or from an instructor's own file."""

import json
import math
import tomllib
from pathlib import Path

from ...assignment.actions import TASKS, WRITTEN
from ...support.articles import add_article


def points_by_task(path: Path | None = None) -> dict[str, float]:
    """Return the points of every task and written question by name, in the table's order.

    Arguments:
        path: an instructor's file, see `read_points`. Its points replace the table's.

    Raises:
        ValueError: if the file cannot be used. The message says why.
        OSError: if the file cannot be read.
    """
    points = {task.name: task.points for task in TASKS.values()}
    points |= {question.name: question.points for question in WRITTEN.values()}
    return points if path is None else {**points, **read_points(path)}


def read_points(path: Path) -> dict[str, float]:
    """Read an instructor's points from a small file of names and numbers.

    Arguments:
        path: a JSON file such as ``{"softmax": 5, "written-1": 3}``, or the same in TOML if its name ends in ``.toml``.

    Returns:
        The points in the file, by name. Whole numbers stay ints.

    Raises:
        ValueError: if the file has another format, if no graded cell has a name in it, or if the points of one are not
            a number of at least 0.
        OSError: if the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text, object_pairs_hook=_make_dict)
    except ValueError as error:  # of JSON, of TOML, of UTF-8
        raise ValueError(f'{path}: {error}. Wanted is JSON such as {{"softmax": 5, "written-1": 3}}, or TOML') from None
    if not isinstance(found, dict):
        raise ValueError(
            f'{path} holds {add_article(type(found).__name__)}; wanted is an object such as {{"softmax": 5}}'
        )
    known = points_by_task()
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(f"{path} has points for {', '.join(unknown)}; there are {', '.join(known)}")
    wrong = [f"{name}: {value!r}" for name, value in found.items() if not _is_number_of_points(value)]
    if wrong:
        raise ValueError(f"{path}: points are finite numbers of at least 0, not {', '.join(wrong)}")
    return found


def _is_number_of_points(value: object) -> bool:
    """Whether a value is a finite number of at least 0 (True and False are not numbers here)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _make_dict(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make a dictionary of a JSON object. Raise ValueError if a name occurs more than once."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} is there more than once")
    return dict(pairs)
