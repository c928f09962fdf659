"""Line breaks of the PDF: WeasyPrint's own, except in one case in which it errs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any


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
