"""The pages of the browser edition that are not JupyterLite's: the landing page and two scripts."""

import html
import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path

PAGES = Path(__file__).with_name("pages")
FILES = ("style.css", "zip.js", "work.js", "landing.js", "notebook.js")
ABOUT = "about.json"  # what the scripts and the tests know of the site; also the mark of a folder that may be replaced
STORAGE = "Batch normalization assignment, edition "  # what the names of the browser's storages begin with
# Added to JupyterLite's page of a notebook. Without the icon, a browser asks for one at the root of the host.
HEAD = """\
  <link rel="icon" href="favicon.ico">
    <script type="module" src="../../notebook.js"></script>
  """
# It stands for JupyterLite's own first page. JupyterLite reads the element jupyter-config-data out of it.
REDIRECT = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Batch normalization</title>
<meta http-equiv="refresh" content="0; url=../index.html">
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{}</script>
<p><a href="../index.html">To the course</a></p>
</html>
"""


def write_pages(folder: Path, edition: str, titles: Mapping[str, str]) -> float:
    """Write the landing page and its scripts, and put a script into JupyterLite's page of a notebook.

    Arguments:
        folder: OUT/lite, with everything else in it.
        edition: the course's edition.
        titles: the titles of the notebooks by file name.

    Returns:
        The size of all files, in megabytes (10**6 bytes).
    """
    for name in FILES:
        shutil.copyfile(PAGES / name, folder / name)
    page = folder / edition / "notebooks" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert "</head>" in text
    page.write_text(text.replace("</head>", HEAD + "</head>", 1), encoding="utf-8", newline="\n")
    (folder / edition / "index.html").write_text(REDIRECT, encoding="utf-8", newline="\n")
    megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    about = {"edition": edition, "storage": STORAGE, "megabytes": round(megabytes, 1)}
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    (folder / "index.html").write_text(_fill(edition, titles, megabytes), encoding="utf-8", newline="\n")
    return megabytes


def _fill(edition: str, titles: Mapping[str, str], megabytes: float) -> str:
    """Fill the links to the notebooks and the size of the site into the landing page."""
    links = [
        f'<li><a href="{edition}/notebooks/index.html?path=notebooks/{name}">'
        f"<strong>Open notebook {number}</strong> {html.escape(title)}</a></li>"
        for number, (name, title) in enumerate(titles.items(), start=1)
    ]
    values = {
        "{{notebooks}}": "\n        ".join(links),
        "{{megabytes}}": str(math.ceil(megabytes)),
        "{{edition}}": edition,
    }
    text = (PAGES / "index.html").read_text(encoding="utf-8")
    for name, value in values.items():
        assert name in text
        text = text.replace(name, value)
    return text
