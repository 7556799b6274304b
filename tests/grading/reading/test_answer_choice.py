"""Test that answers are found, chosen and run as the student meant them, and that remarks tell what was guessed."""

import ast

import pytest

from cs231n.assignment.actions import TASKS
from tests.helpers.reading_cases import (
    DEMO,
    FIRST_DEMO,
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


def test_solved_notebooks_give_every_answer_and_no_remark(tmp_path):
    reading = read(tmp_path, solved(), solved(TWO), solved("03_batchnorm_comparison.ipynb"))
    assert reading.answered == set(TASKS) and reading.remarks == [] and reading.flags == []
    cells = [cell for cells in reading.notebooks.values() for cell in cells]
    assert [cell.task or cell.judges for cell in cells] == [task for task in TASKS for _ in ("answer", "mark")]
    assert answers(reading)["softmax"] == answer() and extras(reading) == []


def test_untouched_notebooks_keep_their_stubs_and_answer_nothing(tmp_path):
    reading = read(tmp_path, pristine(), pristine(TWO), pristine("03_batchnorm_comparison.ipynb"))
    assert reading.answered == set() and reading.written == {} and reading.flags == [] and reading.code == {}
    names = [ONE, TWO, "03_batchnorm_comparison.ipynb"]
    assert reading.remarks == [f"No task of {name} is answered: all of them count as not written." for name in names]
    assert list(answers(reading)) == TASKS_OF_ONE == marks(reading)
    assert all("NotImplementedError" in source for source in answers(reading).values())


def test_a_stub_with_an_edited_docstring_or_a_helper_is_still_a_stub(tmp_path):
    nb = pristine()
    find(nb, "softmax")["source"] = 'import math\n\n\ndef softmax(z):\n    """Mine."""\n    raise NotImplementedError\n'
    find(nb, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    pass\n"
    reading = read(tmp_path, nb)
    assert reading.answered == {"relu_backward"}, "a body of one's own is an answer, however short"
    assert "raise NotImplementedError" in answers(reading)["softmax"] and "import math" in extras(reading)[0]


def test_a_missing_notebook_is_reported_and_flagged(tmp_path):
    reading = read(tmp_path, solved())
    assert set(reading.notebooks) == {ONE} and reading.flags == ["missing-notebook"]
    assert len(about(reading, "No notebook was found for 02_batchnorm_backward.ipynb")) == 1
    assert len(about(reading, "No notebook was found for 03_batchnorm_comparison.ipynb")) == 1


def test_an_answer_without_its_tag_is_found_by_its_function_and_reported(tmp_path):
    nb = solved()
    place = f"cell {position(nb, 'softmax') + 1} of {ONE}"
    del find(nb, "softmax")["metadata"]["nbgrader"], find(nb, "softmax")["id"]
    reading = read(tmp_path, nb)
    remark = f"Your answer for softmax was found by its name in {place}, since no cell has the task's name."
    assert quiet(reading) == ([remark], [])
    assert answers(reading)["softmax"] == answer()


def test_one_remark_tells_that_all_tags_are_lost(tmp_path):
    nb = solved()
    for cell in nb["cells"]:
        cell["metadata"] = {}
        cell.pop("id")
    reading = read(tmp_path, nb)
    (remark,), flags = quiet(reading)
    assert "have lost their task names" in remark and all(task in remark for task in TASKS_OF_ONE[:3]) and flags == []
    assert list(answers(reading)) == TASKS_OF_ONE and extras(reading) == []


def test_an_answer_that_defines_nothing_is_found_by_its_tag_then_by_its_id(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "soft_max = 3"
    del find(nb, "relu-backward")["metadata"]["nbgrader"]
    find(nb, "relu-backward")["source"] = "def my_relu(dout, cache):\n    return dout"
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == "soft_max = 3" and "def my_relu" in answers(reading)["relu_backward"]
    assert about(reading, "softmax (cell", "by the task's name") and about(reading, "relu_backward", "by the cell's id")
    assert "no-function" in reading.flags


def test_an_emptied_and_a_deleted_answer_are_reported_as_missing(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "# nothing yet"
    nb["cells"].remove(find(nb, "relu-backward"))
    reading = read(tmp_path, nb)
    assert reading.answered == set(TASKS_OF_ONE) - {"softmax", "relu_backward"}
    assert about(reading, "The answer cell of softmax holds no code") and about(
        reading, "no answer cell for relu_backward"
    )
    assert "missing-answer" in reading.flags and "softmax" not in answers(reading)


def test_of_two_definitions_the_tagged_one_counts_and_it_is_flagged(tmp_path):
    nb = insert_below(solved(), LATER_DEMO, code("def softmax(x):\n    return x"))
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == answer() and "def softmax(x):\n    return x" in extras(reading)
    assert about(reading, "softmax is defined in cell", "carries the task's name")
    assert "duplicate-answer" in reading.flags


SECOND = "def softmax(x):\n    return 2 * x"


@pytest.mark.parametrize(("place", "more"), [("softmax", []), ("check-softmax", [code("check(softmax)")])])
def test_a_second_try_below_the_answer_counts_if_the_last_check_tests_it(tmp_path, place, more):
    reading = read(tmp_path, insert_below(solved(), place, code(SECOND), *more))
    assert answers(reading)["softmax"] == SECOND and about(reading, "the last check of softmax tests it")
    assert run_to_mark(reading, "softmax")["softmax"](1) == 2
    assert not about(reading, "was found by its name")


def test_without_task_names_a_later_function_of_the_same_name_does_not_count_if_no_check_tests_it(tmp_path):
    nb = insert_below(solved(), LATER_DEMO, code("def softmax(x):  # of one image\n    return x"))
    for cell in nb["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == answer() and about(reading, "the last check of softmax tests it")


def test_a_name_that_is_bound_elsewhere_repeats_nothing(tmp_path):
    cells = [code("softmax_of = 3"), code("def f():\n    softmax = 1\n    return softmax")]
    assert quiet(read(tmp_path, insert_below(solved(), LATER_DEMO, *cells))) == ([], [])


def test_of_a_copied_answer_cell_the_last_one_counts(tmp_path):
    nb = solved()
    copied = dict(find(nb, "softmax"), id="copy", source="def softmax(x):\n    return 2 * x")
    reading = read(tmp_path, insert_below(nb, "check-softmax", copied))
    assert answers(reading)["softmax"] == copied["source"] and about(reading, "the last one")


def test_a_finished_answer_counts_before_an_unfinished_one(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    m = x.max()\n    raise NotImplementedError('task 1.1')"
    reading = read(tmp_path, insert_below(nb, LATER_DEMO, code(answer())))
    assert answers(reading)["softmax"] == answer() and "duplicate-answer" in reading.flags
    assert about(reading, "softmax is defined in", "the rest is not finished")


def test_a_function_that_is_made_by_a_call_is_an_answer(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "softmax = np.vectorize(f, signature='(c)->(c)')"
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"].startswith("softmax = np.vec") and quiet(reading) == ([], [])


def test_a_check_in_an_extra_cell_does_not_stop_it(tmp_path):
    nb = insert_below(solved(), DEMO, code("check(softmax)\nK = 3"), code("check(softmax) # again"))
    assert [source.split() for source in extras(read(tmp_path, nb))] == [["K", "=", "3"]]


def test_a_copy_of_the_same_text_is_not_a_duplicate(tmp_path):
    nb = solved()
    reading = read(tmp_path, insert_below(nb, "check-softmax", code(answer() + "\n# once more")))
    assert quiet(reading) == ([], [])


def test_an_answer_beside_the_untouched_cell_counts_and_the_stub_does_not_replace_it(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = text(find(pristine(), "softmax"))
    nb["cells"].insert(position(nb, "softmax"), code(answer()))
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == answer() and "softmax" in reading.answered
    assert not any("NotImplementedError" in cell.source for cell in reading.notebooks[ONE])
    assert about(reading, "softmax was found by its name", "task's name is untouched")


def test_a_stub_beside_a_helper_is_removed_when_the_answer_is_elsewhere(tmp_path):
    nb = solved()
    stub = text(find(pristine(), "softmax"))
    find(nb, "softmax")["source"] = f"def helper(x):\n    return x\n\n\n{stub}\n"
    nb["cells"].insert(position(nb, "softmax"), code(answer()))
    namespace = run(read(tmp_path, nb))
    assert namespace["softmax"]([[0.0, 0.0]] * namespace["np"].ones((1, 2))).tolist() == [[0.5, 0.5]]
    assert namespace["helper"](3) == 3


def test_reordered_cells_stay_in_the_students_order(tmp_path):
    nb = solved()
    nb["cells"].reverse()
    assert list(answers(read(tmp_path, nb))) == TASKS_OF_ONE[::-1]


def test_helpers_in_extra_cells_are_kept_in_order(tmp_path):
    helpers = [code("def first(x):\n    return x"), code("import math\nK = 3"), code("%matplotlib inline\nprint(K)")]
    nb = insert_below(solved(), FIRST_DEMO, *helpers)
    reading = read(tmp_path, nb)
    assert [cell.source for cell in reading.notebooks[ONE]][:3] == [cell["source"] for cell in helpers]
    assert quiet(reading) == ([], [])


def test_two_answers_in_one_cell_are_taken_apart(tmp_path):
    nb = solved()
    both = f"import numpy as np\n{answer()}\n\n\n# the Jacobian\n{answer('softmax_jacobian')}\n"
    find(nb, "softmax")["source"] = both
    nb["cells"].remove(find(nb, "softmax-jacobian"))
    reading = read(tmp_path, nb)
    assert list(answers(reading)) == TASKS_OF_ONE and answers(reading)["softmax"].strip() == answer()
    assert answers(reading)["softmax_jacobian"].startswith("# the Jacobian\ndef softmax_jacobian")
    assert extras(reading) == ["import numpy as np"] and about(reading, "several answers", "taken apart")
    assert "\n".join(cell.source for cell in reading.notebooks[ONE][:3]).split() == both.split(), "nothing is lost"


def test_two_answers_that_cannot_be_taken_apart_still_have_a_cell_each(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "softmax = softmax_jacobian = lambda x: x"
    nb["cells"].remove(find(nb, "softmax-jacobian"))
    reading = read(tmp_path, nb)
    assert list(answers(reading)) == TASKS_OF_ONE and {"softmax", "softmax_jacobian"} <= reading.answered


@pytest.mark.parametrize("call", [
    "check(softmax)", "check(softmax)  # please", "check(\n    softmax\n)", "x = 1; check(softmax); y = 2",
])  # fmt: skip
def test_a_check_in_an_answer_cell_does_not_stop_it(tmp_path, call):
    nb = solved()
    find(nb, "softmax")["source"] = f"{call}\n{answer()}\n{call}\nafter = 1\n"
    reading = read(tmp_path, nb)
    tree = ast.parse(answers(reading)["softmax"])
    assert not any(isinstance(node, ast.Name) and node.id == "check" for node in ast.walk(tree))
    assert run(reading)["after"] == 1 and about(reading, "check of softmax", "left out")


def test_a_function_split_over_two_cells_is_reported(tmp_path):
    nb, lines = solved(), answer("softmax_loss").splitlines()
    find(nb, "softmax-loss")["source"] = "\n".join(lines[:-2])
    reading = read(tmp_path, insert_below(nb, "softmax-loss", code("\n".join(lines[-2:]))))
    assert about(reading, "softmax_loss seems to begin in cell", "go on in cell") and "split-function" in reading.flags


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_an_answer_in_a_cell_that_never_runs_is_reported(tmp_path, kind):
    nb = solved()
    find(nb, "softmax")["cell_type"] = kind
    reading = read(tmp_path, nb)
    assert "softmax" not in reading.answered | set(answers(reading)) and "answer-in-markdown" in reading.flags
    assert about(reading, "softmax", f"is a {kind} cell", "never runs")


def test_of_three_definitions_the_last_finished_one_counts_and_the_remark_says_so(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    return x.max("
    below = [code("def softmax(x):\n    return x"), code(answer()), code("def softmax(x):\n    return (x")]
    reading = read(tmp_path, insert_below(nb, "softmax", *below))
    assert answers(reading)["softmax"] == answer() and about(reading, "since it is the last one that is finished")
