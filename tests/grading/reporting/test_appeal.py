"""Tests of the command explain, for what it shows of a stored record. test_grade.py runs it on a graded submission."""

import pytest

from cs231n.assignment.actions import TASKS, WRITTEN
from cs231n.assignment.cases.recorded import RecordedCalls
from cs231n.grading.judging.probing.probes import make_probes
from cs231n.grading.reporting import appeal
from cs231n.grading.reporting.appeal import explain, explain_by_hand
from cs231n.grading.reporting.overrides import find_task
from cs231n.grading.reporting.records import write_record
from cs231n.grading.reporting.written_page import read_rubric
from tests.helpers.sample_records import HOSTILE_WIDE, NO_SHIFT, hostile_record, mistaken_record, right_record


@pytest.fixture
def explained(tmp_path, monkeypatch):
    """A function that explains an action of a record, with probes that nothing answered, and returns what it says."""
    monkeypatch.setattr(appeal, "run_again", lambda record, task, *rest: (make_probes("a")[task], RecordedCalls()))

    def run(record, action):
        record.path = str(tmp_path)
        write_record(tmp_path, record, "")
        said = []
        explain(record.student, action, tmp_path, say=said.append)
        return "\n".join(said)

    return run


@pytest.mark.parametrize("action", ["1.1", "softmax"])
def test_a_task_by_name_or_number_shows_the_code_beside_what_was_asked(explained, action):
    text = explained(mistaken_record(), action)
    assert text.startswith("Ana de Souza, task 1.1, softmax: ")
    first, code, *probes = text.split("\n=== ")
    assert code == f"the code, as handed in\n{NO_SHIFT}", "a blank line follows"
    assert "p, large scores: NOT right" in first
    assert len(probes) == len(make_probes("a")["softmax"].probes)
    assert "x = [[" in probes[0] and "student's p:\nthe call was not made" in probes[0] and "expected p:" in probes[0]


def test_a_task_that_is_not_written_has_no_code(explained):
    text = explained(mistaken_record(), "3.3")
    assert "adam" in text and "no answer was found" in text and "as handed in" not in text


def test_a_written_question_shows_the_answer_and_the_rubric_and_runs_nothing(explained, monkeypatch):
    monkeypatch.setattr(appeal, "run_again", None)
    text = explained(right_record(), "written-1")
    assert "Zoë Müller, written-1: up to 2 points" in text and "$\\sum_i dx_i = 0$" in text
    assert "Plain gradient descent: rate times gradient" in text and "Two points per question" in text
    assert "Question 2" not in text and "six pairs" not in text
    assert "no answer was found" in explained(right_record(), "written-2")


def test_what_a_person_gave_is_said_with_the_reason():
    record, said = right_record(), []
    record.marks = {"written-1": {"points": 1.5, "comment": "Half \x1bof it.", "flags": []}}
    record.overrides = {"softmax": {"points": 2, "reason": "The labels.", "before": 1.5}}
    for name in ("written-1", "softmax", "adam"):
        explain_by_hand(record, name, said.append)
    assert said == ["marked: 1.5. Half of it.", "set by a person: 2 instead of 1.5. The labels."]


def test_hostile_text_does_not_reach_the_terminal(explained):
    record = hostile_record()
    record.student = "eve"
    assert "\x1b" in HOSTILE_WIDE
    for action in ("2.1", "written-3"):
        text = explained(record, action)
        assert "\x1b" not in text and "\x00" not in text and "\u202e" not in text


def test_every_written_question_has_a_rubric():
    assert set(read_rubric()) == {"", *WRITTEN} and all(read_rubric().values())


def test_names_and_numbers_lead_to_the_same_task():
    assert [find_task(task.number) for task in TASKS.values()] == list(TASKS)
    for wrong in ("1.30", "4.1", "softmix", "written-5", ""):
        with pytest.raises(ValueError, match=r"there is no task .*softmax_loss \(1.3\).*written-1"):
            find_task(wrong)
