"""The page ``written.html``: all written answers of a class, one question after the other, with fields for marks.

It works as a file, without a server. Its script keeps what is typed in the browser, and makes a file of marks of it.
The Content-Security-Policy allows this script and this style, and nothing else: no network, no other script.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from ...assignment.actions import WRITTEN
from ...support.whole_files import write_text
from ..publishing.notebooks import read_notebooks
from .marks import FORMAT, Answers, Mark, Marks, answer_id
from .page_frame import FOLDER, load_template, make_policy, name_source, read_style
from .records import PRIVATE, Record
from .rendered import render

PAGE = "written.html"


@dataclass(frozen=True)
class Answer:
    """An answer on the page: its text and its mark so far."""

    label: str
    text: str
    mark: Mark

    @property
    def id(self) -> str:
        """The id of the answer, see `answer_id`."""
        return answer_id(self.text)

    @property
    def is_changed(self) -> bool:
        """Whether it is another one than when it was marked."""
        return self.mark.answer not in ("", self.id)

    @property
    def points(self) -> str:
        """The points so far, as the field shows them."""
        return "" if self.mark.points is None else f"{self.mark.points:g}"


@dataclass(frozen=True)
class Question:
    """A written question on the page."""

    name: str
    of: float
    text: Markup
    rubric: Markup
    answers: list[Answer]

    @property
    def comments(self) -> list[str]:
        """The comments so far, the most frequent first."""
        found = [answer.mark.comment for answer in self.answers if answer.mark.comment]
        return sorted(set(found), key=lambda comment: (-found.count(comment), comment))


def list_answers(records: Mapping[str, Record | None], codes: Mapping[str, str]) -> Answers:
    """The written answers of a class by question, sorted by the name that is shown.

    Arguments:
        records: by student; None for a submission that is not graded yet.
        codes: by student, the code that stands for the name where marking is anonymous.
    """
    answers: Answers = {}
    for name in WRITTEN:
        found = [(r.student, codes.get(r.student, r.student), r.written.get(name, "")) for r in records.values() if r]
        answers[name] = sorted((entry for entry in found if entry[2].strip()), key=lambda entry: entry[1])
    return answers


def write_written_page(out: Path, answers: Answers, marks: Marks, worth: Mapping[str, float]) -> None:
    """Write the page into a folder of grades."""
    (out / PRIVATE).mkdir(parents=True, exist_ok=True)
    write_text(out / PRIVATE / PAGE, make_written_page(answers, marks, worth))


def make_written_page(answers: Answers, marks: Marks, worth: Mapping[str, float]) -> str:
    """The page, as HTML.

    Arguments:
        answers: see `list_answers`.
        marks: the marks of the class so far.
        worth: the points of every written question, by name.
    """
    questions = [
        Question(
            name,
            worth[name],
            render(_read_questions()[name]),
            render(read_rubric()[name]),
            [Answer(label, text, marks.find(student, name) or Mark(None)) for student, label, text in found],
        )
        for name, found in answers.items()
    ]
    style = read_style("feedback.css", "written.css")
    script = Markup("\n" + (FOLDER / "written.js").read_text(encoding="utf-8"))
    return load_template(PAGE).render(
        questions=questions, token=marks.token, form=FORMAT, style=style, script=script,
        policy=make_policy(style, f"script-src {name_source(script)}; "), preamble=render(read_rubric()[""]),
    )  # fmt: skip


@functools.cache
def _read_questions() -> dict[str, str]:
    """The text of every written question: the course's cell above that of the answer."""
    texts = {}
    for name, question in WRITTEN.items():
        cells = read_notebooks()[question.notebook].cells
        place = next(k for k, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == name)
        texts[name] = cells[place - 1].source
    return texts


@functools.cache
def read_rubric() -> dict[str, str]:
    """The rubric of every written question, in Markdown, by name; under "" what holds for all of them."""
    text = (FOLDER / "rubric.md").read_text(encoding="utf-8")
    before, *parts = re.split(r"^## Question (\d+): .*$", text, flags=re.MULTILINE)
    rubric = {f"written-{number}": part.strip() for number, part in zip(parts[::2], parts[1::2])}
    return {"": before.partition("\n")[2].strip()} | rubric
