"""Tests of the valley on which notebook 3 tries the steps towards Adam."""

import numpy as np
import pytest

from cs231n import valley
from cs231n.assignment.steps.waiting import NotYet, not_yet


def plain(g, memory, t):
    return g


def halved(g, memory, t):
    memory["m"] = 0.5 * memory["m"] + 0.5 * g
    return memory["m"]


def blank(g, memory, t):
    memory["m"] = ...
    return memory["m"]


def after_a_blank(g, memory, t):
    return blank(g, memory, t) / 2


def without_return(g, memory, t):
    memory["v"] = g**2


def failing(g, memory, t):
    memory["m"] = 1.0
    return g + "1"


def test_a_direction_sees_the_gradients_in_turn_and_keeps_its_memory():
    assert valley.feed(halved, [8.0, 0.0, 0.0]) == [4, 2, 1]
    assert valley.feed(halved, [8.0, 0.0], keep="m") == [4, 2]
    assert valley.settle(halved, (8.0,)) == pytest.approx([8.0])
    assert valley.settle(halved, (8.0,), steps=1) == pytest.approx([4.0])


def test_the_number_of_the_step_begins_at_one():
    assert valley.feed(lambda g, memory, t: t, [0.0] * 3) == [1, 2, 3]


def test_descent_follows_the_gradient_of_the_loss():
    path = valley.descend(plain, (1, 100), rate=0.01, steps=2, start=(-8, 1))
    assert path == pytest.approx(np.array([[-8, 1], [-7.92, 0], [-7.8408, 0]]))


def test_all_directions_see_the_same_noise():
    noisy = [valley.descend(plain, (0, 0), rate=1, steps=5, noise=(1, 2)) for _ in range(2)]
    assert np.array_equal(*noisy) and np.all(noisy[0][1:] != noisy[0][:-1])


@pytest.mark.parametrize("direction", [blank, after_a_blank, lambda g, memory, t: ...])
def test_a_line_that_is_not_written_yet_is_no_error(direction):
    assert valley.feed(direction, [1.0]) is ... and valley.settle(direction, (1.0, 2.0)) is ...
    assert valley.descend(direction, (1, 100), rate=0.1, steps=3) is None


def test_a_direction_without_a_return_is_not_called_empty():
    assert valley.feed(without_return, [2.0]) is None and valley.settle(without_return, (1.0, 2.0)) is None
    assert valley.feed(without_return, [2.0, 3.0], keep="v") == [4, 9], "what it remembers can be judged all the same"
    assert valley.descend(without_return, (1, 100), rate=0.1, steps=3) is None


def test_a_mistake_of_the_students_own_comes_back_as_the_error():
    for found in (valley.feed(failing, [1.0]), valley.feed(failing, [1.0], keep="m"), valley.settle(failing, (1.0,))):
        assert isinstance(found, TypeError)
    assert valley.descend(failing, (1, 100), rate=0.1, steps=3) is None
    error = valley.feed(failing, [1.0])
    assert valley.undo_division(error, None) is error and valley.undo_division([1.0], error) is error


def test_an_error_that_is_one_line_in_a_notebook_is_not_held_back():
    def waiting(g, memory, t):
        return g * not_yet("s")

    with pytest.raises(NotYet):
        valley.feed(waiting, [1.0])


def test_undoing_the_division_gives_the_signed_squares_and_a_blank_stays_one():
    averages, squares = [np.array([3.0, -2.0])], [np.array([4.0, 9.0])]
    results = [m / v**0.5 for m, v in zip(averages, squares)]
    assert np.allclose(valley.undo_division(results, squares), [[9, -4]])
    assert valley.undo_division(..., squares) is ... and valley.undo_division(results, ...) is ...
