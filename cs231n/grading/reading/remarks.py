"""What reading a submission has to tell: sentences for the student, short words for the instructor."""

from collections.abc import Iterable

MAX_REMARKS = 80
MAX_REMARK_LETTERS = 400


class Notes:
    """Collects remarks and flags. A repeated one counts once. There are at most MAX_REMARKS remarks and a last line.

    Attributes:
        remarks: sentences for the student's feedback, in the order in which they came.
        flags: short words for the instructor, such as ``"duplicate-answer"``, each once.
    """

    def __init__(self) -> None:
        self.remarks: list[str] = []
        self.flags: list[str] = []

    def say(self, remark: str, flag: str = "") -> None:
        """Add a remark for the student and, if there is one, a flag for the instructor."""
        if flag and flag not in self.flags:
            self.flags.append(flag)
        remark = shown(remark, MAX_REMARK_LETTERS)
        if remark in self.remarks or len(self.remarks) > MAX_REMARKS:
            return
        if len(self.remarks) == MAX_REMARKS:
            remark = "There is more to say about these files than fits here."
        self.remarks.append(remark)


def plain(text: str) -> str:
    """Remove control and direction characters from a text of several lines.

    >>> plain("a\\x07b\\n")
    'ab\\n'
    """
    return "".join(c for c in text if c == "\n" or c.isprintable())


def shown(text: str, most: int = 120) -> str:
    """Make a text safe to print and store anywhere: escape what cannot be printed, and cut it after `most` characters.

    >>> shown("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 3] + "..."


def listed(names: Iterable[object]) -> str:
    """Write names as part of a sentence: ``a``, ``a and b``, ``a, b and c``. Of more than ten, show nine."""
    texts = [shown(str(name)) for name in names]
    if len(texts) > 10:
        texts = [*texts[:9], f"{len(texts) - 9} more"]
    return " and ".join(part for part in (", ".join(texts[:-1]), *texts[-1:]) if part)
