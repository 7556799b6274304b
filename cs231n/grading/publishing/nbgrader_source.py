"""Write the course as a source for nbgrader (version 0.9 or newer), for instructors who hand out and collect with it.

The notebooks are solved. The reference bodies are between nbgrader's solution marks, so that ``nbgrader
generate_assignment`` replaces only the body by its stub and keeps signature and docstring. (Without marks it replaces
the whole cell.) The library beside the notebooks already has stubs, because nbgrader hands out that folder unchanged
and puts it beside every submission when it grades.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat

from .edition import course_edition
from .library_copy import release_notebooks, write_library
from .notebooks import ROOT, answer_cells, is_graded, put_points, reference_body, replace_body
from .refresh import write_notebook
from .release import copy_data, write_whole_folder

ASSIGNMENT = "batchnorm"
BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
CONFIG = '''"""nbgrader's settings for this course, edition {edition}. Run its commands in this folder."""

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "batchnorm"

# A cell may train networks for a minute; nbgrader's own limit is 30 seconds.
c.Execute.timeout = 300
'''


def write_source(out: Path, points: Mapping[str, float] | None = None) -> None:
    """Write an nbgrader course folder: ``nbgrader_config.py`` and ``source/batchnorm/``.

    Arguments:
        out: the course folder to write.
        points: points that replace those of the table of actions, by the name of a task or written question.

    Raises:
        FileExistsError: if ``out`` holds anything but the untouched files of an earlier run.
        ValueError: if the committed notebooks are solved.
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
            write_notebook(mark_solutions(nb), assignment / name)
        config = CONFIG.replace("{edition}", course_edition())
        (folder / "nbgrader_config.py").write_text(config, encoding="utf-8", newline="\n")

    write_whole_folder(out, write)


def mark_solutions(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Copy a notebook and solve it between nbgrader's marks.

    The marks of a written answer enclose the name of the file that says how to grade it.
    """
    marked = nbformat.from_dict(nb)
    for name, cell in answer_cells(marked).items():
        body = f"    {BEGIN_SOLUTION}\n{reference_body(name)}\n    {END_SOLUTION}"
        cell.source = replace_body(cell.source, body)
    for cell in marked.cells:
        if cell.cell_type == "markdown" and is_graded(cell):
            where = "Graded by hand: cs231n/grading/reporting/rubric.md says what an answer contains."
            cell.source += f"\n\n{BEGIN_SOLUTION}\n{where}\n{END_SOLUTION}"
    return marked
