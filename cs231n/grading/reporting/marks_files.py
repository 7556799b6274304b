"""The files that marks come in: the download of ``written.html``, and ``written.csv`` edited by hand."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...assignment.actions import WRITTEN
from ..reading.remarks import shown
from .grades_table import escape_formula, unescape_formula
from .marks import FORMAT, Answers, Mark, Marks, Typed, answer_id, write_time
from .overrides import parse_points
from .page_text import clean
from .records import Record
from .tables import read_table, write_rows
from .typed_names import TypedNames

MAX_COMMENT = 2000  # letters
MAX_FILE = 50_000_000  # bytes
COLUMNS = ("student", "question", "points", "comment", "key")
ANSWER = re.compile(r"[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def read_marks(
    path: Path, marks: Marks, records: Mapping[str, Record | None], names: TypedNames, worth: Mapping[str, float]
) -> list[Typed]:
    """Read the marks in a file: all of them, or none if one cannot be right.

    Arguments:
        path: the file, JSON or CSV.
        marks: the marks of the class so far.
        records: by student, with the written answers.
        names: the students.
        worth: the points of every written question, by name.

    Raises:
        ValueError: if it is no such file, or has an unknown student or question, or points that cannot be given. Also
            if it was made from another class and an answer is not the same here.
        OSError: if the file cannot be read.
    """
    if path.stat().st_size > MAX_FILE:
        raise ValueError(f"{path} is too large for a file of marks")
    is_json = path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    found, places = [], set()
    for place, token, entry in _read_json(path) if is_json else _read_csv(path, marks):
        try:
            typed = _check(entry, names, worth, is_json)
            record = records.get(typed.student)
            present = answer_id(record.written.get(typed.question, "")) if record else ""
            if token != marks.token and (is_json or token) and typed.mark.answer != present:
                raise ValueError(f"the file is from another class, where {shown(typed.student)} wrote another answer")
            if (typed.student, typed.question) in places:
                raise ValueError(f"{shown(typed.student)} has another mark for {typed.question}")
        except ValueError as error:
            raise ValueError(f"{path}, {place}: {error}. Nothing was merged") from None
        places.add((typed.student, typed.question))
        found.append(typed)
    return found


def _read_json(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The entries of a download: where each stands, the token of the class, and the entry."""
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is damaged: download it again") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT or not isinstance(values.get("marks"), list):
        raise ValueError(f"{path} is not a download of written.html")
    for number, entry in enumerate(values["marks"], start=1):
        yield f"mark {number}", str(values.get("class")), entry if isinstance(entry, dict) else {}


def _read_csv(path: Path, marks: Marks) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The rows of an edited written.csv that a person has changed, see `_read_json`."""
    header, *rows = read_table(path)
    columns = {name.lower(): place for place, name in enumerate(header)}
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}: edit a copy of private/written.csv")
    now = write_time()
    for number, row in enumerate(rows, start=2):
        cells = {name: row[columns[name]] if columns[name] < len(row) else "" for name in COLUMNS}
        token, answer, state = [*cells.pop("key").split("-"), "", "", ""][:3]
        cells["comment"] = unescape_formula(cells["comment"])
        now_here = _state_of(cells["points"], cells["comment"])
        if now_here != (state or _state_of("", "")):
            yield f"row {number}", token, {**cells, "answer": answer, "typed": now}


def _check(entry: Mapping[str, Any], names: TypedNames, worth: Mapping[str, float], is_json: bool) -> Typed:
    """A mark from the values in a file. Raises ValueError if one of them cannot be right."""
    texts = {name: entry.get(name) for name in ("student", "question", "comment", "answer", "typed")}
    wrong = [name for name, value in texts.items() if not isinstance(value, str)]
    if wrong:
        raise ValueError(f"{wrong[0]} is not a text")
    student = names.find_label(entry["student"], escaped=not is_json)
    question, answer = entry["question"], entry["answer"] if ANSWER.fullmatch(entry["answer"]) else ""
    if question not in WRITTEN:
        raise ValueError(f"there is no question {shown(question) or '(the name is empty)'}")
    comment = clean(" ".join(entry["comment"].split()), MAX_COMMENT)
    typed = min(entry["typed"], write_time()) if TIME.fullmatch(entry["typed"]) else ""
    return Typed(student, question, Mark(_read_points(entry["points"], worth[question]), comment, answer, typed))


def _read_points(value: Any, most: float) -> float | None:
    """The points of a mark: half points from 0 to the maximum, or None."""
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("the points are not a number")
    points = parse_points(value if isinstance(value, str) else f"{value!r}", most)
    if not math.isclose(points * 2 % 1, 0):
        raise ValueError(f"{points:g} points: only half points can be given")
    return points


def make_written_csv(answers: Answers, marks: Marks, worth: Mapping[str, float]) -> str:
    """The text of ``written.csv``: one question after the other, with all answers.

    Arguments:
        answers: all written answers.
        marks: the marks of the class so far.
        worth: the points of every written question, by name.
    """
    rows = [["student", "question", "of", "points", "comment", "answer", "key"]]
    for question, found in answers.items():
        for student, label, text in found:
            mark = marks.find(student, question) or Mark(None)
            points = "" if mark.points is None else f"{mark.points:g}"
            key = f"{marks.token}-{answer_id(text)}-{_state_of(points, mark.comment)}"
            cells = [escape_formula(label), question, f"{worth[question]:g}", points, escape_formula(mark.comment)]
            rows.append([*cells, escape_formula(clean(text)), key])
    return "\ufeff" + write_rows(rows)


def _state_of(points: str, comment: str) -> str:
    """A short name of what stands in a row, to see whether a person has changed it. 1.50 and 1,5 are the same."""
    try:
        points = f"{float(points.replace(',', '.')):g}"
    except ValueError:
        pass
    return hashlib.sha256(json.dumps([points, comment]).encode()).hexdigest()[:8]
