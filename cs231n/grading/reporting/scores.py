"""From a verdict to points."""

import re

from ...assignment.actions import TASKS, WRITTEN
from ...assignment.cases import stored
from ...assignment.diagnosis.fingerprints import SAME_RESULTS
from ..judging.judge import Verdict
from ..judging.probes import ITEMS, Probe
from ..reading import Reading
from .records import Record

DISAGREE = "check-and-probes-disagree"


def score(
    record: Record, reading: Reading, verdict: Verdict, probes: dict[str, Probe], worth: dict[str, float]
) -> None:
    """Fill in a record: a task's points are spread evenly over its items; an item is earned by any of its probes."""
    record.of = {task: worth[task] for task in TASKS}
    record.by_hand = {name: worth[name] for name in WRITTEN}
    record.answered = [task for task in TASKS if task in reading.answered]
    for task, items in ITEMS.items():
        mine = [probe for probe in probes.values() if probe.task == task]
        earned = {probe.item for probe in mine if probe.id in verdict.earned}
        record.items[task] = [(item.name, item.name in earned) for item in items]
        record.points[task] = round(worth[task] * len(earned) / len(items), 2)
    record.checks = verdict.checks
    record.mistakes = {task: known for task, text in verdict.checks.items() if (known := known_mistakes(task, text))}
    record.probes = {name: (verdict.shown.get(name), made.expected) for name, made in probes.items()}
    record.written, record.remarks = reading.written, reading.remarks + verdict.remarks
    record.flags = list(dict.fromkeys(reading.flags + verdict.flags + _doubts(record, reading)))
    if not reading.notebooks:
        record.status = "nothing to grade"


def _doubts(record, reading):
    """What a person should look at: no answers at all; a check inside the box and probes that disagree."""
    doubts = ["no-answers"] if reading.notebooks and not reading.answered else []
    for task, text in record.checks.items():
        says_right = "ok" in text and "FAIL" not in text and "CheckFailed" not in text
        if says_right != record.is_right(task) and task in reading.answered:
            doubts.append(f"{DISAGREE}:{task}")
    return doubts


def known_mistakes(task: str, text: str) -> list[str]:
    """The known mistakes that a check's text names; the text comes from a box, so only our own words count."""
    said = _one_line(text)
    tables = SAME_RESULTS.get(task, (task,))
    named = {name for table in tables for name, words in stored.sentences()[table].items() if _one_line(words) in said}
    return sorted(named)


def sentence_of(task: str, mistake: str) -> str:
    """What a tutor says to a mistake."""
    tables = SAME_RESULTS.get(task, (task,))
    return next((stored.sentences()[table][mistake] for table in tables if mistake in stored.sentences()[table]), "")


def _one_line(text):
    return re.sub(r"\s+", " ", text)
