"""Pieces of finished HTML, set aside while Markdown works on the text around them.

A piece is replaced by a token of private-use characters, which neither Markdown nor HTML knows,
and is put back at the end. Big tables thus never pass through Markdown, and no text of the user's
can be read as Markdown or HTML.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

_INLINE = ("\ue000", "\ue001")
_BLOCK = ("\ue002", "\ue003")
_RESERVED = re.compile("[\ue000-\ue00a]")
_TOKEN = re.compile("\ue000([0-9]+)\ue001|(?:<p>)?\ue002([0-9]+)\ue003(?:</p>)?")
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


class Stash:
    """The pieces of one document."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def hold(self, html: str) -> Markup:
        """Set a piece of a line aside, and return the token that stands for it."""
        return Markup(self._keep(html, _INLINE))

    def hold_block(self, html: str) -> Markup:
        """Set a block aside: it stands alone between paragraphs."""
        return Markup(f"\n\n{self._keep(html, _BLOCK)}\n\n")

    def protect(self, value: Any) -> Any:
        """Escape what a template prints, unless it is markup already; Jinja's `finalize`."""
        if hasattr(value, "__html__"):
            return value
        text = str(value)
        # Most values are plain words, which mean nothing to Markdown.
        return Markup(text) if _PLAIN.fullmatch(text) else self.hold(escape_text(text))

    def fill(self, text: str) -> str:
        """Put all pieces back, those within pieces too."""
        while "\ue000" in text or "\ue002" in text:
            text = _TOKEN.sub(lambda match: self._pieces[int(match[1] or match[2])], text)
        return text

    def _keep(self, html: str, brackets: tuple[str, str]) -> str:
        self._pieces.append(html)
        return f"{brackets[0]}{len(self._pieces) - 1}{brackets[1]}"


def escape_text(text: str) -> Markup:
    """Escape `text` for HTML; the characters of a stash's tokens cannot be forged."""
    return escape(clean_text(text))


def clean_text(text: str) -> str:
    """Replace the characters that a stash reserves, and those that HTML forbids, by U+FFFD."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", _RESERVED.sub("\ufffd", text))


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
