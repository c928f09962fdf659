"""Colours: enough contrast for numbers on bars, and apart for colour-blind readers."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from reportgen.figures.drawing.style import (
    BAND,
    BLUES,
    GRID,
    HUES,
    INK,
    NEUTRAL,
    ORANGES,
    PAPER,
    QUIET,
    SHADES,
    color_of,
    contrast,
    marker_of,
    text_color_on,
)
from reportgen.report.templates import read_asset

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
MODELS = [
    {"hue": hue, "variant": variant, "variants": 2} for hue in range(3) for variant in range(2)
]


def to_lab(color: str, blindness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE L*a*b* (D65) of an sRGB colour as seen with a form of colour blindness."""
    srgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(blindness @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = (to_xyz @ seen) / np.array([0.9505, 1.0, 1.089])
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_models_can_be_distinguished(blindness: str) -> None:
    """Six models, two of each of three architectures, differ clearly in colour for everyone."""
    seen = [to_lab(color_of(model), BLINDNESS[blindness]) for model in MODELS]
    distances = [float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)]
    assert min(distances) > 10


def test_variants_differ_without_colour() -> None:
    """In grey, and by marker, the two variants of an architecture still differ."""
    for plain, dropped in zip(MODELS[::2], MODELS[1::2], strict=True):
        assert contrast(color_of(plain), color_of(dropped)) > 1.5
        assert marker_of(plain) != marker_of(dropped)


def test_numbers_on_bars_can_be_read() -> None:
    """Text on any model's colour has a contrast of at least 4.5."""
    for hue in range(len(HUES)):
        for variants in (1, 2, 5):
            for variant in range(variants):
                color = color_of({"hue": hue, "variant": variant, "variants": variants})
                assert contrast(color, text_color_on(color)) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    """The extremes of WCAG's ratio are 21 and 1, and it is symmetric."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#0072B2", "#ffffff") == contrast("#ffffff", "#0072B2")


def test_more_architectures_than_hues_get_other_markers() -> None:
    """Where a hue comes again, the markers of the architectures differ."""
    first = {"hue": 0, "variant": 0, "variants": 1}
    again = {"hue": len(HUES), "variant": 0, "variants": 1}
    assert color_of(first) == color_of(again)
    assert marker_of(first) != marker_of(again)


@pytest.mark.parametrize("color", [INK, QUIET, GRID, PAPER, BAND, NEUTRAL, *BLUES, *ORANGES])
def test_every_colour_has_one_for_dark_screens(color: str) -> None:
    """Fills and lines of each colour are drawn in another one where the screen is dark."""
    style = read_asset({}, "css/figures.css")
    for name in ("fill", "stroke"):
        assert f'[{name}="{color.lower()}"] {{ {name}: ' in style


def dark_colors() -> dict[str, str]:
    """Return for each fill what takes its place on dark screens."""
    style = read_asset({}, "css/figures.css")
    return dict(re.findall(r'\[fill="(#\w+)"\] \{ fill: (#\w+); \}', style))


def test_models_and_cells_can_be_read_on_dark_screens() -> None:
    """Colours of models stand out by 3 to 1, and numbers on bars and cells by 4.5 to 1.

    Numbers on bars are as dark as the card.
    """
    dark = dark_colors()
    for shades in SHADES:
        assert all(contrast(dark[shade], "#1e2125") >= 4.5 for shade in shades)
    for shade in (*BLUES, *ORANGES):
        text = "#e6e3db" if text_color_on(shade) == "#000000" else "#1e2125"
        assert contrast(dark[shade.lower()], text) >= 4.5


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_models_can_be_distinguished_on_dark_screens(blindness: str) -> None:
    """The six models differ as clearly as on paper, and none is so pale that its hue is lost."""
    dark = dark_colors()
    shown = [dark[color_of(model)] for model in MODELS]
    seen = [to_lab(color, BLINDNESS[blindness]) for color in shown]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 15
    colours = [to_lab(color, BLINDNESS["none"])[1:] for color in shown]
    assert min(float(np.linalg.norm(each)) for each in colours) > 30
