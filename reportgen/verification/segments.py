"""An HTML document cut into tags and the text between them, without losing a character.

A document that was rendered again is compared piece by piece, and every character is part of a
piece. So nothing depends on how a parser repairs broken markup, and cutting is linear in the length
of any file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape


@dataclass(frozen=True)
class Segment:
    """A tag, or the text between two tags."""

    text: str
    line: int
    """On which it begins, from 1."""

    @property
    def is_tag(self) -> bool:
        """Whether it is a tag, and no text."""
        return self.text.startswith("<")

    @property
    def tag(self) -> Tag | None:
        """The tag, taken apart; None for text, and for a tag that reportgen does not write so."""
        return read_tag(self.text) if self.is_tag else None


@dataclass(frozen=True)
class Tag:
    """A tag, taken apart."""

    name: str
    """With a slash before it where the tag ends an element."""
    attributes: Mapping[str, str]
    """Name → value, character references resolved, in the order of the document."""


@lru_cache(maxsize=4)
def cut(html: str) -> tuple[Segment, ...]:
    """Cut a document into its segments; kinds of line ends make no difference."""
    return tuple(_cut(html.replace("\r\n", "\n").replace("\r", "\n")))


def _cut(html: str) -> Iterator[Segment]:
    position, line = 0, 1
    while position < len(html):
        is_tag = html[position] == "<"
        end = html.find(">", position) + 1 if is_tag else html.find("<", position)
        end = end if end > 0 else len(html)
        text = html[position:end]
        yield Segment(text, line)
        line += text.count("\n")
        position = end


_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9-]*)((?:\s+[A-Za-z:-]+(?:=\"[^\"]*\")?)*)\s*/?>")
_ATTRIBUTE = re.compile(r"([A-Za-z:-]+)(?:=\"([^\"]*)\")?")


@lru_cache(maxsize=2**15)
def read_tag(text: str) -> Tag | None:
    """Take a tag apart; None where it is not written as reportgen writes tags."""
    match = _TAG.fullmatch(text)
    if match is None:
        return None
    pairs = _ATTRIBUTE.findall(match[2])
    attributes = {name: unescape(value) for name, value in pairs}
    # No attribute stands twice in what reportgen writes.
    return Tag(match[1].lower(), attributes) if len(attributes) == len(pairs) else None


def end_of_element(segments: Sequence[Segment], start: int) -> int:
    """Return the place after the element that begins at `start`."""
    name, depth = segments[start].text[1:].rstrip(">").partition(" ")[0], 0
    for place in range(start, len(segments)):
        text = segments[place].text
        depth += text.startswith((f"<{name} ", f"<{name}>")) - text.startswith(f"</{name}>")
        if depth == 0:
            return place + 1
    return len(segments)


def plain_text(segments: tuple[Segment, ...]) -> str:
    """Return the text between tags, with every run of white space as one space."""
    text = "".join(segment.text for segment in segments if not segment.is_tag)
    return " ".join(unescape(text).split())
