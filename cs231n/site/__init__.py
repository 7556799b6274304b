"""The two views of the course on the web: ``book/`` for readers, ``lite/`` to do the notebooks in the browser.

Both are made from the same notebooks. ``python -m cs231n.site`` builds them. README.md says what that needs.
"""

from .. import grading  # noqa: F401 (before nbformat: it spares nbformat a slow import)
