"""The results of one submission in Gradescope's form, ``results.json``.

Source of the form: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format". A task is a test
with a score. Its output is the text of the feedback page. A written question is a test without a score, because a
person grades it. The flags are in a test that only instructors see.
"""

from collections.abc import Iterable
from typing import Any

from ...assignment.actions import TASKS
from .check_lines import sort_lines
from .feedback import Section
from .page_text import clean, format_number
from .records import Record

MAX_OUTPUT = 10_000  # characters of one output


def make_results(record: Record) -> dict[str, Any]:
    """The results of a submission as plain values, for JSON.

    Arguments:
        record: of the submission.
    """
    if record.status == "failed":
        return make_failure(record.error)
    tests = [_make_test(record, task) for task in TASKS if task in record.tasks]
    for name, points in record.by_hand.items():
        answer = record.written.get(name, "").strip() or "No answer was found."
        tests.append(_make_text_test(f"{name}: a person grades it ({points:g} points)", answer, "visible"))
    if record.all_flags:
        tests.append(_make_text_test("Flags, for instructors only", " ".join(record.all_flags), "hidden"))
    found = "" if record.status == "graded" else "None of the course's notebooks was found in what you handed in."
    said = [f"{format_number(record.total)} of {format_number(record.possible)} points by the tests.", found]
    output = _join([*said, *record.remarks])
    return {"score": record.total, "output": output, "output_format": "text", "visibility": "visible", "tests": tests}


def make_failure(error: str) -> dict[str, Any]:
    """The results of a submission on which the grader failed. Only instructors see the reason.

    Arguments:
        error: the reason, such as a traceback.
    """
    return {
        "score": 0,
        "output": "The grader failed on this submission, so it has no points yet. A person will look.",
        "output_format": "text",
        "visibility": "visible",
        "tests": [_make_text_test("The grader failed, for instructors only", error or "no reason given", "hidden")],
    }


def _make_test(record: Record, name: str) -> dict[str, Any]:
    """A task as a test with a score."""
    task, report = TASKS[name], record.tasks[name]
    points, of = record.points[name], record.of[name]
    remarks = list(dict.fromkeys(text for text in (*report.remarks, report.note) if text))
    section = Section(task, report, sort_lines(name, report), remarks, points, of)
    return {
        "name": f"{task.number} {name}",
        "number": task.number,
        "score": points,
        "max_score": of,
        "status": "passed" if report.is_right else "failed",
        "output": _describe(section, name in record.answered),
        "output_format": "text",
        "visibility": "visible",
    }


def _describe(section: Section, is_answered: bool) -> str:
    """What the page says about a task, as text."""
    if section.report.is_right:
        return _join(["All right.", *section.remarks])
    if not is_answered and not section.right:
        return _join(["Not written yet.", *section.remarks])
    lines = [section.task.place, *section.remarks]
    lines += [f"Not right: {'; '.join(names)}. {seen}".rstrip() for names, seen in section.wrong]
    lines += [f"Right: {'; '.join(section.right)}."] * bool(section.right)
    lines += section.lines.tutor
    lines += [f"FAIL  {what}: {how}" if how else f"FAIL  {what}" for what, how in section.lines.failed]
    lines += section.lines.others
    if section.tables:
        lines += ["The smallest example that shows it:", *section.inputs.splitlines()]
        for table in section.tables:
            width = max((len(cell.text) for row in table.rows for cell in row), default=0)
            lines += [f"{table.caption}:", *("  ".join(cell.text.rjust(width) for cell in row) for row in table.rows)]
    elif section.lines.example:
        lines += ["The smallest example that shows it:", *section.lines.example]
    return _join(lines)


def _make_text_test(name: str, output: str, visibility: str) -> dict[str, Any]:
    """A test without a score."""
    text = clean(output, MAX_OUTPUT)
    return {"name": name, "output": text, "output_format": "text", "visibility": visibility}


def _join(lines: Iterable[str]) -> str:
    return clean("\n".join(line for line in lines if line), MAX_OUTPUT)
