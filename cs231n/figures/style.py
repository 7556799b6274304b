"""How every figure looks, and how it is shown: one palette, one size of type, always with alt text."""

import matplotlib.pyplot as plt
from IPython.display import display

# Okabe and Ito's palette, which readers with colour-blindness can tell apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#7F7F7F"
WITH_BN, WITHOUT_BN = BLUE, ORANGE
FORWARD, BACKWARD = "#333333", RED

STYLE = {
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


def new_figure(*args, **kwargs):
    """``plt.subplots`` in the course's style: returns (figure, axes)."""
    with plt.rc_context(STYLE):
        return plt.subplots(*args, **kwargs)


def show(fig, alt):
    """Show a figure in a notebook with alternative text, and close it.

    Arguments:
        fig: a matplotlib figure.
        alt: what a reader who cannot see the figure should know; one to three sentences.

    Raises:
        ValueError: without an alt text.
    """
    if not alt.strip():
        raise ValueError("every figure needs an alt text")
    with plt.rc_context(STYLE):
        display(fig, metadata={"image/png": {"alt": " ".join(alt.split())}})
    plt.close(fig)
