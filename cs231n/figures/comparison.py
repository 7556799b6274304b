"""The figures of notebook 3 and of ``python -m cs231n.compare``: networks with and without batch norm."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ..experiments import LABELS, Results, curves, paired_interval
from .style import FORWARD, GREEN, GREY, LEGEND, WITH_BN, WITHOUT_BN, Picture, new_figure

COLOURS = {"bn": WITH_BN, "plain": WITHOUT_BN}
MARKERS = {"bn": "o", "plain": "s"}
LINES = {"bn": "-", "plain": "--"}


def comparison_curves(results: Results, title: str = "") -> Picture:
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
    axes[0, 0].legend(handles=handles, title=f"mean of {seeds} seeds" if seeds > 1 else None, **LEGEND)
    for ax in axes[1]:
        ax.set_xlabel("epochs")
        ax.locator_params(axis="x", integer=True)
    if title:
        fig.suptitle(title)
    fig.alt = _describe_comparison(results, names, title)
    return fig


def _describe_comparison(results: Results, names: dict[str, str], title: str) -> str:
    """Make the alt text of `comparison_curves`: every curve at the start, after one epoch and at the end."""
    parts = []
    for measure, name in names.items():
        for net, label in LABELS.items():
            mean = curves(results, net, measure).mean(axis=0)
            parts.append(f"{name}, {label}: {mean[0]:.2g}, {mean[:2][-1]:.2g}, {mean[-1]:.2g}")
    bn, plain = (curves(results, net, "val_acc") for net in LABELS)
    end = (bn - plain)[:, -1]
    seeds = f"with bands over {len(bn)} seeds" if len(bn) > 1 else "one seed"
    lead = f"at the end {end.mean():+.2g} on average, single pairs from {end.min():+.2g} to {end.max():+.2g}"
    if len(end) > 1:
        lead += ", the 95% interval of the mean from {1:+.2g} to {2:+.2g}".format(*paired_interval(end))
    return f"""{f"{title}. " if title else ""}Four panels over {bn.shape[1] - 1} epochs: training loss, training
        accuracy, validation accuracy and the paired difference in validation accuracy, {seeds}.
        Means at the start, after one epoch and at the end: {"; ".join(parts)}. With minus without, validation
        accuracy: {lead}."""


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
        ax.legend([mean, interval, pairs[0]], labels, **LEGEND)


def depth_profile(profiles: dict[str, dict[str, dict[str, np.ndarray]]]) -> Picture:
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
    axes[0, 0].legend(**LEGEND)
    parts = [
        f"{title}, {LABELS[net]}: spread {statistics['std'][0]:.1g} to {statistics['std'][-1]:.1g}, gradient "
        f"{statistics['gradient'][0]:.1g} to {statistics['gradient'][-1]:.1g}"
        for title, nets in profiles.items() for net, statistics in nets.items()
    ]  # fmt: skip
    fig.alt = f"""Spread of outputs, above, and norm of dout, below, for hidden layers 1 to {layer[-1]}, on
        logarithmic axes, one column per scale of the initial weights. From the first layer to the last:
        {"; ".join(parts)}."""
    return fig


def sweep_curves(results: dict[str, np.ndarray], values: list[float], xlabel: str, chance: float = 0.1) -> Picture:
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
        ax.plot(values, accuracies.mean(axis=1), color=COLOURS[net], ls=LINES[net], label=LABELS[net])
        ax.plot(values, accuracies, color=COLOURS[net], ls="", marker=MARKERS[net], ms=5, alpha=0.6)
    ax.axhline(chance, color=GREY, ls=":", label="guessing")
    ax.set(xscale="log", xlabel=xlabel, ylabel="validation accuracy", ylim=(0, 1))
    ax.set_xticks(values, [_short(value) for value in values])
    ax.minorticks_off()
    seeds = next(iter(results.values())).shape[1]
    title = f"line: mean\nmarkers: {seeds} seeds" if seeds > 1 else "one seed"
    ax.legend(title=title, alignment="left", **LEGEND, loc="center left", bbox_to_anchor=(1, 0.5))
    means = "; ".join(
        f"{LABELS[net]}: {', '.join(f'{row.mean():.2f} at {_short(value)}' for value, row in zip(values, accuracies))}"
        for net, accuracies in results.items()
    )
    marks = f"markers are single seeds, lines the mean of {seeds}" if seeds > 1 else "one seed"
    fig.alt = f"""Validation accuracy against {xlabel}, on a logarithmic axis; {marks}, a dotted line is
        guessing, {chance:g}; {means}."""
    return fig


def _short(value: float) -> str:
    """Write the value of a setting: one digit if it is below 1."""
    return f"{value:.1g}" if value < 1 else f"{value:g}"


def gradient_by_depth(gradients: dict[int, dict[str, np.ndarray]], rate: float | None = None) -> Picture:
    """Plot the norm of dL/d(a hidden layer's output) in very deep networks before training.

    Arguments:
        gradients: dictionary from a depth L to ``{"bn": ..., "plain": ...}``, arrays of shape (S seeds, L layers).
        rate: None, or the growth per layer that is expected with batch norm, drawn as a dashed line.

    Returns:
        The figure, with a logarithmic axis.
    """
    fig, axes = new_figure(1, len(gradients), figsize=(9, 3.6), sharey=True, squeeze=False)
    parts = []
    for ax, (depth, nets) in zip(axes[0], gradients.items()):
        layer = np.arange(1, depth + 1)
        for net, norms in nets.items():
            mean = np.exp(np.log(norms).mean(axis=0))
            ax.plot(layer, norms.T, color=COLOURS[net], lw=0.8, alpha=0.6)
            ax.plot(
                layer, mean, color=COLOURS[net], lw=2, marker=MARKERS[net], markevery=depth // 10, label=LABELS[net]
            )
            parts.append(f"{depth} layers, {LABELS[net]}: {mean[-1]:.1g} at the last, {mean[0]:.1g} at the first")
        if rate is not None:
            expected = nets["bn"][:, -1].mean() * rate ** (depth - layer)
            ax.plot(layer, expected, color=FORWARD, ls="--", lw=1.4, zorder=3, label=f"{rate:.2f} per layer")
        ax.set(title=f"{depth} hidden layers", xlabel="hidden layer (input side left)", yscale="log")
    axes[0, 0].set_ylabel("norm of dout")
    axes[0, -1].legend(title=f"thick: mean of {len(norms)} seeds\nthin: one seed", alignment="left", **LEGEND)
    dashed = f"; a dashed line grows by {rate:.2f} per layer towards the input" if rate is not None else ""
    fig.alt = f"""Norm of dout against the hidden layer, on a logarithmic axis, one panel per depth{dashed}. Mean of
        {len(norms)} seeds: {"; ".join(parts)}."""
    return fig
