"""The drawing of the network in notebook 3."""

from ..classifiers.fc_net import FullyConnectedNet
from .style import BACKWARD, FORWARD, GREY, WITH_BN, Picture, new_figure


def network_diagram(net: FullyConnectedNet) -> Picture:
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
    fig, ax = new_figure(figsize=(12, 3.3))
    ax.set(xlim=(-0.5, len(texts) - 0.5), ylim=(-1.2, 1.2))
    ax.axis("off")
    for k, text in enumerate(texts):
        hidden = 1 <= k < L
        box = {"boxstyle": "round,pad=0.4", "fc": "#E8F1F8" if hidden else "#F4F4F4", "ec": WITH_BN if hidden else GREY}
        ax.text(k, 0, text, ha="center", va="center", fontsize=10.5, bbox=box, linespacing=1.3)
    arrow = {"arrowstyle": "->", "lw": 1.4}
    for k in range(len(texts) - 1):
        ax.annotate("", (k + 0.85, 0.8), (k + 0.15, 0.8), arrowprops={**arrow, "color": FORWARD})
        ax.annotate("", (k + 0.15, -0.8), (k + 0.85, -0.8), arrowprops={**arrow, "color": BACKWARD})
    ax.text(0.5, 0.9, "forward: out", color=FORWARD, fontsize=11, ha="center", va="bottom")
    ax.text(len(texts) - 1.5, -0.9, "backward: dout", color=BACKWARD, fontsize=11, ha="center", va="top")
    boxes = "; ".join(" ".join(text.split()) for text in texts)
    fig.alt = f"A row of boxes, with dark arrows forward above them and orange arrows backward below: {boxes}."
    return fig
