"""The figures of notebook 2 that plot numbers. The drawings of graphs are in ``batchnorm_graph``."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import BLUE, FORWARD, GREEN, GREY, ORANGE, PURPLE, RED, STYLE, WITH_BN, WITHOUT_BN, new_figure


def spread_by_depth(seen: dict[str, list[np.ndarray]], he: list[np.ndarray]) -> Figure:
    """Plot the inputs of each layer's ReLU, with and without batch norm: their histograms, and their spread by depth.

    Arguments:
        seen: dictionary ``{"plain": arrays, "bn": arrays}``. Each is a list of L arrays of any shape, one per hidden
            layer.
        he: list of L arrays for the plain network with He's initial weights.

    Returns:
        The figure. Left: standard deviation by depth, on a logarithmic axis. Right: histograms. Each row has the
        scale of its first layer.
    """
    depth = len(seen["plain"])
    letters = "abcdefghij"[:depth]
    mosaic = f"LL{letters}\nLL{letters.upper()}"
    with plt.rc_context(STYLE):
        fig, axes = plt.subplot_mosaic(mosaic, figsize=(11, 4.2))
    rows = (
        ("plain", letters, WITHOUT_BN, "s", "plain"),
        ("bn", letters.upper(), WITH_BN, "o", "with batch norm"),
    )
    layer = np.arange(1, depth + 1)
    axes["L"].semilogy(layer, [a.std() for a in he], color=GREY, marker="^", ls="--", label="plain, He's weights")
    for net, row, colour, marker, label in rows:
        axes["L"].semilogy(layer, [a.std() for a in seen[net]], color=colour, marker=marker, label=label)
        edge = 3.5 * seen[net][0].std()
        for k, (panel, a) in enumerate(zip(row, seen[net])):
            ax = axes[panel]
            ax.hist(np.clip(np.ravel(a), -edge, edge), bins=np.linspace(-edge, edge, 36).tolist(), color=colour)
            ax.set(yticks=[], xlim=(-edge, edge))
            ax.set_title(f"{label}\nlayer {k + 1}" if k == 0 else f"layer {k + 1}", size=10)
            ax.tick_params(labelsize=8)
    axes["L"].set(xlabel="hidden layer", ylabel="standard deviation", xticks=layer)
    axes["L"].set_title("spread of what each ReLU sees")
    axes["L"].legend(loc="lower left", fontsize=9)
    return fig


def running_average(history: dict[float, np.ndarray], target: np.ndarray) -> Figure:
    """Plot how running means move from zero to their targets.

    Arguments:
        history: dictionary from a momentum to an array (T, D): the running mean of D features after each of T steps.
        target: shape (D,), the means over the whole training set.

    Returns:
        The figure, with one panel per momentum. Dashed lines are the targets.
    """
    fig, axes = new_figure(1, len(history), figsize=(10, 3.4), sharey=True)
    for ax, (momentum, values) in zip(axes, history.items()):
        for j, (colour, marker) in enumerate(zip((BLUE, ORANGE, GREEN, RED), "osD^")):
            if j < len(target):
                steps = np.arange(len(values) + 1)
                path = np.concatenate([[0], values[:, j]])
                ax.plot(steps, path, color=colour, marker=marker, ms=3, markevery=8, label=f"feature {j}")
                ax.axhline(target[j], color=colour, ls="--", lw=1)
        ax.set(title=f"momentum {momentum}", xlabel="training batches seen")
    axes[0].set_ylabel("running_mean")
    axes[0].legend(fontsize=9)
    return fig


def jacobian_heatmaps(matrices: dict[str, np.ndarray]) -> Figure:
    """Draw square matrices side by side. Each has its own diverging colour scale, with white for zero.

    Arguments:
        matrices: dictionary from a title to an (n, n) array.

    Returns:
        The figure.
    """
    fig, axes = new_figure(1, len(matrices), figsize=(11, 3.7))
    for ax, (title, matrix) in zip(axes, matrices.items()):
        top = np.abs(matrix).max()
        image = ax.imshow(matrix, cmap="PuOr", vmin=-top, vmax=top)
        ax.set_title(title, size=11)
        ax.set(xticks=range(len(matrix)), yticks=range(len(matrix)), xlabel="input j", ylabel="output i")
        ax.tick_params(labelsize=8)
        ax.grid(False)
        fig.colorbar(image, ax=ax, shrink=0.8)
    return fig


def projection(dout: np.ndarray, x_hat: np.ndarray) -> Figure:
    """Show what batch norm's backward pass removes from dout, for one feature of a batch of three.

    Arguments:
        dout, x_hat: shape (3,).

    Returns:
        The figure. Left: bars of dout, of dout minus its mean, and of that minus its component along x_hat. Right: the
        last two as vectors in the plane of batches whose sum is zero. At eps = 0 there is a right angle between the
        last vector and x_hat.
    """
    centred = dout - dout.mean()
    along = x_hat * np.mean(dout * x_hat)
    rest = centred - along
    fig, (bars, plane) = new_figure(1, 2, figsize=(11, 3.9), width_ratios=[1.15, 1])
    _draw_projection_bars(bars, dout, centred, rest)
    _draw_projection_plane(plane, x_hat, centred, rest)
    return fig


def _draw_projection_bars(bars: Axes, dout: np.ndarray, centred: np.ndarray, rest: np.ndarray) -> None:
    """Draw the left panel of `projection`."""
    stages = (("dout", dout, GREY), ("less its mean", centred, PURPLE), ("less x_hat * mean(dout * x_hat)", rest, BLUE))
    for k, (label, values, colour) in enumerate(stages):
        bars.bar(np.arange(3) + 0.27 * (k - 1), values, width=0.25, color=colour, label=label)
    bars.axhline(0, color=FORWARD, lw=0.8)
    bars.set(xticks=range(3), xticklabels=["example 0", "example 1", "example 2"])
    bars.set_ylim(min(dout.min(), centred.min(), rest.min()) - 0.3, max(dout.max(), centred.max()) * 1.45)
    bars.legend(fontsize=9, loc="upper left")


def _draw_projection_plane(plane: Axes, x_hat: np.ndarray, centred: np.ndarray, rest: np.ndarray) -> None:
    """Draw the right panel of `projection`."""
    first = x_hat / np.linalg.norm(x_hat)  # with second, an orthonormal basis of the plane: along and across x_hat
    second = np.cross(np.ones(3) / np.sqrt(3), first)
    second = second if centred @ second > 0 else -second
    vectors = (("x_hat", x_hat, GREY, (0, 8)), ("dout less its mean", centred, PURPLE, (8, 6)),
               ("what is left", rest, BLUE, (-8, -14)))  # fmt: skip
    for label, v, colour, nudge in vectors:
        tip = (v @ first, v @ second)
        plane.annotate("", xy=tip, xytext=(0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2,
                                                             "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        align = "right" if nudge[0] < 0 else "left"
        plane.annotate(label, tip, textcoords="offset points", xytext=nudge, color=colour, size=9, ha=align)
    c, r = [(v @ first, v @ second) for v in (centred, rest)]
    plane.plot([c[0], r[0]], [c[1], r[1]], color=RED, ls="--", lw=1.5)
    plane.annotate("taken out", ((c[0] + r[0]) / 2, c[1]), textcoords="offset points", xytext=(0, 6),
                   color=RED, size=9, ha="center")  # fmt: skip
    plane.axvline(0, color=FORWARD, lw=0.8)
    plane.axhline(0, color=FORWARD, lw=0.8)
    plane.set(xlabel="along x_hat", ylabel="across x_hat", aspect="equal")
    plane.set(xlim=(-2.4, 3.4), ylim=(-0.45, c[1] + 0.6))


def bias_drift(histories: dict[str, tuple[np.ndarray, np.ndarray]], learning_rate: float) -> Figure:
    """Show how Adam moves a bias in front of batch norm: the size of its gradient, and its values.

    Arguments:
        histories: dictionary from a label to a pair ``(gradient, bias)``: the largest gradient entry at each step,
            shape (T,), and the bias after each step, shape (T, M).
        learning_rate: Adam's learning rate.

    Returns:
        The figure. Left: gradient sizes, on a logarithmic axis. Right: every entry of the bias over the steps.
    """
    fig, (left, right) = new_figure(1, 2, figsize=(10.5, 3.6))
    for (label, (gradient, bias)), colour, marker in zip(histories.items(), (RED, BLUE), "os"):
        steps = np.arange(1, len(gradient) + 1)
        left.semilogy(steps, gradient, color=colour, marker=marker, ms=4, markevery=20, label=label)
        lines = right.plot(steps, bias / learning_rate, color=colour, lw=1)
        lines[0].set_label(label)
    left.set(title="largest entry of the bias's gradient", xlabel="step")
    right.set(title="the bias itself, one line per entry", xlabel="step", ylabel="in units of the learning rate")
    left.legend(fontsize=9)
    right.legend(fontsize=9)
    return fig


def scale_invariance(scales: np.ndarray, error: np.ndarray, gradient: np.ndarray, edge: float) -> Figure:
    """Show how the output and the gradient of batch norm change if the weights in front of it are multiplied by a.

    Arguments:
        scales: shape (A,), the factors a.
        error: shape (A,), relative distance of batch norm's output from its output at eps = 0.
        gradient: shape (A,), a * norm(dW at a) / norm(dW at 1).
        edge: the factor at which the variance of a feature is eps.

    Returns:
        The figure: two panels with a logarithmic a axis.
    """
    fig, axes = new_figure(1, 2, figsize=(10.5, 3.4))
    axes[0].loglog(scales, error, color=BLUE, marker="o", ms=4)
    axes[0].set_title("distance of BN's output from that at eps = 0")
    axes[1].loglog(scales, gradient, color=RED, marker="s", ms=4)
    axes[1].set_title("a times the norm of dW, relative to a = 1")
    for ax in axes:
        ax.axvline(edge, color=GREY, ls="--", lw=1.2)
        ax.set_xlabel("a: the weights are a W")
    axes[0].text(edge * 0.6, error.min(), "here the variance is eps", color=GREY, size=9, ha="right")
    return fig


def three_paths(parts: dict[str, np.ndarray]) -> Figure:
    """Plot the gradient that reaches each example along the three paths of batch norm's graph, and the sum.

    Arguments:
        parts: dictionary with ``dxmu1, dx2, dxmu2, dx`` of one feature, each of shape (N,).

    Returns:
        The figure: four bars per example.
    """
    fig, ax = new_figure(figsize=(10, 3.6))
    names = {
        "dxmu1": ("directly (dxmu1)", GREY), "dx2": ("through the mean (dx2)", ORANGE),
        "dxmu2": ("through the variance (dxmu2)", PURPLE), "dx": ("the sum, dx", BLUE),
    }  # fmt: skip
    for k, (name, (label, colour)) in enumerate(names.items()):
        ax.bar(np.arange(len(parts[name])) + 0.2 * (k - 1.5), parts[name], width=0.18, color=colour, label=label)
    ax.axhline(0, color=FORWARD, lw=0.8)
    ax.set(xticks=range(len(parts["dx"])), xlabel="example", ylabel="gradient")
    ax.legend(fontsize=9, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.2))
    return fig
