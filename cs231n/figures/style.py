"""The style of all figures: one palette, one font size, one light card, and always an alt text."""

import base64
import html
import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from ..support.session import is_notebook

# The figures lie on a card of this colour, in light and in dark themes.
CARD = "#F6F4EF"
# Every colour serves for lines and for text. On the card each has a contrast of at least 4.5, and readers with
# deuteranopia or protanopia can tell any two apart (tests/library/test_figure_colours.py computes both). They differ in
# lightness (from DARK, GREEN and PURPLE to BLUE, ORANGE and GREY), and from blue to yellow.
BLUE, ORANGE, GREEN, PURPLE, GREY, DARK = "#1F6DC1", "#B34F00", "#074A1A", "#551065", "#666666", "#1A1A1A"
PALETTE = {"blue": BLUE, "orange": ORANGE, "green": GREEN, "purple": PURPLE, "grey": GREY, "dark": DARK}
WITH_BN, WITHOUT_BN = BLUE, ORANGE
FORWARD, BACKWARD = DARK, ORANGE
DIVERGING_COLOURMAP = "RdBu_r"  # of ColorBrewer, "colour-blind safe": blue is negative, red is positive
SMALLEST_TEXT = 9  # points

LEGEND: dict[str, Any] = {"frameon": True, "facecolor": CARD, "framealpha": 0.7, "edgecolor": "none"}

CSS_DPI, PIXEL_DPI = 100, 200  # two pixels for each pixel of the page: sharp on a fine screen, and at 200% zoom
DESCRIPTION = "<details><summary>This figure in words</summary><p>{alt}</p></details>"

STYLE: dict[Any, Any] = {
    "figure.dpi": CSS_DPI,
    "savefig.dpi": PIXEL_DPI,
    "figure.facecolor": CARD,
    "axes.facecolor": CARD,
    "savefig.facecolor": CARD,
    "text.color": DARK,
    "axes.labelcolor": DARK,
    "axes.titlecolor": DARK,
    "axes.edgecolor": GREY,
    "xtick.color": DARK,
    "ytick.color": DARK,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GREY,
    "grid.alpha": 0.25,
    "figure.constrained_layout.use": True,
}


class Picture(Figure):
    """A matplotlib figure that knows its alt text: what it shows, for a reader who cannot see it."""

    _alt = ""

    @property
    def alt(self) -> str:
        """The alt text, in one line."""
        return self._alt

    @alt.setter
    def alt(self, text: str) -> None:
        self._alt = " ".join(text.split())


class ShownPicture:
    """A figure as Jupyter shows it: a PNG, which GitHub shows too, with its alt text in the metadata.

    JupyterLab and Notebook 7 give no alt text to an ``image/png`` (JupyterLab 4.6, ``renderImage`` in rendermime). So
    `show` puts a `Description` below it. An ``<img>`` in HTML would have an alt text, but GitHub may leave it out.
    """

    def __init__(self, png: bytes, alt: str) -> None:
        self.png, self.alt = base64.b64encode(png).decode("ascii"), alt
        pixels = np.array(Image.open(io.BytesIO(png)).size)
        self.width, self.height = (int(n) for n in pixels * CSS_DPI // PIXEL_DPI)

    def __repr__(self) -> str:
        return f"Figure:\n{self.alt}"  # JupyterLab shows the first line while the output is collapsed

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        size = {"width": self.width, "height": self.height}
        return {"image/png": self.png, "text/plain": repr(self)}, {"image/png": {"alt": self.alt, **size}}


class Description:
    """A figure in words, folded below it: a screen reader meets it there, and anybody may open it."""

    def __init__(self, alt: str) -> None:
        self.alt = alt

    def __repr__(self) -> str:
        return ""

    def _repr_html_(self) -> str:
        return DESCRIPTION.format(alt=html.escape(self.alt))


def new_figure(*args: Any, **kwargs: Any) -> tuple[Picture, Any]:
    """Call ``plt.subplots`` in the course's style. Return (figure, axes)."""
    with plt.rc_context(STYLE):
        return plt.subplots(*args, FigureClass=Picture, **kwargs)


def new_mosaic(mosaic: str, **kwargs: Any) -> tuple[Picture, dict[str, Any]]:
    """Call ``plt.subplot_mosaic`` in the course's style. Return (figure, dictionary of axes)."""
    with plt.rc_context(STYLE):
        fig, axes = plt.subplot_mosaic(mosaic, FigureClass=Picture, **kwargs)
    return fig, axes  # type: ignore[return-value]


def text_colour_on(background: Any) -> str:
    """Choose white or black for text on a background. The better one has a contrast of at least 4.58 on any colour.

    Arguments:
        background: a colour in any form that matplotlib takes.
    """
    return max("white", "black", key=lambda colour: contrast(colour, background))


def contrast(first: Any, second: Any) -> float:
    """Compute the contrast ratio of two colours, 1 to 21, as the WCAG 2.2 defines it (www.w3.org/TR/WCAG22)."""
    low, high = sorted(_luminance(colour) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Any) -> float:
    """The relative luminance of a colour, 0 to 1."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def make_png(fig: Figure) -> bytes:
    """Draw a figure with PIXEL_DPI pixels per inch. 128 colours look the same as all, in a third of the bytes."""
    file, small = io.BytesIO(), io.BytesIO()
    with plt.rc_context(STYLE):
        fig.savefig(file, format="png", dpi=PIXEL_DPI, bbox_inches="tight", pad_inches=0.15)
    Image.open(file).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, format="png", optimize=True)
    return small.getvalue()


def show(fig: Figure, alt: str = "") -> None:
    """Show a figure in a notebook with its alt text, and close it.

    Arguments:
        fig: a matplotlib figure.
        alt: one to three sentences that tell a reader who cannot see the figure what it shows. The figures of
            `cs231n.vis_utils` bring their own; a figure of yours needs one.

    Raises:
        ValueError: if there is no alt text.
    """
    alt = " ".join((alt or getattr(fig, "alt", "")).split())
    if not alt:
        raise ValueError('every figure needs an alt text: show(fig, alt="What the figure shows.")')
    display(ShownPicture(make_png(fig), alt))
    if is_notebook():
        display(Description(alt))
    plt.close(fig)
