"""The report of a class, ``private/report.html``: points, tasks, mistakes, lateness, flags, near-identical answers.

The page is made from ``report.html``, ``feedback.css`` and ``report.css``. It has names, so students must not see it.
It has no script, needs no network, and trusts no text of a submission, as the feedback pages do.
"""

import functools
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from ...assignment.actions import TASKS, Task
from ...support.whole_files import write_text
from ..reading.submissions import Submission
from .check_lines import LOOK as LOOK_AT
from .class_list import ClassList
from .flags import FLAGS, KINDS, LOOK, collect_flags
from .lateness import parse_time
from .page_frame import load_template, make_policy, read_style
from .records import PRIVATE, PUBLIC, Record, page_path
from .scores import sentence_of
from .similarity import COMMON_LEAST, COMMON_SHARE, MIN_ALIKE, MIN_OWN, Pair, find_pairs

MAX_BARS = 12
MAX_MISTAKES = 15  # that are not folded
MAX_GROUPS = 50  # of near-identical answers that the page shows
FAULT = "It did not come to its end: "  # how the note of a task begins that was stopped
STATUSES = (
    ("failed", "The grader failed: run the same command again."),
    ("not graded yet", "Not graded yet."),
    ("nothing to grade", "No notebook of the course was found."),
    ("unclear who handed in", "On the roster, and it is not clear whether they handed in."),
)
UNMARKED = "Written answers have no points yet: open written.html."


@dataclass(frozen=True)
class Distribution:
    """The points of a class: the bars with their names and numbers, how wide they are, and the usual statistics."""

    bars: list[tuple[str, int]]
    step: float
    statistics: dict[str, float]


@dataclass(frozen=True)
class Difficulty:
    """How the class did a task: how many answered it, the share of points, and the share with everything right."""

    task: Task
    answered: int
    points: float
    all_right: float


@dataclass(frozen=True)
class Found:
    """Something that several students have in common: a task, a sentence about it, and who they are."""

    task: str
    sentence: str
    students: list[str]


@dataclass(frozen=True)
class Lateness:
    """When the class handed in.

    Attributes:
        days: by day, who handed in.
        days_late: by the number of days after the deadline, who handed in so late; empty if there is no deadline.
        late: whom the platform calls late.
        unknown: of whom no time is known.
    """

    days: dict[str, list[str]]
    days_late: dict[int, list[str]]
    late: list[str]
    unknown: list[str]


@dataclass(frozen=True)
class Group:
    """Students with near-identical answers: in which tasks, and how much the evidence weighs in statements."""

    students: list[str]
    pairs: list[Pair]
    weight: int


def fill_up(found: Iterable[Submission], records: Mapping[str, Record | None], listed: ClassList) -> list[Record]:
    """The records of a whole class, with the flags of the class list.

    A submission that is not graded has a record that says so, and so has somebody on the roster without a submission.
    """
    everybody = [records[one.student] or Record(one.student, "not graded yet", flags=list(one.flags)) for one in found]
    everybody += [Record(student, status) for student, status in listed.absent.items()]
    return [replace(one, flags=[*one.flags, *listed.people[one.student].all_flags]) for one in everybody]


def write_report(
    out: Path, found: Iterable[Submission], records: Mapping[str, Record | None], listed: ClassList
) -> Path:
    """Write the report of a class into a folder of grades. Return its path.

    Arguments:
        out: the folder.
        found: all submissions.
        records: by student; None for a submission that is not graded yet.
        listed: the class.

    Raises:
        OSError: if the file cannot be written.
    """
    path = out / PRIVATE / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    pages = {student: page_path(out, listed.names.get(student, student)) for student in listed.people}
    links = {student: f"../{PUBLIC}/{quote(page.name)}" for student, page in pages.items() if page.exists()}
    days = {student: person.lateness.days for student, person in listed.people.items() if person.handed_in}
    write_text(path, make_report(fill_up(found, records, listed), links, days if listed.settings.policy else {}))
    return path


def make_report(
    records: Sequence[Record], links: Mapping[str, str], days_late: Mapping[str, int | None] | None = None
) -> str:
    """The whole report, as HTML.

    Arguments:
        records: of the whole class, also of those who are not graded.
        links: by student, the address of the feedback page.
        days_late: by student, how many days after the deadline that holds for them; None if that is not known. Nothing
            if there is no deadline.
    """
    from .report_pictures import draw_difficulty, draw_distribution  # matplotlib takes a second, which grading saves

    graded = [record for record in records if record.tasks]
    points = measure_points(graded) if graded else None
    tasks = [measure_task(task, graded) for task in TASKS.values()] if graded else []
    pictures = []
    if points:
        pictures = [
            draw_distribution(points.bars, points.statistics["median"], points.step),
            draw_difficulty([(f"{row.task.number} {row.task.name}", row.points, row.all_right) for row in tasks]),
        ]
    raised = collect_flags(records)
    groups = group_pairs(find_pairs(records))
    return load_template("report.html").render(
        records=records,
        graded=graded,
        statuses=Counter(record.status for record in records),
        concerns=list_concerns(records),
        points=points,
        tasks=tasks,
        pictures=pictures,
        mistakes=collect_mistakes(graded),
        most_first=MAX_MISTAKES,
        lateness=collect_lateness(records, days_late or {}),
        faults=collect_faults(records),
        raised=raised,
        others={word: flag for word, flag in FLAGS.items() if word not in [one.word for one in raised]},
        kinds=KINDS,
        groups=groups[:MAX_GROUPS],
        left_out=len(groups[MAX_GROUPS:]),
        common=max(COMMON_LEAST, int(COMMON_SHARE * len(records))),
        min_own=MIN_OWN,
        min_alike=MIN_ALIKE,
        links=links,
        style=_style(),
        policy=make_policy(_style(), "img-src data:; "),
    )


