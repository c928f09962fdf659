"""Compare two PDF files of one report: pages, words, drawings, letters, links, attachments."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from itertools import starmap
from typing import Any

from reportgen.report.exports import results_json
from reportgen.report.pdf import EVIDENCE, RESULTS
from reportgen.verification.alignment import align
from reportgen.verification.equivalence import SAME_DRAWING, same_value
from reportgen.verification.findings import Finding
from reportgen.verification.letters import exchanged_letters
from reportgen.verification.pages import PdfFile, PdfPage
from reportgen.verification.segments import Segment, cut
from reportgen.verification.statements import compare_statements
from reportgen.verification.visible import compare_seen
from reportgen.wording import plural

_HYPHENS = "-\N{HYPHEN}\N{SOFT HYPHEN}\N{NON-BREAKING HYPHEN}"
_NUMBER = re.compile(r"[0-9]+")
_SAME_CONTENT = (
    "other libraries compressed the file, or reduced its fonts to the letters that are used: all "
    "objects of the file were compared, and what its fonts draw"
)
_CONTEXT = 6
"""Words shown on either side of what differs."""


def compare_pages(
    expected: PdfFile,
    found: PdfFile,
    html: str,
    same_typesetter: bool,
    drawing: float = SAME_DRAWING,
) -> tuple[list[Finding], tuple[str, ...]]:
    """Return where `found` differs from `expected`, and what should be known of the comparison.

    `html` is what `expected` was typeset from; `same_typesetter` is whether the same version of
    WeasyPrint typeset both; `drawing` is by how many points lines of figures may be off.
    """
    findings = [
        *compare_attachments(expected.attachments, found.attachments),
        *_compare_annotations(expected, found),
    ]
    ours, theirs = ([page.content for page in file.pages] for file in (expected, found))
    if same_typesetter and 2 * (Counter(ours) & Counter(theirs)).total() >= len(theirs):
        # The machine is of the same kind: what differs on a page was done to it.
        findings += _compare_in_order(expected.pages, found.pages)
        if findings:
            return findings, ()
        if expected.objects != found.objects:
            return [_describe("the file", "its bytes are not those of its build")], ()
        return [], (_SAME_CONTENT,)
    findings += [
        _describe(f"font {name}", f"the letter {character!r} is drawn differently")
        for name, character in exchanged_letters(expected, found)
    ]
    findings += starmap(_describe, compare_statements(expected, found, same_typesetter))
    findings += starmap(_describe, compare_seen(expected.pages, found.pages, drawing))
    broken = f"the report has {len(found.pages)} pages, and typeset here {len(expected.pages)}"
    if same_typesetter:
        findings += _compare_words(expected.pages, found.pages)
        findings += _compare_painting(expected.pages, found.pages)
        findings += _compare_pictures(expected.pages, found.pages)
        compared = (
            "words in reading order, how each letter is drawn and whether it is in sight, figures, "
            "the number of things painted, titles and other entries of the file, but not where on "
            "the pages paragraphs, tables and figures are"
        )
    else:
        findings += _compare_blocks(html, found.pages)
        compared = (
            "how often each word is printed, how each letter is drawn and whether it is in sight, "
            "and figures"
        )
    return findings, (
        f"{broken}, with other fonts or libraries; only these were compared: {compared}",
    )


def _describe(where: str, difference: str) -> Finding:
    return Finding("described", where, difference)


def _compare_in_order(expected: Sequence[PdfPage], found: Sequence[PdfPage]) -> Iterator[Finding]:
    """Yield what differs on each page, or where pages were added or are missing."""
    if len(expected) == len(found):
        for number, pair in enumerate(zip(expected, found, strict=True), 1):
            yield from _compare_page(number, *pair)
        return
    for block in align([page.digest for page in expected], [page.digest for page in found]):
        if not block.same:
            ours, theirs = (plural(len(pages), "page") for pages in (block.first, block.second))
            yield _describe(
                f"page {block.second.start + 1}",
                f"{len(block.second)} {theirs} here instead of {len(block.first)} {ours}",
            )


def _compare_blocks(html: str, found: Sequence[PdfPage]) -> Iterator[Finding]:
    """Yield each word of the prose and the tables of `html` that the pages print less often.

    Versions of WeasyPrint differ in the order of what is on a page, and in whether the labels of
    figures are words: neither is compared.
    """
    pages = unicodedata.normalize("NFKC", "\n".join(page.text for page in found))
    text = "".join(_without_hyphens(pages).split())
    # A figure may be between the two halves of a word, where a page ends within it; old versions
    # of pypdf give no end of the line there.
    halves = [
        (match[1], "".join(pages[match.end() :][:80].split()))
        for match in re.finditer(rf"(\S+?)[{_HYPHENS}]\s*", pages)
    ]
    for word, count in sorted(_words_of(html).items()):
        printed = text.count(word)
        if printed < count:
            for half, following in halves:
                rest = word.removeprefix(half)
                printed += (
                    0 < len(rest) < len(word) and not following.startswith(rest) and rest in text
                )
        if printed < count:
            yield _describe("the pages", f"“{word}” is printed {printed} × instead of {count} ×")


def _words_of(html: str) -> Counter[str]:
    """Return how often each word is in the paragraphs, headings, captions and cells of `html`."""
    segments, counts = cut(html), Counter[str]()
    follows_name = False
    for start, segment in enumerate(segments):
        tag = segment.tag
        if tag is None or tag.name not in _BLOCKS:
            continue
        stop = start + 1
        while stop < len(segments) and not _begins_or_ends_block(segments[stop]):
            stop += 1
        block = segments[start:stop]
        text = _without_hyphens(_text_of(block))
        # A cell after such a name loses its sign as the text beside it does.
        counts.update((_SIGNS.sub("", text) if follows_name else text).split())
        named = any(_BDI.fullmatch(each.text) for each in block)
        follows_name = named or (follows_name and not _SIGNS.sub("", text))
    return counts


def _text_of(segments: Sequence[Segment]) -> str:
    """Return the text of segments; names that are read from the right are apart from the rest.

    On a page their words are in the order in which they are printed, and pypdf moves or loses
    brackets, signs and quotes that follow them.
    """
    parts = (each.text for each in segments if not each.is_tag or _BDI.fullmatch(each.text))
    return unescape(_EDGE.sub(" ", "".join(parts)))


_BDI = re.compile("</?bdi>")
_EDGE = re.compile(r"<bdi>|</bdi>[^\w<&]*")
_SIGNS = re.compile(r"^[\W_]+")


_BLOCKS = frozenset(["p", "li", "h1", "h2", "h3", "figcaption", "dt", "dd", "td", "th"])


def _begins_or_ends_block(segment: Segment) -> bool:
    tag = segment.tag
    return tag is not None and tag.name.removeprefix("/") in (*_BLOCKS, "img", "svg", "ul", "ol")


def compare_attachments(
    expected: Mapping[str, bytes], found: Mapping[str, bytes]
) -> Iterator[Finding]:
    """Yield attachments that do not follow; values may differ as between versions of libraries."""
    for name in sorted(expected.keys() | found.keys()):
        one, other = expected.get(name), found.get(name)
        where = f"attachment {name}"
        if other is None:
            yield _describe(where, "it is missing")
        elif one is None:
            yield _describe(where, "it was added")
        elif name == RESULTS and one != other:
            yield from _compare_results(one, other)
        elif name != EVIDENCE and one != other:
            yield _describe(where, "its content is not that of its build")


def _compare_results(expected: bytes, found: bytes) -> Iterator[Finding]:
    try:
        one, other = json.loads(expected), json.loads(found)
        path = _first_difference(one, other, RESULTS)
        if not path and results_json(other) != found:
            path = f"{RESULTS}, which is written otherwise"
    except (ValueError, RecursionError) as error:
        path = f"{RESULTS}, which is damaged: {error}"
    if path:
        yield _describe(f"attachment {path}", "its value does not follow from the evidence")


def _first_difference(expected: Any, found: Any, path: str) -> str:
    """Return where two JSON values differ by more than libraries do; empty where they do not."""
    if isinstance(expected, float) and isinstance(found, float):
        return "" if same_value(repr(expected), repr(found)) else path
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        places = ((f"{path} → {name}", expected[name], found[name]) for name in expected)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        places = ((f"{path} → {index}", *pair) for index, pair in pairs)
    else:
        return "" if expected == found and type(expected) is type(found) else path
    return next(filter(None, (_first_difference(a, b, place) for place, a, b in places)), "")


def _compare_annotations(expected: PdfFile, found: PdfFile) -> Iterator[Finding]:
    for name in sorted(found.catalogue - expected.catalogue):
        yield _describe("the document catalogue", f"the entry {name} was added")
    for kind, count in (found.others - expected.others).items():
        yield _describe("the pages", f"{count} annotations of kind {kind} were added")
    for address in found.links - expected.links:
        yield _describe("the pages", f"a link to {address} was added")
    for address in expected.links - found.links:
        yield _describe("the pages", f"a link to {address} is missing")


def _compare_page(number: int, expected: PdfPage, found: PdfPage) -> Iterator[Finding]:
    if expected.digest == found.digest:
        return
    if expected.content == found.content:
        what = "the content is the same, but fonts, pictures or the size are not those of its build"
        yield _describe(f"page {number}", what)
        return
    findings = list(_compare_words([expected], [found], f"page {number}"))
    findings += _compare_painting([expected], [found], f"page {number}")
    if not findings:
        what = "the words are the same, but drawn differently"
        findings.append(_describe(f"page {number}", what))
    yield from findings


def _compare_painting(
    expected: Sequence[PdfPage], found: Sequence[PdfPage], where: str = "the pages"
) -> Iterator[Finding]:
    ours: Counter[str] = sum((page.painting for page in expected), Counter())
    theirs: Counter[str] = sum((page.painting for page in found), Counter())
    if ours != theirs:
        yield _describe(
            where,
            f"{theirs.total()} things are painted instead of {ours.total()} (added: "
            f"{_list(theirs - ours)}; missing: {_list(ours - theirs)})",
        )


def _compare_pictures(expected: Sequence[PdfPage], found: Sequence[PdfPage]) -> Iterator[Finding]:
    ours, theirs = (
        {picture for page in pages for picture in page.pictures} for pages in (expected, found)
    )
    if ours != theirs:
        more, less = len(theirs - ours), len(ours - theirs)
        yield _describe("the pages", f"{more} pictures were added, and {less} are missing")


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in sorted(counts.items())) or "none"


def _compare_words(
    expected: Sequence[PdfPage], found: Sequence[PdfPage], where: str = ""
) -> Iterator[Finding]:
    """Yield where words differ; hyphens, and where lines and pages end, make no difference."""
    one, other = _words(expected), _words(found)
    for block in align([word for word, _ in one], [word for word, _ in other]):
        if block.same:
            continue
        ours = "".join(one[place][0] for place in block.first)
        theirs = "".join(other[place][0] for place in block.second)
        if ours != theirs:
            page = other[min(block.second.start, len(other) - 1)][1] if other else 1
            yield Finding(
                "differs",
                where or f"page {page}",
                _context(other, block.second),
                _context(one, block.first),
            )


def _context(words: Sequence[tuple[str, int]], places: range) -> str:
    start, stop = max(0, places.start - _CONTEXT), min(len(words), places.stop + _CONTEXT)
    stop = min(stop, places.start + 5 * _CONTEXT)
    return " ".join(word for word, _ in words[start:stop])


def _words(pages: Sequence[PdfPage]) -> list[tuple[str, int]]:
    """Return the words of pages, each with the number of its page.

    Without hyphens, running heads, and the numbers of pages: where a page ends changes them.
    """
    found = []
    for number, page in enumerate(pages, 1):
        lines = page.text.splitlines()
        if lines and _NUMBER.fullmatch(lines[-1].strip()):
            lines = lines[:-2]
        text = _LEADER.sub(" ", _without_hyphens("\n".join(lines)))
        found += [(word, number) for word in text.split()]
    return found


def _without_hyphens(text: str) -> str:
    return re.sub(rf"[{_HYPHENS}]\n?", "", unicodedata.normalize("NFKC", text))


_LEADER = re.compile(r"\.{5,}\s*[0-9]+")
"""What leads to the number of a page in the table of contents."""
