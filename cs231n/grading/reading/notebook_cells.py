"""Read the cells of a notebook file from its bytes, whatever its format, encoding or damage.

This module does not use `nbformat`, which rejects the whole notebook if one key has the wrong type. Here every cell
that can be understood counts. Outputs are cut out of the bytes before parsing, so that 200 MB of outputs, or broken
ones, cost little time.
"""

import codecs
import json
import re
from dataclasses import dataclass

from . import jupytext
from .remarks import Notes, shown

MAX_CELLS = 500
MAX_SOURCE_LETTERS = 200_000
MAX_TOTAL_LETTERS = 2_000_000

_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'  # a string without a closing quote extends to the end
_STRING = re.compile(_TEXT, re.DOTALL)
_WITHOUT_BRACKETS = re.compile(rb'(?:[^"\[\]{}]++|' + _TEXT + rb")*+", re.DOTALL)
_OPENING = re.compile(rb"\s*:\s*[\[{]")
_BULKY = (b'"outputs"', b'"attachments"', b'"widgets"')
_CONFLICT = re.compile(r"^<<<<<<<[^\n]*\n(.*?)^=======[^\n]*\n(.*?)^>>>>>>>[^\n]*$\n?", re.MULTILINE | re.DOTALL)
_EDITION = re.compile("[0-9a-f]{8}")
_MIDDLE = re.compile(r"^\|\|\|\|\|\|\|.*", re.MULTILINE | re.DOTALL)  # the common ancestor, in git's diff3 style


@dataclass
class RawCell:
    """One cell as the student's file has it.

    Attributes:
        number: its place in the file, from 1.
        kind: ``"code"``, ``"markdown"`` or ``"raw"``.
        source: its text.
        tag: nbgrader's ``grade_id``, which is the task's name in an answer cell. None if there is none.
        id: the cell's id, or None.
    """

    number: int
    kind: str
    source: str
    tag: str | None = None
    id: str | None = None


@dataclass
class RawNotebook:
    """A notebook as the student's file has it.

    Attributes:
        cells: its cells.
        edition: the edition of the course that it says it was made from (8 hexadecimal digits). None if it says none.
    """

    cells: list[RawCell]
    edition: str | None = None


def read_cells(content: bytes, name: str, notes: Notes) -> list[RawNotebook]:
    """Read the cells of a notebook file.

    Arguments:
        content: the file's bytes.
        name: what to call the file in remarks.
        notes: collects what the student is told.

    Returns:
        versions: a list with one notebook. It is empty if the file cannot be understood. It has two notebooks if the
            file holds the two sides of a merge conflict.
    """
    name = shown(name)
    if not content.strip():
        notes.say(f"{name} is empty (0 bytes of text): save it again and hand it in again.", "unreadable-notebook")
        return []
    if name.lower().endswith(jupytext.ENDING):
        return [_read_notebook(jupytext.read_script(content), name, notes)]
    text, problem = "", None
    try:
        text = _decode(content, name, notes)
        return [_read_notebook(json.loads(text, strict=False), name, notes)]
    except (ValueError, RecursionError, MemoryError) as error:
        problem = error
    versions = []
    if isinstance(problem, ValueError) and _CONFLICT.search(text):
        sides = [_CONFLICT.sub(lambda match: _MIDDLE.sub("", match[1]), text), _CONFLICT.sub(r"\2", text)]
        notes.say(
            f"{name} holds a merge conflict (<<<<<<<, =======, >>>>>>>) that was never resolved: each side was "
            "read as a notebook of its own.",
            "merge-conflict",
        )
        for side in sides:
            try:
                versions.append(_read_notebook(json.loads(side, strict=False), name, notes))
            except (ValueError, RecursionError, MemoryError) as error:
                problem = error
    if not versions:
        reason = shown(str(problem)) if isinstance(problem, ValueError) else "it is too large or nested too deeply"
        notes.say(
            f"{name} is not a notebook that can be read ({reason}): open it in Jupyter, save it, and hand it in again.",
            "unreadable-notebook",
        )
    return versions


