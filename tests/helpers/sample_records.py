"""Records of made-up submissions, for tests of the feedback page."""

import numpy as np

from cs231n.assignment.actions import TASKS, WRITTEN
from cs231n.assignment.assess import assess
from cs231n.assignment.diagnosis.smallest_example import Example
from cs231n.assignment.record import record as record_calls
from cs231n.grading.judging.probing.graded_items import ITEMS
from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reporting.records import Record, TaskReport, example_to_dict

WORTH = points_by_task()
SECRETS = {"seed": "SEED-4711", "path": "/srv/class/zoe", "stamp": "STAMP-4711", "error": "Traceback (secret)"}
DIGITS = ("0.1234 SHOWN", "0.5678 EXPECTED")
TAGS = "</pre><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><style>*{}</style>"
HOSTILE = TAGS + "{{ 7 * 191 }}{% raw %}\u202egnol\u2066\x1b[31mred\x1b]0;title\x07\x00" + "Z" + "\u0301\u0489" * 500
HOSTILE_WIDE = f"{HOSTILE} {'W' * 900}"

NO_SHIFT = "def softmax(x):\n    e = np.exp(x)\n    return e / e.sum(axis=1, keepdims=True)\n"
THREE_MISTAKES = """def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.reshape(len(x), -1).T @ dout / len(x), dout.sum(axis=0, keepdims=True)
"""
NO_SUCH_NAME = "def relu_backward(dout, cache):\n    return undefined\n"


def make_record(student="Zoë Müller", answered=TASKS, wrong=None, written=None):
    """The record of a submission.

    Arguments:
        answered: the tasks that are written.
        wrong: by task, a dictionary from the items that are not right to what was seen.
        written: the written answers.
    """
    record = Record(student, answered=[task for task in TASKS if task in answered], written=written or {}, **SECRETS)
    record.of = {task: WORTH[task] for task in TASKS}
    record.by_hand = {name: WORTH[name] for name in WRITTEN}
    record.probes = {f"probe-{task}": DIGITS for task in TASKS}
    for task in TASKS:
        missed = (wrong or {}).get(task, {}) if task in answered else {item.name: "" for item in ITEMS[task]}
        items = [[item.name, item.name not in missed, missed.get(item.name, "")] for item in ITEMS[task]]
        record.tasks[task] = TaskReport(items=items)
        record.points[task] = round(WORTH[task] * sum(right for _, right, _ in items) / len(items), 2)
    return record


def judge(record, task, source):
    """Put a real answer's code, and what is said about it, into the record."""
    namespace = {"np": np}
    exec(source, namespace)
    assessment = assess(record_calls(task, namespace[task]))
    report = record.tasks[task]
    report.lines, report.code = assessment.lines, source
    report.example = example_to_dict(assessment.example) if assessment.example else None


def right_record():
    return make_record(written={"written-1": "Because the mean takes it out: $\\sum_i dx_i = 0$.", "written-3": "  \n"})


def mistaken_record():
    """Three tasks with mistakes, one that did not end, one not written, and nothing in notebook 3."""
    wrong = {
        "softmax": {"p, large scores": "It holds nan."},
        "affine_backward": {"dx": "It has shape (7, 6).", "dw": "Entry [0, 1] is 0.12, and should be 0.86.", "db": ""},
        "relu_backward": dict.fromkeys((item.name for item in ITEMS["relu_backward"]), "NameError: name 'undefined'."),
        "batchnorm_backward_staged": {"dx": "", "dvar": ""},
    }
    written = [name for name, task in TASKS.items() if task.number < "3" and name != "batchnorm_backward_alt"]
    record = make_record("Ana de Souza", written, wrong)
    judge(record, "softmax", NO_SHIFT)
    judge(record, "affine_backward", THREE_MISTAKES)
    judge(record, "relu_backward", NO_SUCH_NAME)
    record.tasks["softmax"].mistakes = ["no-shift"]
    record.tasks["softmax"].flags = ["check-and-probes-disagree"]
    staged = record.tasks["batchnorm_backward_staged"]
    staged.note = "It did not come to its end: it ran longer than 15 seconds."
    staged.code = "def batchnorm_backward_staged(dout, cache):\n" + "\tpass  # a long line " + "x" * 300 + "\n" * 1
    staged.code += "\n".join(f"\tline = {k}" for k in range(40))
    record.tasks["batchnorm_backward_alt"].remarks = ["Your answer for batchnorm_backward_alt is a raw cell."]
    record.remarks = ["Two files are versions of 02_batchnorm_backward.ipynb: the second counts."]
    return record


def empty_record():
    return make_record("Nobody", answered=())


def hostile_record():
    """All text that can come from a submission is hostile, and more of it than can be."""
    wrong = {task: {item.name: HOSTILE for item in ITEMS[task]} for task in TASKS}
    record = make_record(HOSTILE, wrong=wrong, written=dict.fromkeys(WRITTEN, HOSTILE_WIDE * 30))
    for report in record.tasks.values():
        report.lines = [f"FAIL  {HOSTILE_WIDE}: {HOSTILE}", f"ok    {HOSTILE}", f"This looks like: {HOSTILE_WIDE}"]
        report.lines += [f"note  {HOSTILE_WIDE}", "The smallest example that shows it:", "    " + "9 " * 400]
        report.code, report.note = f"{HOSTILE_WIDE}\n" * 40, HOSTILE_WIDE
        report.remarks, report.mistakes, report.flags = [HOSTILE, HOSTILE_WIDE], [HOSTILE], [HOSTILE]
    wide = Example([HOSTILE], HOSTILE, np.full((3, 40), np.nan), np.ones((3, 40)))
    record.tasks["adam"].example = example_to_dict(wide)
    record.remarks, record.flags = [HOSTILE, HOSTILE_WIDE], [HOSTILE]
    return record
