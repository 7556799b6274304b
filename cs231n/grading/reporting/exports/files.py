"""Writes the exports into the folder of grades."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ....assignment.actions import TASKS, WRITTEN
from ....support.whole_files import written_whole
from ..class_list import ClassList
from ..generated import write_generated
from ..records import Record, page_path
from . import brightspace, canvas, gradescope, moodle, nbgrader
from .rows import Export, Row, make_export

FOLDER, FEEDBACK = "export", "moodle-feedback.zip"
MAKERS: dict[str, Callable[[Export], dict[str, str]]] = {
    "canvas": canvas.make_files,
    "moodle": moodle.make_files,
    "gradescope": gradescope.make_files,
    "brightspace": brightspace.make_files,
    "nbgrader": nbgrader.make_files,
}


def write_exports(
    out: Path, listed: ClassList, records: Mapping[str, Record | None], worth: Mapping[str, float]
) -> list[str]:
    """Write the files for the platforms that were asked for into ``GRADES/export``.

    They hold names, points and the students' own pages, and nothing else of the records. A table in which somebody has
    typed is set aside.

    Arguments:
        out: the folder of grades.
        listed: the class.
        records: by student.
        worth: the points of every task and written question, by name.

    Returns:
        Lines for the instructor: the files, and who is left out.

    Raises:
        OSError: if a file cannot be read or written.
    """
    lines, of = [], sum(worth[name] for name in (*TASKS, *WRITTEN))
    unmarked = sum(len(record.unmarked) for record in records.values() if record)
    for platform in listed.settings.exports:
        export = make_export(listed, records, of)
        texts = MAKERS[platform](export)
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            aside = write_generated(out, f"{FOLDER}/{name}", text)
            if aside is not None:
                export.warnings.append(f"{name} was not as the grader left it: it is kept as {aside}")
        names = [*texts, *([FEEDBACK] if platform == "moodle" else ())]
        if platform == "moodle":
            with written_whole(out / FOLDER / FEEDBACK) as file:
                file.write(moodle.make_feedback_zip(export, lambda row: _read_page(out, listed, row)))
        lines.append(f"for {platform}: {', '.join(str(out / FOLDER / name) for name in names)}")
        lines += [f"  {warning}" for warning in export.warnings]
    if lines and unmarked:
        lines.append(f"  {unmarked} written answers have no points yet: they count as 0 in these files")
    return lines


def _read_page(out: Path, listed: ClassList, row: Row) -> bytes | None:
    """A person's feedback page; None if there is none."""
    student = row.person.student
    path = page_path(out, listed.names.get(student, student))
    return path.read_bytes() if row.person.handed_in and path.is_file() else None
