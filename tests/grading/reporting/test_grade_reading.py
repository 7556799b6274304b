"""Tests reading and judging together: from messy files, such as students hand in, to their points."""

import json

from cs231n.grading import grade as grading
from tests.helpers.boxed import needs_box
from tests.helpers.reading_cases import (
    DEMO,
    LATER_DEMO,
    ONE,
    THREE,
    TWO,
    answer,
    as_colab,
    code,
    find,
    insert_below,
    make_zip,
    notebook,
    solved,
    write,
)


@needs_box
def test_right_answers_get_full_points_in_whatever_state_the_files_are(tmp_path):
    nb = solved()
    both = f"{answer()}\n\n{answer('softmax_jacobian')}\ncheck(softmax)\n1 / 0"
    find(nb, "softmax")["source"] = f"%%time\nfrom google.colab import files\n{both}"
    nb["cells"].remove(find(nb, "softmax-jacobian"))
    insert_below(nb, LATER_DEMO, code("from cs231n.layers import *\n\ndef softmax(x):\n    return x"))
    find(nb, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    return helper(dout) * (cache > 0)"
    find(nb, DEMO)["source"] = "def helper(x):\n    return 1 * x"
    colab = json.dumps(as_colab(solved(TWO), keeps_tags=False))
    make_zip(tmp_path / "in" / "messy.zip", {"a/Kopie von eins.ipynb": json.dumps(nb), "a/zwei.ipynb": colab,
                                             f"__MACOSX/._{ONE}": "x", THREE: notebook(THREE)})  # fmt: skip
    write(tmp_path / "in" / "hopeless", {ONE: "{", "02.ipynb": b"\x00" * 99})
    said: list[str] = []
    messy, hopeless = sorted(
        grading.grade(tmp_path / "in", tmp_path / "out", jobs=2, seed="files", say=said.append),
        key=lambda record: -record.total,
    )
    assert messy.total == messy.possible > 0 and "duplicate-answer" in messy.flags, messy.remarks
    assert hopeless.total == 0 and hopeless.status == "nothing to grade"


@needs_box
def test_the_latest_attempt_counts_and_the_page_says_which(tmp_path):
    old, new = solved(), solved()
    find(old, "softmax")["source"] = "def softmax(x):\n    return x"
    name = "hw1_jdoe_attempt_2026-11-{}-13-45-10_01_softmax_gradient.ipynb"
    write(tmp_path / "in" / "jdoe", {name.format("09"): old, name.format("20"): new})
    (record,) = grading.grade(tmp_path / "in", tmp_path / "out", seed="files", say=[].append)
    page = (tmp_path / "out" / "feedback" / "jdoe.html").read_text(encoding="utf-8")
    assert record.total == 16 and f"{name.format('20')} counts, since its name has the latest time" in page


@needs_box
def test_a_written_answer_without_its_cell_is_on_the_page(tmp_path):
    nb = solved(THREE)
    cell = find(nb, "written-2")
    cell.update(cell_type="raw", source="One seed proves nothing.", metadata={}, id="x")
    write(tmp_path / "in" / "alice", {THREE: nb})
    grading.grade(tmp_path / "in", tmp_path / "out", seed="files", say=[].append)
    page = (tmp_path / "out" / "feedback" / "alice.html").read_text(encoding="utf-8")
    assert "written-2, 2 points</h3>" in page and "One seed proves nothing." in page
