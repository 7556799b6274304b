"""Known mistakes, one source for all of check()'s names for them: what they do, and what a tutor says.

A mistake is one or more *variants*, ways to make it that have different effects; a variant is a tuple of edits of the
library's function, pairs of an old piece of its source (which occurs exactly once) and a new one. Mistakes with
the same effect share one entry. A sentence says what the formula computes and what is missing; it never gives the
code. It ends with where to look, from ``mistakes/sections.py``. The tables are in ``mistakes/``; from them
`fingerprints.build` makes the numbers that check() compares with. ``mistakes/equivalent.py`` has the edits that are no
mistakes.
"""

from . import batchnorm, batchnorm_backward, experiments, layer_utils, layers, optim, softmax, softmax_loss
from .mistake import Mistake
from .sections import section_of

# How many of 146 public repositories of CS231n students have the mistake in their final file.
SEEN = {
    ("softmax_loss", "no-shift"): 10,
    ("softmax_loss", "one-maximum-for-all-rows"): 3,
    ("softmax_loss", "log-of-a-probability"): 24,
    ("softmax_loss", "log-of-p-plus-a-bit"): 3,
    ("softmax_loss", "shifts-x-in-place"): 3,
    ("relu_backward", "overwrites-dout"): 30,
    ("relu_backward", "overwrites-the-cache"): 4,
    ("affine_backward", "db-forgotten"): 1,
    ("affine_backward", "x-not-flattened"): 1,
    ("affine_backward", "db-row"): 3,
    ("batchnorm_forward", "test-mode-eps-outside-the-root"): 7,
    ("batchnorm_forward", "eps-averaged-into-the-running-variance"): 5,
    ("batchnorm_forward", "test-mode-without-eps"): 3,
    ("batchnorm_forward", "eps-outside-the-root"): 1,
    ("batchnorm_forward", "eps-nowhere"): 1,
    ("batchnorm_forward", "test-mode-without-gamma-and-beta"): 2,
    ("batchnorm_forward", "test-mode-with-batch-statistics"): 1,
    ("batchnorm_forward", "test-mode-updates-the-running-statistics"): 1,
    ("batchnorm_forward", "running-variance-holds-the-standard-deviation"): 1,
    ("batchnorm_forward", "rows-of-statistics"): 10,
    ("batchnorm_forward", "name-error-in-test-mode"): 1,
    ("batchnorm_backward", "elementwise"): 2,
    ("batchnorm_backward", "rows"): 6,
    ("batchnorm_backward", "not-summed"): 1,
    ("batchnorm_backward", "eps-dropped"): 1,
    ("batchnorm_backward", "eps-outside"): 1,
}

TABLES = (softmax, softmax_loss, layers, batchnorm, batchnorm_backward, layer_utils, optim, experiments)
MISTAKES = tuple(
    Mistake(task, name, f'{sentence} Look at "{section_of(task, name)}".', variants, SEEN.get((task, name), 0))
    for table in TABLES
    for task, rows in table.TABLE.items()
    for name, sentence, *variants in rows
)
