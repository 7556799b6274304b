"""What the place where this runs can do. All code that needs to know asks here."""

import sys


def in_browser() -> bool:
    """Whether this is Python in a browser (Pyodide, JupyterLite). It has no threads, processes or sockets there."""
    return sys.platform in ("emscripten", "wasi")
