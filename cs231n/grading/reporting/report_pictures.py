"""The pictures of the class report, as PNG in the page itself, each with its description as alt text."""

import base64
import io
from collections.abc import Sequence

import matplotlib
from markupsafe import Markup, escape
from matplotlib.ticker import MaxNLocator

from ...figures.style import BLUE, CARD, CSS_DPI, DARK, ORANGE, STYLE, Picture

WIDTH = 5.2  # inches; on a phone the picture becomes about a third smaller, and its text is still readable


def draw_distribution(bins: Sequence[tuple[str, int]], median: float, step: float) -> Markup:
    """Draw how many students have how many points.

    Arguments:
        bins: for each bar, in order from 0 points, what it stands for, such as ``"5 to 9.99"``, and how many students.
        median: the median of the points.
        step: how many points wide a bar is.
    """
    with matplotlib.rc_context(STYLE):
        fig = Picture(figsize=(WIDTH, 2.7))
        axes = fig.subplots()
        lefts = [step * number for number in range(len(bins))]
        counts = [count for _, count in bins]
        bars = axes.bar(lefts, counts, width=step, align="edge", color=BLUE, edgecolor=CARD, linewidth=1.5)
        axes.bar_label(bars, [str(count) if count else "" for count in counts], padding=1)
        axes.axvline(median, color=ORANGE, linestyle="--", linewidth=2, label=f"median, {median:g}")
        axes.set(xlabel="points", ylabel="students", xticks=[*lefts, lefts[-1] + step], ylim=(0, 1.25 * max(counts)))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper left", facecolor=CARD, edgecolor="none", framealpha=0.7)
        said = ", ".join(f"{name}: {count}" for name, count in bins)
        fig.alt = f"Bars: how many students have how many points. {said}. The median is {median:g}."
        return _embed(fig)


def draw_difficulty(tasks: Sequence[tuple[str, float, float]]) -> Markup:
    """Draw how well the class did each task.

    Arguments:
        tasks: for each task its name, the share of the points that were earned, and the share of students who have it
            all right.
    """
    with matplotlib.rc_context(STYLE):
        fig = Picture(figsize=(WIDTH, 0.8 + 0.3 * len(tasks)))
        axes = fig.subplots()
        places = range(len(tasks))
        axes.barh(places, [100 * points for _, points, _ in tasks], height=0.62, color=BLUE, label="points earned")
        shares = [100 * right for _, _, right in tasks]
        axes.plot(shares, places, "D", color=ORANGE, markeredgecolor=CARD, markersize=9, label="students all right")
        axes.set_yticks(places, [name for name, _, _ in tasks], fontsize=10)
        axes.set(xlabel="per cent", xlim=(0, 103), ylim=(len(tasks) - 0.4, -0.6))
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0, labelcolor=DARK)
        fig.legend(loc="outside upper center", ncols=2, frameon=False)
        said = ", ".join(f"{name}: {points:.0%} and {right:.0%}" for name, points, right in tasks)
        fig.alt = f"For each task, the share of points earned, and the share of students with everything right. {said}."
        return _embed(fig)


def _embed(fig: Picture) -> Markup:
    """A figure as HTML: the picture, with its size on the page and its alt text."""
    png = io.BytesIO()
    fig.savefig(png, format="png")
    width, height = (round(inches * CSS_DPI) for inches in fig.get_size_inches())
    data = base64.b64encode(png.getvalue()).decode("ascii")
    return Markup(f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}" alt="{escape(fig.alt)}">')
