"""Whether a stored file is a drawing of reportgen: shapes and text, and nothing that loads or runs.

A store may come from somebody else, and what is in it goes into documents as it is.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset(
    f"{_SVG}{name}"
    for name in (
        *("svg", "title", "desc", "defs", "g", "path", "use", "text", "tspan", "rect", "image"),
        *("clipPath", "circle", "line", "polygon", "polyline", "ellipse"),
    )
)
_REFUSED = re.compile(r"on|style$|class$|.*}", re.IGNORECASE)
"""How the names of attributes begin that no drawing has: handlers, styles, other name spaces."""
_LOADS = re.compile(r"url\((?!#)|&|\\", re.IGNORECASE)
_TEXTS = ("href", "data-path", "data-format", "data-readings")
_LINK = re.compile(r"#|data:image/png;base64,[A-Za-z0-9+/=\s]*$")


def is_drawing(svg: str) -> bool:
    """Return whether `svg` is what `drawing.draw_svg` may have written."""
    if "<!" in svg or "<?" in svg:
        return False
    try:
        root = ET.fromstring(svg)
    except (ET.ParseError, ValueError):
        return False
    return root.tag == f"{_SVG}svg" and all(_is_harmless(element) for element in root.iter())


def _is_harmless(element: ET.Element) -> bool:
    if element.tag not in _ELEMENTS:
        return False
    for name, value in element.attrib.items():
        if _REFUSED.match(name) or (name == "href" and not _LINK.match(value)):
            return False
        if name not in _TEXTS and _LOADS.search(value):
            return False
    return True
