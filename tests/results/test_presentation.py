"""The presentation of a report, as a file: it comes back as it was, and damage is reported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import VerificationFailed
from reportgen.results import presentation
from reportgen.results.presentation import Presentation, decode_presentation, encode_presentation

SHOWN = Presentation(
    slug="paper",
    command="reportgen build paper",
    inverted=True,
    images={7: np.arange(12, dtype=np.uint8).reshape(3, 4), 2: np.zeros((2, 2, 3), np.uint8)},
    templates={"css/theme.css": "p { color: green }", "sections/45-ü.md.j2": "## Über\n"},
    versions={"numpy": "2.4.6"},
)
ENCODED = encode_presentation(SHOWN)


def test_a_presentation_comes_back() -> None:
    """Texts and images are those that were written, and equal presentations are equal bytes."""
    found = decode_presentation(ENCODED)
    assert found.slug == SHOWN.slug and found.inverted
    assert (found.templates, found.versions) == (SHOWN.templates, SHOWN.versions)
    assert {index: pixels.tolist() for index, pixels in found.images.items()} == {
        index: pixels.tolist() for index, pixels in SHOWN.images.items()
    }
    assert encode_presentation(found) == ENCODED


@given(st.integers(0, len(ENCODED) - 1), st.integers(1, 255))
def test_any_damage_is_reported(position: int, change: int) -> None:
    """A changed byte is an error that a user can read, or changes nothing."""
    damaged = bytearray(ENCODED)
    damaged[position] ^= change
    try:
        found = decode_presentation(bytes(damaged))
    except VerificationFailed:
        return
    assert encode_presentation(found) == ENCODED


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would decompress to more than a presentation may have is not decompressed whole."""
    monkeypatch.setattr(presentation, "LARGEST", 1000)
    large = replace(SHOWN, images={0: np.zeros((1000, 1000), np.uint8)})
    with pytest.raises(VerificationFailed, match=r"states a length of 1000\d+ bytes"):
        decode_presentation(encode_presentation(large))


def test_a_part_that_is_no_image_is_refused() -> None:
    """Parts are images of 8 bits, named by their index."""
    wrong = replace(SHOWN, images={0: np.zeros((2, 2), np.float32)})
    with pytest.raises(VerificationFailed, match="the part 0, not an image"):
        decode_presentation(encode_presentation(wrong))
