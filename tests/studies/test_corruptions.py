"""Corruptions of images: the same bytes every time, and what each of them is meant to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits

from reportgen.studies.robustness.corruptions import corrupt
from reportgen.studies.robustness.records import TITLES, UNGRADED

Images = NDArray[np.uint8]


def digits(count: int = 40, side: int = 28) -> Images:
    """Return digits of scikit-learn, enlarged, white on black, `[count, 1, side, side]`."""
    small = load_digits().images[:count] / 16
    return np.rint(255 * np.clip(ndimage.zoom(small, (1, side / 8, side / 8), order=1), 0, 1))[
        :, None
    ].astype(np.uint8)


def apply(images: Images, name: str, severity: int = 1, seed: int = 0, first: int = 0) -> Images:
    """Return the images corrupted, as those at `first` and behind it in the test set."""
    recipe: dict[str, Any] = {"corruption": name, "severity": severity, "seed": seed}
    return corrupt(images, np.arange(first, first + len(images)), recipe)


@pytest.mark.parametrize("name", TITLES)
def test_an_image_is_changed_alike_whatever_is_beside_it(name: str) -> None:
    """What is drawn at random depends on the image's position, the recipe and nothing else."""
    images = digits(6)
    changed = apply(images, name)

    assert changed.tobytes() == apply(images, name).tobytes()
    assert changed[3:].tobytes() == apply(images[3:], name, first=3).tobytes()
    assert not np.array_equal(changed, images)


@given(
    st.sampled_from(list(TITLES)),
    st.integers(1, 5),
    st.integers(5, 40),
    st.integers(5, 40),
    st.sampled_from([1, 3]),
    st.sampled_from(["black", "white", "random"]),
)
@settings(max_examples=120, deadline=None)
def test_any_image_can_be_corrupted(
    name: str, severity: int, height: int, width: int, channels: int, what: str
) -> None:
    """Any size, grey or colour, also without any content."""
    shape = (2, channels, height, width)
    levels = {"black": 0, "white": 255}.get(what)
    drawn = np.random.default_rng(0).integers(0, 256, shape)
    images = (drawn if levels is None else np.full(shape, levels)).astype(np.uint8)

    changed = apply(images, name, 1 if name in UNGRADED else severity)

    assert changed.shape == shape
    assert changed.dtype == np.uint8


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TITLES if name not in UNGRADED])
def test_a_higher_severity_changes_more(name: str) -> None:
    """On average over images, each severity is further from the image than the one before."""
    images = digits().astype(np.float64)
    sizes = [
        np.abs(apply(images.astype(np.uint8), name, severity) - images).mean()
        for severity in range(1, 6)
    ]

    assert sizes == sorted(sizes)


@pytest.mark.parametrize(("name", "seed"), [("shot_noise", 1), ("zigzag", 1), ("rotate", 3)])
def test_another_seed_gives_another_image(name: str, seed: int) -> None:
    """What is random is drawn from the seed."""
    assert not np.array_equal(apply(digits(), name, 3), apply(digits(), name, 3, seed))


def test_brightness_is_added() -> None:
    """0.3 of the range at severity 3, up to white."""
    images = digits()

    expected = np.rint(np.minimum(images / 255 + 0.3, 1) * 255)
    np.testing.assert_array_equal(apply(images, "brightness", 3), expected)


def test_rotation_is_that_of_scipy() -> None:
    """Each image is rotated by 20° in one direction or the other."""
    images = digits()

    for image, changed in zip(images, apply(images, "rotate", 2), strict=True):
        rotated = [
            ndimage.rotate(image[0].astype(float), angle, reshape=False, order=1)
            for angle in (-20, 20)
        ]
        assert min(np.abs(each - changed[0]).max() for each in rotated) < 1


def test_translation_moves_by_whole_pixels() -> None:
    """At severity 2, by two pixels along both axes; what enters is background."""
    images = np.pad(digits(side=20), ((0, 0), (0, 0), (4, 4), (4, 4)))

    for image, changed in zip(images, apply(images, "translate", 2), strict=True):
        moved = [np.roll(image, (down, right), (1, 2)) for down in (-2, 2) for right in (-2, 2)]
        assert any(np.array_equal(each, changed) for each in moved)


def test_scaling_shrinks_about_the_centre() -> None:
    """A centred square of 20 pixels has 10 at severity 5."""
    square = np.zeros((1, 1, 28, 28), dtype=np.uint8)
    square[..., 4:24, 4:24] = 255

    seen = np.argwhere(apply(square, "scale", 5)[0, 0] > 127)
    assert seen.min(axis=0).tolist() == [9, 9]
    assert seen.max(axis=0).tolist() == [18, 18]


def test_impulse_noise_has_its_share() -> None:
    """Of grey pixels, 17 % are black or white at severity 4, half of these each."""
    grey = np.full((50, 1, 28, 28), 100, dtype=np.uint8)

    changed = apply(grey, "impulse_noise", 4)
    assert (changed == 0).mean() == pytest.approx(0.085, abs=0.01)
    assert (changed == 255).mean() == pytest.approx(0.085, abs=0.01)


def test_shot_noise_keeps_the_mean() -> None:
    """The counts of photons are Poisson numbers: their variance is their mean."""
    grey = np.full((80, 1, 28, 28), 64, dtype=np.uint8)

    photons = apply(grey, "shot_noise", 1) / 255 * 60
    assert photons.mean() == pytest.approx(60 * 64 / 255, rel=0.01)
    assert photons.var() == pytest.approx(60 * 64 / 255, rel=0.05)


def test_blurs_keep_the_light() -> None:
    """A motion blur and a low resolution share the light of a spot among its neighbours."""
    spot = np.zeros((1, 1, 28, 28), dtype=np.uint8)
    spot[..., 12:16, 12:16] = 255

    for name, severity in (("motion_blur", 2), ("low_resolution", 2)):
        assert apply(spot, name, severity).sum() == pytest.approx(spot.sum(), rel=0.02)


def test_edges_are_where_the_levels_change() -> None:
    """Of a square, its outline is left."""
    square = np.zeros((1, 1, 28, 28), dtype=np.uint8)
    square[..., 8:20, 8:20] = 255

    edges = apply(square, "canny_edges")[0, 0]
    assert not edges[11:17, 11:17].any()
    assert not edges[:6].any()
    assert edges[13, 7:9].any()
    assert edges[13, 19:21].any()
    assert set(np.unique(edges)) == {0, 255}


def test_what_is_drawn_is_seen_on_any_background() -> None:
    """Lines are white on black and black on white."""
    black, white = (np.full((1, 1, 28, 28), level, dtype=np.uint8) for level in (0, 255))

    for name in ("dotted_line", "zigzag"):
        assert (apply(black, name, 3) == 255).sum() == (apply(white, name, 3) == 0).sum() > 20
