"""Computes the points of a submission, and what there is to say, from the verdict of the judge.

Everything that is said is made here, outside of the box: from the vouched record, by the same `assess` that a notebook
uses, and from the submission as it was handed in.
"""

import re
from collections.abc import Mapping

from ...assignment.actions import TASKS
from ...assignment.assess import Assessment, assess
from ...assignment.cases import stored
from ...assignment.diagnosis.fingerprints import SAME_RESULTS
from ..judging.boxes.inside.stepping import LIMIT
from ..judging.probing.graded_items import ITEMS
from ..judging.probing.probes import TaskProbes
from ..judging.recorded.records_file import TaskRecord
from ..judging.recorded.vouched import vouch, vouch_calls
from ..judging.verdict import TaskRun, Verdict
from ..reading import Reading
from .records import Record, TaskReport, example_to_dict
from .seen import describe_item

DISAGREEMENT = "check-and-probes-disagree"
STEPPING = "differentiates-by-steps"
OWN_FORWARD = (
    "Your forward pass has a mistake. This backward pass is right for it, so the mistake costs no points here."
)
PARTLY_OWN_FORWARD = (
    "Your forward pass has a mistake. This backward pass is partly right for it: what is, costs no points here."
)


def score_record(
    record: Record, reading: Reading, verdict: Verdict, probes: Mapping[str, TaskProbes], worth: Mapping[str, float]
) -> None:
    """Fill in a record.

    One right probe earns an item. `Record.set_worth` makes points of the items.

    Arguments:
        record: is changed.
        reading: what was read of the submission.
        verdict: how it did.
        probes: the probes of every task.
        worth: the points of every task and written question, by name.
    """
    record.answered = [task for task in TASKS if task in reading.answered]
    remarks = reading.remarks + verdict.remarks
    for task, made in probes.items():
        report = record.tasks[task] = _make_report(task, made, reading, verdict)
        report.remarks = [remark for remark in remarks if _find_tasks(remark) == [task]] + report.remarks
        for name, probe in made.probes.items():
            record.probes[name] = verdict.shown.get(name), probe.expected
    record.set_worth(worth)
    record.written, record.remarks = reading.written, [remark for remark in remarks if len(_find_tasks(remark)) != 1]
    doubts = ["no-answers"] if reading.notebooks and not reading.answered else []
    record.flags = list(dict.fromkeys(reading.flags + verdict.flags + doubts))
    if not reading.notebooks:
        record.status = "nothing to grade"


def _make_report(task: str, made: TaskProbes, reading: Reading, verdict: Verdict) -> TaskReport:
    """What there is to say about a task."""
    run = verdict.runs.get(task, TaskRun())
    earned = {probe.item for name, probe in made.probes.items() if name in run.right}
    by_own = {probe.item for name, probe in made.probes.items() if name in verdict.own_forward} - earned
    report = TaskReport([[item.name, item.name in earned | by_own, ""] for item in ITEMS[task]])
    if task not in reading.answered:
        return report
    report.code = reading.code.get(task, "")
    if run.fault and not report.is_right and set(run.shown) >= set(made.probes):
        report.note = f"Its check was stopped ({run.fault}), so less can be said here."
    if by_own:
        report.note = OWN_FORWARD if report.is_right else PARTLY_OWN_FORWARD
    if run.record is None:
        return report
    vouched = vouch(run.record, reading.words, reading.lines)
    probed = vouch_calls(run.record.probed, reading.words, reading.lines)
    for number, item in enumerate(report.items, 1):
        if not item[1]:
            item[2] = describe_item(made, number, probed, vouched)
    assessment = assess(vouched)
    if assessment.is_judged or not by_own:  # else they say that it cannot be judged, but it was
        report.lines, report.mistakes = assessment.lines, assessment.mistakes
    report.example = example_to_dict(assessment.example) if assessment.example else None
    _flag_doubts(report, run, run.record, assessment, bool(by_own))
    return report


def _flag_doubts(report: TaskReport, run: TaskRun, record: TaskRecord, assessment: Assessment, by_own: bool) -> None:
    """Flag what a person should look at."""
    disagree = run.is_complete and assessment.is_judged and (assessment.failed is None) != report.is_right
    if disagree and not by_own:
        report.flags.append(DISAGREEMENT)
        report.remarks.append("Your check and our tests differ here: a person will look.")
    if record.stepped > LIMIT and any(right for _, right, _ in report.items):  # endless recursion steps, too
        report.flags.append(STEPPING)


def _find_tasks(remark: str) -> list[str]:
    """The tasks that a remark mentions."""
    return [name for name in TASKS if re.search(rf"\b{name}\b", remark)]


def sentence_of(task: str, mistake: str) -> str:
    """What a tutor says about a known mistake."""
    tables = SAME_RESULTS.get(task, (task,))
    return next((stored.sentences()[table][mistake] for table in tables if mistake in stored.sentences()[table]), "")
