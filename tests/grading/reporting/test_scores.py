"""Tests of the scores: what earns points, what is said of a task, and what is flagged."""

import inspect
from dataclasses import fields

import numpy as np

from cs231n import layers
from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.cases.recorded import Call, Raised
from cs231n.assignment.record import record as record_check
from cs231n.grading.judging.boxes.inside.probe_calls import Calls
from cs231n.grading.judging.probing.probes import make_probes
from cs231n.grading.judging.recorded.records_file import TaskRecord
from cs231n.grading.judging.verdict import TaskRun, Verdict
from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reading import Cell, Reading
from cs231n.grading.reporting.feedback import make_page
from cs231n.grading.reporting.records import Record
from cs231n.grading.reporting.scores import OWN_FORWARD, PARTLY_OWN_FORWARD, score_record

MADE = make_probes("seed")
PROBES = {name: probe for made in MADE.values() for name, probe in made.probes.items()}
WORTH = points_by_task()


def scored(earned=(), records=None, own_forward=(), **reading):
    """The record of a submission with all answers, which earned these probes.

    Arguments:
        records: what the tasks' cells recorded, by task.
    """
    record = Record("alice")
    notebooks = {task.notebook: [Cell("pass")] for task in TASKS.values()}
    runs = {
        task: TaskRun(right={name for name in earned if name in MADE[task].probes}, record=(records or {}).get(task))
        for task in TASKS
    }
    score_record(record, Reading(notebooks, set(TASKS), **reading), Verdict(runs, set(own_forward)), MADE, WORTH)
    return record


def recorded(task, function, **notes):
    """What a task's cell records of an answer."""
    found = TaskRecord(task, **{"complete": True, **notes})
    whole = record_check(task, function)
    for field in fields(whole):
        setattr(found, field.name, getattr(whole, field.name))
    variant = MADE[task].spec["variants"][0]
    calls = Calls(
        task,
        function,
        None,
        False,
        MADE[task].spec["calls"],
        lambda name, call: found.probed.update({f"{variant}/{name}": call}),
    )
    for call in MADE[task].spec["calls"]:
        with quietly():
            try:
                calls.results(call["name"])
            except Exception:
                continue
    return found


def probes_of(task):
    return set(MADE[task].probes)


def test_all_probes_earn_all_points_and_none_earns_none():
    assert scored(PROBES).points == {task: WORTH[task] for task in TASKS}
    assert not any(scored().points.values())
    assert scored().possible == sum(WORTH[task] for task in TASKS)


def test_one_variant_is_enough_and_one_item_is_its_share():
    documented = {name for name, probe in PROBES.items() if probe.variant == "documented"}
    own = {name for name, probe in PROBES.items() if probe.variant == "own"}
    for earned in (documented, own):
        assert scored(earned).points["batchnorm_backward"] == WORTH["batchnorm_backward"]
    one = {name for name, p in PROBES.items() if p.task == "affine_backward" and p.item == "dw"}
    assert scored(one).points["affine_backward"] == round(WORTH["affine_backward"] / 3, 2)


def test_what_is_right_for_its_own_mistaken_forward_pass_earns_and_is_said():
    own = {name for name in probes_of("batchnorm_backward") if name.endswith("own")}
    record = scored(own_forward=own)
    assert record.points["batchnorm_backward"] == WORTH["batchnorm_backward"]
    assert record.tasks["batchnorm_backward"].note == OWN_FORWARD


def test_a_wrong_answer_is_described_by_its_record_and_by_what_its_probes_saw():
    def softmax(x):
        e = np.exp(x)
        return e / e.sum(axis=1, keepdims=True)

    report = scored(records={"softmax": recorded("softmax", softmax)}).tasks["softmax"]
    assert report.mistakes == ["no-shift"] and report.example is not None
    assert any(line.startswith("FAIL") for line in report.lines)
    seen = {name: text for name, _, text in report.items}
    assert seen["p (x is not to be changed)"] == "" and "nan" in seen["p, large scores"]


def test_an_argument_that_is_written_to_is_seen():
    def relu_backward(dout, cache):
        dout[cache <= 0] = 0
        return dout

    report = scored(records={"relu_backward": recorded("relu_backward", relu_backward)}).tasks["relu_backward"]
    assert report.items[1][2] == "The function writes to dout, so a second call gets other numbers."


