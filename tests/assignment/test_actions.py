"""The table of actions: what it contains, and the error messages for mistakes in it."""

import pytest

from cs231n.assignment.actions import ACTIONS_FILE, NOTEBOOKS, TASKS, WRITTEN, read_table

GOOD = ACTIONS_FILE.read_text(encoding="utf-8")


def test_table_has_fourteen_tasks_with_three_hints_and_four_questions():
    assert [task.number for task in TASKS.values()] == (
        "1.1 1.2 1.3 1.4 1.5 1.6 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4".split()
    )
    assert all(len(task.hints) == 3 for task in TASKS.values())
    assert list(WRITTEN) == ["written-1", "written-2", "written-3", "written-4"]
    assert {question.notebook for question in WRITTEN.values()} <= set(NOTEBOOKS)
    assert sum(action.points for action in [*TASKS.values(), *WRITTEN.values()]) == 53


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('name = "adam"', 'name = "softmax"', "softmax is there twice"),
        ('name = "written-2"', 'name = "adam"', "adam is there twice"),
        ("points = 2\n", "", "softmax has a missing or an unknown key: points"),
        ("points = 2\n", "points = 2\nminutes = 5\n", "softmax has a missing or an unknown key: minutes"),
        ('title = "the plan"', 'titel = "the plan"', "the plan|a missing or an unknown key: titel, title"),
        ("[[task.hints]]", "[[task.tips]]", "softmax needs 3 hints"),
        (TASKS["softmax"].hints[0].text, " ", "softmax needs 3 hints, none of them empty"),
        ("[[written]]", "[[essay]]", "unknown kind essay; the kinds are task and written"),
        ("[[task]]", "[[task]", "Expected"),
    ],
)
def test_mistake_in_the_table_is_refused_with_a_message(old, new, message):
    assert old in GOOD
    with pytest.raises(ValueError, match=message):
        read_table(GOOD.replace(old, new, 1))
