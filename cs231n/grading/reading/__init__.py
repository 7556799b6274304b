"""Reading a submission: from whatever a student handed in to the cells that run in grading.

In the order of the work: `notebook_files` (and `unzip`) finds the notebooks, `notebook_cells` makes cells of their
bytes, `copies` says which file is which notebook, `answers` which cell answers which task, `cells` what runs of
each cell, `written` reads the written answers. `read` puts it together, `child` does so in a process of its own.
"""

from .cells import Cell
from .child_process import read_in_child
from .reader import Reading, read_submission

__all__ = ["Cell", "Reading", "read_in_child", "read_submission"]
