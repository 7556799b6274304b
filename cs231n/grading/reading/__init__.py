"""Read a submission: turn whatever a student handed in into the cells that grading runs.

The modules, in the order in which they work:

- `submissions` finds the submissions in a folder, one per student.
- `notebook_files` finds the notebook files of one submission. It uses `unzip` for a .zip.
- `notebook_cells` reads the cells out of a file's bytes.
- `copies` decides which file is which notebook of the course. `attempts` knows which of several is the latest.
- `answer_choice` decides which cell answers which task.
- `cells` decides which parts of each cell run.
- `written` finds the written answers, with `written_places` if their cells have lost their names.
- `reader` calls all of them for one submission. `child_process` does so in a process with limits.

`pristine` holds the course's own notebooks, to compare with. `sources` parses Python source without running it.
`remarks` collects what the student and the instructor are told.
"""

from .cells import Cell
from .child_process import read_in_child
from .reader import Reading, read_submission

__all__ = ["Cell", "Reading", "read_in_child", "read_submission"]
