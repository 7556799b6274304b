"""Tests of the image grid, and of `show`: figures have alt text and one style, and are closed afterwards."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n import vis_utils
from cs231n.figures import style


def test_grid_places_the_images_row_by_row_with_padding_between():
    images = np.zeros((5, 2, 3, 1))
    images[:, 0, 0, 0] = 1  # the brightest pixel of each image is its top left one
    grid = vis_utils.visualize_grid(images, ubound=255.0, padding=1)
    assert grid.shape == (3 * 2 + 2, 3 * 3 + 2, 1)
    assert np.argwhere(grid[:, :, 0] == 255).tolist() == [[0, 0], [0, 4], [0, 8], [3, 0], [3, 4]]
    assert grid.sum() == 5 * 255


def test_grid_stretches_every_image_to_the_full_range():
    images = np.random.default_rng(0).random((4, 5, 5, 3)) * np.array([1, 10, 100, 0])[:, None, None, None] - 3
    grid = vis_utils.visualize_grid(images, ubound=1.0, padding=2)
    for n, (top, left) in enumerate([(0, 0), (0, 7), (7, 0), (7, 7)]):
        tile = grid[top : top + 5, left : left + 5]
        if n < 3:
            expected = (images[n] - images[n].min()) / np.ptp(images[n])
            assert np.allclose(tile, expected) and tile.min() == 0 and tile.max() == 1
        else:
            assert np.all(tile == 0), "a constant image becomes 0"
    assert np.all(grid[5:7] == 0) and np.all(grid[:, 5:7] == 0)


def test_show_needs_an_alt_text_and_passes_it_on(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "display", lambda fig, metadata: shown.append(metadata))
    fig, _ = style.new_figure(figsize=(2, 1))
    with pytest.raises(ValueError, match="alt text"):
        vis_utils.show(fig, alt="  ")
    assert shown == []
    vis_utils.show(fig, alt="A curve\n    that falls.")
    assert shown == [{"image/png": {"alt": "A curve that falls."}}]
    assert not plt.fignum_exists(fig.number), "closed, or the notebook would show it twice"


def test_the_style_is_left_at_the_figures_door():
    before = dict(plt.rcParams)
    fig, axes = style.new_figure(1, 2)
    plt.close(fig)
    assert len(axes) == 2 and not axes[0].spines["top"].get_visible()
    assert dict(plt.rcParams) == before
