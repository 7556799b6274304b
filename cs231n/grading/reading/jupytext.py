"""Read notebooks that were saved as Python files, in Jupytext's percent or light format.

Percent (also written by VS Code and Spyder): a line ``# %%`` begins a code cell, ``# %% [markdown]`` a text cell.
Light: ``# +`` and ``# -`` stand around a cell that has blank lines in it, and a paragraph of comments is a text cell.
The formats: https://jupytext.readthedocs.io/en/latest/formats-scripts.html.
"""

import re
from collections.abc import Iterator

MAX_BYTES = 4 * 2**20
ENDING = ".py"

_HEADER = re.compile(r"\A\s*(?:#!.*\n)?(?:# -\*-.*\n)?# ---\n(?P<lines>(?:#.*\n)*?)# ---[ \t]*(?:\n|\Z)")
_PERCENT = re.compile(r"#\s*%%%*(?:\s(?P<options>.*))?")
_PLUS = re.compile(r"#\s*\+(?:\s*(?P<options>.*))?")
_MINUS = re.compile(r"#\s*-\s*")
_KIND = re.compile(r"\[(markdown|md|raw)\]|cell_type=\"(markdown|raw)\"")
_TAG = re.compile(r"\"?grade_id\"?\s*[:=]\s*\"([^\"\\]+)\"")
_EDITION = re.compile(r"^#\s+edition:\s*['\"]?([0-9a-f]{8})['\"]?\s*$", re.MULTILINE)
_QUOTED = re.compile(r"\s*[rR]?(\"\"\"|''')(.*)\1\s*", re.DOTALL)


def is_notebook(content: bytes) -> bool:
    """Whether a Python file is a notebook: it has Jupytext's header, or a line that begins a cell."""
    text = _decode(content)
    header = _HEADER.match(text)
    return bool(header and "jupy" in header["lines"]) or any(_PERCENT.fullmatch(line) for line in text.split("\n"))


def read_script(content: bytes) -> dict:
    """Read a Python file into the form of a notebook, format 4, as `json` would give it."""
    text = _decode(content)
    header = _HEADER.match(text)
    edition = _EDITION.search(header["lines"]) if header else None
    lines = (text[header.end() :] if header else text).split("\n")
    percent = any(_PERCENT.fullmatch(line) for line in lines)
    cells = [cell for cell in (_split_percent(lines) if percent else _split_light(lines)) if cell["source"].strip()]
    metadata = {"cs231n": {"edition": edition[1]}} if edition else {}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}


def _decode(content: bytes) -> str:
    return content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _split_percent(lines: list[str]) -> Iterator[dict]:
    """The cells of a file in the percent format. What comes before the first mark is a cell, too."""
    options, found = "", list[str]()
    for line in lines:
        mark = _PERCENT.fullmatch(line)
        if mark:
            yield _make_cell(options, found)
            options, found = mark["options"] or "", []
        else:
            found.append(line)
    yield _make_cell(options, found)


def _split_light(lines: list[str]) -> Iterator[dict]:
    """The cells of a file in the light format."""
    place = 0
    while place < len(lines):
        mark = _PLUS.fullmatch(lines[place])
        if mark:
            end = place + 1
            while end < len(lines) and not _MINUS.fullmatch(lines[end]) and not _PLUS.fullmatch(lines[end]):
                end += 1
            yield _make_cell(mark["options"] or "", lines[place + 1 : end])
            place = end + (end < len(lines) and _MINUS.fullmatch(lines[end]) is not None)
        else:
            end = _find_end_of_paragraph(lines, place)
            paragraph = lines[place:end]
            is_text = all(line.startswith("#") for line in paragraph if line.strip())
            yield _make_cell("[markdown]" if is_text else "", paragraph)
            place = end


def _find_end_of_paragraph(lines: list[str], place: int) -> int:
    """Where a paragraph ends that begins at a place: at a blank line that no indented line follows, or at a mark."""
    end = place + 1
    while end < len(lines) and not _PLUS.fullmatch(lines[end]):
        if lines[end].strip():
            end += 1
            continue
        while end < len(lines) and not lines[end].strip():
            end += 1
        if end == len(lines) or not lines[end].startswith((" ", "\t", ")", "]", "}")):
            break
    return end


def _make_cell(options: str, lines: list[str]) -> dict:
    """A cell, given what stands behind its mark, and its lines."""
    kind = _KIND.search(options)
    cell_type = {"md": "markdown", None: "code"}.get(name := kind and (kind[1] or kind[2]), name)
    source = "\n".join(lines).strip("\n")
    if cell_type != "code":
        quoted = _QUOTED.fullmatch(source)
        plain = "\n".join(re.sub(r"\A# ?", "", line) for line in source.split("\n"))
        source = quoted[2].strip("\n") if quoted else plain
    tag = _TAG.search(options)
    metadata = {"nbgrader": {"grade_id": tag[1]}} if tag else {}
    return {"cell_type": cell_type, "metadata": metadata, "source": source}
