"""The images of a data set, as the notebooks show them."""

import numpy as np
from matplotlib.patches import Rectangle

from .style import GREEN, ORANGE, Picture, new_figure


def digits(X: np.ndarray, y: np.ndarray, predicted: np.ndarray | None = None, columns: int = 10) -> Picture:
    """Draw images with their labels and, if given, what a network takes them for.

    Arguments:
        X: N images, shape (N, H, W), (N, H, W, 1), (N, H, W, 3) or (N, 3, H, W). Or flat: (N, H * H), or (N, 3072) for
            CIFAR-10. Each is stretched to the full range from black to white, so it may be standardised. (The
            course's data lack the mean image; ``get_mnist_data(subtract_mean=False)`` shows the digits on black.)
        y: labels, shape (N,).
        predicted: predicted labels, shape (N,), or None.
        columns: images in a row.

    Returns:
        The figure. Above every image is its label. A wrong prediction has a frame and says "taken for".

    Raises:
        ValueError: if X does not hold such images, the numbers of images and labels differ, or columns is below 1.
    """
    X, y = _as_images(np.asarray(X, dtype=np.float64)), np.asarray(y)
    _check_labels("y", y, len(X))
    if predicted is not None:
        predicted = np.asarray(predicted)
        _check_labels("predicted", predicted, len(X))
    if columns < 1:
        raise ValueError(f"columns is {columns}; at least 1 is wanted")
    columns = min(columns, len(X))
    rows = -(-len(X) // columns)
    height = 1.25 if predicted is None else 1.5
    fig, axes = new_figure(rows, columns, figsize=(1.1 * columns, height * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for n, (ax, image) in enumerate(zip(axes.flat, X)):
        ax.imshow(image, cmap="gray", interpolation="nearest")
        ax.set_title(str(y[n]), size=12)
        if predicted is not None and predicted[n] != y[n]:
            ax.set_title(f"{y[n]}, taken\nfor {predicted[n]}", size=11, color=ORANGE, weight="bold")
            ax.add_patch(_frame(image.shape, ORANGE))
        elif predicted is not None:
            ax.set_title(f"{y[n]}, right\n", size=11, color=GREEN)
    fig.alt = _describe(y, predicted)
    return fig


def _describe(y: np.ndarray, predicted: np.ndarray | None) -> str:
    """Make the alt text of `digits`."""
    text = f"Images of the data set, {len(y)} of them, with the labels {', '.join(map(str, y))}."
    if predicted is None:
        return text
    wrong = np.flatnonzero(predicted != y)
    said = "; ".join(f"number {n + 1}, label {y[n]}, is taken for {predicted[n]}" for n in wrong)
    return f"{text} Predictions: {len(y) - len(wrong)} are right{f'; {said}' if said else ''}."


def _as_images(X: np.ndarray) -> np.ndarray:
    """Bring images into shape (N, H, W) or (N, H, W, 3), with values in 0..1."""
    if len(X) == 0 or X.ndim not in (2, 3, 4):
        raise ValueError(f"X has shape {X.shape}; at least one image is wanted, (N, H, W) or (N, H * W)")
    if X.ndim == 2 and X.shape[1] == 3072:  # CIFAR-10
        X = X.reshape(-1, 3, 32, 32)
    elif X.ndim == 2:
        side = round(X.shape[1] ** 0.5)
        if side**2 != X.shape[1]:
            raise ValueError(f"X has rows of {X.shape[1]} pixels, which is no square image; give it as (N, H, W)")
        X = X.reshape(-1, side, side)
    if X.ndim == 4 and X.shape[1] == 3:
        X = X.transpose(0, 2, 3, 1)
    if X.ndim == 4 and X.shape[3] == 1:
        X = X[..., 0]
    if X.ndim == 4 and X.shape[3] != 3:
        raise ValueError(f"X has shape {X.shape}; images have one channel or three: (N, H, W) or (N, H, W, 3)")
    if not np.isfinite(X).all():
        raise ValueError("X has NaN or infinity in it; look where the images come from")
    axes = tuple(range(1, X.ndim))
    low, high = X.min(axis=axes, keepdims=True), X.max(axis=axes, keepdims=True)
    return (X - low) / np.where(high > low, high - low, 1)


def _check_labels(name: str, labels: np.ndarray, N: int) -> None:
    """Raise ValueError unless there is one label per image."""
    if labels.shape != (N,):
        raise ValueError(f"{name} has shape {labels.shape}; one label for each of the {N} images is wanted: ({N},)")


def _frame(shape: tuple[int, ...], colour: str) -> Rectangle:
    """A frame around an image of a shape (H, W, ...)."""
    return Rectangle((-0.5, -0.5), shape[1], shape[0], fill=False, ec=colour, lw=4, clip_on=False)
