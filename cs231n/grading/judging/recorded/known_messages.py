"""The messages of Python's and NumPy's own exceptions: patterns, read from ``known_messages.txt``.

In a pattern, ``{kind}`` stands for a part that differs from one exception to the next. `PLACES` says what such a part
looks like. Whether a name in it may be shown is another question, which `vouched` answers.
"""

import functools
import re
from pathlib import Path
from typing import NamedTuple

MESSAGES = Path(__file__).with_name("known_messages.txt")
# Numbers and shapes are short: long ones could hold a text in another guise. The fixed cases are small.
NUMBER = r"-?[0-9]{1,5}"
SHAPE = r"\((?:[0-9]{1,4}(?:, ?[0-9]{1,4}){0,3},?)?\)"
PLACES = {
    "name": r"[^\W\d]\w{0,79}(?:\.(?:<locals>|<lambda>|\w{1,80})){0,5}|<lambda>",
    "argument": r"[a-z]\w{0,20}(?: in the cache)?|[a-z]\w{0,20}\[(?:\"\w{1,20}\"|[0-9]{1,5})\]",
    "names": r"'\w{1,80}'(?:(?:, and |, | and )'\w{1,80}'){0,9}",
    "number": NUMBER,
    "float": r"-?[0-9]{1,7}(?:\.[0-9]{1,17})?(?:e[+-]?[0-9]{1,3})?|-?inf|-?nan",
    "shape": SHAPE,
    "shapes": rf"{SHAPE}(?: {SHAPE}){{0,2}}",
    "dtype": r"dtype\('[<>|=]?\w{1,20}'\)|[<>|=]?\w{1,20}",
    "dtypes": r"\((?:(?:dtype\('[<>|=]?\w{1,20}'\)|None|<class '[\w.]{1,60}'>)(?:, )?){1,4}\) -> None",
    "operator": r"(?:[-+*/%@&|^]|\*\*|//|<<|>>)=?|\*\* or pow\(\)|\*\*= or pow\(\)|divmod\(\)|[<>]=?|[=!]=|~",
    "signature": r"\(n\?,k\),\(k,m\?\)->\(n\?,m\?\)|\(n\),\(n\)->\(\)|\(m,n\),\(n\)->\(m\)|\(n\),\(n,m\)->\(m\)"
    r"|\(m,m\)->\(m,m\)|\(m,m\),\(m,n\)->\(m,n\)",
    "key": r"'.{1,80}'|\".{1,80}\"|-?[0-9]{1,7}|\((?:[0-9]{1,7}(?:, )?){0,4}\)|None|True|False",
    "text": r".{1,80}",
    "rest": r".*",  # it is cut off
}


class Pattern(NamedTuple):
    """A pattern, ready to be compared with messages.

    Attributes:
        expression: a regular expression with a group for each place.
        kinds: the kind of each place.
    """

    expression: re.Pattern[str]
    kinds: tuple[str, ...]


@functools.cache
def list_patterns() -> tuple[Pattern, ...]:
    """All patterns, compiled once."""
    patterns = []
    for text in MESSAGES.read_text(encoding="utf-8").splitlines():
        if not text or text.startswith("#"):
            continue
        pieces = re.split(r"\{(\w+)\}", text)
        literals, kinds = pieces[::2], tuple(pieces[1::2])
        groups = [f"({PLACES[kind]})" for kind in kinds]
        expression = "".join(re.escape(a) + b for a, b in zip(literals, [*groups, ""]))
        patterns.append(Pattern(re.compile(expression), kinds))
    return tuple(patterns)
