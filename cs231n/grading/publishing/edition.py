"""The edition of the course: a short hash of what a release is made of. Every notebook of a release says it."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from .hashes import LIBRARY_SUFFIXES, read_content
from .paths import NOTEBOOK_FOLDER, ROOT

LIBRARY = ROOT / "cs231n"
LEFT_OUT = ("grading", "site", "__pycache__")  # folders
FAST = Path("training", "fast.py")  # left out of a release, too: it holds answers in stacked arrays
DATA = ROOT / "datasets" / "mnist_5k.npz"
EDITION_DIGITS = 8
_POINTS = re.compile(rb"^[ \t]*points[ \t]*=.*$", re.MULTILINE)  # in the table of actions


def list_released_files() -> list[Path]:
    """List the library's files that a release holds, in an order that is the same on every system."""
    files = [path for path in LIBRARY.rglob("*") if path.suffix in LIBRARY_SUFFIXES and path.is_file()]
    parts = {path: path.relative_to(LIBRARY).parts for path in files}
    kept = [path for path in files if not set(parts[path]) & set(LEFT_OUT) and parts[path] != FAST.parts]
    return sorted(kept, key=lambda path: path.as_posix())


@cache
def course_edition() -> str:
    """Compute the edition: 8 hexadecimal digits.

    It depends on the library without the grader, on the cells of the notebooks, and on the data. It does not depend on
    points, stored outputs, line ends or the system.
    """
    digest = hashlib.sha256()
    for path in (*list_released_files(), DATA):
        content = read_content(path)
        if path.suffix == ".toml":
            content = _POINTS.sub(b"", content)
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + content + b"\0")
    for name in NOTEBOOKS:
        digest.update(f"{name}\0{_describe(NOTEBOOK_FOLDER / name)}\0".encode())
    return digest.hexdigest()[:EDITION_DIGITS]


def _describe(notebook: Path) -> str:
    """A text with all that a release keeps of a notebook: the kinds, ids, names and sources of its cells."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    kept = [[cell["cell_type"], cell.get("id"), "".join(cell["source"])] for cell in cells]
    return json.dumps([names, kept])
