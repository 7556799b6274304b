"""Draw a wrong array in a notebook: yours, right and the difference, as small tables with coloured cells.

Blue is negative, orange is positive, and a stronger colour is a larger number. The two colours can be told apart by
colour-blind readers, and every cell holds its number. The text is dark on a light colour in every theme.
"""

import html

import numpy as np

from .smallest_example import EXAMPLE_HEADING, Example, format_tables

NEGATIVE, POSITIVE = (86, 180, 233), (230, 159, 0)  # sky blue and orange of Okabe and Ito's palette
NOTHING = 1e-9  # of the largest number: drawn as 0
CELL = "padding:2px 8px;text-align:right;border:1px solid #bbb;color:#111;background:{}"


def draw(example: Example, with_inputs: bool) -> None:
    """Show an example's drawing below the text of a cell. Call this only in a notebook.

    Arguments:
        example: the example.
        with_inputs: whether to show its inputs above the tables.
    """
    from IPython.display import HTML, display

    display(HTML(make_html(example, with_inputs)))


def make_html(example: Example, with_inputs: bool = False) -> str:
    """Make the drawing of an example, as HTML without scripts."""
    got, want = np.atleast_2d(example.got), np.atleast_2d(example.want)
    got_text, want_text = format_tables(got, want)
    difference = got - want
    name = html.escape(example.name)
    scale = float(np.max(np.abs(want[np.isfinite(want)]), initial=0.0)) or 1.0
    tables = [
        _make_table(f"{name}, yours", got, got_text, scale),
        _make_table(f"{name}, right", want, want_text, scale),
        _make_table("difference", difference, _format_difference(difference, want)),
    ]
    inputs = html.escape("\n".join(line.strip() for line in example.inputs))
    head = f"<div>{EXAMPLE_HEADING}<pre>{inputs}</pre></div>" if with_inputs else ""
    return f'{head}<div style="display:flex;flex-wrap:wrap;gap:1.5em;font-size:90%">{"".join(tables)}</div>'


def _format_difference(difference: np.ndarray, want: np.ndarray) -> list[list[str]]:
    noise = NOTHING * max(float(np.max(np.abs(want), initial=0.0)), 1.0)
    return [["0" if abs(value) <= noise else f"{value:+.3g}" for value in row] for row in difference]


def _make_table(caption: str, array: np.ndarray, text: list[list[str]], scale: float | None = None) -> str:
    """Make one table. Its colours are relative to a scale; None means the largest number of the array."""
    if scale is None:
        scale = float(np.max(np.abs(array[np.isfinite(array)]), initial=0.0)) or 1.0
    rows = [
        "<tr>"
        + "".join(f'<td style="{CELL.format(_color(value, scale))}">{words}</td>' for value, words in zip(*pair))
        + "</tr>"
        for pair in zip(array, text)
    ]
    head = f'<caption style="caption-side:top;text-align:left">{caption}</caption>'
    return f'<table style="border-collapse:collapse">{head}{"".join(rows)}</table>'


def _color(value: float, scale: float) -> str:
    """The colour of a number: white for 0, stronger for larger numbers, grey for nan and inf."""
    if not np.isfinite(value):
        return "#ccc"
    strength = min(abs(value) / scale, 1.0)
    target = NEGATIVE if value < 0 else POSITIVE
    red, green, blue = (round(255 + strength * (channel - 255)) for channel in target)
    return f"#{red:02x}{green:02x}{blue:02x}"
