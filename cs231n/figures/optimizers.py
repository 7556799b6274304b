"""The figures of notebook 3's section on Adam: paths through a valley, and gamma and beta over a training run."""

import numpy as np
from matplotlib.axes import Axes

from .style import FORWARD, GREEN, GREY, LEGEND, ORANGE, WITH_BN, Picture, new_figure

COLOURS, MARKERS = (ORANGE, WITH_BN), ("s", "o")
MISSING = "waits for your line"


def valley_paths(paths: dict[str, np.ndarray | None], steepness: tuple[float, float]) -> Picture:
    """Draw two optimizers' paths through the same valley side by side, on equal axes.

    Arguments:
        paths: dictionary from the name of an optimizer to its path, shape (T + 1, 2); None draws an empty valley with
            a note that a line is missing.
        steepness: the loss is ``sum(steepness * w**2) / 2``.

    Returns:
        The figure. Grey lines join points of equal loss.
    """
    fig, axes = new_figure(1, len(paths), figsize=(9.5, 3.4), sharex=True, sharey=True, squeeze=False)
    drawn = [path for path in paths.values() if path is not None]
    reach = np.abs(np.vstack([*drawn, [[1.0, 1.0]]])).max(axis=0) * 1.08
    parts = []
    for ax, (name, path), colour, marker in zip(axes[0], paths.items(), COLOURS, MARKERS):
        _draw_valley(ax, steepness, reach)
        ax.set(title=name, xlabel="first parameter")
        ax.locator_params(nbins=6)
        if path is None:
            ax.text(0, 0, MISSING, ha="center", va="center", bbox={"facecolor": "white", "edgecolor": GREY})
            parts.append(f"{name}: {MISSING}")
            continue
        ax.plot(path[:, 0], path[:, 1], color=colour, marker=marker, ms=3.5, lw=1.2)
        lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
        crossings = int(np.sum(path[1:, 1] * path[:-1, 1] < 0))
        parts.append(
            f"{name}: from ({path[0, 0]:.2g}, {path[0, 1]:.2g}) to ({path[-1, 0]:.2g}, {path[-1, 1]:.2g}) in "
            f"{len(lengths)} steps, the first {lengths[0]:.2g} long, the longest {lengths.max():.2g}; it crosses the "
            f"valley floor {crossings} times"
        )
    axes[0, 0].set_ylabel("second parameter")
    fig.alt = f"""Paths of two optimizers over the lines of equal loss of one valley, whose lowest point, at (0, 0), is
        marked by a star; the second parameter is {steepness[1] / steepness[0]:,.0f} times as steep as the first.
        {"; ".join(parts)}."""
    return fig


def _draw_valley(ax: Axes, steepness: tuple[float, float], reach: np.ndarray) -> None:
    """Draw lines of equal loss over -reach..reach, and a star at the lowest point."""
    x, y = (np.linspace(-end, end, 121) for end in reach)
    loss = (steepness[0] * x[None, :] ** 2 + steepness[1] * y[:, None] ** 2) / 2
    levels = loss.max() * np.linspace(0.02, 1, 9) ** 2  # closer together near the floor
    ax.contour(x, y, loss, levels=levels, colors=GREY, linewidths=0.6, alpha=0.7)
    ax.plot(0, 0, color=GREEN, marker="*", ms=13, ls="")
    ax.grid(visible=False)


def parameter_paths(gammas: np.ndarray, betas: np.ndarray, layer: int) -> Picture:
    """Plot every gamma and every beta of one layer over the training.

    Arguments:
        gammas, betas: shape (T + 1, M). Row 0 is before training.
        layer: the number of the layer, for the titles.

    Returns:
        The figure.
    """
    fig, axes = new_figure(1, 2, figsize=(9, 3.3), sharex=True)
    for ax, values, name in zip(axes, (gammas, betas), ("gamma", "beta")):
        ax.plot(values, color=WITH_BN, lw=0.5, alpha=0.5)[0].set_label("one unit")
        ax.plot(values.mean(axis=1), color=FORWARD, lw=1.8, label=f"mean of {values.shape[1]} units")
        ax.set(title=f"{name}{layer}", xlabel="updates")
    axes[0].legend(**LEGEND)
    ends = "; ".join(
        f"{name}: all begin at {values[0].mean():.3g}, and end between {values[-1].min():.3g} and "
        f"{values[-1].max():.3g}, on average at {values[-1].mean():.3g}"
        for name, values in (("gamma", gammas), ("beta", betas))
    )
    fig.alt = f"""Two panels over {len(gammas) - 1} updates: the {gammas.shape[1]} gammas and the betas of layer
        {layer}, a thin line for each unit, a thick one for the mean; {ends}."""
    return fig