def _decode(content: bytes, name: str, notes: Notes) -> str:
    """Decode a notebook's bytes, without its outputs, attachments and widgets."""
    boms = (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    encoding = next((encoding for bom, encoding in boms if content.startswith(bom)), None)
    if encoding is None and b"\0" in content[:2]:
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    if encoding:
        notes.say(f"{name} is stored as {encoding.upper()[:6]}, not as UTF-8; it was read all the same.")
        content = content.decode(encoding, "replace").encode("utf-8", "replace")
    content = remove_bulk(content.removeprefix(codecs.BOM_UTF8))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        notes.say(
            f"{name} is not stored as UTF-8; it was read as Latin-1, so some letters may be others than yours.",
            "guessed-encoding",
        )
        return content.decode("cp1252" if not set(content) & set(b"\x81\x8d\x8f\x90\x9d") else "latin-1")


def remove_bulk(content: bytes) -> bytes:
    """Replace the values of outputs, attachments and widgets in a JSON text by null.

    >>> remove_bulk(b'{"outputs": [1, {"2": "]"}], "source": "3"}')
    b'{"outputs": null, "source": "3"}'
    """
    parts, kept, position = [], 0, 0
    while string := _STRING.search(content, position):
        position = string.end()
        if position - string.start() > 16:  # longer than the keys we look for: do not copy it
            continue
        if string[0] in _BULKY and (opening := _OPENING.match(content, position)):
            end = _find_end_of_value(content, opening.end())
            parts += [content[kept:position], b": null"]
            kept = position = end
    return b"".join([*parts, content[kept:]])


def _find_end_of_value(content: bytes, position: int) -> int:
    """Return where a list or dictionary ends, given the position after its opening bracket."""
    depth = 1
    while depth:
        position = _WITHOUT_BRACKETS.match(content, position).end()  # type: ignore[union-attr]
        bracket = content[position : position + 1]
        if not bracket:  # the file is cut off here
            return len(content)
        depth += 1 if bracket in b"[{" else -1
        position += 1
    return position


def _read_notebook(notebook: object, name: str, notes: Notes) -> RawNotebook:
    """Read a parsed notebook of format 3 or 4.

    Raises:
        ValueError: if there is no list of cells. The message is a reason to show to the student.
    """
    if not isinstance(notebook, dict):
        raise ValueError("it holds no notebook")
    listed = notebook.get("cells")
    if not isinstance(listed, list):  # format 3 and before
        sheets = notebook.get("worksheets")
        sheets = [sheet for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
        if not sheets:
            raise ValueError("it has no cells")
        listed = [cell for sheet in sheets for cell in sheet.get("cells") or [] if isinstance(sheet["cells"], list)]
    major, minor = notebook.get("nbformat"), notebook.get("nbformat_minor")
    numbers = [number if isinstance(number, int) else 0 for number in (major, minor)]
    if numbers > [4, 5]:
        notes.say(
            f"{name} has the notebook format {numbers[0]}.{numbers[1]}, which is newer than 4.5; it was read as "
            "if it were 4.5.",
            "newer-format",
        )
    if len(listed) > MAX_CELLS:
        notes.say(f"{name} has {len(listed):,} cells: only the first {MAX_CELLS} were read.", "too-large")
    cells, left = [], MAX_TOTAL_LETTERS
    for number, cell in enumerate(listed[:MAX_CELLS], start=1):
        raw = _read_cell(cell, number, f"Cell {number} of {name}", notes)
        if raw is None:
            continue
        if len(raw.source) > min(MAX_SOURCE_LETTERS, left):
            notes.say(
                f"Cell {number} of {name} has {len(raw.source):,} letters: it is too long and was left out.",
                "too-large",
            )
            continue
        left -= len(raw.source)
        cells.append(raw)
    return RawNotebook(cells, _find_edition(notebook))


def _find_edition(notebook: dict) -> str | None:
    """Find the edition of the course in a parsed notebook's metadata. What is not 8 hexadecimal digits is none."""
    metadata = notebook.get("metadata")
    said = metadata.get("cs231n") if isinstance(metadata, dict) else None
    edition = said.get("edition") if isinstance(said, dict) else None
    return edition if isinstance(edition, str) and _EDITION.fullmatch(edition) else None


def _read_cell(cell: object, number: int, title: str, notes: Notes) -> RawCell | None:
    """Read one cell of a parsed notebook. Return None if it is not a dictionary."""
    if not isinstance(cell, dict):
        notes.say(f"{title} is damaged: it was left out.", "damaged-cell")
        return None
    source, whole = _join_source(cell["source"] if "source" in cell else cell.get("input", ""))
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        kind = "markdown" if kind in ("heading", "html") else _guess_kind(cell)
        if cell.get("cell_type") not in ("heading", "html"):
            notes.say(f"{title} does not say what kind of cell it is: it was taken for {kind}.", "damaged-cell")
    if not whole:
        notes.say(f"{title} is damaged: what could be read of its text was kept.", "damaged-cell")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    tag = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    cell_id = cell.get("id")
    if not isinstance(cell_id, str) and isinstance(metadata, dict):
        cell_id = metadata.get("id")  # Colab keeps the id here
    return RawCell(
        number, kind, source, tag if isinstance(tag, str) else None, cell_id if isinstance(cell_id, str) else None
    )


def _guess_kind(cell: dict) -> str:
    """Guess the kind of a cell that does not say it. Only code cells have outputs and execution counts."""
    return "code" if cell.keys() & {"outputs", "execution_count", "input", "prompt_number"} else "markdown"


def _join_source(source: object) -> tuple[str, bool]:
    """Join a cell's text. Line ends become ``\\n``.

    Returns:
        text: what could be read.
        whole: False if a part was not text and was left out.
    """
    if isinstance(source, str):
        text, whole = source, True
    elif isinstance(source, list):
        text = "".join(part for part in source if isinstance(part, str))
        whole = all(isinstance(part, str) for part in source)
    else:
        text, whole = "", False
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return text.encode("utf-8", "replace").decode("utf-8"), whole  # half a surrogate pair becomes "?"
