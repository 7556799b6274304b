"""Descriptions of wrong numbers: a sign, a factor, a mean, an order, and which rows, columns or entries."""

import numpy as np
import pytest

from cs231n.assignment.cases.descriptions import describe

MATRIX = np.array([[1.0, -2.0, 0.5], [3.0, 1.5, -1.0], [-2.5, 0.75, 2.0], [-1.5, -0.25, -1.5]])  # its columns sum to 0
SIGNS = np.array([1, -1, 1])


@pytest.mark.parametrize(
    "got, want, text",
    [
        (MATRIX * SIGNS, MATRIX, "has the wrong sign in column 1 only"),
        (np.abs(MATRIX), MATRIX, "has the wrong sign in 6 of 12 entries"),
        (MATRIX * [[1], [2], [1], [3]], MATRIX, "factor of its own in rows 1 and 3: something that is one number"),
        (MATRIX + 0.25, MATRIX, "is off by the same number everywhere, 0.25"),
        (MATRIX + [1, 2, 3], MATRIX, "added to, or taken from, all rows alike is wrong. The mean of every column"),
        (MATRIX + [1, 2, 3], MATRIX + 1, "what is added to, or taken from, all rows alike is wrong"),
        (MATRIX + [[1], [2], [3], [4]], MATRIX, "is off by a constant in every row: what is added to"),
        (MATRIX[::-1], MATRIX, "has the right rows in another order"),
        (MATRIX + np.eye(4, 3), MATRIX, "is wrong in every row but row 3: entry"),
        (MATRIX[:3] + np.diag([1, 2, 3]), MATRIX[:3], "is wrong in one entry of every row: entry"),
        (np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]), "in entry 2 only: entry [2] is 4, and should be 3"),
        (np.ones((2, 3, 3)) + np.eye(3), np.ones((2, 3, 3)), "is wrong on the diagonals only"),
        (np.ones((2, 3, 3)) + 1 - np.eye(3), np.ones((2, 3, 3)), "is wrong off the diagonals only"),
        (np.array([[0.5, 2.0]]), np.array([[-0.0, 2.0]]), "entry [0, 0] is 0.5, and should be 0"),
    ],
)  # fmt: skip
def test_description(got, want, text):
    assert text in describe(got, want), describe(got, want)


def test_mean_is_not_mentioned_if_it_is_not_zero():
    assert "mean" not in describe(MATRIX + [1, 2, 3], MATRIX + 1)
