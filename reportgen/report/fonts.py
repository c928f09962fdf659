"""The faces of the documents: STIX for text, DejaVu Sans for labels, both shipped with matplotlib.

The HTML embeds a subset of each, so that it looks the same on every machine; WeasyPrint reads the
files themselves and embeds what it uses. A subset holds a fixed set of characters and whatever else
the text needs: editing prose hardly ever changes it, so it can be kept in the store.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from unicodedata import category

from reportgen.config.keys import digest, package_version
from reportgen.errors import ReportgenError


@dataclass(frozen=True)
class Face:
    """One font file and how style sheets call it."""

    family: str
    weight: int
    style: str
    file: str


FACES = (
    Face("Report Serif", 400, "normal", "STIXGeneral.ttf"),
    Face("Report Serif", 400, "italic", "STIXGeneralItalic.ttf"),
    Face("Report Serif", 700, "normal", "STIXGeneralBol.ttf"),
    Face("DejaVu Sans", 400, "normal", "DejaVuSans.ttf"),
    Face("DejaVu Sans", 700, "normal", "DejaVuSans-Bold.ttf"),
    Face("DejaVu Sans Mono", 400, "normal", "DejaVuSansMono.ttf"),
)

_USUAL = "".join(
    [
        *(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180))),
        "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        "\u2002\u2009\u200a\u202f\u2010\u2011\u2012–—‘’‚“”„†‡•…‰′″‹›€™←↑→↓↔−×÷±≤≥≠≈∞√∑∏∂∫⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄½",
    ]
)
"""Characters that every subset holds, where its font has them."""


@dataclass(frozen=True)
class FontRequest:
    """A subset of one face."""

    face: Face
    characters: str
    """Beyond the usual ones; sorted."""

    def key(self) -> str:
        """Return the SHA-256 of all that can change the subset's bytes."""
        source = sha256((font_folder() / self.face.file).read_bytes()).hexdigest()
        characters = sha256((_USUAL + self.characters).encode()).hexdigest()
        return digest({"font": source, "characters": characters, "made by": _tools()})


@cache
def _tools() -> dict[str, str]:
    """Digest the code that makes subsets, and name what it makes them with."""
    versions = {name: package_version(name) for name in ("fonttools", "brotli")}
    return {"code": sha256(Path(__file__).read_bytes()).hexdigest(), **versions}


@cache
def font_folder() -> Path:
    """Return the folder of matplotlib's fonts, without importing matplotlib."""
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise ReportgenError("matplotlib, whose fonts the report uses, is not installed")
    return Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"


def plan_fonts(text: str) -> tuple[FontRequest, ...]:
    """Return the subsets that a document with these characters needs."""
    characters = "".join(sorted(_unusual(text)))
    return tuple(FontRequest(face, characters) for face in FACES)


def subset_font(request: FontRequest) -> bytes:
    """Return a font with the request's characters, as WOFF2; equal requests give equal bytes."""
    # fontTools takes half a second to load, and a cached rebuild needs none of it.
    from fontTools.subset import Options, Subsetter, load_font

    options = Options()
    options.flavor = "woff2"
    options.hinting = False
    options.drop_tables += ["FFTM"]
    font = load_font(str(font_folder() / request.face.file), options)
    subsetter = Subsetter(options)
    subsetter.populate(text=_USUAL + request.characters)
    subsetter.subset(font)
    font.flavor = "woff2"
    file = BytesIO()
    font.save(file)
    return file.getvalue()


def embed_fonts(
    requests: Iterable[FontRequest], load: Callable[[FontRequest], bytes] = subset_font
) -> str:
    """Return the style sheet that embeds these subsets as data; `load` may ask a cache first."""
    return "".join(
        _font_face(request.face, f"data:font/woff2;base64,{b64encode(load(request)).decode()}")
        for request in requests
    )


def link_fonts() -> str:
    """Return the style sheet that names the font files of this machine, for the PDF."""
    return "".join(
        _font_face(face, address) for face, address in zip(FACES, font_addresses(), strict=True)
    )


def font_addresses() -> tuple[str, ...]:
    """Return the address of each face's file on this machine."""
    return tuple((font_folder() / face.file).as_uri() for face in FACES)


def find_missing_glyphs(text: str) -> tuple[str, ...]:
    """Return a warning for each script of `text` that no font of this machine can print.

    The report's own faces are asked first, then the system's through fontconfig; where there is no
    fontconfig to ask, nothing is said.
    """
    unknown = _unusual(text)
    if not unknown:
        return ()
    from reportgen.report.glyphs import warn_of_missing

    files = [font_folder() / face.file for face in FACES]
    return warn_of_missing(unknown, files)


def _unusual(text: str) -> frozenset[str]:
    return frozenset(
        character
        for character in set(text) - set(_USUAL)
        if character.isprintable() or category(character) == "Co"
    )


def _font_face(face: Face, source: str) -> str:
    return (
        f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};"
        f"font-style:{face.style};font-display:swap;src:url({source})}}\n"
    )
