"""Test what a reading keeps of a submission as handed in: code, words, lines, and the edition it was made from."""

import pytest

from cs231n.grading.publishing.edition import course_edition
from cs231n.grading.reading import Reading, handed_in
from tests.helpers.reading_cases import (
    DEMO,
    ONE,
    TASKS_OF_ONE,
    THREE,
    TWO,
    about,
    answer,
    as_release,
    code,
    find,
    insert_below,
    pristine,
    quiet,
    read,
    solved,
    write,
)

OLD = "0123abcd"


def test_the_code_of_an_answer_is_its_cell_as_handed_in(tmp_path):
    nb, source = solved(), f"%%time\n# NBVAL_SKIP\ncheck(softmax)\n{answer()}\n\n\n{answer('softmax_jacobian')}\t\n"
    find(nb, "softmax")["source"] = source
    nb["cells"].remove(find(nb, "softmax-jacobian"))
    find(nb, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    raise NotImplementedError"
    reading = read(tmp_path, nb)
    assert reading.code["softmax"] == reading.code["softmax_jacobian"] == source
    assert sorted(reading.code) == sorted(set(TASKS_OF_ONE) - {"relu_backward"})
    assert reading.code["softmax_loss"] == answer("softmax_loss")


def test_a_long_cell_is_cut_and_says_so(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = "# x\n" * 3000 + answer()
    kept = read(tmp_path, nb).code["softmax"]
    assert kept.startswith("# x\n" * 1000 + "\n") and kept.splitlines()[-1].startswith("# ... the rest is not shown")
    assert f"{12_000 + len(answer()):,} letters" in kept and len(kept) < handed_in.MAX_CODE_LETTERS + 100


def test_words_and_lines_are_those_of_the_code_cells(tmp_path):
    source = "  übung = cache['running mean'] + x.momentum_2  # a note\n\tTEXT = \"it's\"\ny = 1  # " + "long " * 99
    nb = insert_below(solved(), DEMO, code(source), {"cell_type": "markdown", "metadata": {}, "source": "onlyprose"})
    reading = read(tmp_path, nb)
    assert {"übung", "cache", "running mean", "momentum_2", "TEXT", "it's", "softmax", "keepdims"} <= reading.words
    assert not {"onlyprose", ""} & reading.words and max(map(len, reading.words)) <= handed_in.MAX_WORD_LETTERS
    assert "übung = cache['running mean'] + x.momentum_2  # a note" in reading.lines and "" not in reading.lines
    assert not any("long long" in line for line in reading.lines), "a line of 500 letters"
    assert Reading.from_json(reading.to_json()) == reading


def test_there_are_at_most_5000_words_and_lines_and_those_of_answers_come_first(tmp_path):
    cells = [code("\n".join(f"w{n}_{k} = 'text {n} {k}'" for k in range(2000))) for n in range(5)]
    nb = solved()
    nb["cells"][0:0] = cells
    reading = read(tmp_path, nb)
    assert len(reading.words) == len(reading.lines) == handed_in.MAX_ENTRIES
    assert {"keepdims", "relu_backward"} <= reading.words and set(map(str.strip, answer().splitlines())) - {
        ""
    } <= reading.lines


def test_a_submission_of_this_edition_or_of_none_gives_no_remark(tmp_path):
    reading = read(as_release(tmp_path))
    assert reading.editions == {name: course_edition() for name in (ONE, TWO, THREE)}
    assert reading.remarks == [] and reading.flags == []
    assert read(tmp_path / "clone", solved()).editions == {}


def test_a_submission_of_another_edition_is_graded_and_a_remark_says_both(tmp_path):
    nb = solved()
    nb["metadata"]["cs231n"] = {"edition": OLD}
    find(nb, DEMO)["id"], find(nb, "check-softmax")["id"] = "other-demo", "other-check"  # an older course
    reading = read(tmp_path, nb, solved(TWO))
    remark = (
        f"{ONE} is from edition {OLD} of the course; this grader has edition {course_edition()}. Answers are graded as "
        "far as they fit."
    )
    assert quiet(reading) == ([remark], ["other-edition"]) and reading.editions == {ONE: OLD}
    assert set(TASKS_OF_ONE) <= reading.answered


def test_one_remark_tells_of_all_notebooks_of_an_edition(tmp_path):
    files = {name: solved(name) for name in (ONE, TWO)}
    for nb in files.values():
        nb["metadata"]["cs231n"] = {"edition": OLD}
    assert len(about(read(write(tmp_path, files)), f"{ONE} and {TWO} are from edition {OLD}")) == 1


@pytest.mark.parametrize("metadata", [
    None, [], 3, "cs231n", {"cs231n": None}, {"cs231n": []}, {"cs231n": OLD}, {"cs231n": {"edition": None}},
    {"cs231n": {"edition": [OLD]}}, {"cs231n": {"edition": {OLD: 1}}}, {"cs231n": {"edition": 12345678}},
    {"cs231n": {"edition": "<b>0123"}}, {"cs231n": {"edition": OLD * 1000}}, {"cs231n": {"edition": OLD + "\n"}},
    {"cs231n": {"edition": ""}}, {"cs231n": {"edition": "०१२३४५६७"}},
])  # fmt: skip
def test_an_edition_that_is_none_is_no_edition(tmp_path, metadata):
    reading = read(tmp_path, {**solved(), "metadata": metadata})
    assert reading.editions == {} and quiet(reading) == ([], []) and reading.answered == set(TASKS_OF_ONE)


@pytest.mark.parametrize("change", ["untouched", "emptied", "deleted"])
def test_a_notebook_in_which_nothing_is_answered_gives_one_remark(tmp_path, change):
    nb = pristine(TWO)
    for cell in [cell for cell in nb["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]:
        if change == "deleted":
            nb["cells"].remove(cell)
        elif change == "emptied":
            cell["source"] = ""
    reading = read(tmp_path, solved(), nb, solved(THREE))
    assert reading.remarks == [f"No task of {TWO} is answered: all of them count as not written."]
    assert reading.flags == ([] if change == "untouched" else ["missing-answer"])


def test_an_answer_in_a_text_cell_of_an_unwritten_notebook_is_still_told(tmp_path):
    nb = pristine()
    find(nb, "softmax")["cell_type"], find(nb, "softmax")["source"] = "markdown", answer()
    reading = read(tmp_path, nb)
    assert about(reading, "softmax stands in cell", "markdown") and "answer-in-markdown" in reading.flags


def test_a_cell_that_another_edition_has_in_another_form_is_no_change_of_the_students(tmp_path):
    nb = solved()
    find(nb, "setup")["source"] = "import numpy as np\nfrom cs231n import layers\n"
    assert "changed-locked-cell" in read(tmp_path / "a", nb).flags
    nb["metadata"]["cs231n"] = {"edition": OLD}
    assert quiet(read(tmp_path / "b", nb))[1] == ["other-edition"]
