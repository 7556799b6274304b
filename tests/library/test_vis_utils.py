"""Tests of the image grid, and of `show`: figures have alt text and one style, and are closed afterwards."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

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
    monkeypatch.setattr(style, "is_notebook", lambda: True)
    monkeypatch.setattr(style, "display", shown.append)
    fig, ax = style.new_figure(figsize=(4, 2))
    ax.plot([0, 1], [2, 3])
    with pytest.raises(ValueError, match="alt text"):
        vis_utils.show(fig, alt="  ")
    assert shown == [] and plt.fignum_exists(fig.number)
    vis_utils.show(fig, alt="A curve\n    that falls & <rises>.")
    assert not plt.fignum_exists(fig.number), "closed, or the notebook would show it twice"
    picture, description = shown
    data, metadata = picture._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}, "no HTML: GitHub would show that, and may leave its picture out"
    assert repr(picture) == data["text/plain"] == "Figure:\nA curve that falls & <rises>."
    assert metadata["image/png"]["alt"] == "A curve that falls & <rises>."
    pixels = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size
    assert pixels[0] > 700, "two pixels for each of the page: sharp at 200% zoom"
    assert [metadata["image/png"][side] for side in ("width", "height")] == [n // 2 for n in pixels]
    assert description._repr_html_() == (
        "<details><summary>This figure in words</summary><p>A curve that falls &amp; &lt;rises&gt;.</p></details>"
    )


def test_a_figures_own_alt_text_is_shown_unless_another_is_given(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "display", shown.append)
    for given in ("", "Mine."):
        fig, _ = style.new_figure(figsize=(2, 1))
        fig.alt = "Its own,\n   in one line."
        vis_utils.show(fig, given)
    plain, _ = plt.subplots()  # a student's
    vis_utils.show(plain, "A student's.")
    assert [picture.alt for picture in shown] == ["Its own, in one line.", "Mine.", "A student's."]


def test_outside_a_notebook_show_prints_the_alt_text(capsys):
    fig, _ = style.new_figure(figsize=(2, 1))
    vis_utils.show(fig, "A curve.")
    assert capsys.readouterr().out == "Figure:\nA curve.\n"


def test_a_figure_lies_on_its_card_and_is_small():
    fig, ax = style.new_figure(figsize=(4, 2))
    ax.imshow(np.arange(100).reshape(10, 10))
    png = style.make_png(fig)
    plt.close(fig)
    image = Image.open(io.BytesIO(png))
    assert len(png) < 60_000 and image.mode == "P"
    corner = "#{:02X}{:02X}{:02X}".format(*image.convert("RGB").getpixel((3, 3)))
    assert corner == style.CARD
    assert style.contrast(style.CARD, "#111111") > 12, "the card is light, so dark text can be read on it in any theme"


def test_the_style_is_left_at_the_figures_door():
    before = dict(plt.rcParams)
    fig, axes = style.new_figure(1, 2)
    plt.close(fig)
    assert len(axes) == 2 and not axes[0].spines["top"].get_visible()
    assert dict(plt.rcParams) == before
