"""A submission as it was handed in: the answers' cells for the feedback page, and the words and lines in its code.

The grader repeats a word or a line that comes out of the box only if it stands in the submission.
"""

import re
from collections.abc import Iterable, Iterator

MAX_CODE_LETTERS = 4_000  # of one answer's cell
MAX_ENTRIES = 5_000  # of words, and of lines
MAX_WORD_LETTERS = 150
MAX_LINE_LETTERS = 300
_NAME = re.compile(r"[^\W\d]\w*")
_TEXT = re.compile(rf"""(["'])((?:(?!\1)[^\\\n]){{1,{MAX_WORD_LETTERS}}})\1""")


def cut_code(source: str) -> str:
    """Cut a long cell. Its last line then says so."""
    if len(source) <= MAX_CODE_LETTERS:
        return source
    return f"{source[:MAX_CODE_LETTERS]}\n# ... the rest is not shown: the cell has {len(source):,} letters"


def find_words(sources: Iterable[str]) -> set[str]:
    """Find the names and the short texts that stand in cells, in code and in comments. At most MAX_ENTRIES."""

    def words() -> Iterator[str]:
        for source in sources:
            yield from dict.fromkeys(_NAME.findall(source))
            yield from (text for _, text in _TEXT.findall(source))

    return _first(word for word in words() if len(word) <= MAX_WORD_LETTERS)


def find_lines(sources: Iterable[str]) -> set[str]:
    """Find the lines of cells, without blanks at the ends. At most MAX_ENTRIES, none longer than MAX_LINE_LETTERS."""
    lines = (line.strip() for source in sources for line in source.split("\n"))
    return _first(line for line in lines if 0 < len(line) <= MAX_LINE_LETTERS)


def _first(entries: Iterable[str]) -> set[str]:
    """The first MAX_ENTRIES different entries."""
    found: set[str] = set()
    for entry in entries:
        found.add(entry)
        if len(found) == MAX_ENTRIES:
            break
    return found
