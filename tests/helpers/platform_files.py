"""For the tests of collecting: a class's files, named as each learning platform names them in its download."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from tests.helpers.reading_cases import make_zip, write

NOTEBOOK, OTHER = "01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb"
FIRST, SECOND = datetime(2026, 11, 9, 23, 59, 59), datetime(2026, 11, 20, 13, 45, 10)
HOSTILE = "=HYPERLINK(1);<b>\x1b[31m .."


@dataclass(frozen=True)
class Person:
    """A student: name, login, the platform's number, and when each attempt was handed in."""

    name: str
    login: str
    number: int
    attempts: tuple[datetime, ...] = (FIRST,)
    late: bool = False

    @property
    def email(self):
        return f"{self.login}@example.org"


CLASS = [
    Person("Jane Doe", "jdoe", 10001),
    Person("Jane Doe", "jdoe2", 10002),
    Person("Zoë Müller", "zoe_m", 10003, (FIRST, SECOND), late=True),
    Person(HOSTILE, "eve", 10004),
]


def content(person, attempt):
    """What a notebook holds: whose it is, so that a test sees where each file went."""
    return json.dumps({"cells": [], "owner": f"{person.login} {attempt}"})


def canvas(people):
    """Only the last attempt, numbered from 1 on; the name without blanks and signs, the last name first."""
    files = {}
    for person in people:
        last = len(person.attempts) - 1
        name = re.sub(r"[^\w\x1b]", "", "".join(reversed(person.name.split()))).lower() + "_LATE" * person.late
        for k, notebook in enumerate((NOTEBOOK, OTHER)):
            stem = notebook.removesuffix(".ipynb") + (f"-{last}" if last else "")
            number = 70_000 + person.number * 10 + 2 * last + k
            files[f"{name}_{person.number}_{number}_{stem}.ipynb"] = content(person, last)
    return files


def moodle(people, file_folder="assignsubmission_file_/"):
    """Only the last attempt, in a folder, and what was typed in a folder of its own."""
    files = {}
    for person in people:
        start = f"{person.name}_{person.number}_"
        for notebook in (NOTEBOOK, OTHER):
            files[f"{start}{file_folder}{notebook}"] = content(person, len(person.attempts) - 1)
        files[f"{start}{file_folder.replace('_file', '_onlinetext')}onlinetext.html"] = "<p>Hello</p>"
    return files


def moodle_flat(people):
    """The same without folders."""
    return moodle(people, "assignsubmission_file_")


def gradescope(people):
    """Only the last attempt, and the list, as Ruby writes it."""
    files, lines = {}, ["---"]
    for person in people:
        folder = f"submission_{person.number + 5000}"
        lines += [f"{folder}:", "  :submitters:", f"  - :name: {json.dumps(person.name)}",
                  f"    :sid: '{person.number}'", f"    :email: {person.email}",
                  f"  :created_at: {person.attempts[-1]}.123456000 Z", "  :score: 0.0", "  :status: processed",
                  "  :history: []"]  # fmt: skip
        for notebook in (NOTEBOOK, OTHER):
            files[f"{folder}/{notebook}"] = content(person, len(person.attempts) - 1)
    return {**files, "submission_metadata.yml": "\n".join(lines) + "\n"}


def blackboard(people):
    """All attempts, with a .txt for each."""
    files = {}
    for person in people:
        for k, time in enumerate(person.attempts):
            start = f"HW 1_{person.login}_attempt_{time:%Y-%m-%d-%H-%M-%S}"
            for notebook in (NOTEBOOK, OTHER):
                files[f"{start}_{notebook}"] = content(person, k)
            files[f"{start}.txt"] = (
                f"Name: {person.name} ({person.login})\nAssignment: HW 1\nDate Submitted: {time:%A, %B %d, %Y}\n"
                "Current Grade: Needs Grading\n\nSubmission Field:\nName: Somebody Else (admin)\n"
            )
    return files


def brightspace(people, number=None, separator="/"):
    """All attempts, each in a folder, and a list. `number` replaces the students' numbers."""
    files = {"index.html": "<html></html>"}
    for person in people:
        for k, time in enumerate(person.attempts):
            when = f"{time:%b} {time.day}, {time:%Y} {int(time.strftime('%I'))}{time:%M %p}"
            start = f"{number or person.number}-67890 - {person.name} - {when}"
            for notebook in (NOTEBOOK, OTHER):
                files[f"{start}{separator}{notebook}"] = content(person, k)
    return files


def brightspace_flat(people):
    """The same without folders."""
    return brightspace(people, separator=" - ")


def google_classroom(people):
    """Names only: two students of one name must not be in the class."""
    return {
        f"{prefix}{person.name} - {copied}{notebook}": content(person, len(person.attempts) - 1)
        for person in people
        for prefix, copied, notebook in (("", "Copy of ", NOTEBOOK), ("Copy of ", "", OTHER))
    }


def github_classroom(people):
    """A clone for each student."""
    files = {}
    for person in people:
        folder = f"hw1-{person.login}"
        files |= {f"{folder}/.git/HEAD": "ref: refs/heads/main\n", f"{folder}/README.md": "#"}
        for notebook in (NOTEBOOK, OTHER):
            files[f"{folder}/notebooks/{notebook}"] = content(person, len(person.attempts) - 1)
    return files


def nbgrader(people):
    """The folder ``submitted`` of a course."""
    files = {}
    for person in people:
        folder = f"{person.login}/batchnorm"
        files[f"{folder}/timestamp.txt"] = f"{person.attempts[-1]}.123456 UTC"
        for notebook in (NOTEBOOK, OTHER):
            files[f"{folder}/{notebook}"] = content(person, len(person.attempts) - 1)
    return files


MAKERS = {
    maker.__name__: maker
    for maker in (
        canvas, moodle, moodle_flat, gradescope, blackboard, brightspace, brightspace_flat, google_classroom,
        github_classroom, nbgrader,
    )
}  # fmt: skip


def make_download(folder, files, form):
    """Write a class's files as a download: "folder", "zip", "zip in a folder" or "folder in a folder"."""
    folder.mkdir(parents=True, exist_ok=True)
    if form == "folder":
        return write(folder / "hw1-submissions", files)
    if form == "zip":
        return make_zip(folder / "submissions.zip", files)
    if form == "zip in a folder":
        make_zip(folder / "outer" / "submissions.zip", files)
    else:
        write(folder / "outer" / "hw1-submissions", files)
    return folder / "outer"
