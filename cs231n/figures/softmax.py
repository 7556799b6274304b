"""The figures of notebook 1: the last layers, softmax's Jacobian, a saturated unit, numerical gradients."""

import numpy as np

from .style import BACKWARD, BLUE, FORWARD, GREEN, GREY, ORANGE, new_figure

DIVERGING_COLOURMAP = "RdBu_r"


def last_layers(arrays, layers, gradients):
    """The last layers of a network: values run right along the top, gradients run left along the bottom.

    Arguments:
        arrays: K + 1 pairs (name, shape): the input of the first layer, then the output of every layer.
        layers: K pairs (layer's name, its parameters as text, or "").
        gradients: K pairs (name, shape): the gradients of the first K arrays. The loss itself needs none.

    Returns:
        The figure.
    """
    fig, ax = new_figure(figsize=(11, 4.0))
    K = len(layers)
    ax.set(xlim=(-0.42, 2 * K + 0.42), ylim=(-1.75, 1.55))
    ax.axis("off")
    for k, (name, shape) in enumerate(arrays):
        _draw_node(ax, 2 * k, 0.85, f"{name}\n{shape}", FORWARD)
    for k, (name, shape) in enumerate(gradients):
        _draw_node(ax, 2 * k, -0.85, f"{name}\n{shape}", BACKWARD)
    for k, (name, parameters) in enumerate(layers):
        middle, last = 2 * k + 1, k == K - 1
        box = {"boxstyle": "round,pad=0.35", "fc": "#F0E3D8" if last else "#E8F1F8", "ec": BACKWARD if last else BLUE}
        ax.text(middle, 0, name, ha="center", va="center", fontsize=10.5, bbox=box)
        right = 2 * k + (1.85 if last else 1.67)
        _draw_arrow(ax, (2 * k + 0.33, 0.75), (middle - 0.08, 0.19), FORWARD)
        _draw_arrow(ax, (middle + 0.08, 0.19), (right, 0.75), FORWARD)
        if not last:
            _draw_arrow(ax, (right, -0.75), (middle + 0.08, -0.19), BACKWARD)
        _draw_arrow(ax, (middle - 0.08, -0.19), (2 * k + 0.33, -0.75), BACKWARD)
        if parameters:
            names = parameters.split(", ")
            ax.text(middle, 1.0, f"{parameters} in", ha="center", color=FORWARD, fontsize=9.5)
            _draw_arrow(ax, (middle, 0.95), (middle, 0.2), FORWARD)
            out = ", ".join("d" + name for name in names) + " out"
            ax.text(middle, -1.12, out, ha="center", color=BACKWARD, fontsize=9.5)
            _draw_arrow(ax, (middle, -0.2), (middle, -0.95), BACKWARD)
    ax.text(-0.35, 1.4, "forward: values", color=FORWARD, fontsize=11, weight="bold")
    ax.text(-0.35, -1.62, "backward: dL/d(value)", color=BACKWARD, fontsize=11, weight="bold")
    ax.text(2 * K - 1, -0.85, "born here:\nnobody hands it in", ha="center", va="center", color=BACKWARD, fontsize=10)
    return fig


def softmax_heatmap(p, J):
    """One example's probabilities beside softmax's Jacobian at that point.

    Arguments:
        p: shape (C,).
        J: shape (C, C), entry (i, j) the derivative of p[i] with respect to score j.

    Returns:
        The figure.
    """
    C = len(p)
    fig, (left, right) = new_figure(1, 2, figsize=(8.2, 3.9), width_ratios=[1, 2.2])
    left.barh(np.arange(C), p, color=BLUE)
    for i, value in enumerate(p):
        left.text(value + 0.01, i, f"{value:.2f}", va="center", fontsize=10)
    left.set(xlim=(0, p.max() * 1.3), ylim=(C - 0.5, -0.5), ylabel="class i", title="p", yticks=range(C))
    left.grid(visible=False)
    _draw_heatmap(fig, right, J, "J = diag(p) - p p$^T$", numbers=True)
    right.set(xlabel="score j that is nudged", ylabel="probability i that answers")
    return fig


def first_dout(dx, y):
    """The gradient that softmax_loss sends down: a row per example, the true class of each marked y.

    Arguments:
        dx: shape (N, C).
        y: labels, shape (N,).

    Returns:
        The figure.
    """
    N, C = dx.shape
    fig, ax = new_figure(figsize=(7, 0.33 * N + 1.5))
    _draw_heatmap(fig, ax, dx, "dL/d(scores)")
    for n, label in enumerate(y):
        ax.text(label, n, "y", ha="center", va="center", color="white", fontsize=11, weight="bold")
    ax.set(xlabel="class", ylabel="example n", xticks=range(C), yticks=range(N))
    return fig


