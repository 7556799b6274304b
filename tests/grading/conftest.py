"""What several rooms of the grader's tests share."""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def temporary(monkeypatch):
    """An empty folder for temporary files, with a short name: a socket's path has at most 103 bytes.

    The processes that use it have it in their environment.
    """
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)
