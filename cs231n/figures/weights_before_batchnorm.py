"""The figures of notebook 2 about the affine layer in front of batch norm: its bias, and the scale of its weights."""

import numpy as np

from .style import BLUE, GREY, LEGEND, ORANGE, Picture, new_figure


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


def scale_invariance(scales: np.ndarray, error: np.ndarray, gradient: np.ndarray, edge: float) -> Picture:
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
    axes[1].loglog(scales, gradient, color=ORANGE, marker="s", ms=4)
    axes[1].set_title("a times the norm of dW, relative to a = 1")
    for ax in axes:
        ax.axvline(edge, color=GREY, ls="--", lw=1.2)
        ax.set_xlabel("a: the weights are a W")
    axes[0].text(edge * 0.6, error.min(), "here the variance is eps", color=GREY, size=10, ha="right")
    ends = [f"{values[0]:.1g} at a = {scales[0]:.0e} and {values[-1]:.1g} at a = {scales[-1]:.0e}"
            for values in (error, gradient)]  # fmt: skip
    fig.alt = f"""Two panels over the weight scale a, both axes logarithmic; a dashed line at a = {edge:.1g} marks
        where the variance is eps. Left: distance of batch norm's output from that at eps = 0, {ends[0]}. Right: a
        times the norm of dW, relative to a = 1, {ends[1]}."""
    return fig
