"""Test that a task is judged where the student checks it: every answer works at its mark, as it did in the notebook."""

import pytest

from tests.helpers.reading_cases import (
    DEMO,
    LATER_DEMO,
    ONE,
    TASKS_OF_ONE,
    TWO,
    about,
    answer,
    answers,
    code,
    extras,
    find,
    insert_below,
    marks,
    position,
    pristine,
    quiet,
    read,
    run,
    run_to_mark,
    solved,
    text,
)

SOFTMAX = "def softmax(x):\n    return prepare(x)"
RELU = "def relu_backward(dout, cache):\n    return prepare(dout)"


def value_at_mark(reading, task, *arguments, name=ONE):
    """What an answer returns where its mark stands."""
    return run_to_mark(reading, task, name)[task](*arguments)


def below_mark(reading, task, name=ONE):
    """The sources of the cells between a task's answer and its mark."""
    cells = reading.notebooks[name]
    last = max(place for place, cell in enumerate(cells) if cell.task == task)
    return [cell.source for cell in cells[last + 1 : [cell.judges for cell in cells].index(task)]]


def test_every_task_has_one_mark_below_its_answer_in_the_notebooks_order(tmp_path):
    for number, nb in enumerate((solved(), pristine())):
        reading = read(tmp_path / str(number), nb)
        assert [cell.task or cell.judges for cell in reading.notebooks[ONE]] == [t for t in TASKS_OF_ONE for _ in "ab"]
        assert all(cell.source == "" and cell.task is None for cell in reading.notebooks[ONE] if cell.judges)


def test_a_helper_and_a_variable_that_are_defined_again_further_down(tmp_path):
    """The finding: every check passes from top to bottom, and the second `prepare` must not reach the first task."""
    nb = solved()
    find(nb, "softmax")["source"] = f"level = 1\n\n\ndef prepare(x):\n    return ('softmax', level)\n\n\n{SOFTMAX}"
    find(nb, "relu-backward")["source"] = f"level = 2\n\n\ndef prepare(x):\n    return ('relu', level)\n\n\n{RELU}"
    reading = read(tmp_path, nb)
    assert value_at_mark(reading, "softmax", 3) == ("softmax", 1) and quiet(reading) == ([], [])
    assert value_at_mark(reading, "relu_backward", 3, 4) == ("relu", 2)


@pytest.mark.parametrize("check", [
    "check(softmax)", "try:\n    check(softmax)\nexcept Exception:\n    pass", "assignment.check(softmax)",
    "for function in (softmax, softmax):\n    check(function)", "result = check(softmax)",
])  # fmt: skip
def test_a_check_in_the_answers_own_cell(tmp_path, check):
    nb = solved()
    before, after = "def prepare(x):\n    return 1", "def prepare(x):\n    return 2"
    find(nb, "softmax")["source"] = f"{before}\n\n\n{SOFTMAX}\n\n\n{check}\n\n\n{after}"
    reading = read(tmp_path, nb)
    assert value_at_mark(reading, "softmax", 3) == 1 and run(reading)["softmax"](3) == 2
    assert marks(reading) == TASKS_OF_ONE


def test_two_answers_in_one_cell_with_their_checks(tmp_path):
    nb = solved()
    parts = ["def prepare(x):\n    return 1", SOFTMAX, "check(softmax)", "def prepare(x):\n    return 2", RELU,
             "check(relu_backward)", "def prepare(x):\n    return 3"]  # fmt: skip
    find(nb, "softmax")["source"] = "\n\n\n".join(parts)
    for gone in ("relu-backward", "check-relu-backward", "check-softmax"):
        nb["cells"].remove(find(nb, gone))
    reading = read(tmp_path, nb)
    assert value_at_mark(reading, "softmax", 3) == 1 and value_at_mark(reading, "relu_backward", 3, 4) == 2
    assert sorted(marks(reading)) == sorted(TASKS_OF_ONE) and run(reading)["prepare"](0) == 3


