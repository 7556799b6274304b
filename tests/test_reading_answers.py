"""Answers are found, counted and run as the student meant them; what was guessed or lost is said."""

import ast

import pytest
from reading_cases import (
    ONE,
    TASKS_OF_ONE,
    TWO,
    about,
    answer,
    answers,
    code,
    extras,
    find,
    pristine,
    quiet,
    read,
    solved,
    text,
    write,
)

from cs231n.assignment.tasks import TASKS
from cs231n.grading.reading import read_submission


def position(nb, cell_id):
    return [cell.get("id") for cell in nb["cells"]].index(cell_id)


def insert_below(nb, cell_id, *cells):
    place = position(nb, cell_id) + 1
    nb["cells"][place:place] = cells
    return nb


def run(reading, name=ONE):
    """What the cells of a reading define, run one after the other as a kernel does: a cell that fails stops itself."""
    import numpy as np

    namespace = {"np": np, "__name__": "kernel"}
    for cell in reading.notebooks[name]:
        try:
            exec(cell.source, namespace)
        except Exception:
            continue
    return namespace


def test_solved_notebooks_give_every_answer_and_not_a_word(tmp_path):
    reading = read(tmp_path, solved(), solved(TWO), solved("03_batchnorm_comparison.ipynb"))
    assert reading.answered == set(TASKS) and reading.remarks == [] and reading.flags == []
    assert [cell.task for cells in reading.notebooks.values() for cell in cells] == list(TASKS)
    assert answers(reading)["softmax"] == answer() and extras(reading) == []


def test_untouched_notebooks_keep_their_stubs_and_answer_nothing(tmp_path):
    reading = read(tmp_path, pristine(), pristine(TWO), pristine("03_batchnorm_comparison.ipynb"))
    assert reading.answered == set() and reading.written == {} and reading.remarks == [] and reading.flags == []
    assert list(answers(reading)) == TASKS_OF_ONE
    assert all("NotImplementedError" in source for source in answers(reading).values())


