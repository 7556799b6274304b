"""Read a submission: turn whatever a student handed in into the cells that grading runs.

The modules, in the order in which they work:

- `submissions` finds the submissions in a folder, one per student. (A platform's download: see `..collecting`.)
- `notebook_files` finds the notebook files of one submission. It uses `unzip` for a .zip.
- `notebook_cells` reads the cells out of a file's bytes, with `jupytext` if it is a Python file.
- `copies` decides which file is which notebook of the course. `attempts` knows which of several is the latest.
- `answer_choice` decides which cell answers which task.
- `cells` decides which parts of each cell run. `check_places` marks where the judge puts each task's cell, and
  `borrowed` adds what an answer uses from the course's steps.
- `written` finds the written answers, with `written_places` if their cells have lost their names.
- `handed_in` keeps the answers' cells as they were handed in, and the words and lines of the code.
- `reader` calls all of them for one submission. `child_process` does so in a process with limits, and
  `reader_process` for many submissions, with a `warm_process` that forks.

`pristine` holds the course's own notebooks, to compare with. `sources` and `names` look at Python source without
running it.
`remarks` collects what the student and the instructor are told. `file_names` makes names that every system can hold.
"""

from .check_places import Cell
from .child_process import read_in_child
from .reader import Reading, read_submission
from .reader_process import Reader

__all__ = ["Cell", "Reader", "Reading", "read_in_child", "read_submission"]
