"""Pieces of finished HTML, set aside while Markdown works on the text around them.

A piece is replaced by a token, which neither Markdown nor HTML interprets, and is put back at the
end. Big tables thus never pass through Markdown, and no text of the user's can be read as Markdown
or HTML. Tokens are looked for only in text that a template made: what is set aside is never
searched again, and where Markdown reads the user's text, the characters of a token are themselves
set aside. So no text can imitate a token.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from reportgen.errors import ReportgenError

_INLINE = ("\ue000", "\ue001")
_BLOCK = ("\ue002", "\ue003")
_RESERVED = re.compile("[\ue000-\ue003]")
_TOKEN = re.compile("\ue000([0-9]{1,9})\ue001|(?:<p>)?\ue002([0-9]{1,9})\ue003(?:</p>)?")
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""What HTML forbids, and what UTF-8 cannot encode."""

LARGEST = 100_000_000
"""Characters of a document, with all pieces put back, and of all its pieces."""

Part = str | Callable[[], str]
"""Finished HTML, or a function that returns it once the document is known."""


class Stash:
    """The pieces of one document."""

    def __init__(self) -> None:
        self._pieces: list[tuple[Part, ...]] = []
        self._length = 0

    def hold(self, part: Part) -> Markup:
        """Set a piece of a line aside as it is, and return the token that replaces it."""
        return Markup(self._keep([part], _INLINE))

    def hold_block_later(self, write: Callable[[], str]) -> Markup:
        """Keep a place between paragraphs for HTML that `write` returns in the end."""
        return self._block([write])

    def hold_inline(self, html: str) -> Markup:
        """Set a template's output aside; it is part of a line, and may hold tokens itself."""
        return Markup(self._keep(self._parts(html), _INLINE))

    def hold_block(self, html: str) -> Markup:
        """Set a template's output aside; it is a block between paragraphs, and may hold tokens."""
        return self._block(self._parts(html))

    def protect(self, value: Any) -> Any:
        """Escape what a template prints, unless it is markup already; Jinja's `finalize`."""
        if hasattr(value, "__html__"):
            return value
        text = str(value)
        # Most values are plain words, which mean nothing to Markdown.
        return Markup(text) if _PLAIN.fullmatch(text) else self.hold(escape_text(text))

    def guard(self, text: str) -> str:
        """Return text of the user's that Markdown will read, with no token in it but new ones."""
        return _RESERVED.sub(lambda match: self._keep([match[0]], _INLINE), clean_text(text))

    def fill(self, text: str) -> str:
        """Put all pieces back into a template's output; raises as `check_length` does."""
        return "".join(part if isinstance(part, str) else part() for part in self._parts(text))

    def mark(self) -> int:
        """Return how many pieces there are, for `rewind`."""
        return len(self._pieces)

    def rewind(self, mark: int) -> None:
        """Forget the pieces that were set aside after `mark` was taken."""
        for piece in self._pieces[mark:]:
            self._length -= _length_of(piece)
        del self._pieces[mark:]

    def check_length(self, text: str) -> None:
        """Raise ReportgenError where a template's output, filled in, would be too long."""
        deque(self._parts(text), maxlen=0)

    def _block(self, parts: Iterable[Part]) -> Markup:
        return Markup(f"\n\n{self._keep(parts, _BLOCK)}\n\n")

    def _keep(self, parts: Iterable[Part], brackets: tuple[str, str]) -> str:
        piece = tuple(_join_texts(parts))
        self._length += _length_of(piece)
        _require_length(self._length)
        self._pieces.append(piece)
        return f"{brackets[0]}{len(self._pieces) - 1}{brackets[1]}"

    def _parts(self, text: str) -> Iterator[Part]:
        """Split a template's output at its tokens; each token becomes the parts of its piece."""
        end, length = 0, len(text)
        for match in _TOKEN.finditer(text):
            index = int(match[1] or match[2])
            if index < len(self._pieces):
                yield text[end : match.start()]
                for part in self._pieces[index]:
                    length += len(part) if isinstance(part, str) else _UNWRITTEN
                    _require_length(length)
                    yield part
                end = match.end()
        yield text[end:]


_UNWRITTEN = 20_000
"""Characters that a part which is not written yet is taken to have: a long table of contents."""


def _length_of(piece: Iterable[Part]) -> int:
    return sum(len(part) for part in piece if isinstance(part, str))


def _require_length(length: int) -> None:
    if length > LARGEST:
        raise ReportgenError(f"a report may have at most {LARGEST:,} characters")


def _join_texts(parts: Iterable[Part]) -> Iterator[Part]:
    for is_text, group in groupby(parts, lambda part: isinstance(part, str)):
        if is_text:
            yield "".join(part for part in group if isinstance(part, str))
        else:
            yield from group


def escape_text(text: str) -> Markup:
    """Escape `text` for HTML."""
    return escape(clean_text(text))


def clean_text(text: str) -> str:
    """Replace the characters that HTML forbids by U+FFFD."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
