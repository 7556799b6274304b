"""What the browser edition shows: the release's notebooks with a banner, its library and its data."""

import re
import shutil
import tempfile
from pathlib import Path

import nbformat

from ...assignment.actions import NOTEBOOKS
from ...grading.publishing.refresh import write_notebook
from ...grading.publishing.release import release
from .banner import add_banner

# Folders that the library makes when it saves. They are there from the start, since JupyterLite asks the site for a new
# folder, and the console shows an error if the site has none.
SAVED = {
    "my_answers": "check() saves here each answer that passes, in a file of its own. use_my_answers() reads them.\n",
    "my_answers/steps": "The steps that are done, a file for each. progress() counts them.\n",
    "my_answers/guesses": "Your predictions, a file for each. progress() counts them.\n",
}
TAKEN = ("cs231n", "datasets", "notebooks", "LICENSE")  # the rest of a release is about installing it


def write_content(folder: Path) -> dict[str, str]:
    """Write a release without what only an installation needs. Put the banner into its notebooks.

    Arguments:
        folder: the folder to make.

    Returns:
        The titles of the notebooks by file name, without their numbers.

    Raises:
        ValueError: if the committed notebooks are solved.
    """
    folder.mkdir()
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        released = Path(temporary) / "release"
        release(released)
        for name in TAKEN:
            shutil.move(released / name, folder / name)
    for name, text in SAVED.items():
        (folder / "notebooks" / name).mkdir()
        (folder / "notebooks" / name / "README.md").write_text(text, encoding="utf-8", newline="\n")
    titles = {}
    for name in NOTEBOOKS:
        file = folder / "notebooks" / name
        nb = nbformat.read(file, as_version=4)
        titles[name] = find_title(nb)
        add_banner(nb)
        write_notebook(nb, file)
    return titles


def find_title(nb: nbformat.NotebookNode) -> str:
    """Return a notebook's title without its number: "The softmax gradient" for "# Notebook 1: the softmax gradient"."""
    title = re.sub(r"^#\s*(?:Notebook \d+: |\d+\. )?", "", nb.cells[0].source.splitlines()[0])
    return title[:1].upper() + title[1:]
