"""A known mistake, and the rows of the tables that describe it."""

from dataclasses import dataclass

Edit = tuple[str, str]  # (old source, new source)
Variant = tuple[Edit, ...]  # the edits that make the mistake in one of its ways
Row = tuple[str, str, *tuple[Variant, ...]]  # (id, sentence, variant, variant, ...)
Table = dict[str, list[Row]]  # from a task to its known mistakes


@dataclass(frozen=True)
class Mistake:
    """One known mistake.

    Attributes:
        task: name of the task.
        id: a short name, unique within the task.
        sentence: what a tutor would say to a student who made it.
        variants: the ways to make the mistake, each a tuple of edits of the library's function.
        seen: how many of 146 public repositories have it in their final file. 0 if nobody counted it.
    """

    task: str
    id: str
    sentence: str
    variants: list[Variant]
    seen: int = 0
