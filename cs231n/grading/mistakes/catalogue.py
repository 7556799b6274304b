"""All known mistakes: how to make each one, and what a tutor would say about it.

Every table of this folder has rows ``(id, sentence, variant, variant, ...)``:

- The *sentence* says what the wrong code computes and what is missing. It never gives the right code. `catalogue` adds
  the section of the notebook to look at, from `sections`.
- A *variant* is one way to make the mistake. A mistake may have several, with different effects. A variant is a tuple
  of edits of the library's function. An edit is a pair of an old piece of source, which occurs exactly once in the
  function, and a new piece. Most old pieces are constants at the top of the table's file.
- Two mistakes with the same effect share one row.
- Some sentences are those of rules (``cs231n.assignment.diagnosis.rules``), which recognise whole families. Such a row
  may have no variant.

`fingerprints.build` turns the tables into the numbers that check() compares with. `equivalent` has edits that look like
mistakes but are right.
"""

from . import batchnorm, batchnorm_backward, experiments, layer_utils, layers, optim, softmax, softmax_loss
from .mistake import Mistake
from .sections import section_of

# In how many of 146 public repositories of CS231n students the final file has the mistake.
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
