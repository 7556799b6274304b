"""Reads tables that other programs wrote: CSV in the encodings and with the separators that spreadsheets use."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

MAX_BYTES = 50_000_000
SEPARATORS = ",;\t"


def read_table(path: Path) -> list[list[str]]:
    """Read a CSV file.

    It may be UTF-8 (with or without BOM), UTF-16 or, failing both, Windows' code page 1252, and separated by commas,
    semicolons or tabs.

    Returns:
        The rows, without empty rows at the end. Cells have no blanks at the ends.

    Raises:
        ValueError: if it is not such a file.
        OSError: if it cannot be read.
    """
    data = path.read_bytes()
    if len(data) > MAX_BYTES or data.startswith(b"PK\x03\x04"):
        raise ValueError(f"{path} is not a CSV file: export it as CSV")
    text = decode(data)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # a line that Excel understands
        separator, text = first.strip()[4], rest
    else:
        separator = max(SEPARATORS, key=lambda sign: _count_columns(first, sign))
    try:
        rows = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error as error:
        raise ValueError(f"{path} is not a CSV file: {error}") from None
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise ValueError(f"{path} is empty")
    return rows


def decode(data: bytes) -> str:
    """The text of a file whose encoding is not known, without the characters NUL.

    >>> decode("Zoë".encode("utf-16")), decode("Zoë".encode("utf-8-sig")), decode("Zoë".encode("cp1252"))
    ('Zoë', 'Zoë', 'Zoë')
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:2]:
        text = data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    return text.replace("\0", "")


def write_rows(rows: Iterable[Iterable[str]]) -> str:
    """Rows as the text of a CSV file, separated by commas.

    >>> write_rows([["a", "b,c"]])
    'a,"b,c"\\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _count_columns(line: str, separator: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:
        return 0
