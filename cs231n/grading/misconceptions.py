"""Known mistakes, one source for all of check()'s names for them: what they do, and what a tutor says.

A mistake is one or more *variants*, ways to make it that have different effects; a variant is a tuple of edits of the
library's function, pairs of an old piece of its source (which occurs exactly once) and a new one. Mistakes with
the same effect share one entry. A sentence says what the formula computes, what is missing, and where to look;
it never gives the code. The tables are in ``mistakes_*.py``; from them `fingerprints.build` makes the numbers that
check() compares with.
"""

from . import (
    mistakes_batchnorm,
    mistakes_batchnorm_backward,
    mistakes_comparison,
    mistakes_layers,
    mistakes_softmax,
    mistakes_softmax_loss,
)
from .mistake import Mistake

TABLES = (
    mistakes_softmax,
    mistakes_softmax_loss,
    mistakes_layers,
    mistakes_batchnorm,
    mistakes_batchnorm_backward,
    mistakes_comparison,
)
MISTAKES = tuple(
    Mistake(task, name, sentence, variants)
    for table in TABLES
    for task, rows in table.TABLE.items()
    for name, sentence, *variants in rows
)
