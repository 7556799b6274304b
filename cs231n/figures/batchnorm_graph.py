"""The drawings of notebook 2: the computation graph of batch norm, and a row of layers, forward and backward."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from .style import BACKWARD, FORWARD, GREY, Picture, new_figure

# For each node of batch norm's graph: its place (x, y) in the drawing, and what it computes.
NODES = {
    "x": (0.82, 4.0, "the input"),
    "mu": (1.95, 1.15, "mean(x)"),
    "xmu": (3.35, 4.0, "x - mu"),
    "sq": (4.5, 1.15, "xmu ** 2"),
    "var": (6.35, 1.15, "mean(sq)"),
    "std": (8.2, 1.15, "sqrt(var + eps)"),
    "inv_std": (10.05, 1.15, "1 / std"),
    "x_hat": (8.8, 4.0, "xmu * inv_std"),
    "gamma": (10.05, 6.5, "scale"),
    "beta": (11.85, 6.5, "shift"),
    "out": (11.6, 4.0, "gamma * x_hat\n+ beta"),
}
# Edges: (a node, the node that uses it, the name of the gradient that comes back along the edge).
EDGES = (
    ("x", "mu", "dx2"), ("x", "xmu", "dx1"), ("mu", "xmu", ""), ("xmu", "sq", "dxmu2"), ("sq", "var", ""),
    ("var", "std", ""), ("std", "inv_std", ""), ("inv_std", "x_hat", ""), ("xmu", "x_hat", "dxmu1"),
    ("x_hat", "out", ""), ("gamma", "out", ""), ("beta", "out", ""),
)  # fmt: skip
BOX_WIDTH, ROW_HEIGHT = 1.5, 0.27


def batchnorm_graph(values: dict[str, np.ndarray], gradients: dict[str, np.ndarray] | None = None) -> Picture:
    """Draw the computation graph of batch norm for one feature, with the values and gradients of every node.

    Arguments:
        values: dictionary from each name in NODES to its value, shape (N, 1) or (1,), with N at most 4.
        gradients: the same for dL/d(node). None draws only the forward pass.

    Returns:
        The figure. Values and forward arrows are dark, gradients and backward arrows are orange.
    """
    fig, ax = new_figure(figsize=(11, 6.6))
    ax.set(xlim=(0, 12.7), ylim=(0.1, 7.3))
    ax.axis("off")
    for start, end, name in EDGES:
        _draw_edge(ax, start, end, name, values, gradients is not None)
    for name in NODES:
        _draw_node(ax, name, values[name], None if gradients is None else gradients[name])
    ax.text(0.1, 7.0, "node  (shape)", weight="bold", size=11, va="center")
    ax.text(0.1, 6.65, "values and arrows of the forward pass", color=FORWARD, size=11, va="center")
    if gradients is not None:
        ax.text(0.1, 6.3, "gradients dL/d(node) and arrows of the backward pass", color=BACKWARD, size=11, va="center")
    fig.alt = _describe_graph(values, gradients)
    return fig


def _describe_graph(values: dict[str, np.ndarray], gradients: dict[str, np.ndarray] | None) -> str:
    """Make the alt text of `batchnorm_graph`: every node with what it uses, its values and its gradients."""
    parts = []
    for name in NODES:
        used = " and ".join(start for start, end, _ in EDGES if end == name)
        part = f"{name}{f' from {used}' if used else ''}: {_list_numbers(values[name])}"
        if gradients is not None:
            part += f", gradient {_list_numbers(gradients[name])}"
        parts.append(part)
    arrows = "dark arrows forward" + ("" if gradients is None else ", an orange one back beside each")
    return f"Batch norm's computation graph for one feature, boxes with {arrows}: {'; '.join(parts)}."


def _list_numbers(values: np.ndarray) -> str:
    """Write the numbers of a node: ``4``, or ``(1, 4, 7)``."""
    numbers = ", ".join(_format_number(number) for number in np.ravel(values))
    return f"({numbers})" if np.size(values) > 1 else numbers


def _box_height(name: str, value: np.ndarray) -> float:
    """The height of a node's box: its name, the lines of its operation, and one row per number."""
    lines = NODES[name][2].count("\n")
    return 0.76 + 0.24 * lines + ROW_HEIGHT * np.size(value)


def _draw_node(ax: Axes, name: str, value: np.ndarray, gradient: np.ndarray | None) -> None:
    """Draw a node's box with its name, shape, operation, values and gradients."""
    x, y, operation = NODES[name]
    height = _box_height(name, value)
    low, top = (x - BOX_WIDTH / 2, y - height / 2), y + height / 2
    box = FancyBboxPatch(low, BOX_WIDTH, height, boxstyle="round,pad=0.02", fc="white", ec=FORWARD, lw=1.2, zorder=3)
    ax.add_patch(box)
    shape = "(" + ", ".join(map(str, np.shape(value))) + ("," if np.ndim(value) == 1 else "") + ")"
    text: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    ax.text(x, top - 0.17, f"{name}  {shape}", size=11, weight="bold", **text)
    lines = operation.split("\n")
    for i, line in enumerate(lines):
        ax.text(x, top - 0.46 - 0.24 * i, line, size=9.5, color=GREY, **text)
    columns = [(value, FORWARD, x if gradient is None else x - 0.1)]
    if gradient is not None:
        columns.append((gradient, BACKWARD, x + 0.65))
    align = "center" if gradient is None else "right"
    for column, colour, right in columns:
        for i, number in enumerate(np.ravel(column)):
            row = top - 0.52 - 0.24 * len(lines) - ROW_HEIGHT * i
            ax.text(right, row, _format_number(number), color=colour, size=11, **{**text, "ha": align})


