"""Markdown to HTML: the templates' own text, and the author's notes, which are sanitised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown_it import MarkdownIt

from reportgen.errors import ReportgenError

_EXTENSIONS = ("tables", "attr_list", "footnotes", "def_list", "sane_lists", "md_in_html")
_NOTE_TAGS = frozenset((
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "i", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "strong", "sub", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
))  # fmt: skip
_NOTE_ATTRIBUTES = {"a": {"href"}, "abbr": {"title"}, "ol": {"start"}}
_LOOSE_ITEM = re.compile(r"<li>\s*<p>((?:(?!</?p>).)*)</p>\s*</li>", re.DOTALL)
"""A list item that is one paragraph: set as a plain item, as PDF/UA requires."""
_HEADING = re.compile(r"<(/?)h[1-6]>")


@dataclass(frozen=True)
class Heading:
    """A heading of the document, for its table of contents."""

    level: int
    id: str
    name: str
    """HTML, escaped, with the heading's number."""
    children: tuple[Heading, ...]


def render_markdown(text: str) -> tuple[str, tuple[Heading, ...]]:
    """Return the HTML of a whole document, and its headings, numbered (`I.`, `A.`).

    Raises ReportgenError where blocks nest too deeply.
    """
    # Without a marker, `[TOC]` in a text is no table of contents.
    toc: dict[str, dict[str, Any]] = {"toc": {"marker": "", "toc_depth": "2-3"}}
    converter = Markdown(
        extensions=[*_EXTENSIONS, "toc"], extension_configs=toc, output_format="html"
    )
    # After the ids of headings are known, and before the contents are gathered.
    converter.treeprocessors.register(_NumberHeadings(converter), "numbering", 6)
    try:
        converted = converter.convert(text)
    except RecursionError as error:
        raise ReportgenError("the sections nest lists or other blocks too deeply") from error
    html = _LOOSE_ITEM.sub(r"<li>\1</li>", converted)
    return html, tuple(_headings(getattr(converter, "toc_tokens", [])))


def require_short_work(text: str) -> None:
    """Raise ReportgenError for Markdown that would take long: brackets that nothing closes.

    Markdown looks for the end of each link to the end of its paragraph, and for the end of each tag
    to the end of the text.
    """
    unclosed = text[text.rfind(">") + 1 :].count("<")
    work = unclosed**2 + sum(block.count("[") ** 2 for block in text.split("\n\n"))
    if work > _MOST_WORK:
        raise ReportgenError("a paragraph has too many brackets: Markdown would take too long")


_MOST_WORK = 4_000_000
"""Pairs of brackets; two seconds, more or less."""


def render_note(text: str) -> str:
    """Return the author's Markdown as HTML without scripts, styles, images and unsafe links.

    Headings become bold paragraphs: the order of the report's own headings stays whole.
    """
    # CommonMark in linear time, whatever the text: a hostile note must not stall a build.
    converter = MarkdownIt("commonmark").enable("table")
    clean = nh3.clean(
        _LOOSE_ITEM.sub(r"<li>\1</li>", converter.render(text)),
        tags=set(_NOTE_TAGS),
        attributes={tag: set(names) for tag, names in _NOTE_ATTRIBUTES.items()},
        # The content of a tag that is not allowed is printed as text, and not dropped silently.
        clean_content_tags=set(),
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    html = _HEADING.sub(lambda match: "</strong></p>" if match[1] else "<p><strong>", clean)
    return html.strip()


def halve(headings: Sequence[Heading]) -> tuple[list[Heading], list[Heading]]:
    """Return headings as two columns of about as many lines.

    Where the first column ends within a section, the second begins with a heading that has no name
    and the section's other subsections.
    """
    room = (sum(1 + len(heading.children) for heading in headings) + 1) // 2
    for place, heading in enumerate(headings):
        before, after = [*headings[:place]], [*headings[place + 1 :]]
        if room < (2 if heading.children else 1):
            return before, [heading, *after]
        if room <= len(heading.children):
            kept, rest = heading.children[: room - 1], heading.children[room - 1 :]
            first = replace(heading, children=kept)
            return [*before, first], [replace(heading, name="", children=rest), *after]
        room -= 1 + len(heading.children)
    return [*headings], []


def _headings(tokens: list[dict[str, Any]]) -> Iterator[Heading]:
    for token in tokens:
        children = tuple(_headings(token["children"]))
        yield Heading(token["level"], token["id"], token["name"], children)


class _NumberHeadings(Treeprocessor):
    def run(self, root: Element) -> None:
        section = part = 0
        for heading in root.iter():
            if heading.tag not in ("h2", "h3") or "unnumbered" in heading.get("class", "").split():
                part = 0 if heading.tag == "h2" else part
                continue
            if heading.tag == "h2":
                section, part = section + 1, 0
                number = _roman(section)
            else:
                part += 1
                number = _letters(part)
            heading.text = f"{number}. {heading.text or ''}"


def _roman(number: int) -> str:
    numerals = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    text = ""
    for value, numeral in numerals:
        count, number = divmod(number, value)
        text += numeral * count
    return text


def _letters(number: int) -> str:
    """Count A … Z, AA, AB, … as a spreadsheet does."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
