"""Stubs: what the library of a release holds in place of the answers that the student has to write."""

import inspect
import os
from typing import Any

from ..actions import TASKS

SESSION_NAME = "JPY_SESSION_NAME"  # Jupyter Server sets it for a kernel: the notebook's path. Other tools may not
STUB_EXCEPTIONS = {"NotImplementedError", "NotWritten", "DoesNotFit"}  # a stub raises one of these


class NotWritten(NotImplementedError):
    """The library needs an answer that is not written yet. A notebook shows this as one line, without a traceback.

    Attributes:
        name: the task's name.
    """

    def __init__(self, name: str, message: str | None = None) -> None:
        super().__init__(message or stub_message(name))
        self.name = name

    def __reduce__(self) -> tuple[type, tuple[str, str]]:  # pickle needs this to bring it back from another process
        return type(self), (self.name, str(self))

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class DoesNotFit(NotWritten):
    """The library needs an answer that is written, but cannot work with another answer of the student's."""


def stub_message(name: str) -> str:
    """Write which answer is missing, and where to go for it.

    Arguments:
        name: the task's name.
    """
    task = TASKS[name]
    start = f"task {task.number}, {name}: not written yet. Write it in"
    if task.notebook == os.path.basename(os.environ.get(SESSION_NAME, "")):
        return f"{start} section {task.section}, run its check, and then this cell again."
    return (
        f"{start} {task.place}, and run its check; "
        "then run use_my_answers() here, if this notebook has it, and this cell again."
    )


def stub_body(name: str) -> str:
    """Write the body of a stub: an import and a raise, indented by four spaces."""
    return f'    from cs231n.assignment.saving.stubs import NotWritten\n\n    raise NotWritten("{name}")'


def is_stub(function: Any) -> bool:
    """Whether a function, of the library or of a notebook, is an answer that is not written yet."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not STUB_EXCEPTIONS.isdisjoint(code.co_names)
