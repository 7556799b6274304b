"""The style of all figures: one palette, one font size, and always an alt text."""

from typing import Any

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

# The palette of Okabe and Ito. Colour-blind readers can tell its colours apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#7F7F7F"
WITH_BN, WITHOUT_BN = BLUE, ORANGE
FORWARD, BACKWARD = "#333333", RED

STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def new_figure(*args: Any, **kwargs: Any) -> tuple[Figure, Any]:
    """Call ``plt.subplots`` in the course's style. Return (figure, axes)."""
    with plt.rc_context(STYLE):
        return plt.subplots(*args, **kwargs)


def show(fig: Figure, alt: str) -> None:
    """Show a figure in a notebook with alternative text, and close it.

    Arguments:
        fig: a matplotlib figure.
        alt: one to three sentences that tell a reader who cannot see the figure what it shows.

    Raises:
        ValueError: if the alt text is empty.
    """
    if not alt.strip():
        raise ValueError("every figure needs an alt text")
    with plt.rc_context(STYLE):
        display(fig, metadata={"image/png": {"alt": " ".join(alt.split())}})
    plt.close(fig)
