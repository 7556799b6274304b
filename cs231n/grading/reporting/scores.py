"""Computes the points of a submission from the verdict of the judge."""

import re

from ...assignment.actions import TASKS, WRITTEN
from ...assignment.cases import stored
from ...assignment.diagnosis.fingerprints import SAME_RESULTS
from ..judging.graded_items import ITEMS
from ..judging.judge import Verdict
from ..judging.probes import Probe
from ..reading import Reading
from .records import Record

DISAGREEMENT = "check-and-probes-disagree"


def score_record(
    record: Record, reading: Reading, verdict: Verdict, probes: dict[str, Probe], worth: dict[str, float]
) -> None:
    """Fill in a record.

    A task's points are spread evenly over its items. One right probe earns an item.

    Arguments:
        record: is changed.
        reading: what was read of the submission.
        verdict: how it did.
        probes: all probes, by id.
        worth: the points of every task and written question, by name.
    """
    record.of = {task: worth[task] for task in TASKS}
    record.by_hand = {name: worth[name] for name in WRITTEN}
    record.answered = [task for task in TASKS if task in reading.answered]
    for task, items in ITEMS.items():
        mine = [probe for probe in probes.values() if probe.task == task]
        earned = {probe.item for probe in mine if probe.id in verdict.earned}
        record.items[task] = [(item.name, item.name in earned) for item in items]
        record.points[task] = round(worth[task] * len(earned) / len(items), 2)
    record.checks = verdict.checks
    mistakes = {task: find_known_mistakes(task, text) for task, text in verdict.checks.items()}
    record.mistakes = {task: known for task, known in mistakes.items() if known}
    record.probes = {name: (verdict.shown.get(name), made.expected) for name, made in probes.items()}
    record.written, record.remarks = reading.written, reading.remarks + verdict.remarks
    record.flags = list(dict.fromkeys(reading.flags + verdict.flags + _find_doubts(record, reading)))
    if not reading.notebooks:
        record.status = "nothing to grade"


def _find_doubts(record: Record, reading: Reading) -> list[str]:
    """Flags for what a person should look at: no answers at all, or a check that disagrees with the probes."""
    doubts = ["no-answers"] if reading.notebooks and not reading.answered else []
    for task, text in record.checks.items():
        says_right = "ok" in text and "FAIL" not in text and "CheckFailed" not in text
        if says_right != record.is_right(task) and task in reading.answered:
            doubts.append(f"{DISAGREEMENT}:{task}")
    return doubts


def find_known_mistakes(task: str, text: str) -> list[str]:
    """The known mistakes whose sentences are in a check's text. All other text is ignored, because it may be forged."""
    said = _join_lines(text)
    sentences = [pair for table in SAME_RESULTS.get(task, (task,)) for pair in stored.sentences()[table].items()]
    return sorted({mistake for mistake, sentence in sentences if _join_lines(sentence) in said})


def sentence_of(task: str, mistake: str) -> str:
    """What a tutor says about a known mistake."""
    tables = SAME_RESULTS.get(task, (task,))
    return next((stored.sentences()[table][mistake] for table in tables if mistake in stored.sentences()[table]), "")


def _join_lines(text: str) -> str:
    """A text with every run of white space replaced by one space."""
    return re.sub(r"\s+", " ", text)
