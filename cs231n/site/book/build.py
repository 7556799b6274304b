"""Builds the book: pages from the notebooks, then Sphinx."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import sphinx  # noqa: F401 (it runs in a process of its own; if it is missing, that is said here)

from ...grading.publishing.notebooks import read_notebooks
from ...grading.publishing.paths import NOTEBOOK_FOLDER, ROOT
from ...grading.publishing.steps import read_solutions
from ...support.whole_files import replaced_folder
from ..lite.placeholder import write_placeholder
from .katex import copy_katex, find_katex
from .pages import make_page, read_all_solutions

HERE = Path(__file__).parent
EXPLORABLE = HERE.parent / "explorable"
MARK = "built.txt"  # tells the next build that this folder may be replaced
MARK_TEXT = "Built by python -m cs231n.site build. The next build into this folder replaces all of it.\n"


def build_book(out: Path, solutions: bool = True) -> None:
    """Write the book to a folder, whole or not at all. An earlier site there is replaced, with its browser edition.

    Arguments:
        out: the folder.
        solutions: whether the book holds the solutions of tasks and steps.

    Raises:
        FileExistsError: if the folder holds something else.
        OSError: if Node.js or KaTeX is missing.
        ValueError: if a page has a mistake: a broken link, a formula that KaTeX does not understand.
    """
    out = Path(os.path.abspath(out))
    if out.exists() and not (out / MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty, and not an earlier site; move it away, or name another folder")
    katex = find_katex()
    lines = read_all_solutions(read_solutions()) if solutions else None
    with replaced_folder(out) as site, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        write_sources(folder / "source", lines)
        copy_katex(katex, folder / "static")
        if solutions:
            shutil.copytree(EXPLORABLE, folder / "static" / "explorable")
        run_sphinx(folder / "source", folder / "static", site)
        for name in (".buildinfo", "objects.inv"):
            (site / name).unlink()
        (site / ".nojekyll").touch()  # GitHub Pages publishes the folder as it is
        (site / MARK).write_text(MARK_TEXT, encoding="utf-8")
        write_placeholder(site / "lite")


def write_sources(folder: Path, solutions: Mapping[str, str] | None) -> None:
    """Write what Sphinx reads: the pages, and the files that they show or offer for download.

    Arguments:
        folder: the folder to make.
        solutions: the code that solves each step and task, by name; None for a book without.
    """
    shutil.copytree(HERE / "pages", folder)
    (folder / "notebooks").mkdir()
    for name, nb in read_notebooks().items():
        nbformat.write(make_page(nb, name, solutions), folder / name)
        shutil.copy(NOTEBOOK_FOLDER / name, folder / "notebooks")
    shutil.copy(NOTEBOOK_FOLDER / "comparison.png", folder)


def run_sphinx(source: Path, static: Path, out: Path) -> None:
    """Run Sphinx, in a process of its own: a process can set up its extensions only once.

    Raises:
        ValueError: if Sphinx warns of anything.
    """
    command = [sys.executable, "-W", "ignore", "-m", "sphinx", "-q", "--fail-on-warning", "--no-color", "-b", "html"]
    command += ["-c", str(HERE), "-d", str(source.with_name("doctrees")), "-D", f"html_static_path=static,{static}"]
    run = subprocess.run([*command, str(source), str(out)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if run.returncode:
        raise ValueError(f"the book has mistakes:\n{run.stderr.replace(str(source), 'the book')}")
