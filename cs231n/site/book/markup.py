"""A Sphinx extension: mends what the theme, Furo, and Sphinx leave out of the pages for a screen reader."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
# What Furo writes, and what stands in its place.
OF_THEME = {
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="The pages of the book">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    # Its page of results has no heading of the first level.
    '<div id="search-results"></div>': '<h1>Search</h1>\n<div id="search-results"></div>',
}
# A column without a name. A header must say something.
NAMELESS, PLAIN = '<th class="head"><p></p></th>', "<td></td>"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the extension. Sphinx calls this."""
    app.connect("build-finished", mend_pages)
    app.add_js_file("scrollers.js")
    return {"parallel_read_safe": True}


def mend_pages(app: Sphinx, error: Exception | None) -> None:
    """Mend the pages. Sphinx warns if the theme has changed: then so must OF_THEME."""
    if error:
        return
    missing = set(OF_THEME)
    for page in Path(app.outdir).glob("*.html"):
        text = page.read_text(encoding="utf-8").replace(NAMELESS, PLAIN)
        for written, mended in OF_THEME.items():
            if written in text:
                missing.discard(written)
                text = text.replace(written, mended)
        page.write_text(text, encoding="utf-8")
    for written in sorted(missing):
        logger.warning("no page holds %s any more; see markup.py", written)
