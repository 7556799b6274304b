"""The figures of notebook 2 that plot numbers. The drawings of graphs are in ``batchnorm_graph``."""

import numpy as np
from matplotlib.axes import Axes

from .style import (
    BLUE,
    DIVERGING_COLOURMAP,
    FORWARD,
    GREY,
    LEGEND,
    ORANGE,
    PURPLE,
    Picture,
    new_figure,
)


def jacobian_heatmaps(matrices: dict[str, np.ndarray]) -> Picture:
    """Draw square matrices side by side. Each has its own diverging colour scale, with white for zero.

    Arguments:
        matrices: dictionary from a title to an (n, n) array.

    Returns:
        The figure. Blue is negative, red is positive.
    """
    fig, axes = new_figure(1, len(matrices), figsize=(11, 3.7))
    for ax, (title, matrix) in zip(axes, matrices.items()):
        top = np.abs(matrix).max()
        image = ax.imshow(matrix, cmap=DIVERGING_COLOURMAP, vmin=-top, vmax=top)
        ax.set_title(title, size=11)
        ax.set(xticks=range(len(matrix)), yticks=range(len(matrix)), xlabel="input j", ylabel="output i")
        ax.tick_params(labelsize=9)
        ax.grid(False)
        fig.colorbar(image, ax=ax, shrink=0.8)
    n = len(next(iter(matrices.values())))
    seen = "; ".join(f"{title}: {_describe_signs(matrix)}" for title, matrix in matrices.items())
    fig.alt = f"""Heatmaps of {len(matrices)} Jacobians of {n} by {n} entries, output i against input j, blue for
        negative and red for positive: {seen}."""
    return fig


def _describe_signs(matrix: np.ndarray, nothing: float = 1e-6) -> str:
    """Say which signs stand on the diagonal of a matrix and off it. Below ``nothing`` times the largest, 0 is 0."""
    zero = nothing * np.abs(matrix).max()
    places = {"on the diagonal": np.diag(matrix), "off it": matrix[~np.eye(len(matrix), dtype=bool)]}
    parts = []
    for place, values in places.items():
        counts = {"positive": values > zero, "negative": values < -zero, "zero": np.abs(values) <= zero}
        kinds = [(name, int(which.sum())) for name, which in counts.items() if which.any()]
        few = f"all {kinds[0][0]}" if len(kinds) == 1 else _join(f"{count} {name}" for name, count in kinds)
        size = f", from {values.min():.2g} to {values.max():.2g}" if np.any(np.abs(values) > zero) else ""
        parts.append(f"{place} {few}{size}")
    return ", ".join(parts)


def _join(words: object) -> str:
    """Write a list as text: ``a, b and c``."""
    *most, last = list(words)  # type: ignore[call-overload]
    return f"{', '.join(most)} and {last}" if most else str(last)


def projection(dout: np.ndarray, x_hat: np.ndarray) -> Picture:
    """Show what batch norm's backward pass removes from dout, for one feature of a batch of three.

    Arguments:
        dout, x_hat: shape (3,).

    Returns:
        The figure. Left: bars of dout, of dout minus its mean, and of that minus its component along x_hat. Right: the
        last two as vectors in the plane of batches whose sum is zero. At eps = 0 there is a right angle between the
        last vector and x_hat.
    """
    along, across = _plane_axes(dout, x_hat)
    taken_out = x_hat @ x_hat / 3  # this share of the component along x_hat; it is 1 at eps = 0
    centred = (dout @ along) * along + (dout @ across) * across
    rest = (1 - taken_out) * (dout @ along) * along + (dout @ across) * across
    fig, (bars, plane) = new_figure(1, 2, figsize=(11, 3.9), width_ratios=[1.15, 1])
    _draw_projection_bars(bars, dout, centred, rest)
    _draw_projection_plane(plane, x_hat, centred, rest)
    before, after = (_angle(v, x_hat) for v in (centred, rest))
    fig.alt = f"""Left: bars for three examples of dout, of dout less its mean, and of that less x_hat * mean(dout *
        x_hat). Right: arrows in the plane of batches with sum zero, x_hat to the right. Between x_hat and dout less
        its mean the angle is {before:.0f} degrees; between x_hat and what is left, {after:.1f}."""
    return fig


