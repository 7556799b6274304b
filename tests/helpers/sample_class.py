"""Records of a made-up class, for tests of what is said about a class as a whole."""

import random

from cs231n.assignment.actions import TASKS
from cs231n.grading.judging.probing.graded_items import ITEMS
from cs231n.grading.reporting.records import Record
from tests.helpers.sample_records import make_record

COPIED = """def softmax_loss(x, y):
    biggest = np.amax(x, 1)
    moved = (x.T - biggest).T
    powers = np.exp(moved)
    totals = powers.sum(1)
    logs = moved[range(len(y)), y] - np.log(totals)
    return -logs.sum() / float(len(y)), (powers.T / totals).T
"""


def make_class(number=12):
    """A class with half of everything: answers, mistakes, flags, two copies, and submissions that were not graded."""
    draw = random.Random(0)
    records = []
    for k in range(number):
        answered = [task for task in TASKS if draw.random() < 0.8]
        wrong = {task: {item.name: "" for item in ITEMS[task]} for task in answered if draw.random() < 0.3}
        record = make_record(f"Student {k}", answered, wrong, {"written-1": "Because."})
        if "relu_backward" in wrong:
            record.tasks["relu_backward"].mistakes = ["overwrites-dout"]
        records.append(record)
    first, second, third = records[:3]
    for record, code in ((first, COPIED), (second, COPIED.replace("moved", "shifted"))):
        record.tasks["softmax_loss"].code = code
    first.flags = ["guessed", "missing-answer"]
    second.tasks["adam"].flags = ["check-and-probes-disagree"]
    third.tasks["adam"].note = "It did not come to its end: it ran longer than 15 seconds."
    third.flags = ["kernel-stopped", "a-flag-of-tomorrow"]
    failed = Record("Fay Led", "failed", flags=["grader-failed"], error="Traceback (secret)")
    return [*records, failed, Record("Ned Othing", "nothing to grade"), Record("Yeti", "not graded yet")]
