"""Anonymous marking: pages carry a code instead of the name. The key lies in the private folder.

What a student writes, such as a name in an answer, is not changed.
"""

import dataclasses
import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...support.whole_files import write_text
from .feedback import make_page
from .records import PRIVATE, Record, page_path

LETTERS = "23456789BCDFGHJKLMNPQRSTVWXZ"  # no vowels, hence no words, and nothing that looks like something else
LENGTH = 6


def choose_names(out: Path, students: Iterable[str], anonymous: bool) -> dict[str, str]:
    """The name under which each student's page lies: a code if marking is anonymous.

    A code is drawn once and kept in ``private/codes.json``.

    Raises:
        ValueError: if that file is damaged.
        OSError: if it cannot be read or written.
    """
    students = list(students)
    if not anonymous:
        return {student: student for student in students}
    path = out / PRIVATE / "codes.json"
    codes = _load_codes(path)
    taken = {name.casefold() for name in (*codes.values(), *students)}
    new = [student for student in students if student not in codes]
    for student in new:
        code = _draw_code()
        while code.casefold() in taken:
            code = _draw_code()
        taken.add(code.casefold())
        codes[student] = code
    if new:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(codes, indent=1, ensure_ascii=False) + "\n")
    return {student: codes[student] for student in students}


def make_named_page(record: Record, names: Mapping[str, str], lateness: str = "") -> str:
    """A student's feedback page, under the name of `choose_names`. For ``lateness`` see `make_page`."""
    return make_page(dataclasses.replace(record, student=names.get(record.student, record.student)), lateness)


def settle_pages(
    out: Path, records: Iterable[Record], names: Mapping[str, str], lateness: Mapping[str, str] | None = None
) -> None:
    """Put every page under its name, and on it what lateness costs, after either has changed.

    A page under the student's other name is removed.

    Arguments:
        out: the folder of grades.
        records: of everybody with a page.
        names: see `choose_names`.
        lateness: by student, what a late submission costs; nothing for the others.
    """
    other = _load_codes(out / PRIVATE / "codes.json")
    right = {page_path(out, name) for name in names.values()}
    for record in records:
        name = names.get(record.student, record.student)
        sentence, page = (lateness or {}).get(record.student, ""), page_path(out, name)
        if not page.exists() or _find_lateness(page.read_text(encoding="utf-8")) != sentence:
            page.parent.mkdir(parents=True, exist_ok=True)
            write_text(page, make_named_page(record, names, sentence))
        for old in {record.student, other.get(record.student, name)} - {name}:
            if page_path(out, old) not in right:
                page_path(out, old).unlink(missing_ok=True)


def _find_lateness(page: str) -> str:
    """What a page says about lateness. Nothing that a student wrote can look like that: it is escaped."""
    return page.partition('<p class="late">')[2].partition("</p>")[0]


def _draw_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _load_codes(path: Path) -> dict[str, str]:
    """The code of each student who has one."""
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:
        raise ValueError(f"{path} is damaged: without it nobody knows whose page is whose; bring back a copy") from None
