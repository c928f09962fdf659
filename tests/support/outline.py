"""What a document consists of, for tests of what it links to and loads."""

from __future__ import annotations

from html.parser import HTMLParser


class Outline(HTMLParser):
    """Collects tags, ids, links, labels and what else has an address in a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.labels: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this tag is called, links to and is labelled by."""
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        found = [values[name] for name in ("src", "href") if name in values]
        (self.links if tag == "a" else self.addresses).extend(found)
        for name in ("aria-labelledby", "aria-describedby"):
            self.labels += values.get(name, "").split()
