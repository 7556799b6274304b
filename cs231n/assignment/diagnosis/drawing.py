"""Draw a wrong array: yours, right and the difference, as small tables with coloured cells.

Blue is negative, orange is positive, and a stronger colour is a larger number. The two colours can be told apart by
colour-blind readers, and every cell holds its number. The text is dark on a light colour in every theme.

There are few colours, and each has a name, a *shade*: ``zero``, ``odd`` (nan and inf), and ``minus-1`` to ``minus-8``
and ``plus-1`` to ``plus-8``. A notebook gets the colours in the cells themselves. A page that forbids this, such as the
feedback page, takes the tables from `make_tables`, and makes a class of each shade in `COLORS`.
"""

import html
import math
from typing import NamedTuple

import numpy as np

from .smallest_example import EXAMPLE_HEADING, Example, format_tables

NEGATIVE, POSITIVE = (86, 180, 233), (230, 159, 0)  # sky blue and orange of Okabe and Ito's palette
LEVELS = 8  # how many strengths a colour has
NOTHING = 1e-9  # of the largest number: drawn as 0
CELL = "padding:2px 8px;text-align:right;border:1px solid #bbb;color:#111;background:{}"


def _mix(color: tuple[int, int, int], level: int) -> str:
    """A colour on white, in one of its strengths."""
    return "#" + "".join(f"{round(255 + level / LEVELS * (channel - 255)):02x}" for channel in color)


COLORS = {"zero": "#ffffff", "odd": "#cccccc"} | {
    f"{sign}-{level}": _mix(color, level)
    for sign, color in (("minus", NEGATIVE), ("plus", POSITIVE))
    for level in range(1, LEVELS + 1)
}


class Shaded(NamedTuple):
    """A cell of a table: the number as text, and its shade, a key of `COLORS`."""

    text: str
    shade: str


class Table(NamedTuple):
    """A table of a drawing."""

    caption: str
    rows: list[list[Shaded]]


def draw(example: Example, with_inputs: bool) -> None:
    """Show an example's drawing below the text of a cell. Call this only in a notebook.

    Arguments:
        example: the example.
        with_inputs: whether to show its inputs above the tables.
    """
    from IPython.display import HTML, display

    display(HTML(make_html(example, with_inputs)))


def make_html(example: Example, with_inputs: bool = False) -> str:
    """Make the drawing of an example, as HTML without scripts, for a notebook."""
    inputs = html.escape("\n".join(line.strip() for line in example.inputs))
    head = f"<div>{EXAMPLE_HEADING}<pre>{inputs}</pre></div>" if with_inputs else ""
    tables = "".join(map(_format_table, make_tables(example)))
    return f'{head}<div style="display:flex;flex-wrap:wrap;gap:1.5em;font-size:90%">{tables}</div>'


def make_tables(example: Example) -> list[Table]:
    """Make the three tables of an example: yours, right and the difference."""
    got, want = np.atleast_2d(example.got), np.atleast_2d(example.want)
    got_text, want_text = format_tables(got, want)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = got - want
    return [
        _make_table(f"{example.name}, yours", got, got_text, _find_scale(want)),
        _make_table(f"{example.name}, right", want, want_text, _find_scale(want)),
        _make_table("difference", difference, _format_difference(difference, want), _find_scale(difference)),
    ]


def _find_scale(array: np.ndarray) -> float:
    """The largest finite number of an array, without its sign; 1 if there is none, or it is 0."""
    return float(np.max(np.abs(array[np.isfinite(array)]), initial=0.0)) or 1.0


def _format_difference(difference: np.ndarray, want: np.ndarray) -> list[list[str]]:
    noise = NOTHING * max(float(np.max(np.abs(want), initial=0.0)), 1.0)
    return [[_format_signed(float(value), noise) for value in row] for row in difference]


def _format_signed(value: float, noise: float) -> str:
    """A difference with its sign. Rounding noise is 0, and nan has no sign."""
    if abs(value) <= noise:
        return "0"
    return "nan" if math.isnan(value) else f"{value:+.3g}"


def _make_table(caption: str, array: np.ndarray, text: list[list[str]], scale: float) -> Table:
    """Make one table. Its colours are relative to a scale."""
    rows = [
        [Shaded(words, _find_shade(float(value), words, scale)) for value, words in zip(*pair)]
        for pair in zip(array, text)
    ]
    return Table(caption, rows)


def _find_shade(value: float, text: str, scale: float) -> str:
    """The shade of a number: a stronger one for a larger number. Rounding noise, which is written as 0, has none."""
    if text == "0":
        return "zero"
    if not math.isfinite(value):
        return "odd"
    level = max(math.ceil(min(abs(value) / scale, 1.0) * LEVELS), 1)
    return f"{'minus' if value < 0 else 'plus'}-{level}"


def _format_table(table: Table) -> str:
    """Write a table as HTML, with its colours in the cells."""
    rows = [
        "<tr>" + "".join(f'<td style="{CELL.format(COLORS[cell.shade])}">{cell.text}</td>' for cell in row) + "</tr>"
        for row in table.rows
    ]
    head = f'<caption style="caption-side:top;text-align:left">{html.escape(table.caption)}</caption>'
    return f'<table style="border-collapse:collapse">{head}{"".join(rows)}</table>'
