"""The figures of notebook 3 and of ``python -m cs231n.compare``: networks with and without batch norm."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..classifiers.fc_net import FullyConnectedNet
from ..experiments import LABELS, Results, curves, paired_interval
from .style import BACKWARD, FORWARD, GREEN, GREY, RED, WITH_BN, WITHOUT_BN, new_figure

COLOURS = {"bn": WITH_BN, "plain": WITHOUT_BN}
MARKERS = {"bn": "o", "plain": "s"}
TRANSLUCENT_LEGEND: dict[str, Any] = {"frameon": True, "framealpha": 0.7, "edgecolor": "none"}


def comparison_curves(results: Results, title: str = "") -> Figure:
    """Plot training loss, training accuracy, validation accuracy and the paired difference over the epochs.

    Arguments:
        results: from `experiments.compare_nets`, with S seeds and E epochs.
        title: the title of the whole figure.

    Returns:
        The figure. A line is the mean over the seeds. A band goes from the lowest to the highest seed. In the last
        panel, the band is the 95% interval of the mean paired difference; for a single seed there is none.
    """
    fig, axes = new_figure(2, 2, figsize=(9, 6.2), sharex=True)
    names = {"train_loss": "training loss", "train_acc": "training accuracy", "val_acc": "validation accuracy"}
    for ax, (measure, name) in zip(axes.flat, names.items()):
        for net, label in LABELS.items():
            values = curves(results, net, measure)
            epochs = np.arange(values.shape[1])
            ax.plot(epochs, values.mean(axis=0), color=COLOURS[net], marker=MARKERS[net], ms=4, label=label)
            ax.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=COLOURS[net], alpha=0.2, lw=0)
        ax.set_title(name)
    difference = curves(results, "bn", "val_acc") - curves(results, "plain", "val_acc")
    seeds = len(difference)
    _plot_paired_difference(axes[1, 1], difference)
    handles = axes[0, 0].get_legend_handles_labels()[0]
    if seeds > 1:
        handles += [Patch(color=GREY, alpha=0.3, lw=0, label="lowest to highest seed")]
    axes[0, 0].legend(handles=handles, title=f"mean of {seeds} seeds" if seeds > 1 else None, **TRANSLUCENT_LEGEND)
    for ax in axes[1]:
        ax.set_xlabel("epochs")
        ax.locator_params(axis="x", integer=True)
    if title:
        fig.suptitle(title)
    return fig


def _plot_paired_difference(ax: Axes, difference: np.ndarray) -> None:
    """Plot the difference, shape (S, epochs + 1), of each pair, their mean and its 95% interval."""
    seeds, epochs = len(difference), np.arange(difference.shape[1])
    ax.axhline(0, color=GREY, lw=1)
    pairs = ax.plot(epochs, difference.T, color=GREEN, lw=0.6, alpha=0.6)
    (mean,) = ax.plot(epochs, difference.mean(axis=0), color=GREEN, marker="D", ms=4)
    ax.set_title("validation accuracy, with minus without")
    if seeds > 1:
        _, low, high = np.transpose([paired_interval(d) for d in difference.T])
        interval = ax.fill_between(epochs, low, high, color=GREEN, alpha=0.25, lw=0)
        labels = [f"mean of {seeds} pairs", "95% interval of the mean", "one pair"]
        ax.legend([mean, interval, pairs[0]], labels, **TRANSLUCENT_LEGEND)


def network_diagram(net: FullyConnectedNet) -> Figure:
    """Draw the network as a row of boxes with the shapes of its parameters. Forward is above, backward below.

    Arguments:
        net: a `FullyConnectedNet` with batch norm and L hidden layers.

    Returns:
        The figure.
    """
    L = net.num_layers
    shape = {name: ", ".join(map(str, w.shape)) for name, w in net.params.items()}
    D, widths = net.params["W1"].shape[0], [net.params[f"b{i}"].shape[0] for i in range(1, L + 1)]
    texts = [f"X\n\n(N, {D})"]
    for i in range(1, L):
        affine, norm = f"affine {i}\nW{i} ({shape[f'W{i}']})", f"batch norm {i}\ngamma{i}, beta{i}\n({widths[i - 1]},)"
        texts.append(f"{affine}\n{norm}\nReLU {i}")
    texts += [f"affine {L}\nW{L} ({shape[f'W{L}']})\n\nscores\n(N, {widths[-1]})", "softmax\nloss L\n\none number"]
    fig, ax = new_figure(figsize=(11, 2.6))
    ax.set(xlim=(-0.5, len(texts) - 0.5), ylim=(-1.2, 1.2))
    ax.axis("off")
    for k, text in enumerate(texts):
        hidden = 1 <= k < L
        box = {"boxstyle": "round,pad=0.4", "fc": "#E8F1F8" if hidden else "#F4F4F4", "ec": WITH_BN if hidden else GREY}
        ax.text(k, 0, text, ha="center", va="center", fontsize=9, bbox=box, linespacing=1.3)
    arrow = {"arrowstyle": "->", "lw": 1.4}
    for k in range(len(texts) - 1):
        ax.annotate("", (k + 0.85, 0.8), (k + 0.15, 0.8), arrowprops={**arrow, "color": FORWARD})
        ax.annotate("", (k + 0.15, -0.8), (k + 0.85, -0.8), arrowprops={**arrow, "color": BACKWARD})
    ax.text(0.5, 0.9, "forward: out", color=FORWARD, fontsize=9, ha="center", va="bottom")
    ax.text(len(texts) - 1.5, -0.9, "backward: dout", color=BACKWARD, fontsize=9, ha="center", va="top")
    return fig


def adam_steps(corrected: np.ndarray, uncorrected: np.ndarray, learning_rate: float) -> Figure:
    """Plot the length of Adam's steps for a parameter whose gradient is always the same.

    Arguments:
        corrected, uncorrected: the length of every step, with and without bias correction, shape (T,).
        learning_rate: the unit of the plotted lengths.

    Returns:
        The figure.
    """
    fig, ax = new_figure(figsize=(7, 3.2))
    t = np.arange(1, len(corrected) + 1)
    ax.plot(t, uncorrected / learning_rate, color=RED, ls="--", label="without bias correction")
    ax.plot(t, corrected / learning_rate, color=WITH_BN, label="with bias correction (Adam)")
    ax.set(xscale="log", xlabel="step t", ylabel="step / learning rate", ylim=(0, None))
    ax.legend(frameon=False)
    return fig


def parameter_paths(gammas: np.ndarray, betas: np.ndarray, layer: int) -> Figure:
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
    axes[0].legend(frameon=False)
    return fig


def depth_profile(profiles: dict[str, dict[str, dict[str, np.ndarray]]]) -> Figure:
    """Plot the spread of every hidden layer's outputs, and the norm of the gradient that reaches it.

    Arguments:
        profiles: dictionary from a column's title to ``{"bn": ..., "plain": ...}``. Each value is a result of
            `experiments.layer_statistics`.

    Returns:
        The figure, with logarithmic axes.
    """
    fig, axes = new_figure(2, len(profiles), figsize=(9.5, 5.4), sharex=True, sharey="row", squeeze=False)
    names = {"std": "spread of outputs", "gradient": "norm of dout"}
    for (top, bottom), (title, nets) in zip(axes.T, profiles.items()):
        for net, statistics in nets.items():
            layer = np.arange(1, len(statistics["std"]) + 1)
            for ax, key in ((top, "std"), (bottom, "gradient")):
                ax.plot(layer, statistics[key], color=COLOURS[net], marker=MARKERS[net], ms=5, label=LABELS[net])
        top.set(title=title, yscale="log")
        bottom.set(xlabel="hidden layer", yscale="log", xticks=layer)
    for ax, name in zip(axes[:, 0], names.values()):
        ax.set_ylabel(name)
    axes[0, 0].legend(frameon=False)
    return fig


def sweep_curves(results: dict[str, np.ndarray], values: list[float], xlabel: str, chance: float = 0.1) -> Figure:
    """Plot validation accuracy against one setting: a marker for every seed, and a line through the means.

    Arguments:
        results: from `experiments.sweep`: arrays of shape (V, S).
        values: the V values of the setting, all above 0.
        xlabel: the name of the setting.
        chance: the accuracy of guessing, drawn as a dotted line.

    Returns:
        The figure.
    """
    fig, ax = new_figure(figsize=(8.5, 3.5))
    for net, accuracies in results.items():
        ax.plot(values, accuracies.mean(axis=1), color=COLOURS[net], label=LABELS[net])
        ax.plot(values, accuracies, color=COLOURS[net], ls="", marker=MARKERS[net], ms=5, alpha=0.6)
    ax.axhline(chance, color=GREY, ls=":", label="guessing")
    ax.set(xscale="log", xlabel=xlabel, ylabel="validation accuracy", ylim=(0, 1))
    ax.set_xticks(values, [f"{value:.1g}" if value < 1 else f"{value:g}" for value in values])
    ax.minorticks_off()
    seeds = next(iter(results.values())).shape[1]
    title = f"line: mean\nmarkers: {seeds} seeds"
    ax.legend(title=title, alignment="left", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


def gradient_growth(gradients: dict[int, dict[str, np.ndarray]], rate: float) -> Figure:
    """Plot the norm of dL/d(a hidden layer's output) in very deep networks before training.

    Arguments:
        gradients: dictionary from a depth L to ``{"bn": ..., "plain": ...}``, arrays of shape (S seeds, L layers).
        rate: the growth per layer that theory predicts with batch norm, drawn as a dashed line.

    Returns:
        The figure, with a logarithmic axis.
    """
    fig, axes = new_figure(1, len(gradients), figsize=(9, 3.6), sharey=True, squeeze=False)
    for ax, (depth, nets) in zip(axes[0], gradients.items()):
        layer = np.arange(1, depth + 1)
        for net, norms in nets.items():
            ax.plot(layer, norms.T, color=COLOURS[net], lw=0.8, alpha=0.6)
            ax.plot(layer, np.exp(np.log(norms).mean(axis=0)), color=COLOURS[net], lw=2, label=LABELS[net])
        expected = nets["bn"][:, -1].mean() * rate ** (depth - layer)
        ax.plot(layer, expected, color=FORWARD, ls="--", lw=1, label=f"{rate:.2f} per layer")
        ax.set(title=f"{depth} hidden layers", xlabel="hidden layer (input side left)", yscale="log")
    axes[0, 0].set_ylabel("norm of dout")
    axes[0, -1].legend(title=f"thick: mean of {len(norms)} seeds\nthin: one seed", alignment="left", frameon=False)
    return fig


def trap_bars(accuracies: dict[str, float]) -> Figure:
    """Draw validation accuracies as horizontal bars. The first one, the right way, has another colour.

    Arguments:
        accuracies: dictionary from a description to an accuracy in 0..1.

    Returns:
        The figure.
    """
    fig, ax = new_figure(figsize=(9, 0.45 * len(accuracies) + 0.9))
    names, values = list(accuracies), np.array(list(accuracies.values()))
    ax.barh(names, values, color=[GREEN] + [RED] * (len(names) - 1), height=0.65)
    for name, value in accuracies.items():
        ax.text(value + 0.01, name, f"{value:.2f}", va="center", fontsize=10)
    ax.set(xlim=(0, 1.08), xlabel="validation accuracy")
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    return fig
