"""Build the browser edition: a landing page, Pyodide, and JupyterLite with the release's notebooks and library.

    OUT/lite/index.html         the landing page
    OUT/lite/EDITION/           JupyterLite with the course of that edition
    OUT/lite/pyodide-VERSION/   Python, beside it, so that a new edition does not download it again

A browser keeps a student's work under the name of the edition, and shows a stored notebook in place of the site's. So
each edition has an address and a storage of its own: a new one never hides behind the notebooks of the old one. The
landing page finds the work of all editions.
"""

import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from ...grading.publishing.edition import course_edition
from ...support.whole_files import replaced_folder
from .content import write_content
from .jupyterlite import build_jupyterlite
from .landing import ABOUT, STORAGE, write_pages
from .placeholder import is_placeholder
from .pyodide import ADVICE, NotPyodide, copy_pyodide

FOLDER = "lite"


class Lite(NamedTuple):
    """What was built.

    Attributes:
        folder: OUT/lite.
        edition: the course's edition.
        megabytes: size of all files of the folder, which is the most that a first visit can download.
    """

    folder: Path
    edition: str
    megabytes: float


def build_lite(out: Path, pyodide: str | Path) -> Lite:
    """Build the browser edition in ``out/lite``, whole or not at all. It takes about half a minute.

    Arguments:
        out: the folder of the site. It is made if it is missing. Only ``lite`` in it changes.
        pyodide: a folder with Pyodide 314.0.x and its packages; "" is refused with advice.

    Raises:
        FileExistsError: if ``out/lite`` is something else than an earlier browser edition.
        NotPyodide: if the folder with Pyodide is not as it should be.
        NotBuilt: if JupyterLite is missing, or fails.
        ValueError: if the committed notebooks are solved.
    """
    if not str(pyodide):
        raise NotPyodide(f"PYODIDE_DIR is not set; {ADVICE}")
    out = Path(os.path.abspath(out))
    target = out / FOLDER
    is_ours = (target / ABOUT).is_file() or is_placeholder(target)
    if target.exists() and not is_ours and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(f"{target} is not an earlier browser edition; move it away, or name another folder")
    edition = course_edition()
    with replaced_folder(target) as folder, tempfile.TemporaryDirectory() as temporary:
        python = copy_pyodide(Path(pyodide), folder)
        content = Path(temporary) / "content"
        titles = write_content(content)
        build_jupyterlite(folder / edition, content, f"../{python}/", STORAGE + edition)
        megabytes = write_pages(folder, edition, titles)
    return Lite(target, edition, megabytes)
