"""Build JupyterLite for one edition of the course, without what the course does not use."""

import json
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from .banner import AUTOSAVE
from .pyodide import MODULE, PACKAGES
from .wheels import pack_wheel

VERSION = "0.8.6"  # of jupyterlite-core and of jupyterlite-pyodide-kernel
KERNEL = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "@jupyterlite" / "pyodide-kernel-extension"
KERNEL_NEEDS = ("comm", "ipython-pygments-lexers")  # what Pyodide lacks
APPS = ["notebooks", "tree", "edit"]  # a notebook, the list of files, a text file
KERNEL_PLUGIN = "@jupyterlite/pyodide-kernel-extension:kernel"
# Left out: old formats of fonts (browsers since 2016 take the .woff2 beside them), and how JupyterLite itself is built.
UNUSED = ("build/fa-*.svg", "build/fa-*.ttf", "build/fa-*.eot", "build/fa-*.woff", "rspack.*", "doc")
TITLE = "Batch normalization, from the gradient up"
SETTINGS = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},  # dark where the reader's system is dark
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": AUTOSAVE},
}


class NotBuilt(OSError):
    """JupyterLite could not be built. The message says why."""


def build_jupyterlite(out: Path, content: Path, python: str, storage: str) -> None:
    """Build JupyterLite.

    Arguments:
        out: the folder to make.
        content: the folder with the files that the reader finds there.
        python: where Pyodide is, as an address relative to ``out`` that ends in ``/``.
        storage: the name of the storage in the reader's browser.

    Raises:
        NotBuilt: if it is not installed, or fails.
    """
    check_installed()
    with tempfile.TemporaryDirectory(dir=out.parent) as temporary:
        source = Path(temporary)  # a new folder each time: JupyterLite's own record of a last build goes wrong
        build = {
            "apps": APPS,
            "contents": [str(content)],
            "output_dir": str(out),
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            # Without this line, every JupyterLab extension of this Python environment would be published, too.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(KERNEL)],
            "ignore_contents": ["__pycache__", r"\.pyc$"],
        }
        (source / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": build}), encoding="utf-8")
        (source / "jupyter-lite.json").write_text(json.dumps(configure(python, storage)), encoding="utf-8")
        (source / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        for name in KERNEL_NEEDS:
            pack_wheel(name, source / "pypi")  # JupyterLite publishes the wheels of this folder
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source)]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, errors="replace")
    if done.returncode or not (out / "notebooks" / "index.html").is_file():
        raise NotBuilt(f"JupyterLite failed:\n{(done.stdout + done.stderr)[-3000:]}")
    for pattern in UNUSED:
        for path in out.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not any((out / "extensions").rglob("remoteEntry.*.js")):
        raise NotBuilt("JupyterLite was built without its Python; install the requirements again")


def check_installed() -> None:
    """Raise NotBuilt unless the two packages are installed, in the version that this module was tested with."""
    for name in ("jupyterlite-core", "jupyterlite-pyodide-kernel"):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "none"
        if found != VERSION:
            raise NotBuilt(
                f"{name} {VERSION} is needed, and {found} is installed; "
                "run python -m pip install -r cs231n/site/requirements.txt"
            )


def configure(python: str, storage: str) -> dict[str, object]:
    """The configuration that JupyterLite reads in the browser.

    Arguments:
        python, storage: as for `build_jupyterlite`.
    """
    kernel = {
        "pyodideUrl": f"./{python}{MODULE}",
        "disablePyPIFallback": True,  # packages come from this site or not at all
        "loadPyodideOptions": {"packages": list(PACKAGES)},
    }
    page = {
        "appName": TITLE,
        "appUrl": "./tree",
        "contentsStorageName": storage,
        # The reader's settings, such as the theme, hold in all editions.
        "settingsStorageName": "Batch normalization assignment, settings",
        "workspacesStorageName": "Batch normalization assignment, workspaces",
        "exposeAppInBrowser": True,  # pages/notebook.js saves the notebook before it gives the work out
        "disabledExtensions": ["@jupyterlite/javascript-kernel-extension"],
        "litePluginSettings": {KERNEL_PLUGIN: kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": page}
