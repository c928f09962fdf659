"""Compare an HTML document with its rendering: what differs, and where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from html import unescape
from itertools import zip_longest

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

    equivalence = Equivalence(drawing, variants_at, lambda: _texts_of(first))
    places: Places | None = None
    for i, j in _pair(first, second):
        if len(i) == len(j):
            due, printed = first[i.start].text, second[j.start].text
            if equivalence.holds(i.start, due, printed):
                continue
        else:
            due, printed = _show(first[i.start : i.stop]), _show(second[j.start : j.stop])
        places = places or Places(first)
        line = f" (line {second[j.start].line})" if j.start < len(second) else ""
        where = f"{places.describe(i.start)}{line}"
        yield Finding("differs", where, *_excerpts(printed, due), _tell_apart(printed, due))


def _texts_of(segments: Sequence[Segment]) -> tuple[str, ...]:
    """Return every text that a document shows, and all of them as one."""
    shown = []
    inside = ""
    for segment in segments:
        if inside or segment.is_tag:
            name = next(
                (each for each in ("script", "style") if segment.text.startswith(f"<{each}")), ""
            )
            inside = "" if segment.text == f"</{inside}>" else inside or name
        elif text := " ".join(unescape(segment.text).split()):
            shown.append(text)
    return (*dict.fromkeys(shown), " ".join(shown))


def _is_drawn(segments: Sequence[Segment], index: int) -> bool:
    """Return whether a segment is in a drawing."""
    before = (segments[place].text for place in range(index, -1, -1))
    last = next((text for text in before if text.startswith(("<svg", "</svg"))), "")
    return last.startswith("<svg")


def _pair(first: Sequence[Segment], second: Sequence[Segment]) -> Iterator[tuple[range, range]]:
    """Yield the places of each pair of segments that correspond, and of each run of others."""
    start, stop = _middle(first, second)
    ours, theirs = first[start : len(first) - stop], second[start : len(second) - stop]
    for block in align(*([_key(segment.text) for segment in each] for each in (ours, theirs))):
        one, other = (
            range(each.start + start, each.stop + start) for each in (block.first, block.second)
        )
        if len(one) == len(other):
            yield from ((range(i, i + 1), range(j, j + 1)) for i, j in zip(one, other, strict=True))
        else:
            yield one, other


def _middle(first: Sequence[Segment], second: Sequence[Segment]) -> tuple[int, int]:
    """Return how many segments are the same at the start, and at the end."""
    shorter = min(len(first), len(second))
    start = stop = 0
    while start < shorter and first[start].text == second[start].text:
        start += 1
    while stop < shorter - start and first[-1 - stop].text == second[-1 - stop].text:
        stop += 1
    return start, stop


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


def _tell_apart(found: str, expected: str) -> str:
    """Name the first characters that differ where one is white space or no ASCII character."""
    pairs = zip_longest(found, expected, fillvalue="")
    one, other = next(((a, b) for a, b in pairs if a != b), ("", ""))
    if all(each.isascii() and not each.isspace() for each in (one, other)):
        return ""
    return f"{_name(one)} instead of {_name(other)}"


def _name(character: str) -> str:
    if not character:
        return "nothing"
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


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
