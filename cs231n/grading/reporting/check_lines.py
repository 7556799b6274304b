"""The lines of a check, sorted for the feedback page: what a tutor says, what fails, what holds, and the example."""

import re
from dataclasses import dataclass, field

from ...assignment.check import TABLE_INDENT
from ...assignment.diagnosis.smallest_example import EXAMPLE_HEADING
from ...assignment.properties.all_properties import properties_of
from .records import TaskReport
from .scores import sentence_of

TUTOR = re.compile(r"(?:As for .{1,80}, this|This) looks like: ")
LOOK = re.compile(r' Look at "[^"]+"\.$')  # how the sentence of a known mistake ends
SPACES = re.compile(r"\s+")


@dataclass
class CheckLines:
    """The lines of one task's check.

    Attributes:
        tutor: what a tutor would say: the known mistakes.
        failed: for each property that fails: the property, and how it fails.
        ok: the properties that hold.
        others: the other lines: in which cases a result is wrong, and notes.
        example: the lines of the smallest example. Empty if the example is drawn.
    """

    tutor: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    ok: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    example: list[str] = field(default_factory=list)


def sort_lines(task: str, report: TaskReport) -> CheckLines:
    """Sort the lines of a task's check. No line comes twice, and no sentence of a known mistake.

    Arguments:
        task: the task's name.
        report: its report, with the lines and the ids of the known mistakes.
    """
    found = CheckLines()
    for line in dict.fromkeys(report.lines):
        if line.startswith(TABLE_INDENT) or line == EXAMPLE_HEADING:
            found.example += [line.removeprefix(TABLE_INDENT)] * (line != EXAMPLE_HEADING)
        elif line.startswith("FAIL  "):
            found.failed.append(_split_failure(task, line.removeprefix("FAIL  ")))
        elif line.startswith("ok    "):
            found.ok.append(line.removeprefix("ok    "))
        elif TUTOR.match(line):
            found.tutor.append(line)
        elif line.strip():
            found.others.append(_format_other(line))
    said = _join_spaces(" ".join(found.tutor))
    sentences = [sentence_of(task, mistake) for mistake in dict.fromkeys(report.mistakes)]
    found.tutor += [f"This looks like: {text}" for text in sentences if text and _join_spaces(text) not in said]
    found.tutor = _say_where_to_look_once(found.tutor)
    if report.example is not None:
        found.example = []
    return found


def _say_where_to_look_once(sentences: list[str]) -> list[str]:
    """Of several sentences that end by naming the same section, only the last names it."""
    ends = [LOOK.search(sentence) for sentence in sentences]
    later = [{end[0] for end in ends[k + 1 :] if end} for k in range(len(ends))]
    return [
        sentence[: end.start()] if end and end[0] in after else sentence
        for sentence, end, after in zip(sentences, ends, later)
    ]


def _split_failure(task: str, text: str) -> tuple[str, str]:
    """Split a line into the property and how it fails. A property may hold a colon itself."""
    for prop in properties_of(task):
        if text.startswith(f"{prop.text}: "):
            return prop.text, text[len(prop.text) + 2 :]
    name, _, failure = text.partition(": ")
    return name, failure


def _format_other(line: str) -> str:
    """A note, or a line that says how many properties are still to come, as a sentence."""
    word, _, rest = line.partition("  ")
    if word not in ("note", "..."):
        return line
    rest = rest.strip().replace(" more, once", " more properties are tried once")
    return rest[:1].upper() + rest[1:] + "." * (not rest.endswith((".", "?", "!")))


def _join_spaces(text: str) -> str:
    return SPACES.sub(" ", text)
