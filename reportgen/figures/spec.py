"""A figure before it is drawn: its data and its words, as one frozen record."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from reportgen import formatting
from reportgen.config.keys import digest, file_digests, module_digest, package_version
from reportgen.results.records import Record


class FigureTable(Record):
    """The numbers of a figure as a table, which opens below it in HTML.

    Cells are plain text with marks, as captions are.
    """

    head: tuple[str, ...]
    names: int = 1
    """Columns, from the left, that hold names and no numbers."""
    rows: tuple[tuple[str, ...], ...]


class FigureSpec(Record):
    """Everything that a figure shows; drawing it needs nothing else.

    `caption` is plain text in which `[[path|format]]` is a number, as in a claim. `alt` is
    plain text with its numbers printed.
    """

    slug: str
    """Name of the figure in the report, of its file, and the prefix of every id in its SVG."""
    kind: str
    """Which drawing function draws it (`reportgen.figures.drawing`)."""
    title: str
    caption: str
    alt: str
    data: dict[str, Any]
    """JSON: all that is drawn. A printed number is `{"text", "path", "format"}`; the path is one in
    `Facts`."""
    table: FigureTable | None = None
    """Its numbers; None where it shows none."""
    width: Literal[122, 170] = 170
    """Millimetres in print: the text column, or the whole page."""
    model: str | None = None
    """Slug of the model that the figure is about, if it is about one."""
    architecture: str | None = None
    """Architecture that the figure is about, if it is about one."""


def figure_key(spec: FigureSpec) -> str:
    """Return the SHA-256 of all that can change the drawings of `spec`; loads no matplotlib.

    Caption and table are outside the drawing and are left out.
    """
    beside = {"caption", "table", "model", "architecture"}
    drawn = spec.model_dump(mode="json", exclude=beside)
    return digest({"figure": drawn, "drawing": _drawing_digest()})


_PACKAGES = ("matplotlib", "seaborn", "numpy", "pillow", "font-source-sans-pro")


@cache
def _drawing_digest() -> str:
    """Digest the drawing code and the versions of what it draws with; constant in one process."""
    sources = file_digests(Path(__file__).parent / "drawing")
    printing = module_digest(Path(formatting.__file__))
    versions = {name: package_version(name) for name in _PACKAGES}
    return digest({"sources": sources, "formatting": printing, "versions": versions})
