"""The figures of notebook 2 that plot numbers. The drawings of graphs are in ``batchnorm_graph``."""

import numpy as np
from matplotlib.axes import Axes

from .style import (
    BLUE,
    DIVERGING_COLOURMAP,
    FORWARD,
    GREEN,
    GREY,
    LEGEND,
    ORANGE,
    PURPLE,
    WITH_BN,
    WITHOUT_BN,
    Picture,
    new_figure,
    new_mosaic,
)


def spread_by_depth(seen: dict[str, list[np.ndarray]], he: list[np.ndarray]) -> Picture:
    """Plot the inputs of each layer's ReLU, with and without batch norm: their histograms, and their spread by depth.

    Arguments:
        seen: dictionary ``{"plain": arrays, "bn": arrays}``. Each is a list of L arrays of any shape, one per hidden
            layer.
        he: list of L arrays for the plain network with He's initial weights.

    Returns:
        The figure. Left: standard deviation by depth, on a logarithmic axis. Right: histograms, all with the same
        x-axis.
    """
    depth = len(seen["plain"])
    letters = "abcdefghij"[:depth]
    fig, axes = new_mosaic(f"LL{letters}\nLL{letters.upper()}", figsize=(11, 4.4))
    rows = (
        ("plain", letters, WITHOUT_BN, "s", "plain"),
        ("bn", letters.upper(), WITH_BN, "o", "with batch norm"),
    )
    layer = np.arange(1, depth + 1)
    edge = 3.5 * max(nets[0].std() for nets in seen.values())
    axes["L"].semilogy(layer, [a.std() for a in he], color=GREY, marker="^", ls="--", label="plain, He's weights")
    for net, row, colour, marker, label in rows:
        axes["L"].semilogy(layer, [a.std() for a in seen[net]], color=colour, marker=marker, label=label)
        for k, (panel, a) in enumerate(zip(row, seen[net])):
            ax, reach = axes[panel], min(3.5 * a.std(), edge) or edge
            bins = np.linspace(-reach, reach, 36).tolist()
            ax.hist(np.clip(np.ravel(a), -reach, reach), bins=bins, color=colour, ec=colour, histtype="stepfilled")
            ax.set(yticks=[], xlim=(-edge, edge))
            ax.set_title(f"{label}\nlayer {k + 1}" if k == 0 else f"layer {k + 1}", size=10)
            ax.tick_params(labelsize=9)
    axes["L"].set(xlabel="hidden layer", ylabel="standard deviation", xticks=layer)
    axes["L"].set_title("spread of what each ReLU sees")
    axes["L"].legend(loc="lower left", fontsize=10, **LEGEND)
    spreads = [(label, seen[net]) for net, *_, label in rows] + [("plain, He's weights", he)]
    ends = "; ".join(f"{label}: {nets[0].std():.2g} in layer 1, {nets[-1].std():.2g} in layer {depth}"
                     for label, nets in spreads)  # fmt: skip
    fig.alt = f"""What each ReLU sees, by depth: on the left its standard deviation on a logarithmic axis, on the
        right histograms, all with the same x-axis. Standard deviation: {ends}."""
    return fig


def running_average(history: dict[float, np.ndarray], target: np.ndarray) -> Picture:
    """Plot how running means move from zero to their targets.

    Arguments:
        history: dictionary from a momentum to an array (T, D): the running mean of D features after each of T steps.
        target: shape (D,), the means over the whole training set.

    Returns:
        The figure, with one panel per momentum. Dashed lines are the targets.
    """
    fig, axes = new_figure(1, len(history), figsize=(10, 3.4), sharey=True)
    for ax, (momentum, values) in zip(axes, history.items()):
        for j, (colour, marker) in enumerate(zip((BLUE, ORANGE, GREEN, PURPLE), "osD^")):
            if j < len(target):
                steps = np.arange(len(values) + 1)
                path = np.concatenate([[0], values[:, j]])
                ax.plot(steps, path, color=colour, marker=marker, ms=4, markevery=8, label=f"feature {j}")
                ax.axhline(target[j], color=colour, ls="--", lw=1)
        ax.set(title=f"momentum {momentum}", xlabel="training batches seen")
    axes[0].set_ylabel("running_mean")
    axes[0].legend(fontsize=10, **LEGEND)
    batches = max(len(values) for values in history.values())
    shares = [
        f"with momentum {momentum} the means stand at {_join(f'{share:.0%}' for share in values[-1] / target)}"
        for momentum, values in history.items()
    ]
    fig.alt = f"""Running means of {len(target)} features over {batches} batches, from zero, one panel per momentum;
        dashed lines are the means over the whole training set. At the end, in percent of these targets:
        {"; ".join(shares)}."""
    return fig


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


def three_paths(parts: dict[str, np.ndarray]) -> Picture:
    """Plot the gradient that reaches each example along the three paths of batch norm's graph, and the sum.

    Arguments:
        parts: dictionary with ``dxmu1, dx2, dxmu2, dx`` of one feature, each of shape (N,).

    Returns:
        The figure: four bars per example.
    """
    fig, ax = new_figure(figsize=(10, 3.8))
    names = {
        "dxmu1": ("directly (dxmu1)", GREY, "///"), "dx2": ("through the mean (dx2)", ORANGE, ""),
        "dxmu2": ("through the variance (dxmu2)", PURPLE, "\\\\\\"), "dx": ("the sum, dx", BLUE, "..."),
    }  # fmt: skip
    for k, (name, (label, colour, hatch)) in enumerate(names.items()):
        x = np.arange(len(parts[name])) + 0.2 * (k - 1.5)
        _draw_bars(ax, x, parts[name], 0.18, colour, label, hatch)
    ax.axhline(0, color=FORWARD, lw=0.8)
    ax.set(xticks=range(len(parts["dx"])), xlabel="example", ylabel="gradient")
    ax.legend(fontsize=10, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.2), **LEGEND)
    turned = np.flatnonzero(parts["dx"] * parts["dxmu1"] < 0)
    sizes = "; ".join(
        f"{label} {parts[name].min():.2g} to {parts[name].max():.2g}" for name, (label, *_) in names.items()
    )
    fig.alt = f"""Bars for {len(parts["dx"])} examples, four for each: the gradient that reaches x directly, through the
        mean, through the variance, and the sum. Lowest to highest: {sizes}. Examples whose sum has another sign than
        the direct part: {_join(map(str, turned)) if len(turned) else "none"}."""
    return fig