def test_two_answers_in_one_cell_with_a_helper_below_and_no_checks(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "\n\n\n".join([SOFTMAX, RELU, "def prepare(x):\n    return 1"])
    for gone in ("relu-backward", "check-relu-backward", "check-softmax"):
        nb["cells"].remove(find(nb, gone))
    reading = read(tmp_path, nb)
    assert value_at_mark(reading, "softmax", 3) == value_at_mark(reading, "relu_backward", 3, 4) == 1


def test_a_deleted_check_is_replaced_directly_below_the_answer(tmp_path):
    nb = insert_below(solved(), "softmax", code("prepare = 3"))
    nb["cells"].remove(find(nb, "check-softmax"))
    reading = read(tmp_path, nb)
    assert below_mark(reading, "softmax") == [] and marks(reading) == TASKS_OF_ONE
    assert extras(reading) == ["prepare = 3"]


@pytest.mark.parametrize("change", ["edited", "emptied", "untagged", "with more", "timed", "timed cell"])
def test_a_changed_check_cell_still_marks_the_place(tmp_path, change):
    nb = insert_below(solved(), "softmax", code("prepare = 3"))
    cell = find(nb, "check-softmax")
    if change == "untagged":
        del cell["metadata"]["nbgrader"], cell["id"]
    else:
        cell["source"] = {
            "edited": "print('ok')",
            "emptied": "",
            "with more": "check(softmax)\nprint(1)",
            "timed": "%time check(softmax)",
            "timed cell": "%%time\ncheck(softmax)",
        }[change]
    assert below_mark(read(tmp_path, nb), "softmax") == ["prepare = 3"]


def test_of_several_checks_the_first_below_the_answer_counts(tmp_path):
    nb = insert_below(solved(), LATER_DEMO, code("check(softmax)"), code("late = 1"), code("check(softmax)"))
    insert_below(nb, "softmax", code("early = 1"), code("check(softmax)"))
    nb["cells"].insert(position(nb, "softmax"), code("first = 1\ncheck(softmax)"))
    reading = read(tmp_path, nb)
    assert below_mark(reading, "softmax") == ["early = 1"] and marks(reading) == TASKS_OF_ONE


def test_a_check_above_the_answer_does_not_count(tmp_path):
    nb = insert_below(solved(), "softmax", code("late = 1"))
    cell = find(nb, "check-softmax")
    nb["cells"].remove(cell)
    nb["cells"].insert(position(nb, "softmax"), cell)
    assert below_mark(read(tmp_path, nb), "softmax") == []
    insert_below(nb, LATER_DEMO, code("check(softmax)"))
    assert below_mark(read(tmp_path / "2", nb), "softmax")[0] == "late = 1"


def test_a_check_inside_a_function_is_none(tmp_path):
    nb = insert_below(solved(), "softmax", code("def again():\n    check(softmax)"), code("prepare = 3"))
    assert len(below_mark(read(tmp_path, nb), "softmax")) == 2


@pytest.mark.parametrize("below", [
    "from cs231n.layers import *", "for softmax in range(3): pass",
    "if True:\n    import math as softmax", "from no_such_module_here import softmax\nsoftmax = 3",
])  # fmt: skip
def test_an_answer_whose_name_is_bound_again_above_its_check_runs_once_more(tmp_path, below):
    reading = read(tmp_path, insert_below(solved(), "softmax", code(below)))
    assert run_to_mark(reading, "softmax")["softmax"].__doc__.startswith("Softmax of every row, safe")
    (remark,) = about(reading, "softmax", "runs once more before the check")
    assert [cell.source for cell in reading.notebooks[ONE] if cell.task == "softmax"] == [answer()] * 2


def test_of_two_answers_in_one_statement_the_second_one_runs_once_more_too(tmp_path):
    nb = insert_below(solved(), "softmax", code("softmax_jacobian = 3"))
    find(nb, "softmax")["source"] = "softmax = softmax_jacobian = lambda x: 'both'"
    nb["cells"].remove(find(nb, "softmax-jacobian"))
    reading = read(tmp_path, nb)
    assert value_at_mark(reading, "softmax", 1) == value_at_mark(reading, "softmax_jacobian", 1) == "both"


@pytest.mark.parametrize("below", ["from math import *", "from numpy import *", "x = softmax = 3\ndel x"])
def test_a_name_that_is_not_bound_or_bound_below_the_mark_repeats_nothing(tmp_path, below):
    place = "check-softmax" if "softmax" in below else "softmax"
    reading = read(tmp_path, insert_below(solved(), place, code(below)))
    assert not about(reading, "once more") and answers(reading)["softmax"] == answer()


@pytest.mark.parametrize("star", ["from cs231n.layers import *", "from cs231n.batchnorm import *"])
def test_a_forward_pass_that_a_star_import_hides_runs_once_more_for_the_backward_pass(tmp_path, star):
    nb = solved(TWO)
    source = "def batchnorm_forward(x, gamma, beta, bn_param):\n    return 'mine', 3"
    find(nb, "batchnorm-forward")["source"] = source
    insert_below(nb, "batchnorm-backward", code(star))
    reading = read(tmp_path, **{TWO: nb})
    assert run_to_mark(reading, "batchnorm_backward", TWO)["batchnorm_forward"](0, 0, 0, 0) == ("mine", 3)
    (remark,), flags = quiet(reading)
    assert "batchnorm_forward, batchnorm_backward_staged and batchnorm_backward" in remark and flags == []
    repeated = [cell.task for cell in reading.notebooks[TWO] if cell.task and answers(reading, TWO)]
    assert repeated.count("batchnorm_forward") == 2 and repeated.count("batchnorm_backward") == 2


def test_an_answer_that_another_answer_calls_runs_once_more_below_a_star_import(tmp_path):
    nb = insert_below(solved(), "check-softmax", code("from cs231n.layers import *"))
    find(nb, "softmax")["source"] = "def softmax(x):\n    return 'mine'"
    find(nb, "softmax-loss")["source"] = "def softmax_loss(x, y):\n    return softmax(x)"
    reading = read(tmp_path, nb)
    assert value_at_mark(reading, "softmax_loss", 1, 2) == "mine" and about(reading, "answer for softmax and a check")


def test_a_forward_pass_that_the_student_wrote_again_is_left_to_the_backward_pass(tmp_path):
    """In the student's notebook, too, the backward pass was checked with the later version."""
    nb = insert_below(solved(TWO), "check-batchnorm-forward", code("def batchnorm_forward(*a):\n    return 'later'"))
    reading = read(tmp_path, **{TWO: nb})
    assert run_to_mark(reading, "batchnorm_backward", TWO)["batchnorm_forward"]() == "later"
    assert run_to_mark(reading, "batchnorm_forward", TWO)["batchnorm_forward"].__doc__ and not about(reading, "more")


def test_an_answer_from_another_file_has_a_mark_below_it(tmp_path):
    first, second = pristine(), pristine()
    for task in TASKS_OF_ONE:
        find(first if task < "s" else second, task.replace("_", "-"))["source"] = answer(task)
    reading = read(tmp_path, **{"part 1.ipynb": first, "part 2.ipynb": second})
    assert sorted(marks(reading)) == sorted(TASKS_OF_ONE)
    assert all(below_mark(reading, task) == [] for task in TASKS_OF_ONE)


def test_a_task_without_a_cell_has_no_mark(tmp_path):
    nb = solved()
    nb["cells"].remove(find(nb, "relu-backward"))
    find(nb, "softmax")["source"] = ""
    assert marks(read(tmp_path, nb)) == [task for task in TASKS_OF_ONE if task not in ("softmax", "relu_backward")]


def test_cells_without_order_still_give_each_task_one_mark_at_or_below_its_answer(tmp_path):
    nb = solved()
    nb["cells"].reverse()
    reading = read(tmp_path, nb)
    assert sorted(marks(reading)) == sorted(TASKS_OF_ONE)
    assert all(isinstance(below_mark(reading, task), list) for task in TASKS_OF_ONE)
    assert text(find(nb, DEMO)) not in extras(reading)


def test_a_check_in_a_line_of_magic_marks_the_place(tmp_path):
    nb = insert_below(solved(), "softmax", code("prepare = 3"), code("%time check(softmax)"), code("late = 1"))
    nb["cells"].remove(find(nb, "check-softmax"))
    assert below_mark(read(tmp_path, nb), "softmax") == ["prepare = 3"]
