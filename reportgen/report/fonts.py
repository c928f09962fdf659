"""The faces of the documents: Source Serif for text, Source Sans for tables and captions, DejaVu.

DejaVu is for figures, code and rare characters. All faces are files of installed packages.

The HTML embeds a subset of each, so that it looks the same on every machine; WeasyPrint reads the
files themselves and embeds what it uses. A subset holds a fixed set of characters and whatever else
the text needs: editing prose hardly ever changes it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category

from reportgen.errors import ReportgenError

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont


@dataclass(frozen=True)
class Face:
    """One font file and how style sheets call it."""

    family: str
    weight: int
    style: str
    package: str
    file: str
    """Path within the package."""

    def path(self) -> Path:
        """Return the file on this machine; raises ReportgenError where its package is missing."""
        return _package_folder(self.package) / self.file

    @property
    def address(self) -> str:
        """What style sheets of the PDF call the file: the same on every machine."""
        return f"font:{self.package}/{self.file}"


_SERIF = ("font_source_serif_pro", "files/SourceSerifPro-")
_SANS = ("font_source_sans_pro", "files/SourceSansPro-")
_DEJAVU = ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans")

FACES = (
    Face("Report Serif", 400, "normal", _SERIF[0], f"{_SERIF[1]}Regular.ttf"),
    Face("Report Serif", 400, "italic", _SERIF[0], f"{_SERIF[1]}It.ttf"),
    Face("Report Serif", 700, "normal", _SERIF[0], f"{_SERIF[1]}Semibold.ttf"),
    Face("Report Sans", 400, "normal", _SANS[0], f"{_SANS[1]}Regular.ttf"),
    Face("Report Sans", 700, "normal", _SANS[0], f"{_SANS[1]}Semibold.ttf"),
    Face("DejaVu Sans", 400, "normal", _DEJAVU[0], f"{_DEJAVU[1]}.ttf"),
    Face("DejaVu Sans", 700, "normal", _DEJAVU[0], f"{_DEJAVU[1]}-Bold.ttf"),
    Face("DejaVu Sans Mono", 400, "normal", _DEJAVU[0], f"{_DEJAVU[1]}Mono.ttf"),
)

_USUAL = "".join(
    [
        *(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180))),
        "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        "\u2002\u2009\u200a\u202f\u2010\u2011\u2012–—‘’‚“”„†‡•…‰′″‹›€™←↑→↓↔−×÷±≤≥≠≈∞√∑∏∂∫⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄½",
    ]
)
"""Characters that every subset holds, where its font has them."""


@cache
def _package_folder(name: str) -> Path:
    """Return the folder of a package, without importing it."""
    package = find_spec(name)
    if package is None or package.origin is None:
        missing = name.replace("_", "-")
        raise ReportgenError(
            f"{missing}, whose fonts the report uses, is not installed; install it with: python -m "
            f"pip install {missing}"
        )
    return Path(package.origin).parent


def absent_faces() -> tuple[Face, ...]:
    """Return the faces whose files are not installed."""
    return tuple(face for face in FACES if not _is_installed(face))


def _is_installed(face: Face) -> bool:
    try:
        return face.path().is_file()
    except ReportgenError:
        return False


@lru_cache(maxsize=4 * len(FACES))
def subset_font(face: Face, characters: str) -> bytes:
    """Return a font with the usual characters and these, as WOFF; equal calls give equal bytes.

    HarfBuzz takes 2 ms for a face where fontTools takes 300, and deflated tables (WOFF) a tenth of
    the time of WOFF2, for 8 KB more.
    """
    # A cached rebuild needs neither library.
    import uharfbuzz
    from fontTools.ttLib import TTFont

    selection = uharfbuzz.SubsetInput()
    selection.sets(uharfbuzz.SubsetInputSets.UNICODE).update(map(ord, _USUAL + characters))
    selection.flags = uharfbuzz.SubsetFlags.NO_HINTING
    source = uharfbuzz.Face(face.path().read_bytes())
    subset = uharfbuzz.subset(source, selection).blob.data
    font = TTFont(BytesIO(subset), recalcBBoxes=False, recalcTimestamp=False)
    if face.family == "Report Serif":
        _stop_borrowing(font)
    font.flavor = "woff"
    file = BytesIO()
    font.save(file)
    return file.getvalue()


def _stop_borrowing(font: TTFont) -> None:
    """Have composite glyphs keep their own widths.

    In Source Serif, '%' is flagged to take the width of its stroke, which FreeType obeys: in WebKit
    on Linux, the next letters were drawn over it. Other engines go by the table of widths.
    """
    from fontTools.ttLib.tables._g_l_y_f import USE_MY_METRICS

    table = font["glyf"]
    for name, glyph in table.glyphs.items():
        # Of −1 contours. To unpack the other glyphs too would take as long as all the rest.
        if getattr(glyph, "data", b"").startswith(b"\xff\xff"):
            for part in table[name].components:
                part.flags &= ~USE_MY_METRICS


def embed_fonts(text: str) -> str:
    """Return the style sheet that embeds the fonts that a document with this text needs."""
    characters = "".join(sorted(find_unusual(text)))
    return "".join(
        _font_face(
            face, f"data:font/woff;base64,{b64encode(subset_font(face, characters)).decode()}"
        )
        for face in FACES
    )


def link_fonts(faces: Iterable[Face] = FACES) -> str:
    """Return the style sheet that names the font files, for the PDF."""
    return "".join(_font_face(face, face.address) for face in faces)


def find_unusual(text: str) -> frozenset[str]:
    """Return the printable characters of a text that are not in every subset."""
    return frozenset(
        character
        for character in set(text) - set(_USUAL)
        # Python calls private-use characters unprintable, but a font may have them.
        if character.isprintable() or category(character) == "Co"
    )


def _font_face(face: Face, source: str) -> str:
    return (
        f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};"
        f"font-style:{face.style};font-display:swap;src:url({source})}}\n"
    )
