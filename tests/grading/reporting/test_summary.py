"""Tests of what grade says while it runs and at its end."""

import io

from cs231n.grading.reporting import summary
from cs231n.support import plain_progress
from tests.helpers.sample_class import make_class


def test_the_summary_says_what_to_look_at_and_where_the_report_is(tmp_path):
    lines = summary.summarize(make_class(), tmp_path / "report.html", 12, 65)
    assert lines[0] == "graded 12 in 1:05, 665 an hour"
    assert lines[1] == "look at 1: The grader failed: run the same command again. Fay Led"
    assert any(line.startswith("look at 1: check-and-probes-disagree: ") for line in lines)
    assert not any("written.html" in line for line in lines), "the command has said it already"
    assert lines[-1] == f"the class at a glance: {tmp_path / 'report.html'}"
    assert summary.summarize([], tmp_path, 0, 1) == [f"the class at a glance: {tmp_path}"]


def test_of_many_students_only_some_are_named(tmp_path):
    records = make_class(30)
    for record in records:
        record.flags = ["guessed"]
    assert any(line.endswith("Student 8 and 24 more") for line in summary.summarize(records, tmp_path, 0, 1))


def test_a_plain_line_has_count_rate_and_time_left(monkeypatch, capsys):
    clock = iter(range(0, 1000, 40))
    monkeypatch.setattr(plain_progress.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr", stderr := io.StringIO())
    assert list(summary.watch(iter("abcd"), 4)) == list("abcd")
    assert stderr.getvalue().splitlines()[:2] == [
        "grading: 1 of 4 submissions (90 an hour) in 0:40, about 2:00 left",
        "grading: 2 of 4 submissions (90 an hour) in 1:20, about 1:20 left",
    ]


def test_at_a_terminal_there_is_a_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for name in ("CS231N_AUTOMATED", "PYTEST_VERSION", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stderr", stderr := Terminal())
    assert list(summary.watch(iter("ab"), 2)) == ["a", "b"]
    assert "grading:   0%" in stderr.getvalue() and "submission" in stderr.getvalue()
