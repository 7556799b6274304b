"""Alt texts in the page that a reader gets: JupyterLab, Notebook 7 and nbconvert. Each must have one on every image."""

import base64
import io
import os
import socket
import subprocess
import sys
import urllib.request

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from tests.helpers.browser import CHROMIUM, Browser, wait_until
from tests.helpers.paths import ROOT

CELL = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
from cs231n import vis_utils as vis
vis.show(vis.digits(np.eye(4)[:, None].repeat(4, axis=1), np.array([3, 1, 4, 1])))
fig = vis.valley_paths({{'the right way: "test" mode': None, "a & b < c": None}}, (1.0, 2.0))
vis.show(fig)
"""
ALTS = [
    "Images of the data set, 4 of them, with the labels 3, 1, 4, 1.",
    "Paths of two optimizers over the lines of equal loss of one valley, whose lowest point, at (0, 0), is marked by a "
    'star; the second parameter is 2 times as steep as the first. the right way: "test" mode: waits for your line; '
    "a & b < c: waits for your line.",
]
SUMMARY = "This figure in words"
IMAGES = "[...document.querySelectorAll('.jp-OutputArea-output img')]"
READY = f"{IMAGES}.every(image => image.complete)"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook that was run, with two figures in its stored outputs."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL.format(root=str(ROOT)))])
    NotebookClient(nb, timeout=120).execute()
    path = tmp_path_factory.mktemp("notebook") / "figures.ipynb"
    nbformat.write(nb, path)
    return path


@pytest.fixture(scope="module")
def reader(notebook, tmp_path_factory):
    """A function that opens the notebook in JupyterLab (``lab``) or Notebook 7 (``notebook``) and returns the browser.

    One server has both, and one browser reads both.
    """
    folder = tmp_path_factory.mktemp("jupyter")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    places |= {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTER_DATA_DIR": "data"}
    environment = os.environ | {name: str(folder / place) for name, place in places.items()}
    command = [sys.executable, "-m", "jupyter", "notebook", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={notebook.parent}", "--LabApp.expose_app_in_browser=True"]
    with open(folder / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    paths = {"lab": "lab/tree", "notebook": "notebooks"}
    try:
        wait_until(lambda: _answers(port), 90)
        with Browser(folder / "profile") as page:

            def open_in(app):
                address = f"http://127.0.0.1:{port}/{paths[app]}/{notebook.name}"
                if page.run("location.href") != address:
                    page.open(address)
                page.wait_for(f"location.href == '{address}' && {IMAGES}.length == 2 && {READY}", 120)
                return page

            yield open_in
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:  # it waits for the page that Chromium has left; its kernel ends with it
            server.kill()
            server.wait()


def _answers(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/api").status == 200
    except OSError:
        return False


needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="needs chromium: apt install chromium")


@needs_chromium
@pytest.mark.browser
@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize("app", ["notebook", "lab"])
def test_every_image_has_its_alt_text_in_a_browser(app, reader):
    """The notebook is not trusted there, so its HTML passes through JupyterLab's sanitizer, as a stranger's would."""
    page = reader(app)
    folds = "[...document.querySelectorAll('.jp-OutputArea-output details')]"
    assert page.run(f"{folds}.map(fold => fold.querySelector('summary').innerText)") == [SUMMARY] * 2
    assert page.run(f"{folds}.map(fold => fold.querySelector('p').textContent)") == ALTS
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    names = [node.get("name", {}).get("value") for node in nodes if not node.get("ignored")]
    assert names.count(SUMMARY) >= 2, "a screen reader meets the description, and can open it"
    page.run(f"{folds}.forEach(fold => fold.open = true)")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    names = {node.get("name", {}).get("value") for node in nodes if not node.get("ignored")}
    assert set(ALTS) <= names
    sizes = page.run(f"{IMAGES}.map(image => [image.naturalWidth, image.getBoundingClientRect().width])")
    assert all(natural >= 1.9 * shown for natural, shown in sizes), "two pixels for each of the page"


@needs_chromium
@pytest.mark.browser
@pytest.mark.kernel
@pytest.mark.slow
def test_in_a_dark_theme_a_figure_is_a_light_card(reader):
    page = reader("lab")
    page.run("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'}).then(() => true)")
    page.wait_for("document.body.dataset.jpThemeLight == 'false'")
    page.run(f"{IMAGES}[0].scrollIntoView({{block: 'center'}})")
    seen = []

    def is_light_card_on_dark_page():
        """The picture is taken again until it is so: a new theme takes its time to come and be painted."""
        left, top, height = page.run(f"(r => [r.left, r.top, r.height])({IMAGES}[0].getBoundingClientRect())")
        shot = page.call("Page.captureScreenshot", format="png")["data"]
        image = Image.open(io.BytesIO(base64.b64decode(shot))).convert("L")
        seen.append([image.getpixel((x, int(top + height / 2))) for x in (int(left) + 3, 5)])
        return seen[-1][0] > 230 and seen[-1][1] < 100

    try:
        wait_until(is_light_card_on_dark_page, 30)
    except TimeoutError:
        pytest.fail(f"brightness of the card and of the page: {seen}")


def test_nbconvert_shows_every_figure_in_words(notebook, tmp_path):
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--output-dir", str(tmp_path)]
    run = subprocess.run([*command, str(notebook)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    page = (tmp_path / "figures.html").read_text(encoding="utf-8")
    assert page.count("<details>") == 2 and f"<p>{ALTS[0]}</p>" in page


def test_a_picture_that_is_shown_without_html_has_its_alt_text_too(notebook):
    """LaTeX, and whoever prefers image/png: nbconvert reads the alt text from the metadata."""
    (cell,) = nbformat.read(notebook, as_version=4).cells
    pictures = [output for output in cell.outputs if "image/png" in output.data]
    assert [output.metadata["image/png"]["alt"] for output in pictures] == ALTS
    assert [output.data["text/plain"] for output in pictures] == [f"Figure:\n{alt}" for alt in ALTS]
