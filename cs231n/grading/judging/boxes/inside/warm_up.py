"""Does once, before kernels are forked, what the first cell of every kernel would do again: load, compile, look up."""

from typing import Any

import numpy as np
from IPython.utils.capture import capture_output
from record_lines import RecordWriter
from stepping import share_stepped

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.record import record


def warm_up() -> None:
    """Record a wrong answer to every task, and watch one. Nothing of it is kept but what the modules remember."""

    def answer(*arguments: Any) -> np.ndarray:
        return np.zeros((2, 2))

    with capture_output(), quietly():
        for task in TASKS:
            record(task, answer, into=RecordWriter(task, lambda line: None))
        share_stepped(lambda: answer(), {"x": np.ones((4, 3))})
