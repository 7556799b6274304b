"""Fixtures for the tests of cs231n/assignment."""

from importlib import import_module

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.saving import saved_answers


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """The path of a folder of saved answers, in a session that counts as interactive. The library is restored later."""
    path = tmp_path / "my_answers"
    monkeypatch.setenv("CS231N_ANSWERS", str(path))
    monkeypatch.setattr(saved_answers, "is_interactive", lambda: True)
    for name, task in TASKS.items():
        module = import_module(task.module)
        monkeypatch.setattr(module, name, getattr(module, name))
    return path
