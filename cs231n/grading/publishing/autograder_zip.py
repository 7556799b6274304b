"""Write Gradescope's autograder: a zip with ``setup.sh``, ``run_autograder``, and the course with its grader.

It holds the reference answers, so it is for Gradescope only. The folder ``autograder/`` has its scripts and its README,
which says what this way of grading can and cannot promise.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...assignment.actions import NOTEBOOKS, TASKS, WRITTEN
from ...support.whole_files import check_writable, written_whole
from .edition import DATA, LIBRARY, course_edition
from .paths import NOTEBOOK_FOLDER, ROOT
from .points import points_by_task
from .release import ZIP_DATE

SCRIPTS = Path(__file__).with_name("autograder")
PROGRAMS = ("setup.sh", "make_user.sh", "run_autograder")
SUFFIXES = (".py", ".toml", ".json", ".npz", ".html", ".css", ".js", ".txt", ".md")
LEFT_OUT = ("site", "__pycache__")  # folders of the library
NOT_NEEDED = ("jupyter", "jupyterlab", "pytest-xdist")  # packages that only people at a screen, or tests, use
MARK = "course/cs231n/grading/autograder.py"  # the file by which we know an earlier autograder
DID_NOT_FINISH = {
    "score": 0,
    "output": "The grader did not finish, so this submission has no points yet. Hand it in again, or ask a person.",
    "output_format": "text",
    "visibility": "visible",
    "tests": [],
}


def autograder_path(out: Path) -> Path:
    """Where the autograder of a release lies: beside its folder."""
    return out.with_name(f"{out.name}-gradescope.zip")


def check_autograder(archive: Path) -> None:
    """Find out whether `write_autograder` can write a file. Nothing is left behind.

    Raises:
        FileExistsError: if there is something else than an earlier autograder.
        OSError: if the file cannot be written.
    """
    if archive.exists() and not _is_autograder(archive):
        raise FileExistsError(f"{archive} is not an earlier autograder; move it away, or choose another name")
    if archive.parent.is_dir():
        check_writable(archive)


def write_autograder(archive: Path, points: Mapping[str, float] | None = None) -> None:
    """Write the zip, whole or not at all. The same course gives the same bytes on every system.

    Arguments:
        archive: the zip to write. An earlier autograder is replaced.
        points: points that replace those of the table of actions, by the name of a task or written question.

    Raises:
        FileExistsError, OSError: see `check_autograder`.
    """
    check_autograder(archive)
    with written_whole(archive) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _list_contents(points_by_task() | dict(points or {})):
            info = zipfile.ZipInfo(name, ZIP_DATE)
            mode = 0o755 if name in PROGRAMS else 0o644
            info.create_system, info.external_attr = 3, (0o100000 | mode) << 16  # Unix, a regular file, its mode
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)


def _list_contents(worth: Mapping[str, float]) -> Iterator[tuple[str, bytes]]:
    """The files of the zip: names and contents. Gradescope wants its two scripts at the top, in no folder."""
    for name in PROGRAMS:
        yield name, _read_text(SCRIPTS / name)
    yield "README.md", make_readme(worth).encode()
    yield "points.json", (json.dumps(worth, indent=1) + "\n").encode()
    yield "did_not_finish.json", (json.dumps(DID_NOT_FINISH, indent=1) + "\n").encode()
    yield "requirements.txt", make_requirements().encode()
    for path in sorted(LIBRARY.rglob("*"), key=lambda path: path.as_posix()):
        if path.suffix in SUFFIXES and path.is_file() and not set(path.relative_to(LIBRARY).parts) & set(LEFT_OUT):
            yield _inside(path), path.read_bytes() if path.suffix == ".npz" else _read_text(path)
    for path in [*(NOTEBOOK_FOLDER / name for name in NOTEBOOKS), ROOT / "LICENSE"]:
        yield _inside(path), _read_text(path)
    yield _inside(DATA), DATA.read_bytes()


def make_readme(worth: Mapping[str, float]) -> str:
    """The zip's README, with the course's edition and points.

    Arguments:
        worth: the points of every task and written question, by name.
    """
    text = (SCRIPTS / "README.md").read_text(encoding="utf-8")
    points, by_hand = sum(worth[name] for name in TASKS), sum(worth[name] for name in WRITTEN)
    questions = ", ".join(f"{name}: {worth[name]:g}" for name in WRITTEN)
    return text.format(edition=course_edition(), points=points, together=points + by_hand, by_hand=questions)


def make_requirements() -> str:
    """The packages that grading needs: the course's and the grader's, without those for people at a screen."""
    lines = [(ROOT / "requirements.txt").read_text(encoding="utf-8")]
    lines += [(ROOT / "cs231n" / "grading" / "requirements.txt").read_text(encoding="utf-8")]
    kept = [line for line in "".join(lines).splitlines() if not _name_of(line) or _name_of(line) not in NOT_NEEDED]
    return "".join(f"{line}\n" for line in dict.fromkeys(kept))


def _name_of(line: str) -> str:
    """The package in a line of a file of requirements; empty in a comment."""
    return line.split("#")[0].split(">")[0].split("=")[0].split("<")[0].strip()


def _inside(path: Path) -> str:
    return f"course/{path.relative_to(ROOT).as_posix()}"


def _read_text(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")


def _is_autograder(archive: Path) -> bool:
    try:
        with zipfile.ZipFile(archive) as packed:
            return MARK in packed.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
