"""Sections of a report as LaTeX: headings, paragraphs, lists, and where figures and tables go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from reportgen.export.inline import escape_words, inline, read_number
from reportgen.export.tables import Table, read_table, write_table

_HEADINGS = {"h2": "section", "h3": "subsection", "h4": "subsubsection", "h5": "paragraph"}
_LISTS = {"ul": "itemize", "ol": "enumerate"}
_NUMBER = re.compile(r"^(?:[IVXL]+|[A-Z]+)\. ")
_LEFT_OUT = frozenset(("svg", "script", "style", "details", "nav", "button"))
_BLOCKS = frozenset((*_HEADINGS, *_LISTS, "p", "figure", "table", "div", "section", "blockquote",
                     "dl", "pre", "header", "h1", "h6", "hr", *_LEFT_OUT))  # fmt: skip


@dataclass
class Collected:
    """What is put into files of its own while sections are converted."""

    widths: Mapping[str, int]
    """Slug of each figure → its width in millimetres."""
    tables: list[Table] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    """Slug of a figure → its float."""
    figure_tables: list[Table] = field(default_factory=list)
    """The numbers of the figures."""


def write_blocks(parent: Element, collected: Collected) -> str:
    """Return everything in an element as LaTeX, paragraph by paragraph."""
    return "\n\n".join(block for block in _blocks(parent, collected) if block.strip())


def _blocks(parent: Element, collected: Collected) -> Iterator[str]:
    yield escape_words(parent.text or "").strip()
    for child in parent:
        yield _block(child, collected)
        yield escape_words(child.tail or "").strip()


def _block(element: Element, collected: Collected) -> str:
    classes = element.get("class", "").split()
    if element.tag in _LEFT_OUT or "note-numbers" in classes:
        return ""
    if element.tag in _HEADINGS:
        label = element.get("id", "")
        mark = rf"\label{{sec:{label}}}" if label else ""
        return rf"\{_HEADINGS[element.tag]}{{{_heading(element)}}}{mark}"
    if element.tag in _LISTS:
        items = "\n".join(rf"\item {_item(item, collected)}" for item in element.iterfind("li"))
        kind = _LISTS[element.tag]
        return f"\\begin{{{kind}}}\n{items}\n\\end{{{kind}}}" if items else ""
    if element.tag == "figure":
        return _figure(element, collected)
    if element.tag == "table":
        return write_table(read_table(element))
    if "formula" in classes:
        return rf"\[ {_formula(element).strip()} \]"
    if element.tag == "dl":
        return _definitions(element)
    if element.tag == "blockquote":
        return f"\\begin{{quote}}\n{write_blocks(element, collected)}\n\\end{{quote}}"
    if any(child.tag in _BLOCKS for child in element):
        return write_blocks(element, collected)
    return inline(element).strip()


def _heading(element: Element) -> str:
    """Return the text of a heading without its number, which LaTeX gives it."""
    text = inline(element).strip()
    return text if "unnumbered" in element.get("class", "") else _NUMBER.sub("", text)


def _item(item: Element, collected: Collected) -> str:
    has_blocks = any(child.tag in _BLOCKS for child in item)
    return write_blocks(item, collected) if has_blocks else inline(item).strip()


def _figure(element: Element, collected: Collected) -> str:
    name, caption = element.get("id", ""), element.find("figcaption")
    table = element.find(".//table")
    if "tabular" in element.get("class", "").split() and table is not None:
        collected.tables.append(read_table(table, name, caption))
        return rf"\input{{tables/{name}}}"
    if name not in collected.widths or caption is None:
        return ""
    if table is not None:
        collected.figure_tables.append(read_table(table, f"figure-{name}"))
    collected.figures[name] = (
        "\\begin{figure}[tbp]\n\\centering\n"
        f"\\rgfigure{{{name}}}{{{collected.widths[name]}}}\n"
        f"\\caption{{{inline(caption).strip()}}}\\label{{{name}}}\n\\end{{figure}}\n"
    )
    return rf"\input{{figures/{name}}}"


def _definitions(element: Element) -> str:
    parts = [
        rf"\item[{{{inline(child).strip()}}}]" if child.tag == "dt" else inline(child).strip()
        for child in element
    ]
    return "\\begin{description}\n" + "\n".join(parts) + "\n\\end{description}"


def _formula(element: Element) -> str:
    """Return what is in an element of a formula as LaTeX's mathematics."""
    parts = [_symbols(element.text or "")]
    for child in element:
        if child.get("class") == "fraction":
            parts.append(r"\frac" + "".join(f"{{{_formula(part)}}}" for part in child))
        elif child.tag == "i":
            parts.append(rf"\mathit{{{inline(child)}}}")
        elif child.tag == "sub":
            parts.append(rf"_{{{_formula(child)}}}")
        elif number := read_number(child):
            parts.append(rf"\text{{{number.latex}}}")
        else:
            parts.append(_formula(child))
        parts.append(_symbols(child.tail or ""))
    return "".join(parts)


_SYMBOLS = re.compile(r"([\d\s=+/()×]+)")
"""What means the same in LaTeX's mathematics, but for the sign of multiplication."""


def _symbols(text: str) -> str:
    """Return text of a formula: symbols as mathematics, words as words."""
    return "".join(
        part.replace("×", r"\times ") if _SYMBOLS.match(part) else rf"\text{{{escape_words(part)}}}"
        for part in _SYMBOLS.split(text)
        if part
    )
