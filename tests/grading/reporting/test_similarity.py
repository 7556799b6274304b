"""Tests of the search for near-identical answers: what is found, what is discounted, and that it stays cheap."""

import ast
import time

from cs231n.assignment.actions import TASKS
from cs231n.grading.publishing.notebooks import answer_cells, read_notebooks, solve
from cs231n.grading.reporting.records import Record, TaskReport
from cs231n.grading.reporting.similarity import COMMON_LEAST, find_pairs, form_of, is_of_course
from tests.helpers.paths import ROOT

ODD = """def softmax_loss(x, y):
    biggest = np.amax(x, 1)
    moved = (x.T - biggest).T
    powers = np.exp(moved)
    totals = powers.sum(1)
    logs = moved[range(len(y)), y] - np.log(totals)
    loss = -logs.sum() / float(len(y))
    grad = (powers.T / totals).T
    for i in range(len(y)):
        grad[i, y[i]] += -1.0
    grad /= float(len(y))
    return loss, grad
"""
RENAMED = '''%%time
def softmax_loss(x: np.ndarray, y: np.ndarray):
    """My own answer."""
    m = np.amax( x,1 )

    z = (x.T-m).T  # stable
    e: np.ndarray = np.exp(z)
    s = e.sum(1)
    l = z[range(len(y)), y] - np.log(s)
    loss = -l.sum() / float(len(y))
    dx = (e.T / s).T
    for k in range(len(y)): dx[k, y[k]] += -1.0
    dx /= float(len(y))
    return (loss, dx)
'''
EDITED = ODD.replace("    totals =", "    assert powers.ndim == 2\n    totals =")
OTHER = """def softmax_loss(x, y):
    shifted = x - x.max(axis=1)[:, None]
    p = np.exp(shifted)
    p /= p.sum(axis=1)[:, None]
    picked = shifted[np.arange(x.shape[0]), y] - np.log(np.exp(shifted).sum(axis=1))
    one_hot = np.zeros_like(p)
    one_hot[np.arange(x.shape[0]), y] = 1
    return -np.average(picked), (p - one_hot) / x.shape[0]
"""


def class_of(codes, task="softmax_loss"):
    """Records of students who answered a task with these codes."""
    return [Record(name, tasks={task: TaskReport(code=code)}) for name, code in codes.items()]


def test_names_layout_comments_and_type_hints_do_not_count():
    assert form_of(ODD) == form_of(RENAMED) != form_of(EDITED)
    assert form_of("x = a.sum(axis=0)") != form_of("x = a.sum(axis=1)") != form_of("x = a.mean(axis=1)")
    assert form_of("def f(x):\n    y = 2 * x\n    return y +") == ("def _(_):", "_ = 2 * _", "return _ +"), "not Python"
    assert form_of("(" * 5000) and form_of("") == ()


def test_a_copy_with_other_names_is_found_and_other_answers_are_not():
    (pair,) = find_pairs(class_of({"ana": ODD, "bob": OTHER, "eve": RENAMED}))
    assert (pair.task, pair.students, pair.alike) == ("softmax_loss", ["ana", "eve"], 1.0)
    assert (pair.one.code, pair.other.code) == (ODD, RENAMED)


def test_an_edited_copy_is_found_and_copies_of_the_same_form_stand_together():
    same, near = find_pairs(class_of({"ana": ODD, "bob": EDITED, "eve": RENAMED}))
    assert same.students == ["ana", "eve"] and same.alike == 1
    assert near.same == (["ana", "eve"], ["bob"]) and 0.9 < near.alike < 1 and near.shared >= 3


def test_what_the_course_shows_is_no_evidence():
    cells = {task: cell.source for nb in read_notebooks().values() for task, cell in answer_cells(solve(nb)).items()}
    stubs = {task: cell.source for nb in read_notebooks().values() for task, cell in answer_cells(nb).items()}
    for sources in (cells, stubs):
        reports = {task: TaskReport(code=sources[task]) for task in TASKS}
        assert find_pairs([Record("ana", tasks=reports), Record("eve", tasks=reports)]) == []
    hint = form_of("wrong = (total @ np.outer(a, b)).reshape(x.shape)")[0]
    assert is_of_course(hint, "affine_backward"), "a hint with gaps that the student has filled in"
    assert not is_of_course(hint, "adam"), "a hint for another task"


def test_right_answers_in_different_styles_are_not_alike():
    records = []
    for path in sorted((ROOT / "tests" / "right_answers").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        functions = [node for node in ast.parse(source).body if getattr(node, "name", "") in TASKS]
        codes = {node.name: ast.get_source_segment(source, node) for node in functions}
        records.append(Record(path.stem, tasks={task: TaskReport(code=code) for task, code in codes.items()}))
    assert len(records) > 5 and find_pairs(records) == []


def test_an_answer_of_a_line_or_two_is_no_evidence():
    short = "def relu_backward(dout, cache):\n    keep = np.heaviside(cache, 0)\n    return np.multiply(dout, keep)\n"
    assert find_pairs(class_of({"ana": short, "eve": short}, "relu_backward")) == []


def test_what_many_students_wrote_is_no_evidence():
    few = {f"student {number}": ODD for number in range(COMMON_LEAST)}
    assert [pair.students for pair in find_pairs(class_of(few))] == [list(few)]
    assert find_pairs(class_of({**few, "one more": RENAMED})) == []


def test_four_hundred_students_do_not_cost_hours():
    """One task, with fifty ways to write every statement. All 14 tasks take about 4 s of processor time."""
    records = []
    for number in range(400):
        lines = [f"    v{k} = np.sum(x[{(number * (k + 7)) % 50}:], axis={k})" for k in range(12)]
        code = "\n".join(["def f(x):", *lines, f"    return v0 + {number}"])
        records.append(Record(str(number), tasks={"adam": TaskReport(code=code)}))
    start = time.process_time()
    assert find_pairs(records)
    assert time.process_time() - start < 60, "as comparing every pair line by line would"
