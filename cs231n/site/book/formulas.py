"""A Sphinx extension: formulas become HTML while the book is built."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from .katex import Renderer

logger = logging.getLogger(__name__)
STOP = re.compile(r"[.,;:?!)]+")
SHORT = 20  # letters of TeX


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension. Sphinx calls this."""
    renderer = Renderer()

    def render(node: nodes.Element, display: bool) -> str:
        try:
            return renderer.render(node.astext(), display)
        except ValueError as error:
            logger.warning(str(error), location=node)
            return ""

    def visit_inline(translator: Any, node: nodes.Element) -> None:
        formula, stop = render(node, False), node.get("stop", "")
        formula = f'<span class="math notranslate nohighlight">{formula}</span>{stop}'
        # A formula in one piece is never broken over two lines, and a short one need not be: so its stop is tied to it.
        tied = stop and (formula.count('class="base"') == 1 or len(node.astext()) <= SHORT)
        translator.body.append(f'<span class="math-with-stop">{formula}</span>' if tied else formula)
        raise nodes.SkipNode

    def visit_display(translator: Any, node: nodes.Element) -> None:
        # Furo wraps it in an element that has its ids, too: a second time they would not be valid HTML.
        translator.body.append('<div class="math notranslate nohighlight">\n')
        if node.get("number"):
            translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})</span>')
        translator.body.append(render(node, True) + "</div>\n")
        raise nodes.SkipNode

    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.add_css_file("katex/katex.min.css")
    app.connect("doctree-resolved", take_stops)
    app.connect("build-finished", lambda app, error: renderer.close())
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def take_stops(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give each formula in a line the full stop or the like that follows it. A browser would begin a line with it."""
    for formula in list(doctree.findall(nodes.math)):
        following = formula.next_node(descend=False, siblings=True)
        if isinstance(following, nodes.Text) and (stop := STOP.match(following.astext())):
            formula["stop"] = stop[0]
            following.parent.replace(following, nodes.Text(following.astext()[stop.end() :]))
