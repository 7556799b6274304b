"""What ``grade`` says while it runs and at its end."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...support.plain_progress import clock
from ...support.session import progress_bar
from ..reading.remarks import listed
from .records import Record
from .report import UNMARKED, list_concerns


def watch(records: Iterator[Record], total: int) -> Iterator[Record]:
    """Pass on the records of a run, with a bar that shows how many there are, how fast they come, and the time left.

    Where nobody watches, the bar is a plain line every 30 seconds.
    """
    with progress_bar(total, "grading") as bar:
        bar.unit = "submission"
        bar.refresh()
        for record in records:
            bar.update()
            yield record


def summarize(records: Sequence[Record], report: Path, graded: int, seconds: float) -> list[str]:
    """The last lines of a run: how long it took, and what a person should look at.

    Arguments:
        records: of all submissions, also of those that are not graded.
        report: where the report of the class is.
        graded: how many submissions were graded in this run.
        seconds: how long that took.
    """
    lines = []
    if graded:
        lines.append(f"graded {graded} in {clock(seconds)}, {3600 * graded / max(seconds, 1e-3):,.0f} an hour")
    for word, said, students in list_concerns(records):
        if said == UNMARKED:  # the command has said it already
            continue
        lines.append(f"look at {len(students)}: {f'{word}: ' if word else ''}{said} {listed(students)}")
    return [*lines, f"the class at a glance: {report}"]
