"""The place of a segment in a document: table and row, figure, section, or line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reportgen.verification.segments import Segment, Tag, plain_text


@dataclass(frozen=True)
class Place:
    """Where a segment is."""

    part: str = ""
    """A part of the document with a name, such as `the style sheet`."""
    section: str = ""
    """The heading above it."""
    figure: str = ""
    """Id of the figure or table that it is in."""
    row: str = ""
    column: int = -1
    """Index of the cell within its row; -1 outside rows."""
    paragraph: int = 0
    """Paragraphs and list items since the heading."""


_PARTS = {
    "title": "the title",
    "meta": "the metadata",
    "style": "the style sheet",
    "header": "the cover",
    "nav": "the table of contents",
    "footer": "the footer",
}
_SCRIPTS = {"provenance": "the data on provenance", "evidence": "the evidence"}
_HEADINGS = ("h1", "h2", "h3")


class Places:
    """The places of all segments of one document."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._labels: dict[str, str] = {}
        """Id of each figure and table → its label, such as `Table 3`."""
        self._columns: dict[tuple[str, int], str] = {}
        """Figure and index of each column of a table → its head."""
        self._places = tuple(self._walk(segments))

    def describe(self, index: int) -> str:
        """Return where the segment of this index is; one index beyond the last is the end."""
        if index >= len(self._places):
            return "the end of the document"
        place = self._places[index]
        if place.figure:
            return self._describe_figure(place)
        if place.part:
            return place.part
        if not place.section:
            return "the beginning of the document"
        paragraph = f", paragraph {place.paragraph}" if place.paragraph else ""
        return f"section “{place.section}”{paragraph}"

    def _describe_figure(self, place: Place) -> str:
        label = self._labels.get(place.figure, place.figure)
        label = label[:1].lower() + label[1:]
        row = f", row {place.row}" if place.row else ""
        column = self._columns.get((place.figure, place.column), "") if row else ""
        return f"{label}{row}" + (f", column {column}" if column else "")

    def _walk(self, segments: Sequence[Segment]) -> Iterator[Place]:
        """Yield the place of each segment."""
        place = Place()
        for index, segment in enumerate(segments):
            tag = segment.tag
            place = self._enter(place, segments, index, tag) if tag else place
            yield place
            place = _leave(place, tag.name) if tag else place

    def _enter(self, place: Place, segments: Sequence[Segment], index: int, tag: Tag) -> Place:
        """Return the place from a tag on; note labels, and heads of columns."""
        name, attributes = tag.name, tag.attributes
        if name in _PARTS:
            return replace(place, part=_PARTS[name])
        if name == "script":
            return replace(place, part=_SCRIPTS.get(attributes.get("id", ""), "the script"))
        if name in _HEADINGS:
            heading = _text_until(segments, index, f"/{name}")
            return replace(place, section=heading, paragraph=0)
        if name == "figure":
            return replace(place, figure=attributes.get("id", "a figure"), row="", column=-1)
        if name == "tr":
            return replace(place, row=_row_name(segments, index), column=-1)
        if name in ("td", "th"):
            place = replace(place, column=place.column + 1)
            if attributes.get("scope") == "col":
                head = _text_until(segments, index, "/th")
                self._columns[place.figure, place.column] = head
        elif name in ("p", "li"):
            return replace(place, paragraph=place.paragraph + 1)
        elif attributes.get("class") == "label":
            self._labels[place.figure] = _text_until(segments, index, "/span").rstrip(".")
        return place


def _leave(place: Place, name: str) -> Place:
    """Return the place after the end of an element."""
    if name.removeprefix("/") == "meta" or (name[:1] == "/" and name[1:] in (*_PARTS, "script")):
        return replace(place, part="")
    if name == "/figure":
        return replace(place, figure="", row="", column=-1)
    if name in ("/tr", "/thead", "/tbody"):
        return replace(place, row="", column=-1)
    return place


def _text_until(segments: Sequence[Segment], start: int, end: str) -> str:
    """Return the text from a tag to the tag `end`; empty where that is not one of the next 60."""
    for index in range(start + 1, min(start + 60, len(segments))):
        tag = segments[index].tag
        if tag is not None and tag.name == end:
            return plain_text(tuple(segments[start:index]))
    return ""


def _row_name(segments: Sequence[Segment], start: int) -> str:
    """Return the text of the header cell of a row; empty where there is none."""
    for index in range(start + 1, min(start + 4, len(segments))):
        tag = segments[index].tag
        if tag is not None and tag.name == "th" and tag.attributes.get("scope") == "row":
            return _text_until(segments, index, "/th")
    return ""
