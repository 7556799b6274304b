"""Untrusted text on a page: control and direction characters removed, cut, and its `code` marked.

Escaping is not done here. The template does it for everything that is not `Markup`.
"""

import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape

from ..reading.remarks import plain

MAX_TEXT = 10_000  # characters
MAX_ACCENTS = 3  # on one letter; a pile of them would cover the lines above
TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CODE = re.compile(r"`([^`\n]+)`")


def clean_value(value: Any) -> Any:
    """Clean a value that the template is about to write. Markup and numbers stay as they are."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def clean(text: str, most: int = MAX_TEXT) -> str:
    """Remove terminal codes, control and direction characters and piles of accents from a text, and cut it.

    >>> clean("a\\x1b[1;31mb\\u202ec", 2)
    'ab ...'
    """
    text = TERMINAL_CODES.sub("", text[: 4 * most + 1000].replace("\r\n", "\n").replace("\r", "\n"))
    text = _limit_accents(plain(text.expandtabs(4)))
    return text if len(text) <= most else f"{text[:most]} ..."


def _limit_accents(text: str) -> str:
    """Keep the first few of many combining marks on one letter."""
    if text.isascii():
        return text
    kept, pile = [], 0
    for letter in text:
        pile = pile + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if pile <= MAX_ACCENTS:
            kept.append(letter)
    return "".join(kept)


def mark_code(text: str, most: int = 1000) -> Markup:
    """A sentence as HTML: what stands between backquotes is code.

    >>> mark_code("in your line `a < b`")
    Markup('in your line <code>a &lt; b</code>')
    """
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(clean(text, most)))))


def format_number(value: float) -> str:
    """A number of points, with two digits after the point at most: ``2``, ``1.5``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
