"""Tests of the notebooks' figures: alt texts made from the numbers, text that can be read, and what is drawn."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from cs231n import vis_utils
from cs231n.data_utils import get_data
from cs231n.figures import style
from cs231n.grading.publishing.notebooks import read_notebooks
from tests.helpers.sample_figures import SAMPLES, draw, figure_functions


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_every_figure_is_among_the_samples():
    assert set(SAMPLES) == set(figure_functions())


@pytest.mark.parametrize("name", SAMPLES)
def test_every_figure_has_an_alt_text(name):
    alt = draw(name).alt
    assert len(alt) > 60 and (alt[0].isupper() or alt.startswith("digits. Four panels"))
    assert alt.endswith(".") and "\n" not in alt and "  " not in alt and "np.float" not in alt


@pytest.mark.parametrize("name", SAMPLES)
def test_the_first_words_of_an_alt_text_give_no_result_away(name):
    """A collapsed output still shows them, and a reader may not have made a guess yet."""
    assert not re.search(r"\d\.\d|\d%|\de[-+]\d\d|shrink|grow|flat|rises|falls", draw(name).alt[:80])


@pytest.mark.parametrize("name", SAMPLES)
def test_all_text_of_a_figure_is_large_and_dark_enough(name):
    fig = draw(name)
    fig.canvas.draw()
    on_heatmaps = {text for ax in fig.axes if ax.images for text in ax.texts}
    texts = [text for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert texts
    for text in texts:
        assert text.get_size() >= style.SMALLEST_TEXT, text
        patch = text.get_bbox_patch()
        backgrounds = ["white", style.CARD] if patch is None else [patch.get_facecolor()]
        if text not in on_heatmaps:  # there `text_colour_on` chose the colour for the cell; test_figure_colours.py
            assert min(style.contrast(text.get_color(), background) for background in backgrounds) >= 4.5, text


@pytest.mark.parametrize("name", SAMPLES)
def test_lines_and_bars_take_their_colours_from_the_palette(name):
    """So the distances that test_figure_colours.py computes hold in every figure."""
    fig = draw(name)
    allowed = {colour.lower() for colour in style.PALETTE.values()}
    for ax in fig.axes:
        for line in ax.get_lines():
            assert to_hex(line.get_color()) in allowed, line
        for container in ax.containers:
            assert {to_hex(bar.get_facecolor()) for bar in container} <= allowed


def test_bars_that_stand_side_by_side_differ_in_more_than_colour():
    bars = draw("projection").axes[0].containers
    assert len({container[0].get_hatch() for container in bars}) == len(bars)


def test_alt_texts_state_the_numbers_that_are_drawn():
    assert "with batch norm: 0.90 at 0.001, 0.90 at 0.01, 0.90 at 2" in draw("sweep_curves").alt
    assert "elementwise: on the diagonal all positive, from 1 to 1, off it all zero" in draw("jacobian_heatmaps").alt
    x_hat, dout = np.array([-1.0, 0.0, 1.0]), np.array([5.0, 6.0, 5.0])  # dout has no part along x_hat
    assert "the angle is 90 degrees; between x_hat and what is left, 90.0." in vis_utils.projection(dout, x_hat).alt
    assert "validation accuracy: at the end +0.45 on average" in draw("comparison_curves").alt


def test_every_figure_is_shown_in_a_notebook():
    shown = "\n".join(cell.source for nb in read_notebooks().values() for cell in nb.cells)
    assert [name for name in SAMPLES if f"vis.{name}(" not in shown] == []


def test_one_seed_and_no_epoch_can_be_described():
    history = {name: [0.5] for name in ("train_loss", "train_acc", "val_acc")}
    alt = vis_utils.comparison_curves({"bn": [history], "plain": [history]}).alt
    assert "one seed" in alt and "over 0 epochs" in alt
    sweep = vis_utils.sweep_curves({net: np.ones((2, 1)) for net in ("bn", "plain")}, [1, 2], "x")
    assert "one seed" in sweep.alt and sweep.axes[0].get_legend().get_title().get_text() == "one seed"


# --- the digits -----------------------------------------------------------------------------------


def test_digits_show_the_images_with_their_labels():
    data = get_data()
    X, y = data["X_val"][:12], data["y_val"][:12]
    fig = vis_utils.digits(X, y)
    drawn = [ax for ax in fig.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == [str(label) for label in y]
    for ax, image in zip(drawn, X.reshape(12, 28, 28)):
        shown = np.asarray(ax.images[0].get_array())
        assert np.allclose(shown, (image - image.min()) / np.ptp(image)), "stretched from black to white"
    assert fig.alt == f"Images of the data set, 12 of them, with the labels {', '.join(map(str, y))}."


def test_digits_mark_wrong_predictions_in_words_and_with_a_frame():
    X, y, predicted = np.eye(9).reshape(1, 81).repeat(3, axis=0), np.array([7, 2, 1]), np.array([7, 3, 1])
    fig = vis_utils.digits(X, y, predicted)
    titles = [ax.get_title() for ax in fig.axes]
    assert titles == ["7, right\n", "2, taken\nfor 3", "1, right\n"]
    assert [len(ax.patches) for ax in fig.axes] == [0, 1, 0]
    assert fig.alt.endswith("with the labels 7, 2, 1. Predictions: 2 are right; number 2, label 2, is taken for 3.")


@pytest.mark.parametrize("shape", [(2, 28, 28), (2, 28, 28, 1), (2, 784)])
def test_digits_take_grey_images_in_any_shape(shape):
    fig = vis_utils.digits(np.random.default_rng(0).random(shape), np.arange(2))
    assert [ax.images[0].get_array().shape for ax in fig.axes] == [(28, 28)] * 2


@pytest.mark.parametrize("flat", [True, False])
def test_digits_take_colour_images_as_cifar10_stores_them(flat):
    channels_first = np.random.default_rng(0).random((2, 3, 32, 32))
    fig = vis_utils.digits(channels_first.reshape(2, -1) if flat else channels_first, np.arange(2))
    shown = np.asarray(fig.axes[1].images[0].get_array())
    low, high = channels_first[1].min(), channels_first[1].max()
    assert np.allclose(shown, (channels_first[1].transpose(1, 2, 0) - low) / (high - low))


def test_a_constant_image_is_black():
    fig = vis_utils.digits(np.full((1, 4), 0.7), np.array([0]))
    assert not np.asarray(fig.axes[0].images[0].get_array()).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros((0, 784)), np.zeros(0)), "at least one image"),
        ((np.zeros((2, 783)), np.zeros(2)), "783 pixels"),
        ((np.zeros(784), np.zeros(1)), "at least one image"),
        ((np.zeros((2, 784)), np.zeros(3)), "y has shape"),
        ((np.zeros((2, 784)), np.zeros(2), np.zeros(1)), "predicted has shape"),
        ((np.zeros((2, 5, 28, 28)), np.zeros(2)), "X has shape"),
        ((np.full((2, 784), np.nan), np.zeros(2)), "NaN"),
        ((np.zeros((2, 784)), np.zeros(2), None, 0), "columns"),
    ],
)
def test_digits_say_what_they_want(arguments, words):
    with pytest.raises(ValueError, match=words):
        vis_utils.digits(*arguments)
