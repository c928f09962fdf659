"""From matplotlib's output to SVG that can be part of an HTML page.

Many figures are in one page, under a content security policy that forbids inline styles, and the
same page becomes a PDF. Hence:

- ids begin with the figure's slug, and those that nothing refers to are dropped;
- every style becomes a presentation attribute. WeasyPrint (70) reads `font-size`, `font-family` and
  `text-anchor` from attributes, rotates text by `transform`, and then places text as matplotlib
  measured it; of the `font` shorthand that matplotlib writes it understands size and
  family alone, and would lose the weight;
- the width is left to the page; `viewBox` keeps the ratio;
- the drawing is one image to assistive technology, named by its title and described by its
  alternative text.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from reportgen.figures.drawing.shared_attributes import leave_to_markers, share_attributes

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}"
NUMBER = "number|"
"""Begins the gid of a label that prints a number: `number|<path>|<format>`."""
MODEL = "model|"
"""Begins the gid of what is drawn of one model: `model|<slug>|<readings>`; either may be empty."""
READINGS = "␞"
"""Between the readings of a group: what each of its marks shows, in the order of the marks."""

_FONT = re.compile(r"^(?:(italic|oblique) )?(?:([0-9]{3}|bold) )?([0-9.]+)px (.+)$")
_DECIMAL = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_ROOM = re.compile(r" ?([A-Za-z]) ?")
"""Space that the grammar of paths does not need."""
_ROUNDED = ("d", "x", "y", "width", "height", "points", "transform")


def clean_svg(text: str, slug: str, title: str, description: str, font: str, columns: int) -> str:
    """Return the SVG that matplotlib wrote, fit to be put into a page beside others.

    `columns` of equal width, where there are several, are noted as `data-columns`.
    """
    root = ET.fromstring(text)
    for element in root.iter():
        _style_to_attributes(element)
        _round(element)
    _drop_unseen(root)
    _shrink_images(root)
    # Before ids are renamed: matplotlib writes what a drawing function states of a mark as its id.
    _name_marks(root)
    _rename_ids(root, slug)
    _splice_groups(root)
    _join_readings(root)
    leave_to_markers(root)
    share_attributes(root)
    _name(root, slug, title, description, font)
    if columns > 1:
        root.set("data-columns", str(columns))
    _strip_whitespace(root)
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode").replace("\n", " ") + "\n"


def _drop_unseen(root: ET.Element) -> None:
    """Drop style sheets, metadata and paths that paint nothing: the masked cells of a heat map."""
    for parent in list(root.iter()):
        for child in list(parent):
            filled = child.get("fill") != "none" and child.get("fill-opacity") != "0"
            painted = filled or child.get("stroke", "none") != "none"
            name = child.tag.removeprefix(f"{{{SVG}}}")
            if name in ("metadata", "style") or (name == "path" and not painted):
                parent.remove(child)


def _shrink_images(root: ET.Element) -> None:
    """Encode images in grey or by a table of colours where that is the same.

    matplotlib writes four channels.
    """
    for image in root.iter(f"{{{SVG}}}image"):
        link = image.get(f"{XLINK}href", "")
        with Image.open(BytesIO(b64decode(link.partition(",")[2]))) as picture:
            data = BytesIO()
            _fewest_channels(picture.convert("RGB")).save(data, format="PNG", optimize=True)
        image.set(f"{XLINK}href", f"data:image/png;base64,{b64encode(data.getvalue()).decode()}")


def _fewest_channels(picture: Image.Image) -> Image.Image:
    """Return the same picture in grey, or with at most 256 colours in a table, if it can be."""
    red, green, blue = (band.tobytes() for band in picture.split())
    if red == green == blue:
        return picture.convert("L")
    if picture.getcolors(256) is None:
        return picture
    pixels = np.asarray(picture)
    table, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    shown = Image.fromarray(places.astype(np.uint8).reshape(pixels.shape[:2]))
    shown.putpalette(table.tobytes())
    return shown


def _style_to_attributes(element: ET.Element) -> None:
    style = element.attrib.pop("style", "")
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            element.attrib.update(_expand_font(value))
        elif not name.startswith("-") and name != "image-rendering":
            element.set(name, value.replace("'", "").removesuffix("px"))
    if element.tag == f"{{{SVG}}}image":
        # Pixels stay pixels; the only such value that SVG 1.1 has, which WeasyPrint supports too.
        element.set("image-rendering", "optimizeSpeed")


def _expand_font(value: str) -> dict[str, str]:
    match = _FONT.match(value)
    if match is None:
        raise ValueError(f"matplotlib wrote a font that is not understood: {value}")
    style, weight, size, family = match.groups()
    named = {"font-style": style, "font-weight": weight, "font-size": size, "font-family": family}
    return {name: text.replace("'", "") for name, text in named.items() if text}


def _round(element: ET.Element) -> None:
    """Keep a hundredth of a point, and four digits where a transformation scales."""
    for name in _ROUNDED:
        if name in element.attrib and not element.attrib[name].startswith("data:"):
            places = 4 if name == "transform" else 2
            element.set(name, _shorten(element.attrib[name], places))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]


def _shorten(text: str, places: int) -> str:
    """Round every number in `text` that has more than two decimals."""

    def short(match: re.Match[str]) -> str:
        return f"{float(match[0]):.{places}f}".rstrip("0").rstrip(".")

    return _DECIMAL.sub(short, text)


def _name_marks(root: ET.Element) -> None:
    """Move what an id states to attributes: of a printed number, or of what is drawn of a model."""
    for group in root.iter():  # an image has no group around it
        kind = f"{group.get('id', '').partition('|')[0]}|"
        if kind in (NUMBER, MODEL):
            _, first, second = group.attrib.pop("id").split("|", 2)
        if kind == NUMBER:
            for text in group.iter(f"{{{SVG}}}text"):
                text.attrib.update({"data-path": first, "data-format": second})
        if kind == MODEL:
            stated = {"data-model": first, "data-readings": second}
            group.attrib.update({name: value for name, value in stated.items() if value})


def _rename_ids(root: ET.Element, slug: str) -> None:
    used: dict[str, str] = {}

    def short(name: str) -> str:
        """Return a number in place of a digest, in the order in which names are referred to."""
        return used.setdefault(name, f"{slug}-{len(used)}")

    for element in root.iter():
        link = element.attrib.pop(f"{XLINK}href", None)
        if link is not None:
            element.set("href", f"#{short(link[1:])}" if link.startswith("#") else link.strip())
        for name, value in element.attrib.items():
            if match := _REFERENCE.search(value):
                element.set(name, value.replace(match[0], f"url(#{short(match[1])})"))
    for element in root.iter():
        name = element.attrib.pop("id", "")
        if name in used:
            element.set("id", used[name])


def _splice_groups(element: ET.Element) -> None:
    """Replace groups without attributes by their content."""
    for child in list(element):
        _splice_groups(child)
    kept: list[ET.Element] = []
    for child in element:
        bare = child.tag in (f"{{{SVG}}}g", f"{{{SVG}}}defs") and not child.attrib
        empty = len(child) == 0 and not (child.text or "").strip()
        if bare and (empty or child.tag.endswith("}g")):
            kept.extend(child)
        else:
            kept.append(child)
    element[:] = kept


def _join_readings(parent: ET.Element) -> None:
    """Make one group of those beside each other that have marks of one model."""
    before: ET.Element | None = None
    for child in list(parent):
        if before is not None and _are_alike(before, child):
            joined = (before.attrib["data-readings"], child.attrib["data-readings"])
            before.set("data-readings", READINGS.join(joined))
            before.extend(child)
            parent.remove(child)
        else:
            _join_readings(child)
            before = child


def _are_alike(first: ET.Element, second: ET.Element) -> bool:
    """Return whether two groups have a mark of the same kind for each reading, and one model."""
    kinds = set()
    for group in (first, second):
        marks = [mark.tag for mark in group if mark.tag != f"{{{SVG}}}defs"]
        readings = group.get("data-readings", "")
        if not readings or len(marks) != readings.count(READINGS) + 1:
            return False
        kinds.update(marks)
    return len(kinds) == 1 and {**first.attrib, "data-readings": ""} == {
        **second.attrib,
        "data-readings": "",
    }


def _name(root: ET.Element, slug: str, title: str, description: str, font: str) -> None:
    """Make the drawing one image with a title and a description, sized by its page."""
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib.update(
        {
            "role": "img",
            "aria-labelledby": f"{slug}-title",
            "aria-describedby": f"{slug}-alt",
            "font-family": font,
            # matplotlib has both in a style element, for all elements.
            "stroke-linejoin": "round",
            "stroke-linecap": "butt",
        }
    )
    for tag, suffix, text in (("desc", "alt", description), ("title", "title", title)):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{slug}-{suffix}"})
        element.text = text
        root.insert(0, element)


def _strip_whitespace(root: ET.Element) -> None:
    for element in root.iter():
        element.tail = None
        if len(element):
            element.text = None
        if "transform" in element.attrib:
            element.set("transform", " ".join(element.attrib["transform"].split()))
        if "d" in element.attrib:
            element.set("d", _ROOM.sub(r"\1", " ".join(element.attrib["d"].split())))
        if element is not root:
            # The root names the faces for all texts.
            element.attrib.pop("font-family", None)
