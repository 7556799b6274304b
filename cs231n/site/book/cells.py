"""A Sphinx extension: the alt texts and sizes of figures, and disclosures that say what is in them."""

from html import escape
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
LONG = 30  # on paper, what has more lines than this may be split


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension. Sphinx calls this."""
    app.connect("doctree-read", describe_figures, priority=100)
    app.add_node(HideCodeCellNode, override=True, html=(_open_disclosure, _close_disclosure))
    return {"parallel_read_safe": True}


def describe_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Give each figure the alt text and the size of its output. A page's figures stand in the order of the outputs.

    With the size, a browser keeps room for a figure before it arrives, so nothing moves. Sphinx warns if an output has
    no alt text or size, or if the page does not have a figure for each.
    """
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
    figures = [output.metadata.get("image/png", {}) for output in outputs if "image/png" in output.get("data", {})]
    images = [image for image in doctree.findall(nodes.image) if "jupyter_execute" in image["uri"]]
    if len(images) != len(figures) or not all({"alt", "width", "height"} <= set(figure) for figure in figures):
        text = f"{len(images)} figures, {len(figures)} outputs with one, some perhaps without alt text, width or height"
        logger.warning(text, location=path.name)
    for image, figure in zip(images, figures):
        for name in ("alt", "width", "height"):
            image[name] = str(figure.get(name, ""))


def _open_disclosure(translator: Any, node: nodes.Element) -> None:
    # myst-nb names every disclosure "Toggle hidden content" for screen readers.
    kind, _, title = node["prompt_show"].partition(": ")
    title = escape(title if kind == "output" else "The code")
    name = "cell-fold long" if node.astext().count("\n") > LONG else "cell-fold"
    translator.body.append(f'<details class="{name}">\n<summary>{title}</summary>\n')


def _close_disclosure(translator: Any, node: nodes.Element) -> None:
    translator.body.append("</details>\n")
