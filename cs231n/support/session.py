"""Find out whether a person is watching, and show progress and text accordingly."""

import os
import sys
import threading
from typing import TYPE_CHECKING, Union

from . import place
from .plain_progress import PlainProgress

if TYPE_CHECKING:
    from tqdm import tqdm


def is_notebook() -> bool:
    """Whether this process is a Jupyter kernel.

    Returns:
        True inside a kernel; False in a script, a terminal or IPython's own shell.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def is_automated() -> bool:
    """Whether no person is watching: under pytest or nbval, in CI, or under this project's own tools.

    This project's tools set ``CS231N_AUTOMATED``. pytest (8.2 and later) sets ``PYTEST_VERSION`` for every process that
    it starts, including nbval's kernels.

    Returns:
        True if one of these two variables or ``CI`` is set and not empty.
    """
    return any(os.environ.get(name) for name in ("CS231N_AUTOMATED", "PYTEST_VERSION", "CI"))


def progress_bar(total: int, description: str, enabled: bool | None = None) -> Union["tqdm", PlainProgress]:
    """Make a tqdm progress bar that disappears when it is done, so that a notebook keeps only the printed text.

    In a notebook it is a line of text on stdout, not a widget: a saved notebook would show a widget that is dead.
    Where stderr is a file or a pipe there is no bar, but a plain line every 30 seconds.

    Arguments:
        total: number of steps.
        description: the text in front of the bar.
        enabled: whether to show a bar, and no lines. None shows a bar if a person is watching, at a terminal or in a
            notebook.

    Returns:
        A ``tqdm`` object, or a `PlainProgress`; call ``update()`` after each step and ``close()`` at the end.

    >>> bar = progress_bar(3, "training", enabled=False)
    >>> bar.total
    3
    >>> bar.close()
    """
    if enabled is None and not is_notebook() and not (sys.stderr and sys.stderr.isatty()):
        return PlainProgress(total, description)
    from tqdm import tqdm  # imported here, since it is a third of the library's import time

    if not hasattr(tqdm, "_lock"):  # tqdm's own lock has a semaphore of the system, which a killed process leaves
        tqdm.set_lock(threading.RLock())
    if place.in_browser():
        tqdm.monitor_interval = 0  # the monitor is a thread
    if enabled is None:
        enabled = not is_automated()
    file = sys.stdout if is_notebook() else sys.stderr
    return tqdm(total=total, desc=description, leave=False, disable=not enabled, file=file)


def say(text: str) -> None:
    """Print a line of text, above the progress bar if there is one.

    Arguments:
        text: the line, without a newline at its end.

    >>> say("epoch 1")
    epoch 1
    """
    tqdm = getattr(sys.modules.get("tqdm"), "tqdm", None)  # None if there is no bar yet, or tqdm is just being imported
    (tqdm.write if tqdm else print)(text)
