"""The cells of a notebook, run in this process in one namespace: much faster than in a kernel.

The library's own functions stand for the answers of tasks, so the cells of tasks and their checks are left out.
"""

import contextlib
import copy
import io

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.grading.publishing.notebooks import read_notebooks, task_of
from cs231n.grading.publishing.steps import fill_blanks, prediction_of, read_solutions, step_of
from tests.helpers.release_walk import filled, make_short

ALL, SOLUTIONS = read_notebooks(), read_solutions()
SKIPPED = ("setup", "use-my-answers", "progress")


class Cells:
    """The cells of a notebook by their ids. The set-up has run.

    Arguments:
        number: 1, 2 or 3.
        short: whether the training runs of notebook 3 are short.
    """

    def __init__(self, number, short=False):
        cells = copy.deepcopy(ALL[NOTEBOOKS[number - 1]].cells)
        self.by_id = {cell.id: cell for cell in cells if cell.cell_type == "code"}
        if short and number == 3:
            make_short(self.by_id.values())
        self.names = {"__name__": "__main__"}
        self._run(self.by_id["setup"].source, "setup")
        self.ids = [name for name, cell in self.by_id.items() if not task_of(cell) and "check(" not in cell.source]
        self.ids = [name for name in self.ids if name not in SKIPPED]

    def has_blank(self, name):
        """Whether a student writes a step or a guess in this cell."""
        return bool(step_of(self.by_id[name]) or prediction_of(self.by_id[name]))

    def run(self, *ids, lines=None):
        """Run cells, filled in, and return what they print.

        Arguments:
            ids: the cells.
            lines: None for the reference lines; else what a step's cell has in place of its lines with ``...``.
        """
        text = ""
        for name in ids:
            cell = self.by_id[name]
            source = fill_blanks(cell.source, lines) if lines and step_of(cell) else filled(cell, SOLUTIONS)
            text += self._run(source, name)
        return text

    def run_blank(self, name):
        """Run a cell as it stands in a release, and return what it prints."""
        return self._run(self.by_id[name].source, name)

    def run_from(self, first, last):
        """Run the cells from one to another one, both among them, and return what they print."""
        return self.run(*self.ids[self.ids.index(first) : self.ids.index(last) + 1])

    def _run(self, source, name):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            exec(compile(source, name, "exec"), self.names)
        return text.getvalue()