def test_an_edited_docstring_or_a_helper_beside_it_makes_no_answer_of_a_stub(tmp_path):
    nb = pristine()
    find(nb, "softmax")["source"] = 'import math\n\n\ndef softmax(z):\n    """Mine."""\n    raise NotImplementedError\n'
    find(nb, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    pass\n"
    reading = read(tmp_path, nb)
    assert reading.answered == {"relu_backward"}, "a body of one's own is an answer, however short"
    assert "raise NotImplementedError" in answers(reading)["softmax"] and "import math" in extras(reading)[0]


def test_a_missing_notebook_is_said_and_flagged(tmp_path):
    reading = read(tmp_path, solved())
    assert set(reading.notebooks) == {ONE} and reading.flags == ["missing-notebook"]
    assert len(about(reading, "No notebook was found for 02_batchnorm_backward.ipynb")) == 1
    assert len(about(reading, "No notebook was found for 03_batchnorm_comparison.ipynb")) == 1


def test_an_answer_without_its_tag_is_found_by_its_function_and_that_is_said(tmp_path):
    nb = solved()
    place = f"cell {position(nb, 'softmax') + 1} of {ONE}"
    del find(nb, "softmax")["metadata"]["nbgrader"], find(nb, "softmax")["id"]
    reading = read(tmp_path, nb)
    remark = f"Your answer for softmax was found by its name in {place}, since the cell's task name was lost."
    assert quiet(reading) == ([remark], [])
    assert answers(reading)["softmax"] == answer()


def test_all_tags_lost_is_one_sentence(tmp_path):
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


def test_an_emptied_and_a_deleted_answer_are_missing_and_said(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "# nothing yet"
    nb["cells"].remove(find(nb, "relu-backward"))
    reading = read(tmp_path, nb)
    assert reading.answered == set(TASKS_OF_ONE) - {"softmax", "relu_backward"}
    assert about(reading, "The answer cell of softmax is empty") and about(reading, "no answer cell for relu_backward")
    assert "missing-answer" in reading.flags and "softmax" not in answers(reading)


def test_of_two_definitions_the_tagged_one_counts_and_it_is_flagged(tmp_path):
    nb = insert_below(solved(), "heatmap", code("def softmax(x):\n    return x"))
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == answer() and "def softmax(x):\n    return x" in extras(reading)
    assert about(reading, "softmax is defined in cell", "carries the task's name")
    assert "duplicate-answer" in reading.flags


def test_of_a_copied_answer_cell_the_last_one_counts(tmp_path):
    nb = solved()
    copied = dict(find(nb, "softmax"), id="copy", source="def softmax(x):\n    return 2 * x")
    reading = read(tmp_path, insert_below(nb, "check-softmax", copied))
    assert answers(reading)["softmax"] == copied["source"] and about(reading, "the last one")


def test_a_copy_of_the_same_text_is_no_double(tmp_path):
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


def test_a_stub_that_stands_beside_a_helper_is_cut_out_when_the_answer_is_elsewhere(tmp_path):
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
    nb = insert_below(solved(), "overflow", *helpers)
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


def test_a_function_split_over_two_cells_is_said(tmp_path):
    nb, lines = solved(), answer("softmax_loss").splitlines()
    find(nb, "softmax-loss")["source"] = "\n".join(lines[:-2])
    reading = read(tmp_path, insert_below(nb, "softmax-loss", code("\n".join(lines[-2:]))))
    assert about(reading, "softmax_loss seems to begin in cell", "go on in cell") and "split-function" in reading.flags


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_an_answer_in_a_cell_that_never_runs_is_said(tmp_path, kind):
    nb = solved()
    find(nb, "softmax")["cell_type"] = kind
    reading = read(tmp_path, nb)
    assert "softmax" not in reading.answered | set(answers(reading)) and "answer-in-markdown" in reading.flags
    assert about(reading, "softmax", f"is a {kind} cell", "never runs")


MAGICS = {
    "%%time\n{}": "%%time",
    "\n%%capture out\n{}": "%%capture out",
    "%matplotlib inline\n{}": "%matplotlib inline",
    "!pip install numpy\n{}": "!pip install numpy",
    "files = !ls\n{}": "files = !ls",
    "{}\nnp.sum?": "np.sum?",
    "{}\n?np.sum": "?np.sum",
    "if True:\n    %time x = 1\n{}": "%time x = 1",
}


@pytest.mark.parametrize("template", MAGICS)
def test_magics_and_shell_lines_leave_an_answers_cell_and_that_is_said(tmp_path, template):
    nb = solved()
    find(nb, "softmax")["source"] = template.format(answer())
    reading = read(tmp_path, nb)
    source = answers(reading)["softmax"]
    assert answer() in source and ast.parse(source) and "softmax" in reading.answered
    assert about(reading, MAGICS[template], "left out") and reading.flags == ["missing-notebook"]


def test_a_modulo_that_begins_a_line_is_no_magic(tmp_path):
    nb, source = solved(), "def softmax(x):\n    return (x\n%2)\n"
    find(nb, "softmax")["source"] = source
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == source and quiet(reading) == ([], [])


@pytest.mark.parametrize("magic", ["%%writefile softmax.py", "%%bash", "%%javascript"])
def test_an_answer_under_another_languages_magic_is_said_to_define_nothing(tmp_path, magic):
    nb = solved()
    find(nb, "softmax")["source"] = f"{magic}\n{answer()}"
    reading = read(tmp_path, nb)
    assert about(reading, "softmax", f"begins with {magic.split()[0]}") and "not-python" in reading.flags


def test_an_answer_with_a_syntax_error_is_kept_and_said(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    return (x"
    reading = read(tmp_path, nb)
    assert answers(reading)["softmax"] == "def softmax(x):\n    return (x" and "softmax" in reading.answered
    assert about(reading, "softmax", "not valid Python") and "not-python" in reading.flags


def test_one_that_is_python_counts_before_one_that_is_not(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    return (x"
    reading = read(tmp_path, insert_below(nb, "softmax", code(answer())))
    assert answers(reading)["softmax"] == answer() and "duplicate-answer" in reading.flags


def test_input_is_flagged(tmp_path):
    nb = insert_below(solved(), "overflow", code("rate = float(input('rate? '))"))
    find(nb, "softmax")["source"] = answer() + "\nreinput(3)\nx.input(4)"
    reading = read(tmp_path, nb)
    assert len(about(reading, "calls input()")) == 1 and "input" in reading.flags


@pytest.mark.parametrize("comment", ["# NBVAL_SKIP", "## NBVAL_IGNORE_OUTPUT", "#PYTEST_VALIDATE_IGNORE_OUTPUT",
                                     "x = 1\x0c# NBVAL_RAISES_EXCEPTION", "# NBVAL_CHECK_OUTPUT\u2028y = 1"])
def test_nbval_does_not_obey_a_students_comment(tmp_path, comment):
    from nbval.plugin import find_comment_markers

    nb = insert_below(solved(), "overflow", code(f"{comment}\nhelper = 1"))
    find(nb, "softmax")["source"] = f"{comment}\n{answer()}"
    reading = read(tmp_path, nb)
    assert any(list(find_comment_markers(cell["source"])) for cell in nb["cells"] if isinstance(cell["source"], str))
    for cell in reading.notebooks[ONE]:
        assert list(find_comment_markers(cell.source)) == []
    assert "nbval-comment" in reading.flags and "softmax" in reading.answered


def test_changed_locked_cells_are_the_courses_and_what_was_added_is_kept(tmp_path):
    nb = solved()
    find(nb, "setup")["source"] = text(find(nb, "setup")) + "\nimport math as m\nEPS = 1e-9\nprint(1)\n"
    find(nb, "check-softmax")["source"] = "print('ok')"
    reading = read(tmp_path, nb)
    assert extras(reading) == ["import math as m", "EPS = 1e-09"]
    assert about(reading, "cell setup runs as the course has it", "m and EPS") and about(reading, "cell check-softmax")
    assert "changed-locked-cell" in reading.flags


@pytest.mark.parametrize("lost", [False, True])
def test_of_a_changed_demonstration_the_helpers_are_kept(tmp_path, lost):
    nb = solved()
    cell = find(nb, "overflow")
    cell["source"] = "from functools import partial\n\ndef helper(x):\n    return x\n\n" + text(cell)
    if lost:
        del cell["id"]
    reading = read(tmp_path, nb)
    assert extras(reading) == ["from functools import partial", "def helper(x):\n    return x"]
    assert about(reading, "cell overflow", "partial and helper") and quiet(reading)[1] == []


def test_of_a_changed_demonstration_the_changed_function_is_kept(tmp_path):
    nb = solved()
    find(nb, "overflow")["source"] = text(find(nb, "overflow")).replace("np.exp(x)", "np.exp(x - x.max())", 1)
    find(nb, "softmax")["source"] = "def softmax(x):\n    return naive_softmax(x)"
    reading = read(tmp_path, nb)
    (helper,) = extras(reading)
    assert "x - x.max()" in helper and about(reading, "cell overflow", "naive_softmax")


def test_an_answer_in_a_demonstration_cell_counts(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = text(find(pristine(), "softmax"))
    find(nb, "softmax-demo")["source"] = answer() + "\n" + text(find(nb, "softmax-demo"))
    reading = read(tmp_path, nb)
    assert "softmax" in reading.answered and answers(reading)["softmax"].startswith(answer())


def test_reformatted_course_cells_are_the_courses(tmp_path):
    nb = solved()
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell.pop("id"), cell["metadata"].clear()
            cell["source"] = ast.unparse(ast.parse(text(cell)))  # another quote, other lines, no comments
    reading = read(tmp_path, nb)
    assert extras(reading) == [] and list(answers(reading)) == TASKS_OF_ONE


def test_helpers_of_demonstrations_are_taken_along_when_an_answer_needs_them(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "def softmax(x):\n    return naive_softmax(x - x.max(axis=1, keepdims=True))"
    reading = read(tmp_path, nb)
    assert about(reading, "naive_softmax", "demonstration")
    namespace = run(reading)
    assert namespace["softmax"](namespace["np"].full((1, 2), 1000.0)).tolist() == [[0.5, 0.5]]


def test_an_import_that_fails_takes_no_answer_with_it(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = f"from google.colab import files\nfrom turtle_that_is_missing import x\n{answer()}"
    assert run(read(tmp_path, nb))["softmax"].__name__ == "softmax"


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
    reading = read(tmp_path, solved(), **{"00 final.ipynb": other, "01_softmax_gradient (1).ipynb": other})
    assert answers(reading)["softmax"] == answer() and about(reading, f"{ONE} counts", "name")


def test_an_untouched_copy_beside_the_answers_is_no_double(tmp_path):
    reading = read(tmp_path, solved(), **{"release/notebooks/01_softmax_gradient.ipynb": pristine()})
    assert quiet(reading)[1] == [] and len(reading.answered) == 6


def test_the_same_file_twice_is_not_worth_a_word(tmp_path):
    assert quiet(read(tmp_path, solved(), **{"b/01_softmax_gradient.ipynb": solved()})) == ([], [])


def test_answers_split_over_two_files_all_count_and_that_is_said(tmp_path):
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
    assert not any("check(" in source or "vis." in source for source in extras(reading, TWO) + extras(reading))


@pytest.mark.parametrize("name", ["homework.ipynb", "Übung 1.IPYNB", "02_batchnorm_backward.ipynb", "a.ipynb.txt",
                                  "notebooks/deep/er/x.ipynb", "01_softmax_gradient.ipynb.json"])
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
