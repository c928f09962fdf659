"""Compare an HTML document with its rendering: what differs, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property

from reportgen.report.html import content_security_policy
from reportgen.verification.alignment import align
from reportgen.verification.equivalence import Equivalence
from reportgen.verification.findings import Finding
from reportgen.verification.places import Places
from reportgen.verification.segments import Segment, cut, plain_text, read_tag

_EXCERPT = 120
"""Characters of a text that are shown."""
_DIGITS = re.compile(r"[0-9]+")


def compare(
    expected: str,
    found: str,
    drawing: float | None,
    render_variants: Callable[[bool], Sequence[str]],
    cut: Callable[[str], tuple[Segment, ...]] = cut,
) -> Iterator[Finding]:
    """Yield where the file `found` differs from its rendering `expected`.

    `drawing`: points by which lines may be off where other versions of libraries wrote the file;
    None where the same did. `render_variants` renders the document with every number moved up, and
    moved down, by the tolerance; it is called where a text differs, with whether the text is in a
    drawing: drawing takes longest. `cut` may leave out what is not to be compared.
    """
    first, second = cut(expected), cut(found)
    first = _with_policy(first, second)

    @cache
    def variants(drawn: bool) -> list[tuple[Segment, ...]]:
        rendered = [cut(text) for text in render_variants(drawn)]
        return [segments for segments in rendered if len(segments) == len(first)]

    def variants_at(index: int) -> list[str]:
        return [segments[index].text for segments in variants(_is_drawn(first, index))]

    yield from _Comparison(first, second, Equivalence(drawing, variants_at)).findings()


def _is_drawn(segments: Sequence[Segment], index: int) -> bool:
    """Return whether a segment is in a drawing."""
    before = (segments[place].text for place in range(index, -1, -1))
    last = next((text for text in before if text.startswith(("<svg", "</svg"))), "")
    return last.startswith("<svg")


class _Comparison:
    def __init__(
        self, first: Sequence[Segment], second: Sequence[Segment], equivalence: Equivalence
    ) -> None:
        self._first, self._second = first, second
        self._equivalence = equivalence

    @cached_property
    def _places(self) -> Places:
        return Places(self._first)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each pair that differs, and for each run of others."""
        start, stop = self._middle()
        ours = self._first[start : len(self._first) - stop]
        theirs = self._second[start : len(self._second) - stop]
        keys = [[_key(segment.text) for segment in each] for each in (ours, theirs)]
        for block in align(*keys):
            first, second = (
                range(each.start + start, each.stop + start) for each in (block.first, block.second)
            )
            if len(first) == len(second):
                for i, j in zip(first, second, strict=True):
                    if not self._equivalence.holds(i, self._first[i].text, self._second[j].text):
                        yield self._of_pair(i, j)
            else:
                yield self._of_ranges(first, second)

    def _middle(self) -> tuple[int, int]:
        """Return how many segments are the same at the start, and at the end."""
        shorter = min(len(self._first), len(self._second))
        start = stop = 0
        while start < shorter and self._first[start].text == self._second[start].text:
            start += 1
        while (
            stop < shorter - start and self._first[-1 - stop].text == self._second[-1 - stop].text
        ):
            stop += 1
        return start, stop

    def _of_pair(self, i: int, j: int) -> Finding:
        expected, found = self._first[i].text, self._second[j].text
        return Finding("differs", self._where(i, j), *_excerpts(found, expected))

    def _of_ranges(self, first: range, second: range) -> Finding:
        expected = _show(self._first[first.start : first.stop])
        found = _show(self._second[second.start : second.stop])
        return Finding(
            "differs", self._where(first.start, second.start), *_excerpts(found, expected)
        )

    def _where(self, i: int, j: int) -> str:
        line = self._second[j].line if j < len(self._second) else None
        return self._places.describe(i) + (f" (line {line})" if line else "")


def _key(text: str) -> object:
    """Return what represents a segment while two documents are aligned: all but its numbers."""
    if not text.startswith("<"):
        return _DIGITS.sub("#", text) if len(text) < 2000 else text[:100]
    tag = read_tag(text)
    if tag is None:
        return text
    if "value" in tag.attributes and "data-path" in tag.attributes:
        return (tag.attributes["data-path"], tag.attributes.get("data-format"))
    if "d" in tag.attributes or "x" in tag.attributes:
        return (tag.name, *sorted(tag.attributes))
    return text


def _show(segments: Sequence[Segment]) -> str:
    """Return the text of segments, or their tags where there is none."""
    text = plain_text(tuple(segments))
    return text or "".join(segment.text for segment in segments).strip()


def _excerpts(found: str, expected: str) -> tuple[str, str]:
    """Return both texts, cut down to what surrounds the first difference."""
    found, expected = (" ".join(text.split()) for text in (found, expected))
    start = next(
        (place for place, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b),
        min(len(found), len(expected)),
    )
    start = max(0, start - _EXCERPT // 2) if max(len(found), len(expected)) > _EXCERPT else 0
    return _clip(found, start), _clip(expected, start)


def _clip(text: str, start: int) -> str:
    end = start + _EXCERPT
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _with_policy(first: tuple[Segment, ...], second: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Return `first` with the policy that fits the style sheet and the script of `second`.

    They are compared themselves; another version of a library may write the same style otherwise.
    """
    ours, theirs = (
        content_security_policy(
            _content(each, "<style>", "</style>"), _content(each, "<script>", "</script>")
        )
        for each in (first, second)
    )
    return tuple(
        Segment(segment.text.replace(ours, theirs), segment.line)
        if "Content-Security-Policy" in segment.text
        else segment
        for segment in first
    )


def _content(segments: Sequence[Segment], start: str, end: str) -> str:
    texts = [segment.text for segment in segments]
    if start not in texts or end not in texts[texts.index(start) :]:
        return ""
    first = texts.index(start)
    return "".join(texts[first + 1 : texts.index(end, first)])