def list_concerns(records: Sequence[Record]) -> list[tuple[str, str, list[str]]]:
    """What a person should look at. Both the report and the command say it.

    Returns:
        List of triples: a flag ("" if it is something else), a sentence, and the students.
    """
    found = [("", said, [record.student for record in records if record.status == status]) for status, said in STATUSES]
    found.append(("", UNMARKED, [record.student for record in records if record.unmarked]))
    found += [
        (one.word, one.flag.meaning, list(one.students))
        for one in collect_flags(records)
        if one.flag and (one.flag.kind == LOOK or one.word in ("not-run", "out-of-time", "reader-failed"))
    ]
    return [concern for concern in found if concern[2]]


def measure_points(records: Sequence[Record]) -> Distribution:
    """How the points are distributed. There is at least one record, and each has points."""
    totals = sorted(record.total for record in records)
    possible = max(record.possible for record in records) or 1.0
    steps = [digit * 10.0**power for power in range(-1, 6) for digit in (1, 2, 2.5, 5)]
    step = next((step for step in steps if possible / step <= MAX_BARS), possible)
    number = max(1, -(-possible // step))
    counts = Counter(min(int(total / step), int(number) - 1) for total in totals)
    ends = [(step * bar, step * (bar + 1)) for bar in range(int(number))]
    bars = [(f"{low:g} to {high:g}", counts[bar]) for bar, (low, high) in enumerate(ends)]
    quartiles = statistics.quantiles(totals, n=4, method="inclusive") if len(totals) > 1 else totals * 3
    described = {
        "mean": statistics.mean(totals),
        "median": statistics.median(totals),
        "lower quartile": quartiles[0],
        "upper quartile": quartiles[2],
        "lowest": totals[0],
        "highest": totals[-1],
        "possible": possible,
    }
    return Distribution(bars, step, described)


def measure_task(task: Task, records: Sequence[Record]) -> Difficulty:
    """How a class did a task. There is at least one record."""
    reports = [record.tasks[task.name] for record in records if task.name in record.tasks]
    shares = [statistics.mean(bool(right) for _, right, _ in report.items) for report in reports if report.items]
    answered = sum(task.name in record.answered for record in records)
    if not shares:
        return Difficulty(task, answered, 0.0, 0.0)
    return Difficulty(task, answered, statistics.mean(shares), statistics.mean(share == 1 for share in shares))


def collect_mistakes(records: Iterable[Record]) -> list[Found]:
    """The known mistakes of a class, the commonest first."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for task, report in record.tasks.items():
            for mistake in dict.fromkeys(report.mistakes):
                found.setdefault((task, mistake), []).append(record.student)
    rows = [
        Found(task, LOOK_AT.sub("", sentence_of(task, mistake)) or mistake, who)
        for (task, mistake), who in found.items()
    ]
    return sorted(rows, key=lambda row: (-len(row.students), TASKS[row.task].number if row.task in TASKS else row.task))


def collect_faults(records: Iterable[Record]) -> list[Found]:
    """The tasks whose run was stopped, and how."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for task, report in record.tasks.items():
            if report.note.startswith(FAULT):
                found.setdefault((task, report.note.removeprefix(FAULT)), []).append(record.student)
    return sorted((Found(*key, who) for key, who in found.items()), key=lambda row: (-len(row.students), row.task))


def collect_lateness(records: Iterable[Record], days_late: Mapping[str, int | None]) -> Lateness:
    """When a class handed in, as far as the platform's download says it. The arguments are those of `make_report`."""
    found = Lateness({}, {}, [], [])
    for record in records:
        if record.status == "nothing handed in":
            continue
        if record.identity.get("late") == "yes":
            found.late.append(record.student)
        time = parse_time(record.identity.get("submitted", ""))
        if time is None:
            found.unknown.append(record.student)
        else:
            found.days.setdefault(time.strftime("%Y-%m-%d, %A"), []).append(record.student)
    for student, days in days_late.items():
        if days is not None:
            found.days_late.setdefault(days, []).append(student)
    return Lateness(dict(sorted(found.days.items())), dict(sorted(found.days_late.items())), found.late, found.unknown)


def group_pairs(pairs: Iterable[Pair]) -> list[Group]:
    """Put the near-identical answers of the same students together, the heaviest first."""
    together: dict[frozenset[str], list[Pair]] = {}
    for pair in pairs:
        together.setdefault(frozenset(pair.students), []).append(pair)
    groups = [Group(found[0].students, found, sum(pair.shared for pair in found)) for found in together.values()]
    return sorted(groups, key=lambda group: (-group.weight, group.students))


@functools.cache
def _style() -> Markup:
    return read_style("feedback.css", "report.css")
