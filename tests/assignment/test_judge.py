"""judge(): what it says of a step's lines, what it returns, and what it must not say."""

import numpy as np
import pytest

from cs231n import valley
from cs231n.assignment.actions import STEPS
from cs231n.assignment.steps import tally
from cs231n.assignment.steps.judge import find_problem, judge
from cs231n.assignment.steps.nudge import nudge
from cs231n.assignment.steps.waiting import Waiting, not_yet

RIGHT = np.array([[1.0, -2.0], [0.0, 4.0]])
STEP = "equation-4"


@pytest.fixture(autouse=True)
def nothing_done(monkeypatch):
    monkeypatch.setattr(tally, "_steps", set())


def judged(yours, capsys, right=RIGHT):
    """The value that judge() returns, and the lines that it prints."""
    value = judge(STEP, first=(yours, right))
    return value, capsys.readouterr().out.splitlines()


def test_a_right_value_is_returned_as_it_is_and_noted(capsys):
    mine = RIGHT + 1e-9
    value, lines = judged(mine, capsys)
    assert value is mine and lines == ["compare first:", "  first: ok"]
    assert tally.steps_done() == {STEP}


@pytest.mark.parametrize(
    "yours, words",
    [
        (-RIGHT, "the shape is right, the numbers are not"),
        (RIGHT / 2, "the shape is right, the numbers are not"),
        (RIGHT.sum(axis=0), "its shape is (2,), and shape (2, 2) is wanted"),
        (RIGHT[None], "its shape is (1, 2, 2), and shape (2, 2) is wanted"),
        (3.0, "its shape is (), and shape (2, 2) is wanted"),
        (RIGHT * np.nan, "it holds nan or inf"),
        (RIGHT + np.inf, "it holds nan or inf"),
        ("dout * gamma", "it is a str, and an array of numbers is wanted"),
        (None, "it is None, and an array of numbers is wanted (is there a return?)"),
        ([[1, 2], [3]], "it is a list, and an array of numbers is wanted"),
        (RIGHT * 1j, "it is an ndarray, and an array of numbers is wanted"),
        (lambda: 0, "it is a function, and an array of numbers is wanted: call it"),
    ],
)
def test_a_wrong_value_is_said_the_right_one_stands_in_and_the_rule_follows(yours, words, capsys):
    value, lines = judged(yours, capsys)
    assert value is RIGHT
    assert lines[:2] == ["compare first:", f"  first: {words}; the right value stands in for it below"]
    assert " ".join(line.strip() for line in lines[2:]) == f"Rule: {STEPS[STEP].hint}"
    assert not tally.steps_done()


def test_a_factor_is_never_said(capsys):
    """Whoever reads "-1 times" flips the sign and learns nothing."""
    for factor in (-1, 2, 0.5, 10):
        _, lines = judged(factor * RIGHT, capsys)
        assert not {"times", "sign", "factor", str(factor)} & set(" ".join(lines[:2]).split())


def test_a_blank_is_said_without_the_rule(capsys):
    value, lines = judged(..., capsys)
    assert value is RIGHT
    assert lines[1:] == ["  first: still empty: put your line in place of ...; the right value stands in for it below"]


def test_what_waits_is_not_judged_and_not_called_wrong(capsys):
    value, lines = judged(RIGHT, capsys, right=Waiting("this needs the node xmu"))
    assert isinstance(value, Waiting)
    assert lines[1:] == ["  first: not judged yet; this needs the node xmu"]
    _, lines = judged(not_yet("loss"), capsys)
    assert "this cell needs loss" in lines[1] and len(lines) == 2
    assert not tally.steps_done()


def test_several_values_come_back_in_order_and_only_all_of_them_make_a_step(capsys):
    good, bad = judge(STEP, a=(1.0, 1.0), b=(2.0, 3.0))
    assert (good, bad) == (1.0, 3.0) and not tally.steps_done()
    assert judge(STEP, a=(1, 1.0), b=(np.float32(3), 3.0)) == (1, 3)
    assert tally.steps_done() == {STEP}
    assert capsys.readouterr().out.splitlines()[2] == "  b: not the number; the right value stands in for it below"


def test_where_the_step_is_a_function_nothing_stands_in_for_it(capsys):
    judge(STEP, stand_in=False, first=(2.0, 1.0))
    assert capsys.readouterr().out.splitlines()[1] == "  first: not the number"


def test_truth_values_and_words():
    assert find_problem(True, np.True_) is None and find_problem(1, True) == "not yet"
    assert find_problem(" Dvar ", "dvar") is None and find_problem(2, "dvar") == "2 is not it"


def half_done(g, memory, t):
    memory["m"] /= "2"
    return memory["m"]


@pytest.mark.parametrize("right", [np.ones(1), True])
def test_an_error_of_a_students_function_is_one_line_with_the_line_that_raised_it(right):
    """It says nothing of the library's own frames."""
    error = valley.feed(half_done, [1.0])
    said = find_problem(error, right)
    assert said.startswith("TypeError: unsupported operand type(s) for /=: 'float' and 'str'")
    assert said.endswith("""in your line `memory["m"] /= "2"`""") and "\n" not in said


def test_an_error_inside_numpy_or_before_the_first_line_is_said_as_well():
    inside = find_problem(valley.feed(lambda g, memory, t: np.ones(2) @ np.ones(3), [1.0]), 1.0)
    assert inside.startswith("ValueError: matmul") and "in your line" in inside
    wrong_call = find_problem(valley.feed(lambda g: g, [1.0]), 1.0)
    assert wrong_call.startswith("TypeError:") and "in your line" not in wrong_call
    assert find_problem(ValueError("by hand (2,) \nand more"), 1.0) == "ValueError: by hand (2,)"


def test_a_direction_without_a_return_is_asked_for_it():
    said = find_problem(valley.feed(lambda g, memory, t: memory.update(v=g), [1.0]), np.ones(1))
    assert said == "it is None, and an array of numbers is wanted (is there a return?)"


def test_an_exact_zero_agrees_with_rounding_noise_and_not_with_more():
    zero = np.zeros(3)
    assert find_problem(np.full(3, 1e-12), zero) is None
    assert find_problem(np.full(3, 1e-6), zero) is not None


def test_nudge_measures_a_gradient_of_arrays_numbers_and_integers():
    x = np.arange(6).reshape(2, 3)
    assert np.allclose(nudge(lambda v: v**2, x), 2.0 * x, atol=1e-8) and x.dtype.kind == "i"
    assert np.allclose(nudge(lambda v: v**3, 2.0), 12, atol=1e-7)
    assert np.allclose(nudge(lambda v: v.sum(axis=0), x, np.array([1, 0, 2])), [[1, 0, 2], [1, 0, 2]], atol=1e-8)
