"""Compare the numbers and claims of a document by value, wherever they are printed.

This is what can be done without rendering: for a report of another version of reportgen, or one
with templates of its author's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim, read_number
from reportgen.errors import ReportgenError
from reportgen.verification.equivalence import same_value
from reportgen.verification.findings import Finding
from reportgen.verification.segments import Segment, Tag, end_of_element, plain_text

_SPACES = str.maketrans({"\N{THIN SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\xa0": " "})


@dataclass(frozen=True)
class Printed:
    """An element with a number or a claim, as it is in the document."""

    line: int
    tag: Tag
    text: str


def read_printed(segments: Sequence[Segment]) -> Iterator[Printed]:
    """Yield every number (`<data>`, or a label of a figure) and every claim of a document."""
    for index, segment in enumerate(segments):
        tag = segment.tag
        if tag is None:
            continue
        if tag.name == "data" or "data-path" in tag.attributes or "data-claim" in tag.attributes:
            element = tuple(segments[index : index + _LONGEST])
            text = plain_text(element[: end_of_element(element, 0)])
            yield Printed(segment.line, tag, same_text(text))


_LONGEST = 1000
"""Segments that an element with a claim has at most."""


def same_text(text: str) -> str:
    """Return `text` with every run of white space as one space, for comparison."""
    return " ".join(text.translate(_SPACES).split())


def check_values(printed: Sequence[Printed], facts: Facts) -> Iterator[Finding]:
    """Yield every number and claim that differs from what `facts` give."""
    for each in printed:
        if "data-claim" in each.tag.attributes:
            yield from _check_claim(each, facts)
        else:
            yield from _check_number(each, facts)


def _check_number(printed: Printed, facts: Facts) -> Iterator[Finding]:
    attributes = printed.tag.attributes
    path = attributes.get("data-path", "")
    where = f"line {printed.line}, {path or 'a number without a path'}"
    try:
        expected = read_number(path, attributes.get("data-format", ""), facts)
    except ReportgenError:
        yield Finding("number", where, printed.text)
        return
    exact = repr(expected.value)
    if printed.text != same_text(expected.text):
        yield Finding("number", where, printed.text, same_text(expected.text))
    # A label in a figure has no attribute for the exact value.
    elif not same_value(attributes.get("value", exact), exact):
        yield Finding("number", where, attributes["value"], exact)


def _check_claim(printed: Printed, facts: Facts) -> Iterator[Finding]:
    name = printed.tag.attributes["data-claim"]
    known = facts.claims.get(name)
    expected = same_text(plain_claim(known.text, facts)) if known else ""
    if printed.text != expected:
        yield Finding("claim", f"line {printed.line}, claim {name}", printed.text, expected)
