"""Tests of the palette: contrast of text, and whether colour-blind readers can tell the colours apart."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cs231n.figures import style

# How a viewer without cones of one kind sees a colour, as a map of linear sRGB: Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, doi:10.1109/TVCG.2009.113, severity 1.0
# (www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html).
VIEWERS = {
    "all cones": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
# From linear sRGB to CIE XYZ, and the white of D65 (IEC 61966-2-1).
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
# About 2 is just noticed side by side; 20 are two plainly different colours.
FAR_ENOUGH = 20


def lab(colour, viewer):
    """CIELAB of a colour as a viewer sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VIEWERS[viewer] @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first, second, viewer):
    """The distance of two colours in CIELAB (CIE 1976)."""
    return float(np.linalg.norm(lab(first, viewer) - lab(second, viewer)))


def test_the_measures_are_those_of_the_standards():
    assert style.contrast("black", "white") == pytest.approx(21)
    assert style.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # WebAIM's well-known example
    assert np.allclose(lab("white", "all cones"), [100, 0, 0], atol=1e-6)
    assert np.allclose(lab("#FF0000", "all cones"), [53.24, 80.09, 67.20], atol=0.05)
    for viewer, matrix in VIEWERS.items():
        assert np.allclose(matrix.sum(axis=1), 1, atol=1e-5), f"{viewer}: grey stays grey"


def test_the_old_colours_would_have_failed():
    """Okabe and Ito's orange as text, and their purple beside grey, as the figures had them."""
    assert style.contrast("#E69F00", "white") < 4.5 and style.contrast("#D55E00", "white") < 4.5
    assert distance("#CC79A7", "#7F7F7F", "deuteranopia") < FAR_ENOUGH


@pytest.mark.parametrize("name", style.PALETTE)
def test_text_in_every_colour_can_be_read(name):
    assert style.contrast(style.PALETTE[name], style.CARD) >= 4.5
    assert style.contrast(style.PALETTE[name], "white") >= 4.5


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("pair", list(combinations(style.PALETTE, 2)), ids="-".join)
def test_any_two_colours_can_be_told_apart(pair, viewer):
    first, second = (style.PALETTE[name] for name in pair)
    assert distance(first, second, viewer) >= FAR_ENOUGH


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_ends_of_the_diverging_colours_can_be_told_apart(viewer):
    colours = matplotlib.colormaps[style.DIVERGING_COLOURMAP]
    for strength in (0.25, 0.5, 1.0):
        assert distance(colours(0.5 - strength / 2), colours(0.5 + strength / 2), viewer) >= FAR_ENOUGH


@pytest.mark.parametrize("level", np.linspace(0, 1, 21))
def test_numbers_on_a_heatmap_can_be_read(level):
    for name in (style.DIVERGING_COLOURMAP, "Greys_r"):
        background = matplotlib.colormaps[name](level)
        assert style.contrast(style.text_colour_on(background), background) >= 4.5
