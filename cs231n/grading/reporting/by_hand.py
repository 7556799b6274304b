"""What persons add to the grades: other points for the tasks, marks for the written answers, and overrides.

All of it is applied to the stored records. Nothing is executed for it.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .anonymous import make_named_page
from .generated import write_generated
from .marks import Marks, apply_marks, load_marks, merge, save_marks
from .marks_files import make_written_csv, read_marks
from .overrides import OVERRIDES, Overrides, apply_overrides, read_overrides, suggest_overrides
from .records import PRIVATE, Record, page_path, record_path, write_record
from .typed_names import TypedNames
from .written_page import list_answers, write_written_page

GRADES = "grades.csv"
WRITTEN_CSV = f"{PRIVATE}/written.csv"
MAX_SUGGESTED = 5  # lines that are shown after somebody has typed in grades.csv
Say = Callable[[str], None]
GUIDE = """\
# What lies here

`grade` makes all of this anew in every run, except what is called *yours*.

- `grades.csv`: a row for each student. Do not type in it. To set points, write `overrides.csv`.
- `overrides.csv` is *yours*. Its first line is `student,task,points,reason`; then a line for each change, such as
  `alice,softmax,2,"The comment shows that she meant it."` The task may be `softmax`, `1.1` or `written-2`. The student
  reads the reason. The next run of `grade` takes the lines; it executes nothing for them.
- `feedback/`: a page for each student. Only these pages are for students.
- `private/report.html`: the class at a glance: points, tasks, mistakes, lateness, flags, near-identical answers.
- `private/written.html`: all written answers, one question after the other, with the rubric and fields for points and
  comments. It keeps what you type in your browser. Its button makes a file; `grade ... --merge FILE` takes it.
- `private/written.csv`: the same as a table. Edit a copy, and give it to `--merge`, too.
- `private/marks.json`: the marks that were merged, and what each merge replaced. Keep a copy of it.
- `private/STUDENT/result.json`: all that the grader found.
- `export/`: what the platforms take back, made with `--export`.
- `private/class.json`: the roster, the deadline and so on, as they were given last.
- `private/codes.json`: whose code is whose, where marking is anonymous. Keep a copy of it.
- `settings.json`: the seed and the points of the class.

If somebody has typed in a file that `grade` makes, it is kept under another name (`grades.edited-DATE.csv`).
"""


@dataclass
class ByHand:
    """What persons have set for a class.

    Attributes:
        worth: the points of every task and written question, by name.
        marks: the marks of the written answers.
        overrides: points that a person set.
        codes: by student, the code that stands for the name where marking is anonymous.
    """

    worth: dict[str, float]
    marks: Marks
    overrides: Overrides
    codes: Mapping[str, str]

    def apply(self, record: Record) -> None:
        """Put the points, the marks and the overrides into a record."""
        record.set_worth(self.worth)
        apply_marks(record, self.marks.by_student.get(record.student, {}))
        apply_overrides(record, self.overrides.get(record.student, {}), self.worth)


def load_by_hand(
    out: Path,
    records: Mapping[str, Record | None],
    worth: dict[str, float],
    files: Sequence[Path] = (),
    say: Say = print,
    codes: Mapping[str, str] | None = None,
) -> ByHand:
    """Load what persons have set, merge the marks in some files, and update the stored records and pages.

    Arguments:
        out: the folder of grades.
        records: by student; None for a submission that is not graded yet. They are changed.
        worth: the points of every task and written question, by name.
        files: files of marks to merge, see `marks_files`.
        say: a function that is called with every line of text for the instructor.
        codes: by student, the code that stands for the name where marking is anonymous.

    Raises:
        ValueError: if something that a person typed cannot be right. Then nothing is changed.
        OSError: if a file cannot be read or written.
    """
    names = TypedNames([*records, *_list_gone(out, records)], codes)
    by_hand = ByHand(worth, load_marks(out), read_overrides(out, names, worth), codes or {})
    said = [merge(by_hand.marks, read_marks(path, by_hand.marks, records, names, worth), path) for path in files]
    save_marks(out, by_hand.marks)
    for line in said:
        say(line)
    for record in records.values():
        if record is not None:
            before = repr(record)
            by_hand.apply(record)
            name = by_hand.codes.get(record.student, record.student)
            if repr(record) != before or not page_path(out, name).exists():
                write_record(out, record, make_named_page(record, by_hand.codes), name)
    return by_hand


def _list_gone(out: Path, students: Iterable[str]) -> list[str]:
    """Students who were graded earlier and are not in this download. What was typed for them is kept."""
    here = {record_path(out, student) for student in students}
    gone = []
    for path in sorted(out.glob(f"{PRIVATE}/*/result.json")):
        if path not in here:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                gone.append(str(json.loads(path.read_text(encoding="utf-8"))["student"]))
    return gone


def write_grades(out: Path, table: str, say: Say) -> None:
    """Write ``grades.csv``. If somebody has typed in the last one, keep that, and say how to set points."""
    aside = write_generated(out, GRADES, table)
    if aside is None:
        return
    say(f"{GRADES} was not as the grader left it. It is kept as {aside}, and its changes do not count.")
    say(f"To set points, write {out / OVERRIDES} with the first line student,task,points,reason; then, for example:")
    lines = suggest_overrides(aside, table)
    for line in lines[:MAX_SUGGESTED] or ['alice,softmax,2,"a reason, which the student reads"']:
        say(f"  {line}")
    if len(lines) > MAX_SUGGESTED:
        say(f"  ... and {len(lines) - MAX_SUGGESTED} more")


def write_for_marking(out: Path, records: Mapping[str, Record | None], by_hand: ByHand, say: Say) -> None:
    """Write ``written.html``, ``written.csv`` and the README of the folder, and say what is left to mark."""
    answers = list_answers(records, by_hand.codes)
    write_written_page(out, answers, by_hand.marks, by_hand.worth)
    for name, text in ((WRITTEN_CSV, make_written_csv(answers, by_hand.marks, by_hand.worth)), ("README.md", GUIDE)):
        aside = write_generated(out, name, text)
        if aside is not None:
            how = f": to count what was typed there, run the same command with --merge {aside}" if "csv" in name else ""
            say(f"{name} was not as the grader left it. It is kept as {aside}{how}")
    left = sum(len(record.unmarked) for record in records.values() if record)
    if left:
        say(f"written answers to mark: {left}, in {out / PRIVATE / 'written.html'}")
