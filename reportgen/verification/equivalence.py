"""Which differences between two renderings come from libraries, and not from the content.

Another version of NumPy or SciPy moves a number by some 1e-14, which shows in its exact value, and
in its printed digits only where it lies on the boundary between two of them. Another version of
matplotlib draws a figure a little larger; another HarfBuzz writes the same letters as other bytes.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from io import BytesIO

from reportgen.verification.geometry import GEOMETRY, same_geometry
from reportgen.verification.segments import Tag, read_tag
from reportgen.verification.web_fonts import same_tables, same_writing

RELATIVE = 1e-9
"""By how much of itself a recomputed number may differ: far below any printed digit."""
ABSOLUTE = 1e-10
"""By how much it may differ near zero, where digits cancel, as at the end of an interval."""
SAME_DRAWING = 0.021
"""Points by which a line may be off where the same matplotlib drew it: only rounding."""
OTHER_DRAWING = 2.5
"""Points by which a line may be off where another version drew it; figures are 453.6 wide."""

_NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?[0-9][0-9,]*(?:\.[0-9]+)?(?:e-?[0-9]+)?")
_DRAWN = frozenset(
    ("svg", "g", "path", "use", "text", "rect", "image", "clippath", "defs", "line", "circle")
)
_REFERENCES = frozenset(("id", "href", "clip-path"))
_FONT = re.compile(r"url\(data:font/woff;base64,([A-Za-z0-9+/=]*)\)")


class Equivalence:
    """Compares the segments of the rendering with those of a file.

    `variants` gives the text of a segment, by its index, as it is printed with every number moved
    up, and moved down, by the tolerance; `texts` gives the texts of the document, which fonts that
    differ are compared by.
    """

    def __init__(
        self,
        drawing: float | None,
        variants: Callable[[int], Sequence[str]],
        texts: Callable[[], Sequence[str]],
    ) -> None:
        self._drawing = drawing
        self._variants = variants
        self._texts = texts
        self._ids: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def holds(self, index: int, expected: str, found: str) -> bool:
        """Return whether a segment has the same content as the one expected at `index`."""
        if expected == found:
            return True
        if expected.startswith("<") != found.startswith("<"):
            return False
        if expected.startswith("<"):
            return self._same_tag(index, read_tag(expected), read_tag(found))
        if "@font-face" in expected:
            return _differ_only_in(_FONT, expected, found, self._same_font)
        return self._same_words(index, expected, found, lambda text: text)

    def _same_font(self, expected: str, found: str) -> bool:
        if self._drawing is None:
            return same_tables(expected, found)
        return same_writing(expected, found, self._texts())

    def _same_tag(self, index: int, expected: Tag | None, found: Tag | None) -> bool:
        if expected is None or found is None or expected.name != found.name:
            return False
        if expected.attributes.keys() != found.attributes.keys():
            return False
        if expected.name in _DRAWN:
            return all(
                self._same_part(name, value, found.attributes[name])
                for name, value in expected.attributes.items()
            )
        return list(expected.attributes) == list(found.attributes) and all(
            value == found.attributes[name]
            or self._same_attribute(index, name, value, found.attributes[name])
            for name, value in expected.attributes.items()
        )

    def _same_attribute(self, index: int, name: str, expected: str, found: str) -> bool:
        if name == "value":
            return same_value(expected, found)

        def content(text: str) -> str:
            tag = read_tag(text)
            return tag.attributes.get("content", "") if tag else ""

        return name == "content" and self._same_words(index, expected, found, content)

    def _same_words(
        self, index: int, expected: str, found: str, read: Callable[[str], str]
    ) -> bool:
        """Return whether texts are equal except for digits that rounding may change."""
        if not _differ_only_in(_NUMBER, expected, found, _are_neighbours):
            return False
        allowed = [_NUMBER.findall(expected)]
        allowed += [_NUMBER.findall(read(text)) for text in self._variants(index)]
        numbers = _NUMBER.findall(found)
        alike = [each for each in allowed if len(each) == len(numbers)]
        return all(
            number in {each[place] for each in alike} for place, number in enumerate(numbers)
        )

    def _same_part(self, name: str, expected: str, found: str) -> bool:
        """Compare an attribute of a drawing."""
        if expected == found:
            return True
        if name in GEOMETRY:
            return same_geometry(name, expected, found, self._drawing or SAME_DRAWING)
        if name in _REFERENCES and expected.startswith("data:image/png"):
            return _same_pixels(expected, found)
        if self._drawing is None:
            return False
        return name in _REFERENCES and self._same_id(expected, found)

    def _same_id(self, expected: str, found: str) -> bool:
        """Names of parts may differ where each corresponds to one other throughout the document."""
        one, other = _bare(expected), _bare(found)
        if expected.replace(one, "") != found.replace(other, ""):
            return False
        known, taken = self._ids.setdefault(one, other), self._taken.setdefault(other, one)
        return (known, taken) == (other, one)


def _bare(reference: str) -> str:
    return reference.removeprefix("url(").removesuffix(")").removeprefix("#")


def same_value(expected: str, found: str) -> bool:
    """Return whether two printed numbers are equal except for differences between libraries."""
    try:
        one, other = float(expected), float(found)
    except ValueError:
        return False
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _differ_only_in(
    pattern: re.Pattern[str], expected: str, found: str, same: Callable[[str, str], bool]
) -> bool:
    """Return whether texts are equal but for matches of a pattern, and these are by `same`."""
    if pattern.sub("#", expected) != pattern.sub("#", found):
        return False
    pairs = zip(pattern.findall(expected), pattern.findall(found), strict=True)
    return all(one == other or same(one, other) for one, other in pairs)


def _are_neighbours(one: str, other: str) -> bool:
    """Return whether numbers differ by one unit of the last digit."""
    return abs(_units(one) - _units(other)) <= 1


def _units(number: str) -> float:
    """Return a printed number as a count of units of its last digit."""
    digits = re.sub(r"[.,]", "", number.partition("e")[0]).replace("\N{MINUS SIGN}", "-")
    # Not a number is a neighbour of none: what has an exponent has to be equal.
    return float(digits) if "e" not in number else math.nan


def _same_pixels(expected: str, found: str) -> bool:
    from PIL import Image, UnidentifiedImageError

    pictures: list[Image.Image] = []
    try:
        for address in (expected, found):
            content = b64decode(address.partition(",")[2])
            if not _has_only_pixels(content):
                return False
            with Image.open(BytesIO(content), formats=["PNG"]) as image:
                if pictures and (image.size, image.mode) != (pictures[0].size, pictures[0].mode):
                    return False
                image.load()
                pictures.append(image)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return False
    one, other = (picture.convert("RGBA").tobytes() for picture in pictures)
    return one == other


def _has_only_pixels(png: bytes) -> bool:
    """Return whether a PNG holds nothing that changes what its pixels look like.

    Browsers play the frames of an animation, and apply a gamma value or a colour profile; Pillow
    reads the first image as it is stored.
    """
    place = len(_PNG)
    while place < len(png):
        length, kind = int.from_bytes(png[place : place + 4], "big"), png[place + 4 : place + 8]
        if kind not in _PIXELS:
            return False
        place += 12 + length
    return png.startswith(_PNG) and place == len(png)


_PNG = b"\x89PNG\r\n\x1a\n"
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""The chunks of a PNG that a drawing has."""
