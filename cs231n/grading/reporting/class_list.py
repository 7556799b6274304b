"""The class: who handed something in, who is on the roster, and how late each submission is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..reading.remarks import listed as join_names
from ..reading.remarks import shown
from ..reading.submissions import Submission
from .class_settings import ClassSettings
from .extensions import move_deadline
from .lateness import Lateness, judge_lateness
from .matching import KEYS, Identity, People, fold
from .records import Record
from .roster import Roster

NOT_IN_ROSTER = "not-in-roster"
UNCLEAR = "ambiguous-in-roster"
NO_TIMES = (
    "nothing says when anybody handed in, so nobody loses points for lateness: give a --roster with a column submitted "
    "and times such as 2026-12-01T22:00"
)
IDENTITY_COLUMNS = ("name", "id", "login", "email")


@dataclass
class Person:
    """Somebody who handed something in, or is on the roster.

    Attributes:
        student: the name in the table of grades. It is unique in the class.
        identity: what the roster and the platform say, see `Submission.identity`.
        handed_in: whether there is a submission.
        row: the number of the roster's row; None if there is none.
        lateness: how late the submission is.
        flags: words for the instructor.
    """

    student: str
    identity: dict[str, str]
    handed_in: bool = True
    row: int | None = None
    lateness: Lateness = field(default_factory=Lateness)
    flags: list[str] = field(default_factory=list)

    @property
    def all_flags(self) -> list[str]:
        """The flags, with those of the lateness."""
        return [*self.flags, *self.lateness.flags]

    @property
    def status(self) -> str:
        """The status of somebody without a submission, for the table of grades."""
        return "unclear who handed in" if UNCLEAR in self.flags else "nothing handed in"


@dataclass
class ClassList:
    """The people of a class: those who handed something in, in the order of the submissions, then the others.

    Attributes:
        settings: of the class.
        people: by the name in the table of grades.
        names: by the same, the name under which the feedback page lies, see `anonymous.choose_names`.
        notes: sentences for the instructor.
    """

    settings: ClassSettings
    people: dict[str, Person]
    names: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def absent(self) -> dict[str, str]:
        """Those on the roster of whom there is no submission, and the status of each for the table of grades."""
        return {person.student: person.status for person in self.people.values() if not person.handed_in}

    def columns(self, records: Mapping[str, Record | None]) -> dict[str, dict[str, str]]:
        """The class's columns in the table of grades: by heading, the text for each student.

        Arguments:
            records: by student; None for a submission that is not graded yet.
        """
        people, columns = self.people.values(), {}
        if self.settings.anonymous:
            columns["code"] = self.names
        if self.settings.roster is not None:
            for key in IDENTITY_COLUMNS:
                columns[key] = {person.student: person.identity.get(key, "") for person in people}
        if self.settings.policy is not None:
            points = {student: total_of(record) for student, record in records.items()}
            columns["submitted"] = {person.student: person.lateness.submitted for person in people}
            columns["days late"] = {person.student: _format(person.lateness.days) for person in people}
            columns["points before"] = {student: _format(total) for student, total in points.items()}
            columns["points after"] = {
                student: _format(self.points_after(student, points[student])) for student in points
            }
        if columns:
            columns["class flags"] = {person.student: " ".join(person.all_flags) for person in people}
        return columns

    def points_after(self, student: str, points: float | None) -> float | None:
        """The points that count, after what lateness costs; None if there are no points."""
        policy = self.settings.policy
        if policy is None or points is None:
            return points
        return policy.points_after(points, self.people[student].lateness.days)

    def describe_lateness(self, records: Mapping[str, Record | None]) -> dict[str, str]:
        """What lateness costs, in a sentence for the page of each student who is late."""
        sentences = {}
        for student, record in records.items():
            points, days = total_of(record), self.people[student].lateness.days
            if points is not None and days:
                late = "1 day late" if days == 1 else f"{days} days late"
                after = self.points_after(student, points)
                sentences[student] = f"Handed in {late}: {_format(after)} of these {_format(points)} points count."
        return sentences


def total_of(record: Record | None) -> float | None:
    """The points before what lateness costs, with those for the written answers; None if there are none yet."""
    return round(record.total + record.by_hand_total, 2) if record and record.points else None


def _format(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def list_class(found: Sequence[Submission], settings: ClassSettings, names: dict[str, str] | None = None) -> ClassList:
    """Bring submissions, roster and deadlines together. The names are those of `ClassList`."""
    handed_in = [Person(one.student, {"name": one.student, **one.identity}) for one in found]
    people = [*handed_in, *(_find_on_roster(handed_in, settings) if settings.roster else [])]
    listed = ClassList(settings, {person.student: person for person in people}, names or {})
    if settings.roster is not None:
        listed.notes.append(_describe_roster(listed, settings.roster))
    if settings.policy is not None:
        extended = _find_extensions(listed)
        for person in handed_in:
            submitted, late = person.identity.get("submitted", ""), person.identity.get("late") == "yes"
            own = (
                move_deadline(settings.policy.deadline, extended[person.student])
                if person.student in extended
                else None
            )
            person.lateness = judge_lateness(settings.policy, submitted, late, own)
        if not any(person.lateness.submitted for person in handed_in):
            listed.notes.append(NO_TIMES)
    return listed


def _describe_roster(listed: ClassList, roster: Roster) -> str:
    """How many of the class handed in, in one sentence."""
    strangers = [person.student for person in listed.people.values() if person.handed_in and person.row is None]
    text = f"roster ({roster.kind}): {len(roster.students)} students, {len(listed.absent)} without a submission"
    return text + (f"; handed in and not found on the roster: {join_names(strangers)}" if strangers else "")


def _find_on_roster(handed_in: list[Person], settings: ClassSettings) -> list[Person]:
    """Find everybody on the roster. Changes those who handed in; returns the others."""
    assert settings.roster is not None
    students = settings.roster.students
    roster = People([identity for _, identity in students])
    claims: dict[int, list[tuple[int, Person]]] = defaultdict(list)
    unclear: set[int] = set()
    for person in handed_in:
        numbers, key = roster.find(person.identity)
        if len(numbers) == 1:
            claims[numbers[0]].append(((*KEYS, "name").index(key), person))
        else:
            person.flags.append(UNCLEAR if numbers else NOT_IN_ROSTER)
            unclear.update(numbers)
    for number, claimants in claims.items():
        best = min(rank for rank, _ in claimants)
        surest = [person for rank, person in claimants if rank == best]
        for _, person in claimants:
            if len(surest) == 1 and person is surest[0]:
                person.row, listed = students[number]
                times: dict[str, str] = {
                    key: person.identity[key] for key in ("submitted", "late") if key in person.identity
                }
                person.identity = {**person.identity, **listed, **times}
            else:
                person.flags.append(UNCLEAR)
        if len(surest) > 1:
            unclear.add(number)
    there = {person.row for person in handed_in if person.row is not None}
    taken = {fold(person.student) for person in handed_in}
    absent = []
    for number, (row, identity) in enumerate(students):
        if row not in there:
            flags = [UNCLEAR] if number in unclear else []
            absent.append(Person(_name_absent(identity, taken), dict(identity), False, row, flags=flags))
    return absent


def _name_absent(identity: Identity, taken: set[str]) -> str:
    """A name for somebody without a submission that nobody else has. It is added to those that are taken."""
    name = shown(next(identity[key] for key in ("name", *KEYS) if identity.get(key)))
    also = [shown(identity[key]) for key in ("login", "id", "sis_id", "email", "platform_id") if identity.get(key)]
    forms = [name, *(f"{name} ({text})" for text in also)]
    forms += [f"{name} ({number})" for number in range(2, len(taken) + 3)]
    name = next(form for form in forms if fold(form) not in taken)
    taken.add(fold(name))
    return name


def _find_extensions(listed: ClassList) -> dict[str, str]:
    """The extension of each student who has one. Warns of those whom nobody can find, or tell from others."""
    everybody = list(listed.people.values())
    people, extended = People([person.identity for person in everybody]), {}
    for who, extension in listed.settings.extensions:
        numbers, _ = people.find(who)
        if len(numbers) == 1:
            extended[everybody[numbers[0]].student] = extension
        else:
            name = shown(" ".join(who.values()))
            listed.notes.append(
                f"extension for {name}: "
                + (f"{len(numbers)} people may be meant: give the id, login or email" if numbers else "no such student")
            )
    return extended
