"""Where a comment belongs: the places of a report, as the page names them (`js/comments.js`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from reportgen.comments.container import insert, split
from reportgen.comments.records import Comment

_LENGTH = 120
"""Characters of a paragraph that stand for it."""


def relocate(comments: Iterable[Comment], html: str) -> tuple[Comment, ...]:
    """Return comments with the anchors that their places have in a report, empty where gone."""
    places = find_places(html)
    return tuple(
        comment.model_copy(update={"anchor": places.get(comment.place, "")}) for comment in comments
    )


def carry(previous: str, html: str) -> tuple[str, tuple[Comment, ...]]:
    """Return a report with the open comments of the last build, and those that lost their place.

    `previous` is that build's HTML.
    """
    _, comments = split(previous)
    still_open = [each for each in comments if each.status == "open"]
    if not still_open:
        return html, ()
    carried = relocate(still_open, html)
    return insert(html, carried), tuple(each for each in carried if not each.anchor)


def find_places(html: str) -> dict[str, str]:
    """Return every place of a report with the id to which a link leads."""
    body = html[html.find("<main") : html.rfind("</main>")]
    reader = _Reader()
    reader.feed(body)
    return dict(reader.places())


class _Reader(HTMLParser):
    """Collects the blocks of a report: paragraphs, items of lists, headings."""

    def __init__(self) -> None:
        super().__init__()
        self._section = "report"
        self._open: list[tuple[str, str, list[str], list[str]]] = []
        self._found: list[tuple[str, str]] = []

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield place and anchor; of two places that are alike, the first is meant."""
        yield from reversed(self._found)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, or note an id or a claim."""
        named = dict(attrs)
        if identifier := named.get("id"):
            self._found.append((f"id:{identifier}", identifier))
            if tag in ("h2", "h3"):
                self._section = identifier
        if tag in ("p", "li"):
            self._open.append((tag, self._section, [], []))
        if claim := named.get("data-claim"):
            for *_, claims in self._open:
                claims.append(claim)

    def handle_data(self, data: str) -> None:
        """Add text to every block that is open."""
        for _, _, texts, _ in self._open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a block."""
        if not self._open or self._open[-1][0] != tag:
            return
        _, section, texts, claims = self._open.pop()
        # In the next build, the same paragraph may have other numbers.
        words = re.sub("[0-9]", "#", " ".join("".join(texts).split()))
        place = f"claim:{section}:{claims[0]}" if len(claims) == 1 else ""
        self._found.append((place or f"text:{section}:{words[:_LENGTH].strip()}", section))