def _plane_axes(dout: np.ndarray, x_hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make two unit vectors in the plane of batches of three with sum zero: along x_hat, and across it towards dout."""
    along = x_hat / np.linalg.norm(x_hat)
    across = np.cross(np.ones(3) / np.sqrt(3), along)
    return along, across if dout @ across > 0 else -across


def _angle(a: np.ndarray, b: np.ndarray) -> float:
    """The angle of two vectors, in degrees."""
    return float(np.degrees(np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))))


def _draw_projection_bars(bars: Axes, dout: np.ndarray, centred: np.ndarray, rest: np.ndarray) -> None:
    """Draw the left panel of `projection`."""
    stages = (("dout", dout, GREY, "///"), ("less its mean", centred, PURPLE, ""),
              ("less x_hat * mean(dout * x_hat)", rest, BLUE, "..."))  # fmt: skip
    for k, (label, values, colour, hatch) in enumerate(stages):
        _draw_bars(bars, np.arange(3) + 0.27 * (k - 1), values, 0.25, colour, label, hatch)
    bars.axhline(0, color=FORWARD, lw=0.8)
    bars.set(xticks=range(3), xticklabels=["example 0", "example 1", "example 2"])
    bars.set_ylim(min(dout.min(), centred.min(), rest.min()) - 0.3, max(dout.max(), centred.max()) * 1.45)
    bars.legend(fontsize=10, loc="upper left", **LEGEND)


def _draw_bars(ax: Axes, x: np.ndarray, heights: np.ndarray, width: float, colour: str, label: str, hatch: str) -> None:
    """Draw bars of one colour and pattern, so that colour is not the only mark."""
    ax.bar(x, heights, width=width, color=colour, label=label, hatch=hatch, ec="white" if hatch else colour, lw=0)


def _draw_projection_plane(plane: Axes, x_hat: np.ndarray, centred: np.ndarray, rest: np.ndarray) -> None:
    """Draw the right panel of `projection`."""
    first, second = _plane_axes(centred, x_hat)
    vectors = (("x_hat", x_hat, GREY, (0, 8)), ("dout less its mean", centred, PURPLE, (8, 6)),
               ("what is left", rest, BLUE, (-8, -14)))  # fmt: skip
    for label, v, colour, nudge in vectors:
        tip = (v @ first, v @ second)
        plane.annotate("", xy=tip, xytext=(0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2,
                                                             "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        align = "right" if nudge[0] < 0 else "left"
        plane.annotate(label, tip, textcoords="offset points", xytext=nudge, color=colour, size=10, ha=align)
    c, r = [(v @ first, v @ second) for v in (centred, rest)]
    plane.plot([c[0], r[0]], [c[1], r[1]], color=ORANGE, ls="--", lw=1.5)
    plane.annotate("taken out", ((c[0] + r[0]) / 2, c[1]), textcoords="offset points", xytext=(0, 6),
                   color=ORANGE, size=10, ha="center")  # fmt: skip
    plane.axvline(0, color=FORWARD, lw=0.8)
    plane.axhline(0, color=FORWARD, lw=0.8)
    plane.set(xlabel="along x_hat", ylabel="across x_hat", aspect="equal")
    plane.set(xlim=(-2.4, 3.4), ylim=(-0.45, c[1] + 0.6))


def bias_drift(histories: dict[str, tuple[np.ndarray, np.ndarray]], learning_rate: float) -> Picture:
    """Show how Adam moves a bias in front of batch norm: the size of its gradient, and its values.

    Arguments:
        histories: dictionary from a label to a pair ``(gradient, bias)``: the largest gradient entry at each step,
            shape (T,), and the bias after each step, shape (T, M).
        learning_rate: Adam's learning rate.

    Returns:
        The figure. Left: gradient sizes, on a logarithmic axis. Right: every entry of the bias over the steps.
    """
    fig, (left, right) = new_figure(1, 2, figsize=(10.5, 3.6))
    seen = []
    for (label, (gradient, bias)), colour, marker, dashes in zip(histories.items(), (ORANGE, BLUE), "os", ("-", "--")):
        steps = np.arange(1, len(gradient) + 1)
        left.semilogy(steps, gradient, color=colour, marker=marker, ms=4, markevery=20, label=label)
        lines = right.plot(steps, bias / learning_rate, color=colour, lw=1, ls=dashes)
        lines[0].set_label(label)
        far = np.abs(bias[-1]).max() / learning_rate
        seen.append(f"{label}: gradient about {np.median(gradient):.0e}, bias at most {far:.2g} away from 0 at the end")
    left.set(title="largest entry of the bias's gradient", xlabel="step")
    right.set(title="the bias itself, one line per entry", xlabel="step", ylabel="in units of the learning rate")
    left.legend(fontsize=10, **LEGEND)
    right.legend(fontsize=10, **LEGEND)
    fig.alt = f"""Left: the largest entry of a bias's gradient over {len(steps)} steps, logarithmic. Right: the
        entries of the bias, in units of the learning rate; {"; ".join(seen)}."""
    return fig
