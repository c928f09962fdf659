"""Lines of text in the PDF, set by WeasyPrint's own functions but otherwise than it uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

from markupsafe import escape

_LONG = re.compile(r"\S{20,}")
"""A word that is too long for a table with other columns."""
_PIECE = re.compile(r".{1,10}")


def break_long_names(html: str, names: Iterable[str]) -> str:
    """Return `html` with places to break within the long words of names that head rows or columns.

    A browser breaks such a word by the style of a page; WeasyPrint widens the table.
    """
    for name in {name for name in names if _LONG.search(name)}:
        broken = "".join(
            "<wbr>".join(str(escape(each)) for each in _PIECE.findall(word))
            if _LONG.fullmatch(word)
            else str(escape(word))
            for word in re.split(rf"({_LONG.pattern})", name)
        )
        html = html.replace(f">{escape(name)}</th>", f">{broken}</th>")
    return html


@contextmanager
def whole_first_words(weasyprint: Any) -> Iterator[None]:
    """Keep WeasyPrint from setting the first word of a line alone while the block lasts.

    Where a text before an inline element fits into a line except for its last space, WeasyPrint
    takes it to be too long, and breaks the line after its first word or syllable.
    """
    inline = weasyprint.layout.inline
    original = inline.split_first_line

    def split(
        text: str, style: Any, context: Any, width: float, *arguments: Any, **options: Any
    ) -> Any:
        found = original(text, style, context, width, *arguments, **options)
        resume = found[2]
        if not resume or not text.endswith(" ") or b" " in text.encode()[:resume].rstrip():
            return found
        stripped = original(text.rstrip(" "), style, context, width, *arguments, **options)
        if stripped[2] is not None:
            return found
        return original(text, style, context, inf, *arguments, **options)

    inline.split_first_line = split
    try:
        yield
    finally:
        inline.split_first_line = original


_PLAIN = frozenset((
    *("x", "y", "transform", "fill", "text-anchor", "font-family", "font-size", "font-weight"),
    *("id", "role", "stroke-linecap", "stroke-linejoin"),
))  # fmt: skip
"""Attributes of a text, its own and those it inherits, that is set as one line; beside those that
begin with `data-` or `aria-`."""
_WEIGHTS = {"normal": 400, "bold": 700}
_SHIFTS = {"middle": 0.5, "end": 1.0}
SUPPORTED = ("68", "69", "70")
"""Versions of WeasyPrint, before the first dot."""


@contextmanager
def lines_of_text(weasyprint: Any) -> Iterator[None]:
    """Have WeasyPrint set plain text of SVG images line by line while the block lasts.

    It sets each letter of an SVG by itself, so that letters are not kerned, and each text that is
    centred or ends at its position as an object of its own. A report's figures have a thousand such
    texts: set as lines, they take a seventh of the time and a fifth of the file less. The arguments
    of its functions differ between versions: those that are not `SUPPORTED` set text in their own
    way.
    """
    if weasyprint.__version__.partition(".")[0] not in SUPPORTED:
        yield
        return
    images, original = weasyprint.images, weasyprint.images.SVG

    class Lines(original):  # type: ignore[misc, valid-type]
        def draw_node(self, node: Any, font_size: float, *arguments: Any, **options: Any) -> None:
            if _is_plain(node):
                _draw_line(self, node, font_size)
            else:
                super().draw_node(node, font_size, *arguments, **options)

    images.SVG = Lines
    try:
        yield
    finally:
        images.SVG = original


def _is_plain(node: Any) -> bool:
    """Return whether a node is visible text on one line at one position."""
    return (
        node.tag == "text"
        and node.visible
        and bool(node.text.strip())
        and not any(True for _ in node)
        and all(name in _PLAIN or name.startswith(("data-", "aria-")) for name in node.attrib)
        and not any(character in node.get(at, "") for at in ("x", "y") for character in " ,")
    )


def _draw_line(svg: Any, node: Any, parent_size: float) -> None:
    """Draw a text as WeasyPrint does, but all its letters at once."""
    from weasyprint.css.properties import INITIAL_VALUES
    from weasyprint.draw.text import draw_emojis, draw_first_line
    from weasyprint.matrix import Matrix
    from weasyprint.svg.text import Style, TextBox
    from weasyprint.svg.utils import size
    from weasyprint.text.line_break import split_first_line

    font_size = size(node.get("font-size", "1em"), parent_size, parent_size)
    families = node.get("font-family", "sans-serif").split(",")
    weight = node.get("font-weight", "normal")
    style = Style(INITIAL_VALUES)
    style.font_config = svg.font_config
    style["font_family"] = [family.strip(" \"'") for family in families]
    style["font_weight"] = _WEIGHTS.get(weight) or int(weight)
    style["font_size"] = font_size
    layout, _, _, width, _, _ = split_first_line(node.text, style, svg.context, inf, 0)
    x, y = svg.point(node.get("x"), node.get("y"), font_size)
    x -= width * _SHIFTS.get(node.get("text-anchor"), 0.0)
    svg.stream.push_state()
    svg.transform(node, font_size)
    # What is to be painted; WeasyPrint 68 and 69 find it out again.
    paint = svg.set_graphical_state(node, font_size) or (node, font_size)
    svg.stream.begin_text()
    layout.reactivate(style)
    svg.fill_stroke(*paint, text=True)
    matrix = Matrix(d=-1, e=x, f=y)
    emojis = draw_first_line(svg.stream, TextBox(layout, style), "none", "none", matrix)
    svg.stream.end_text()
    draw_emojis(svg.stream, style, x, y, emojis)
    svg.stream.pop_state()
