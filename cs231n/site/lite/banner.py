"""The banner: the first cell of each notebook in the browser edition. It says what is different there."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

BANNER_ID = "in-the-browser"
AUTOSAVE = 10  # seconds between two savings of a notebook that is being changed
# A click on its link #download-my-work is answered by pages/notebook.js.
TEXT = Path(__file__).with_name("pages") / "banner.md"


def banner_text() -> str:
    """Return the banner, in Markdown."""
    return TEXT.read_text(encoding="utf-8").rstrip().replace("{autosave}", str(AUTOSAVE))


def add_banner(nb: NotebookNode) -> None:
    """Put the banner in front of a notebook's cells, in place. The other cells stay as they are."""
    nb.cells.insert(0, nbformat.v4.new_markdown_cell(banner_text(), id=BANNER_ID))
