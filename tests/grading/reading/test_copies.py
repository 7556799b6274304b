"""Test which file is taken for which notebook, and which of several copies counts."""

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading.reading import read_submission
from tests.helpers.reading_cases import (
    ONE,
    TASKS_OF_ONE,
    TWO,
    about,
    answer,
    answers,
    extras,
    find,
    pristine,
    quiet,
    read,
    solved,
    text,
    write,
)


def test_of_two_copies_the_one_with_more_answers_counts(tmp_path):
    less = solved()
    find(less, "softmax")["source"] = text(find(pristine(), "softmax"))
    find(less, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    return dout"
    reading = read(tmp_path, less, **{"Copy of 01_softmax_gradient.ipynb": solved()})
    assert answers(reading)["softmax"] == answer() and len(answers(reading)) == 6
    assert answers(reading)["relu_backward"] == answer("relu_backward")
    assert about(reading, "Copy of 01_softmax_gradient.ipynb counts", "most answers")
    assert "duplicate-notebook" in reading.flags


def test_of_two_copies_with_as_many_answers_the_one_with_the_notebooks_name_counts(tmp_path):
    other = solved()
    find(other, "softmax")["source"] = "def softmax(x):\n    return x"
    reading = read(tmp_path, solved(), **{"00 final.ipynb": other, "a/softmax.ipynb": other})
    assert answers(reading)["softmax"] == answer() and about(reading, f"{ONE} counts", "name")


def test_an_untouched_copy_beside_the_answers_is_not_a_duplicate(tmp_path):
    reading = read(tmp_path, solved(), **{"release/notebooks/01_softmax_gradient.ipynb": pristine()})
    assert quiet(reading)[1] == [] and len(reading.answered) == 6


def test_the_same_file_twice_gives_no_remark(tmp_path):
    assert quiet(read(tmp_path, solved(), **{"b/01_softmax_gradient.ipynb": solved()})) == ([], [])


def test_answers_in_two_files_all_count_and_are_reported(tmp_path):
    first, second = pristine(), pristine()
    for task in TASKS_OF_ONE:
        find(first if task < "s" else second, task.replace("_", "-"))["source"] = answer(task)
    reading = read(tmp_path, **{"part 1.ipynb": first, "part 2.ipynb": second})
    assert reading.answered == set(TASKS_OF_ONE) and sorted(answers(reading)) == sorted(TASKS_OF_ONE)
    assert all("NotImplementedError" not in source for source in answers(reading).values())
    assert about(reading, "stands in part", "only") and "split-answers" in reading.flags


def test_two_notebooks_in_one_file_both_count(tmp_path):
    nb = solved()
    nb["cells"] += solved(TWO)["cells"]
    reading = read_submission(write(tmp_path, {"all.ipynb": nb}))
    assert reading.answered == {task.name for task in TASKS.values() if task.number[0] in "12"}
    assert list(answers(reading, TWO)) == [task.name for task in TASKS.values() if task.number[0] == "2"]
    assert about(reading, "02_batchnorm_backward.ipynb", "all.ipynb") and "merged-notebooks" in reading.flags
    assert all(source.startswith("def ") for source in extras(reading, TWO) + extras(reading)), "the other's answers"
    assert "changed-locked-cell" not in reading.flags


@pytest.mark.parametrize(
    "name",
    [
        "homework.ipynb",
        "Übung 1.IPYNB",
        "02_batchnorm_backward.ipynb",
        "a.ipynb.txt",
        "notebooks/deep/er/x.ipynb",
        "01_softmax_gradient.ipynb.json",
    ],
)
def test_a_notebook_may_have_any_name(tmp_path, name):
    reading = read_submission(write(tmp_path, {name: solved()}))
    assert list(answers(reading)) == TASKS_OF_ONE and reading.answered == set(TASKS_OF_ONE)


def test_a_notebook_without_tags_and_functions_is_known_by_its_ids_then_by_its_file_name(tmp_path):
    nb = solved()
    nb["cells"] = [cell for cell in nb["cells"] if not cell["metadata"].get("nbgrader")]
    assert set(read_submission(write(tmp_path / "a", {"x.ipynb": nb})).notebooks) == {ONE}
    for cell in nb["cells"]:
        cell.pop("id")
    assert set(read_submission(write(tmp_path / "b", {"My softmax-gradient (2).ipynb": nb})).notebooks) == {ONE}
    reading = read_submission(write(tmp_path / "c", {"x.ipynb": nb}))
    assert reading.notebooks == {} and "unknown-notebook" in reading.flags and about(reading, "x.ipynb")
