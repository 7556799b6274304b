"""The book for the tests: built once, whatever the number of pytest's processes."""

import shutil
import time

import pytest

from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.site.book.build import build_book
from cs231n.site.book.katex import INSTALL, KATEX

needs_katex = pytest.mark.skipif(shutil.which("node") is None or not KATEX.is_dir(), reason=INSTALL)


def cut_notebooks(monkeypatch):
    """Let a book be built from the first cell of each notebook. Return the notebooks by file name, to be changed."""
    notebooks = read_notebooks()
    for nb in notebooks.values():
        nb.cells = nb.cells[:1]
    monkeypatch.setattr("cs231n.site.book.build.read_notebooks", lambda: notebooks)
    return notebooks


def build_once(folder, solutions):
    """Build a book, unless another process does. Then wait for it.

    Arguments:
        folder: a folder that is the same in all of pytest's processes.
        solutions: see `build_book`.
    """
    done = folder.with_name(f"{folder.name}-done")
    try:
        folder.mkdir()
    except FileExistsError:
        for _ in range(600):
            if done.exists():
                return
            time.sleep(0.5)
        raise TimeoutError(f"no book in {folder}") from None
    build_book(folder, solutions)
    done.touch()
