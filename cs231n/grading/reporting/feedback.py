"""A student's feedback page: the points, which items were right, and what a tutor would say.

The page is made from ``feedback.html`` and ``feedback.css``. It trusts no text of a submission: every text is cleaned
and escaped. It has no script and needs no network. Its Content-Security-Policy forbids scripts, pictures, frames, forms
and links to other resources.
"""

import functools
from dataclasses import dataclass

from markupsafe import Markup

from ...assignment.actions import NOTEBOOKS, TASKS, Task
from ...assignment.diagnosis import drawing
from ..reading.remarks import listed
from .check_lines import CheckLines, sort_lines
from .page_frame import load_template, make_policy, read_style
from .records import Record, TaskReport, example_from_dict

MAX_OPEN_LINES = 25  # longer code is folded


@dataclass(frozen=True)
class Section:
    """What the page shows of a task that is not all right."""

    task: Task
    report: TaskReport
    lines: CheckLines
    remarks: list[str]
    points: float
    of: float

    @property
    def right(self) -> list[str]:
        """The names of the items that were right."""
        return [name for name, right, _ in self.report.items if right]

    @property
    def wrong(self) -> list[tuple[list[str], str]]:
        """The items that were not right: names, and what was seen. Items that showed the same stand together."""
        names: dict[str, list[str]] = {}
        for name, right, seen in self.report.items:
            if not right:
                names.setdefault("" if self._is_said_below(seen) else seen, []).append(name)
        return [(together, seen) for seen, together in names.items()]

    def _is_said_below(self, seen: str) -> bool:
        """Whether a line of the check says the same, so that the page need not say it twice."""
        return any(failure.startswith(seen.rstrip(".")) for _, failure in self.lines.failed)

    @property
    def inputs(self) -> str:
        """The inputs of the drawn example, a line each."""
        return "\n".join(line.strip() for line in (self.report.example or {"inputs": []})["inputs"])

    @property
    def tables(self) -> list[drawing.Table]:
        """The tables of the drawn example; none if there is no example."""
        return drawing.make_tables(example_from_dict(self.report.example)) if self.report.example else []

    @property
    def is_long(self) -> bool:
        """Whether the student's code is folded."""
        return self.report.code.count("\n") >= MAX_OPEN_LINES


@dataclass(frozen=True)
class Chapter:
    """A notebook on the page: its number, its tasks, its points, and whether something is written in it."""

    number: int
    tasks: list[Task]
    of: float
    is_written: bool


def make_page(record: Record, lateness: str = "") -> str:
    """The whole feedback page of a student, as HTML.

    Arguments:
        record: the student's.
        lateness: what a late submission costs, as a sentence.
    """
    tasks = [task for task in TASKS.values() if task.name in record.tasks]
    unfinished = [task.name for task in tasks if not _is_written(record, task)]
    sections = [
        _make_section(record, task) for task in tasks if task.name not in unfinished and not record.is_right(task.name)
    ]
    shown = [section.task.name for section in sections]
    elsewhere = _join_remarks({task.name: record.tasks[task.name] for task in tasks if task.name not in shown})
    answers = {name: text for name in record.by_hand if (text := record.written.get(name, "")).strip()}
    return load_template("feedback.html").render(
        record=record,
        lateness=lateness,
        by_hand=sum(record.by_hand.values()),
        graded=record.status == "graded",
        chapters=_make_chapters(record, tasks, unfinished),
        sections=sections,
        shown=shown,
        unfinished=unfinished,
        remarks=list(dict.fromkeys([*record.remarks, *elsewhere])),
        answers=answers,
        unanswered=[name for name in record.by_hand if name not in answers],
        style=_style(),
        policy=make_policy(_style()),
    )


def _make_chapters(record: Record, tasks: list[Task], unfinished: list[str]) -> list[Chapter]:
    """The notebooks of the tasks, in order."""
    chapters = []
    for number, notebook in enumerate(NOTEBOOKS, start=1):
        mine = [task for task in tasks if task.notebook == notebook]
        if mine:
            of = sum(record.of[task.name] for task in mine)
            chapters.append(Chapter(number, mine, of, any(task.name not in unfinished for task in mine)))
    return chapters


def _make_section(record: Record, task: Task) -> Section:
    report = record.tasks[task.name]
    lines, points, of = sort_lines(task.name, report), record.points[task.name], record.of[task.name]
    return Section(task, report, lines, _list_remarks(report), points, of)


def _is_written(record: Record, task: Task) -> bool:
    """Whether there is an answer to judge."""
    return task.name in record.answered or any(right for _, right, _ in record.tasks[task.name].items)


def _list_remarks(report: TaskReport) -> list[str]:
    """What there is to say about a task in sentences, each once."""
    return list(dict.fromkeys(text for text in (*report.remarks, report.note) if text))


def _join_remarks(reports: dict[str, TaskReport]) -> list[str]:
    """The remarks about tasks that have no section of their own. What is said of several tasks is said once."""
    about: dict[str, list[str]] = {}
    for name, report in reports.items():
        for text in _list_remarks(report):
            about.setdefault(text, []).append(name)
    return [
        text if any(name in text for name in names) else f"{listed(names)}: {text}" for text, names in about.items()
    ]


@functools.cache
def _style() -> Markup:
    """The page's style, with a class for each shade of a drawing."""
    shades = "".join(f".{shade} {{ background: {color}; }}\n" for shade, color in drawing.COLORS.items())
    return read_style("feedback.css") + Markup(shades)
