"""Tests of the results in Gradescope's form. Its specification says which keys and values there are."""

import json

from cs231n.assignment.actions import TASKS, WRITTEN
from cs231n.grading import autograder
from cs231n.grading.reporting.autograder_results import MAX_OUTPUT, make_results
from cs231n.grading.reporting.records import Record
from tests.helpers.sample_records import DIGITS, SECRETS, hostile_record, judge, mistaken_record, right_record

TOP = {"score", "output", "output_format", "visibility", "tests"}
TEST = {"name", "number", "score", "max_score", "status", "output", "output_format", "visibility"}


def outputs_of(results):
    """The tests of results by the first word after the number, after looking at their form."""
    assert set(results) == TOP and results["output_format"] == "text"
    for test in results["tests"]:
        assert set(test) <= TEST and test["visibility"] in ("visible", "hidden") and test["output_format"] == "text"
        assert test.get("status") in (None, "passed", "failed")
    return {test["name"]: test for test in results["tests"]}


def test_a_right_submission_gets_a_passed_test_for_each_task():
    record = right_record()
    tests = outputs_of(make_results(record))
    for task in TASKS.values():
        test = tests[f"{task.number} {task.name}"]
        assert (test["score"], test["max_score"], test["status"]) == (task.points, task.points, "passed")
        assert test["output"] == "All right."
    assert make_results(record)["score"] == record.possible
    by_hand = [test for name, test in tests.items() if name.split(":")[0] in WRITTEN]
    assert all("score" not in test for test in by_hand) and len(by_hand) == len(WRITTEN)
    assert "$\\sum_i dx_i = 0$" in by_hand[0]["output"] and by_hand[1]["output"] == "No answer was found."


def test_a_mistake_is_said_as_on_the_page():
    record = mistaken_record()
    judge(record, "relu_backward", "def relu_backward(dout, cache):\n    return 2 * dout\n")
    tests = outputs_of(make_results(record))
    said = tests["1.1 softmax"]["output"]
    for words in ("section", "Not right: p, large scores. It holds nan.", "This looks like: ", "FAIL  ", "Right: "):
        assert words in said
    assert "dx, yours:\n  2    4\n" in tests["1.6 relu_backward"]["output"], "the smallest example, as text"
    assert "It did not come to its end" in tests["2.2 batchnorm_backward_staged"]["output"]
    assert tests["3.1 affine_bn_relu_forward"]["output"] == "Not written yet."
    flags = tests["Flags, for instructors only"]
    assert flags["output"] == "check-and-probes-disagree:softmax" and flags["visibility"] == "hidden"


def test_secrets_stay_out_and_hostile_text_is_cleaned_and_cut():
    for record in (mistaken_record(), hostile_record()):
        text = json.dumps(make_results(record), ensure_ascii=False)
        assert not any(secret in text for secret in (*SECRETS.values(), *DIGITS))
        assert "\x1b" not in text and "\\u001b" not in text and "\u202e" not in text
        assert all(len(test["output"]) <= MAX_OUTPUT + 4 for test in make_results(record)["tests"])


def test_nothing_to_grade_is_said():
    results = make_results(Record("submission", "nothing to grade"))
    assert results["score"] == 0 and "None of the course's notebooks" in results["output"]


def test_there_are_results_whatever_fails(tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError("disk of SECRETS")

    monkeypatch.setattr(autograder, "grade_one", fail)
    (tmp_path / "results").mkdir()
    autograder.main(tmp_path, tmp_path / "points.json", "student")
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    (test,) = outputs_of(results).values()
    assert results["score"] == 0 and "A person will look" in results["output"]
    assert "SECRETS" not in results["output"] and "SECRETS" in test["output"] and test["visibility"] == "hidden"
    assert "SECRETS" in capsys.readouterr().err
    assert outputs_of(make_results(Record("submission", "failed", error="disk of SECRETS"))) == {
        test["name"]: test | {"output": "disk of SECRETS"}
    }
