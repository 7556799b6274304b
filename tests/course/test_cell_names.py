"""Tests of the helper that finds which cells what one of them assigns can reach."""

import pytest

from tests.helpers.cell_names import find_reached

CELLS = {
    "setup": "import numpy as np\nfrom math import pi\nx = np.ones(3)",
    "first": "a = x + 1",
    "second": "def f(z):\n    return z * a",
    "other": "b = np.log(x)",
    "third": "c = f(2) + pi",
    "part": "box = {}\nbox['c'] = c",
    "method": "seen = []\nseen.append(box)",
    "a again": "a = 5",
    "last": "print(a)",
    "local": "def g():\n    c = 1\n    return c",
    "loop": "d = [c for c in range(3)]",
}


@pytest.mark.parametrize(
    "first, reached",
    [
        ("setup", set(CELLS) - {"a again", "last", "local", "loop"}),
        ("first", {"first", "second", "third", "part", "method"}),
        ("other", {"other"}),
        ("part", {"part", "method"}),
        ("a again", {"a again", "last"}),
    ],
)
def test_cells_are_reached_through_names_functions_parts_and_methods(first, reached):
    names = list(CELLS)
    numbers = find_reached(list(CELLS.values()), names.index(first))
    assert [names[number] for number in numbers] == [name for name in names if name in reached]


def test_a_cell_that_a_reached_cell_needs_comes_along():
    assert find_reached(["a = 1", "b = 2", "c = 3", "print(a, b)"], 0) == [0, 1, 3]


def test_an_object_is_changed_by_what_is_called_on_it():
    assert find_reached(["net = object()", "net.train()", "n = 1", "print(net)"], 1) == [1, 3]


def test_a_cell_that_does_more_than_its_names_show_runs_in_any_case():
    sources = ["a = 1", "def f():\n    return 0", "check(f)", "print(2)"]
    assert find_reached(sources, 0) == [0]
    assert find_reached(sources, 0, always={2}) == [0, 1, 2]
