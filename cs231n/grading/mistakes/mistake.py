"""What a known mistake is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One known mistake.

    Attributes:
        task: name of the task.
        id: a short name, unique within the task.
        sentence: what a tutor says to somebody who made it.
        variants: list of tuples of edits; an edit is a pair (old source, new source).
        seen: how many of 146 public repositories have it in their final file; 0 where that is not known.
    """

    task: str
    id: str
    sentence: str
    variants: list
    seen: int = 0
