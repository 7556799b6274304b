"""Pictures: a grid of images, and the notebooks' figures, which are re-exported from ``cs231n.figures``."""

import numpy as np

from .figures.batchnorm import (  # noqa: F401
    bias_drift,
    jacobian_heatmaps,
    projection,
)
from .figures.batchnorm_graph import batchnorm_graph, layer_path  # noqa: F401
from .figures.comparison import (  # noqa: F401
    comparison_curves,
    depth_profile,
    gradient_by_depth,
    sweep_curves,
)
from .figures.images import digits  # noqa: F401
from .figures.network import network_diagram  # noqa: F401
from .figures.optimizers import parameter_paths, valley_paths  # noqa: F401
from .figures.softmax import (  # noqa: F401
    error_over_step,
    first_dout,
    last_layers,
    saturated_unit,
    softmax_heatmap,
)
from .figures.style import show  # noqa: F401


def visualize_grid(Xs: np.ndarray, ubound: float = 255.0, padding: int = 1) -> np.ndarray:
    """Put images into one square grid. Each image is stretched to the full range of values.

    Arguments:
        Xs: images, shape (N, H, W, C).
        ubound: the largest value in the result.
        padding: pixels between images.

    Returns:
        One image, shape (G, G', C), with values in 0..ubound. A constant image becomes 0. Each side of the grid is
        ceil(sqrt(N)) images long, so the last rows may stay empty.

    Raises:
        ValueError: if there are no images, Xs does not have four axes, or a value is NaN or infinite.

    >>> visualize_grid(np.arange(24.0).reshape(4, 2, 3, 1)).shape
    (5, 7, 1)
    """
    if np.ndim(Xs) != 4 or len(Xs) == 0:
        raise ValueError(f"Xs has shape {np.shape(Xs)}; (N, H, W, C) is wanted, with N of at least 1")
    Xs = np.asarray(Xs, dtype=np.float64)  # uint8 would wrap
    bad = np.flatnonzero(~np.isfinite(Xs).all(axis=(1, 2, 3)))
    if len(bad):
        raise ValueError(f"Xs has NaN or infinity in {len(bad)} of {len(Xs)} images, first in Xs[{bad[0]}]")
    N, H, W, C = Xs.shape
    side = int(np.ceil(np.sqrt(N)))
    grid = np.zeros((side * (H + padding) - padding, side * (W + padding) - padding, C))
    for i, image in enumerate(Xs):
        top, left = (i // side) * (H + padding), (i % side) * (W + padding)
        low, high = image.min(), image.max()
        if high > low:
            grid[top : top + H, left : left + W] = ubound * ((image - low) / (high - low))
    return grid
