"""The course as nbgrader's source: for whoever hands out and collects with nbgrader (version 0.9 or newer).

The notebooks are solved there, and the reference bodies stand between nbgrader's solution marks, so that
``nbgrader generate_assignment`` puts its own stub in place of a body and leaves signature and docstring. (Without marks
it replaces the whole cell.) The library beside the notebooks has stubs already: nbgrader hands that folder out as it
is, and puts it beside every submission when it grades.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat

from .library_copy import release_notebooks, write_library
from .notebooks import ROOT, answer_cells, is_graded, put_points, reference_body, replace_body
from .refresh import write_notebook
from .release import build, copy_data

ASSIGNMENT = "batchnorm"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CONFIG = '''"""nbgrader's settings for this course. Run its commands in this folder."""

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearOutput

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "batchnorm"

# A cell may train networks for a minute; nbgrader's own limit is 30 seconds.
c.Execute.timeout = 300

# Students read the outputs of a run with right answers, so these are handed out. (Before it grades, nbgrader clears the
# outputs of what is handed in; leave that as it is.)
steps = GenerateAssignment.class_traits()["preprocessors"].default()
c.GenerateAssignment.preprocessors = [step for step in steps if step is not ClearOutput]
'''


def write_source(out: Path, points: Mapping[str, float] | None = None) -> None:
    """Write an nbgrader course folder: ``nbgrader_config.py`` and ``source/batchnorm/``.

    Arguments:
        out: the course folder to write.
        points: other points for some graded cells, by `notebooks.name_of`.

    Raises:
        FileExistsError: where ``out`` holds anything else than what an earlier run has left there.
        ValueError: where the committed notebooks are solved.
    """
    notebooks = release_notebooks()
    for nb in notebooks.values():
        put_points(nb, points or {})

    def write(folder: Path) -> None:
        assignment = folder / "source" / ASSIGNMENT
        write_library(assignment)
        copy_data(assignment / "datasets")
        for name in ("LICENSE", "requirements.txt"):
            shutil.copyfile(ROOT / name, assignment / name)
        for name, nb in notebooks.items():
            write_notebook(with_solutions(nb), assignment / name)
        (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8", newline="\n")

    build(out, write)


def with_solutions(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of a notebook, solved between nbgrader's marks; between those of a written answer stands where to look."""
    marked = nbformat.from_dict(nb)
    for name, cell in answer_cells(marked).items():
        body = f"    {BEGIN}\n{reference_body(name)}\n    {END}"
        cell.source = replace_body(cell.source, body)
    for cell in marked.cells:
        if cell.cell_type == "markdown" and is_graded(cell):
            cell.source += (
                f"\n\n{BEGIN}\nGraded by hand: cs231n/grading/reporting/rubric.md says what an answer contains.\n{END}"
            )
    return marked
