"""The figures of notebook 1, such as the last layers, the Jacobian of softmax, and a saturated unit."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from .style import (
    BACKWARD,
    BLUE,
    DIVERGING_COLOURMAP,
    FORWARD,
    GREY,
    LEGEND,
    ORANGE,
    Picture,
    new_figure,
    text_colour_on,
)


def last_layers(
    arrays: list[tuple[str, str]], layers: list[tuple[str, str]], gradients: list[tuple[str, str]]
) -> Picture:
    """Draw the last layers of a network. Values go right along the top, gradients go left along the bottom.

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
    fig.alt = _describe_layers(arrays, layers, gradients)
    return fig


def _describe_layers(
    arrays: list[tuple[str, str]], layers: list[tuple[str, str]], gradients: list[tuple[str, str]]
) -> str:
    """Make the alt text of `last_layers`."""
    names = [name for name, _ in layers]
    last = names[-1]
    sides = [
        f"at {name}, {parameters} come in above, {', '.join('d' + p for p in parameters.split(', '))} go out below"
        for name, parameters in layers
        if parameters
    ]
    return f"""Boxes in a row: {", ".join(names)}. Dark arrows lead along the top through
        {", ".join(f"{name} {shape}" for name, shape in arrays)}. Orange arrows lead back along the bottom, from
        {last} through {", ".join(name for name, _ in reversed(gradients))}. No orange arrow enters {last}.
        The parameters: {"; ".join(sides)}."""


def softmax_heatmap(p: np.ndarray, J: np.ndarray) -> Picture:
    """Draw the probabilities of one example and, beside them, the Jacobian of softmax at that point.

    Arguments:
        p: probabilities, shape (C,).
        J: shape (C, C). Entry (i, j) is the derivative of p[i] with respect to score j.

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
    _draw_heatmap(fig, right, J, "the Jacobian of softmax", numbers=True)
    right.set(xlabel="score j that is nudged", ylabel="probability i that answers")
    rows = "; ".join(f"row {i}: {', '.join(f'{value:z.3f}' for value in row)}" for i, row in enumerate(J))
    fig.alt = f"""Left: bars of {C} probabilities. Right: a heatmap of the {C} by {C} Jacobian of softmax, red for
        positive and blue for negative. Probabilities: {", ".join(f"{value:.2f}" for value in p)}; {rows}."""
    return fig


def first_dout(dx: np.ndarray, y: np.ndarray) -> Picture:
    """Draw the gradient that softmax_loss returns: one row per example, with a "y" at its true class.

    Arguments:
        dx: shape (N, C).
        y: labels, shape (N,).

    Returns:
        The figure.
    """
    N, C = dx.shape
    fig, ax = new_figure(figsize=(7, 0.33 * N + 1.5))
    image = _draw_heatmap(fig, ax, dx, "dL/d(scores)")
    for n, label in enumerate(y):
        colour = text_colour_on(image.to_rgba(dx[n, label]))
        ax.text(label, n, "y", ha="center", va="center", color=colour, fontsize=11, weight="bold")
    ax.set(xlabel="class", ylabel="example n", xticks=range(C), yticks=range(N))
    true = dx[np.arange(N), y]
    others = dx[np.arange(C) != np.asarray(y)[:, None]]
    fig.alt = f"""Heatmap of dL/d(scores) for {N} examples and {C} classes, blue for negative and red for positive.
        In each row the cell of the true class is marked y. The cells with a y lie between {true.min():.2g} and
        {true.max():.2g}, all others between {others.min():.2g} and {others.max():.2g}."""
    return fig


def saturated_unit(z: np.ndarray, losses: dict[str, np.ndarray], slopes: dict[str, np.ndarray]) -> Picture:
    """Plot the loss and its slope for one sigmoid unit with target 1, for squared error and for cross-entropy.

    Arguments:
        z: the unit's input, shape (T,).
        losses, slopes: dictionaries with the keys ``"squared error"`` and ``"cross-entropy"``. They hold the loss and
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
    left.text(-4.2, 0.93 * top, "wrong and\nsaturated", ha="right", va="top", fontsize=10, color=FORWARD)
    left.legend(loc="upper right", **LEGEND)
    far = np.argmin(z)
    ends = "; ".join(
        f"{name}: loss {losses[name][far]:.2g} and slope {slopes[name][far]:.2g} there, largest slope "
        f"{slopes[name].max():.2g} at z = {z[np.argmax(slopes[name])]:.1f}"
        for name in losses
    )
    fig.alt = f"""One sigmoid unit with target 1, from z = {z.min():g} to {z.max():g}, where it is most wrong at z =
        {z.min():g}. Left: the loss; right: the size of dL/dz. For {ends}."""
    return fig


def error_over_step(h: np.ndarray, errors: dict[str, np.ndarray], marks: dict[str, float]) -> Picture:
    """Plot the error of a numerical gradient against the step h. Both axes are logarithmic.

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
        ax.text(step * 1.25, 3, label, color=colour, fontsize=11, va="center")
    ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error", ylim=(1e-13, 10))
    ax.legend(loc="lower left", **LEGEND)
    lowest = "; ".join(
        f"{name}: {error[0]:.1g} at the smallest step, lowest {error.min():.0e} at h = "
        f"{h[np.argmin(error)]:.0e}, {error[-1]:.1g} at the largest"
        for name, error in errors.items()
    )
    dotted = ", ".join(f"{label} = {step:.0e}" for label, step in marks.items())
    fig.alt = f"""Relative error of a numerical gradient against the step h, both axes logarithmic, for h from
        {h.min():.0e} to {h.max():.0e}: {lowest}. Dotted lines: {dotted}."""
    return fig


def _draw_heatmap(fig: Picture, ax: Axes, values: np.ndarray, title: str, numbers: bool = False) -> AxesImage:
    """Draw a matrix as coloured squares with a colour bar, and write its numbers if asked for. Return the image."""
    limit = np.abs(values).max()
    image = ax.imshow(values, cmap=DIVERGING_COLOURMAP, vmin=-limit, vmax=limit, aspect="auto")
    fig.colorbar(image, ax=ax, shrink=0.9)
    ax.set(title=title, xticks=range(values.shape[1]), yticks=range(values.shape[0]))
    ax.grid(visible=False)
    if numbers:
        for (i, j), value in np.ndenumerate(values):
            colour = text_colour_on(image.to_rgba(value))
            ax.text(j, i, f"{value:z.3f}", ha="center", va="center", fontsize=10, color=colour)
    return image


def _draw_node(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Write a centred text."""
    ax.text(x, y, text, ha="center", va="center", fontsize=10.5, color=colour, linespacing=1.4)


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """Draw an arrow from one point to another."""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.5, "color": colour, "shrinkA": 0, "shrinkB": 0})
