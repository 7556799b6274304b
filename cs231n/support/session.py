"""Find out whether a person is watching, and show progress and text accordingly."""

import os
import sys
from typing import TYPE_CHECKING

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


def progress_bar(total: int, description: str, enabled: bool | None = None) -> "tqdm":
    """Make a tqdm progress bar that disappears when it is done, so that a notebook keeps only the printed text.

    In a notebook it is a line of text on stdout, not a widget: a saved notebook would show a widget that is dead.

    Arguments:
        total: number of steps.
        description: the text in front of the bar.
        enabled: whether to show it. None shows it only if a person is watching, at a terminal or in a notebook.

    Returns:
        A ``tqdm`` object; call ``update()`` after each step and ``close()`` at the end.

    >>> bar = progress_bar(3, "training", enabled=False)
    >>> bar.total
    3
    >>> bar.close()
    """
    from tqdm import tqdm  # imported here, since it is a third of the library's import time

    if enabled is None:
        enabled = not is_automated() and (is_notebook() or sys.stderr.isatty())
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