def test_a_number_in_place_of_none_is_said_as_the_student_sees_it():
    def steps_to_reach(history, level):
        return int(np.argmax(np.asarray(history) >= level))

    report = scored(records={"steps_to_reach": recorded("steps_to_reach", steps_to_reach)}).tasks["steps_to_reach"]
    assert report.items[0][2] == "It returned 0, and should have returned None."


def test_what_a_call_of_a_probe_raised_is_said():
    def softmax(x):
        return x[99]

    report = scored(records={"softmax": recorded("softmax", softmax)}).tasks["softmax"]
    assert all(seen.startswith("It raised IndexError: index 99 is out of bounds") for _, _, seen in report.items)


def test_a_backward_pass_that_is_partly_right_for_its_mistaken_forward_pass_is_not_called_right():
    task = "batchnorm_backward"
    own = {name for name, probe in MADE[task].probes.items() if probe.variant == "own"}
    assert scored(own_forward=own).tasks[task].note == OWN_FORWARD
    assert scored(own_forward=sorted(own)[:1]).tasks[task].note == PARTLY_OWN_FORWARD


def test_the_documented_cache_says_nothing_of_a_backward_pass_with_a_cache_of_its_own():
    task = "batchnorm_backward"
    record = recorded(task, layers.batchnorm_backward)
    calls = [call["name"] for call in MADE[task].spec["calls"]]
    record.probed = {f"own/{name}": Call(None) for name in calls}
    record.probed |= {f"documented/{name}": Call(raised=Raised("TypeError", "no cache of mine")) for name in calls}
    record.forward = None
    assert {seen for _, _, seen in scored(records={task: record}).tasks[task].items} == {""}


def test_an_exception_s_text_is_shown_only_if_the_student_or_python_wrote_it():
    def softmax(x):
        raise ValueError("stolen from the box")

    found = {"softmax": recorded("softmax", softmax)}
    page = make_page(scored(records=found))
    assert "ValueError" in page and "stolen" not in page
    line = 'raise ValueError("stolen from the box")'
    page = make_page(scored(records=found, words={"stolen from the box"}, lines={line}))
    assert "stolen from the box" in page


def test_a_check_and_probes_that_disagree_are_flagged():
    right, wrong = recorded("softmax", layers.softmax), recorded("softmax", lambda x: x)
    right.library_calls = []
    flag = "check-and-probes-disagree:softmax"
    assert flag in scored(records={"softmax": right}).all_flags
    assert flag in scored(probes_of("softmax"), {"softmax": wrong}).all_flags
    assert not scored(probes_of("softmax"), {"softmax": right}).all_flags
    assert not scored(records={"softmax": wrong}).all_flags
    right.complete = False
    assert not scored(records={"softmax": right}).all_flags, "the record is cut short"


def test_what_could_not_be_judged_is_no_disagreement():
    task = "affine_bn_relu_backward"
    unjudged = recorded(task, lambda dout, cache: None)
    missing = Raised("NotWritten", "task 3.1", "", "affine_bn_relu_forward", True)  # what the library has there
    unjudged.calls.update(dict.fromkeys(unjudged.calls, Call(raised=missing)))
    assert not [flag for flag in scored(probes_of(task), {task: unjudged}).all_flags if "disagree" in flag]


def test_steps_are_flagged_for_a_person_and_cost_nothing():
    right = recorded("affine_backward", inspect.unwrap(layers.affine_backward), stepped=1.0)
    record = scored(PROBES, {"affine_backward": right})
    assert record.all_flags == ["differentiates-by-steps:affine_backward"] and record.total == record.possible
    assert "differentiates" not in make_page(record)


def test_a_remark_about_one_task_stands_with_that_task():
    one, two = "In cell 3 (softmax) a line was left out.", "A cell holds softmax and adam."
    record = scored(remarks=[one, two])
    assert record.tasks["softmax"].remarks == [one] and record.remarks == [two]
    page = make_page(record)
    assert page.count(one) == page.count(two) == 1


def test_a_missing_answer_is_said_to_be_missing_and_not_wrong_in_five_ways():
    record = Record("alice")
    notebooks = {task.notebook: [Cell("pass")] for task in TASKS.values()}
    reading = Reading(notebooks, {"softmax"}, {"written-2": "Because."}, ["Your cell for adam has gone."])
    score_record(record, reading, Verdict(), MADE, WORTH)
    page = make_page(record)
    assert page.count("<section") == 2 and 'id="softmax"' in page and 'id="written"' in page
    assert "Not right:</span> p (x is not to be changed); p, large scores." in page
    assert page.count("not written yet") == 5 and "Your cell for adam has gone." in page