def saturated_unit(z, losses, slopes):
    """Loss and learning slope of one sigmoid unit with target 1, for squared error and for cross-entropy.

    Arguments:
        z: the unit's input, shape (T,).
        losses, slopes: dictionaries with the keys ``"squared error"`` and ``"cross-entropy"``; the loss and
            the size of dL/dz at every z, shape (T,) each.

    Returns:
        The figure.
    """
    fig, (left, right) = new_figure(1, 2, figsize=(9.2, 3.5), sharex=True)
    for name, colour, dashes in (("squared error", ORANGE, "--"), ("cross-entropy", BLUE, "-")):
        left.plot(z, losses[name], color=colour, ls=dashes, lw=2, label=name)
        right.plot(z, slopes[name], color=colour, ls=dashes, lw=2, label=name)
    left.set(title="loss, target 1", xlabel="z", ylabel="L")
    right.set(title="what the unit learns from: |dL/dz|", xlabel="z", ylabel="|dL/dz|")
    for ax in (left, right):
        ax.axvspan(z.min(), -4, color=GREY, alpha=0.12, lw=0)
    top = left.get_ylim()[1]
    left.text(-4.2, 0.93 * top, "wrong and\nsaturated", ha="right", va="top", fontsize=9.5, color="#555555")
    left.legend(loc="upper right")
    return fig


def error_over_step(h, errors, marks):
    """Error of a numerical gradient against the step h, both axes logarithmic.

    Arguments:
        h: steps, shape (T,).
        errors: dictionary from a method's name to its errors, shape (T,).
        marks: dictionary from a label to a step, drawn as dotted vertical lines.

    Returns:
        The figure.
    """
    fig, ax = new_figure(figsize=(7.6, 4))
    for (name, error), colour, marker in zip(errors.items(), (ORANGE, BLUE), ("s", "o")):
        ax.plot(h, np.maximum(error, 1e-17), color=colour, marker=marker, ms=4, lw=1.2, label=name)
    for (label, step), colour in zip(marks.items(), (ORANGE, BLUE)):
        ax.axvline(step, color=colour, ls=":", lw=1.5)
        ax.text(step * 1.25, 3, label, color=colour, fontsize=10, va="center")
    ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error", ylim=(1e-13, 10))
    ax.legend(loc="lower left")
    return fig


def gates(rows):
    """Layers whose Jacobian is diagonal: what comes in, what it is multiplied by, what goes on.

    Arguments:
        rows: dictionary from a layer's name to a triple (dout, factor, dx) of arrays of one shape (N, D).

    Returns:
        The figure.
    """
    fig, axes = new_figure(len(rows), 3, figsize=(9.4, 2.15 * len(rows) + 0.3), squeeze=False)
    scale = max(np.abs(array).max() for dout, _, dx in rows.values() for array in (dout, dx))
    open_gate = max(factor.max() for _, factor, _ in rows.values())
    for line, (name, (dout, factor, dx)) in zip(axes, rows.items()):
        titles = ("dout", "times " + name, "= dx")
        for ax, values, title, gate in zip(line, (dout, factor, dx), titles, (False, True, False)):
            limits = {"cmap": "Greys_r", "vmin": 0, "vmax": open_gate}
            limits = limits if gate else {"cmap": DIVERGING_COLOURMAP, "vmin": -scale, "vmax": scale}
            ax.imshow(values, aspect="auto", **limits)
            ax.set_title(title)
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
    return fig


def loss_over_gap(gap, losses):
    """The loss of one example as its true class falls below the others, computed in several ways.

    Arguments:
        gap: how far the true class lies below, shape (T,).
        losses: dictionary from a method's name to its losses, shape (T,); inf where it overflowed.

    Returns:
        The figure.
    """
    fig, ax = new_figure(figsize=(7.6, 3.3))
    styles = ((GREEN, "-", 5), (FORWARD, "-", 1.8), (ORANGE, "--", 2))
    for (name, loss), (colour, dashes, width) in zip(losses.items(), styles):
        finite = np.isfinite(loss)
        ax.plot(gap[finite], loss[finite], color=colour, ls=dashes, lw=width, label=name, alpha=0.9)
        if not finite.all():
            last = np.flatnonzero(finite)[-1]
            ax.plot(gap[last], loss[last], marker="x", ms=11, mew=2.5, color=colour)
            ax.annotate("inf from here on", (gap[last], loss[last]), (gap[last] + 25, loss[last] - 120), fontsize=10)
    ax.set(xlabel="how far the true class lies below", ylabel="loss")
    ax.legend(loc="upper left")
    return fig


def _draw_heatmap(fig, ax, values, title, numbers=False):
    limit = np.abs(values).max()
    image = ax.imshow(values, cmap=DIVERGING_COLOURMAP, vmin=-limit, vmax=limit, aspect="auto")
    fig.colorbar(image, ax=ax, shrink=0.9)
    ax.set(title=title, xticks=range(values.shape[1]), yticks=range(values.shape[0]))
    ax.grid(visible=False)
    if numbers:
        for (i, j), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 * limit else FORWARD
            ax.text(j, i, f"{value:.3f}", ha="center", va="center", fontsize=10, color=colour)


def _draw_node(ax, x, y, text, colour):
    ax.text(x, y, text, ha="center", va="center", fontsize=10.5, color=colour, linespacing=1.4)


def _draw_arrow(ax, start, end, colour):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.5, "color": colour, "shrinkA": 0, "shrinkB": 0})
