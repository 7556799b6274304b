"""What stands in the library in place of an answer that is still to be written, as in a release for students."""

import inspect

from ..actions import TASKS

STUBS = {"NotImplementedError", "NotWritten", "DoesNotFit"}  # what stands in place of an answer raises one of these


class NotWritten(NotImplementedError):
    """The library needs an answer that is not written yet. A notebook shows one line, without a traceback.

    Attributes:
        name: the task's name.
    """

    def __init__(self, name, message=None):
        super().__init__(message or stub_message(name))
        self.name = name

    def __reduce__(self):  # so that it comes back whole from another process
        return type(self), (self.name, str(self))

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]


class DoesNotFit(NotWritten):
    """The library needs an answer that is written, but does not go with another one of the student's."""


def stub_message(name):
    """The line that says which answer is missing, and where to go for it; ``name`` is the task's."""
    task = TASKS[name]
    return (
        f"task {task.number}, {name}: not written yet. Write it in {task.place}, and run its check; "
        "then run use_my_answers() here, if this notebook has it, and this cell again."
    )


def stub_body(name):
    """The two lines that stand in place of the body of a library's function, indented by four spaces."""
    return f'    from cs231n.assignment.saving.stubs import NotWritten\n\n    raise NotWritten("{name}")'


def is_stub(function):
    """Whether a function is an answer that is still to be written: the library's or a notebook's."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not STUBS.isdisjoint(code.co_names)