def _format_number(number: float) -> str:
    """Write a number with at most three decimals, without trailing zeros."""
    return f"{number:.3f}".rstrip("0").rstrip(".").replace("-0.000", "0") or "0"


def _draw_edge(ax: Axes, start: str, end: str, name: str, values: dict[str, np.ndarray], backward: bool) -> None:
    """Draw the forward arrow between two boxes and, beside it, the backward arrow."""
    a, b = np.array(NODES[start][:2]), np.array(NODES[end][:2])
    tail, head = _find_border(start, a, b, values), _find_border(end, b, a, values)
    along = (head - tail) / np.linalg.norm(head - tail)
    side = 0.06 * np.array([-along[1], along[0]])
    shift = side if backward else 0 * side
    _draw_arrow(ax, tail + shift, head + shift, FORWARD)
    if backward:
        _draw_arrow(ax, head - side, tail - side, BACKWARD)
        if name:
            x, y = (tail + head) / 2 - 4 * side
            align = "center" if abs(along[1]) < 0.2 else "right"
            ax.text(x, y, name, color=BACKWARD, size=11, ha=align, va="center", zorder=5)


def _find_border(name: str, a: np.ndarray, b: np.ndarray, values: dict[str, np.ndarray]) -> np.ndarray:
    """Find the point where the line from the centre a of a node towards b leaves the node's box."""
    half = np.array([BOX_WIDTH / 2 + 0.06, _box_height(name, values[name]) / 2 + 0.06])
    d = b - a
    with np.errstate(divide="ignore"):
        return a + d * np.min(half / np.abs(d))


def _draw_arrow(ax: Axes, start: Any, end: Any, colour: str) -> None:
    """Draw an arrow from one point to another."""
    style = {"arrowstyle": "-|>", "color": colour, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style, zorder=2)


def layer_path(layer_names: list[str], signals: list[tuple[str, str]], parameters: list[str]) -> Picture:
    """Draw a row of layers. Between the layers, show the signal forward and its gradient backward.

    Arguments:
        layer_names: list of K names, first layer first.
        signals: list of K + 1 pairs (name, shape as text): the input of layer 1, then the output of each layer.
        parameters: list of K texts, the gradients of each layer's parameters (``"dw, db"``); "" for none.

    Returns:
        The figure. Forward arrows are dark and above, backward arrows are orange and below. Each gradient has the
        shape of its signal.
    """
    fig, ax = new_figure(figsize=(11, 3.1))
    step, width = 2.25, 1.22
    ax.set(xlim=(-1.8, step * (len(layer_names) - 1) + 1.8), ylim=(-1.55, 1.15))
    ax.axis("off")
    for k, (name, parameter) in enumerate(zip(layer_names, parameters)):
        x = step * k
        box = FancyBboxPatch((x - width / 2, -0.55), width, 1.1, boxstyle="round,pad=0.02", fc="white", ec=FORWARD)
        ax.add_patch(box)
        ax.text(x, 0, name, ha="center", va="center", size=9.5, weight="bold")
        if parameter:
            _draw_arrow(ax, (x, -0.6), (x, -1.05), BACKWARD)
            ax.text(x, -1.25, parameter, color=BACKWARD, size=10.5, ha="center", va="center")
    for k, (name, shape) in enumerate(signals):
        middle = step * (k - 0.5)
        left, right = middle - step / 2 + width / 2 + 0.06, middle + step / 2 - width / 2 - 0.06
        _draw_arrow(ax, (left, 0.22), (right, 0.22), FORWARD)
        _draw_arrow(ax, (right, -0.22), (left, -0.22), BACKWARD)
        back = f"d{name}" if k < len(layer_names) else f"d{name} = 1"
        for y, text, colour in ((0.42, name, FORWARD), (-0.42, back, BACKWARD)):
            ax.text(middle, y, text, color=colour, size=11, ha="center", va="center")
        ax.text(middle, 0, shape, color=GREY, size=10, ha="center", va="center")
    ax.text(-1.75, 0.98, "forward: values, left to right", color=FORWARD, size=11, va="center")
    ax.text(-1.75, -1.5, "backward: gradients, right to left", color=BACKWARD, size=11, va="center")
    fig.alt = _describe_path(layer_names, signals, parameters)
    return fig


def _describe_path(layer_names: list[str], signals: list[tuple[str, str]], parameters: list[str]) -> str:
    """Make the alt text of `layer_path`."""
    names = [name.replace("\n", " ") for name in layer_names]
    forward = ", ".join(f"{name} {shape}" for name, shape in signals)
    backward = ", ".join(f"d{name}" for name, _ in reversed(signals))
    kept = "; ".join(f"{layer}: {parameter}" for layer, parameter in zip(names, parameters) if parameter)
    return f"""A row of {len(names)} layers: {"; ".join(names)}. Dark arrows lead {forward} from left to right. Below
        them orange arrows lead {backward} from right to left, each gradient with the shape of its signal. Gradients
        that leave downwards: {kept or "none"}."""
