"""Test that the benchmark of graders runs, and that all graders agree on what is right. No test depends on speed."""

import re

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.publishing.notebooks import answer_cells
from tests.benchmarks import grading, submissions
from tests.benchmarks.graders import GRADERS
from tests.course.test_benchmarks import command

pytestmark = pytest.mark.slow

POINTS = re.compile(rf"^  {grading.QUICK}: (\w+) took [\d.]+ s for 2, points ([\d.]+)%, ([\d.]+)%$", re.M)


@pytest.fixture(scope="module")
def printed(tmp_path_factory, exhaustive):
    """What ``--quick`` prints: all graders grade two submissions of notebook 1, a right one and one with a mistake."""
    if not exhaustive:
        pytest.skip("with --exhaustive: the graders take a minute to start")
    result = command("grading", "--quick", cwd=tmp_path_factory.mktemp("grading"), timeout=900)
    assert result.returncode == 0, result.stderr
    return result


@pytest.mark.parametrize("grader", GRADERS)
def test_every_grader_gives_a_right_submission_all_points_and_a_wrong_one_fewer(grader, printed):
    lacking = GRADERS[grader].missing()
    if lacking:
        assert f"not installed: {lacking}" in printed.stdout and f": {grader} " not in printed.stdout
        pytest.skip(f"needs {lacking}")
    ((right, mistaken),) = [map(float, points) for name, *points in POINTS.findall(printed.stderr) if name == grader]
    assert right == 100 and 0 < mistaken < 100
    (both,) = re.findall(rf"^{grading.QUICK}: {grader} .* ([\d.]+)$", printed.stdout, re.M)
    assert float(both) == pytest.approx((right + mistaken) / 2, abs=0.11)


def test_a_submission_with_a_mistake_is_right_except_for_one_answer():
    mistake = next(mistake for mistake in MISTAKES if mistake.task == "adam" and mistake.variants)
    right, mistaken, bare = (
        {task: cell.source for nb in made.values() for task, cell in answer_cells(nb).items()}
        for made in (submissions.right("x"), submissions.mistaken("x", mistake), submissions.bare("x"))
    )
    assert right.keys() == mistaken.keys() == bare.keys() == TASKS.keys()
    assert [task for task in TASKS if mistaken[task] != right[task]] == ["adam"]
    old, new = mistake.variants[0][0]
    assert old in right["adam"] and old not in mistaken["adam"] and new in mistaken["adam"]
    for task in TASKS:
        assert all(f"# {'x'}" in answers[task] for answers in (right, mistaken, bare))
        assert "return None" in bare[task] and task in bare[task].splitlines()[0]


def test_in_the_course_of_the_rounds_every_mistake_has_its_turn():
    possible = [mistake for mistake in MISTAKES if mistake.variants]
    turns = [submissions.choose_mistakes(12, turn) for turn in range(len(possible) // 12)]
    assert all(12 <= len(turn) <= 13 for turn in turns)
    assert {(m.task, m.id) for turn in turns for m in turn} == {(m.task, m.id) for m in possible}
    assert {m.task for m in submissions.choose_mistakes(3, numbers=(1,))} < {
        name for name, task in TASKS.items() if task.number.startswith("1.")
    }


def test_the_others_grade_some_of_our_submissions():
    some = grading.Class("bare", [f"submission {i}" for i in range(12)], 2)
    assert list(some.submissions("ours").values()) == some.ours
    theirs = some.submissions("Otter")
    assert len(theirs) == 2 and theirs.items() <= some.submissions("ours").items()


def test_the_start_of_a_command_is_taken_out():
    results = {
        (grading.START, "ours"): [(5.0, [0.0])], ("bare", "ours"): [(3 + 4 * 2.0, [0.0] * 4)],
        ("right, all three", "ours"): [(3 + 2 * 6.0, [1.0, 1.0]), (3 + 2 * 5.0, [1.0, 1.0]), (3 + 2 * 4.0, [1.0, 1.0])],
        ("right, all three", "Otter"): [(20.0, [1.0, 0.5])],
    }  # fmt: skip
    assert grading.starting_seconds(results, "ours") == 3 and grading.starting_seconds(results, "Otter") == 0
    assert grading.seconds_per_submission(results, "right, all three", "ours") == 5
    rows = {row[0]: row[1:] for row in grading.make_rows(results)}
    assert rows["right, all three: ours"] == ["6", "5.00", "1.0", "40", "720", "100.0"]
    assert rows["right, all three: Otter"] == ["2", "10.00", "2.0", "-", "360", "75.0"]
    assert rows["bare: ours"][1] == "2.00" and len(rows) == 3
