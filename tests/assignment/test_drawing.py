"""The drawing of a wrong array: yours, right and difference, as coloured tables."""

import re

import numpy as np
import pytest

from cs231n.assignment.diagnosis.drawing import COLORS, make_html, make_tables
from cs231n.assignment.diagnosis.smallest_example import Example

RIGHT = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.0]])


def tables_of(got, want=RIGHT, name="dx"):
    """The three tables of a drawing: for each, its caption and a list of rows of (colour, text)."""
    html = make_html(Example([], name, np.asarray(got, dtype=np.float64), want))
    return [
        (
            re.search(r"<caption[^>]*>(.*?)</caption>", table)[1],
            [re.findall(r"background:(#\w+)\">(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)],
        )
        for table in re.findall(r"<table.*?</table>", html)
    ]


def test_one_wrong_column_is_seen_at_a_glance():
    got = RIGHT.copy()
    got[:, 1] *= -1
    (yours, left), (right, middle), (difference, last) = tables_of(got)
    assert (yours, right, difference) == ("dx, yours", "dx, right", "difference")
    assert [[text for _, text in row] for row in left] == [["1", "2"], ["0.5", "-3"], ["-1.5", "0"]]
    assert [[text for _, text in row] for row in middle] == [["1", "-2"], ["0.5", "3"], ["-1.5", "0"]]
    assert [[text for _, text in row] for row in last] == [["0", "+4"], ["0", "-6"], ["0", "0"]]
    assert [row[0][0] for row in last] == ["#ffffff"] * 3  # the right column is white
    assert last[0][1][0] != last[1][1][0]  # a sign has a colour


def test_a_larger_number_has_a_stronger_colour_and_noise_has_none():
    got, want = np.array([[0.0, 1e-13, 1.0, 4.0, 8.0, -8.0, -1e-4]]), np.array([[0.0, 0.0, 2.0, 3.0, 8.0, -7.0, 0.0]])
    yours, right, difference = make_tables(Example([], "dx", got, want))
    shades = ["zero", "zero", "plus-1", "plus-4", "plus-8", "minus-8", "minus-1"]
    assert [cell.shade for cell in yours.rows[0]] == shades
    assert [cell.shade for cell in difference.rows[0]] == [
        "zero",
        "zero",
        "minus-8",
        "plus-8",
        "zero",
        "minus-8",
        "minus-1",
    ]
    assert {cell.shade for table in (yours, right, difference) for cell in table.rows[0]} <= set(COLORS)
    strengths = [luminance(COLORS[f"plus-{level}"]) for level in range(1, 9)]
    assert strengths == sorted(strengths, reverse=True) and len(set(COLORS.values())) == len(COLORS)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_text_can_be_read_on_every_colour():
    """The contrast of the WCAG, version 2: at least 4.5 to 1."""
    for colour in COLORS.values():
        assert (luminance(colour) + 0.05) / (luminance("#111111") + 0.05) >= 4.5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, 0.0])
def test_any_numbers_can_be_drawn(value):
    got = RIGHT.copy()
    got[1, 0] = value
    (_, left), _, (_, last) = tables_of(got)
    assert left[1][0][1] == f"{value:.4g}" and len(last) == 3
    assert last[1][0][1].removeprefix("+") == f"{value - 0.5:.3g}", "nan has no sign"
    assert np.isfinite(value) or last[1][0][0] == left[1][0][0] == COLORS["odd"]


@pytest.mark.parametrize("shape", [(), (3,), (1, 1)])
def test_numbers_and_vectors_can_be_drawn(shape):
    tables = tables_of(np.full(shape, 2.0), np.full(shape, 1.0))
    assert [rows[0][0][1] for _, rows in tables] == ["2", "1", "+1"]


def test_name_cannot_add_markup():
    assert "<b>" not in make_html(Example([], "<b>dx", np.ones((1, 1)), np.zeros((1, 1))))
