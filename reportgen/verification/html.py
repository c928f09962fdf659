"""Verify a report: recompute every number and claim that it prints from the evidence it carries.

Neither the experiment file, nor the data, nor the trained models are needed: the report is enough.
Three things are checked. The evidence is whole (its own checksums). Every number and claim in the
document equals what the evidence gives. Everything else is as the build sealed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim, read_number
from reportgen.errors import ReportgenError, VerificationFailed
from reportgen.formatting import THIN_SPACE
from reportgen.report.carried import facts_of, read_html
from reportgen.report.seal import altered_blocks
from reportgen.verification.findings import Finding, VerifyResult


@dataclass(frozen=True)
class PrintedNumber:
    """A number that says what it is: a `<data>` element, or the label of a figure."""

    line: int
    attributes: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class PrintedClaim:
    """An element with `data-claim`, as it stands in the document."""

    line: int
    id: str
    text: str


@dataclass(frozen=True)
class PrintedDocument:
    """What a report prints."""

    numbers: tuple[PrintedNumber, ...]
    claims: tuple[PrintedClaim, ...]


def verify_html(content: bytes) -> VerifyResult:
    """Verify an HTML report, given as bytes."""
    try:
        html = content.decode()
    except UnicodeDecodeError as error:
        raise VerificationFailed(
            f"byte {error.start} is not UTF-8: the file was altered after it was built"
        ) from error
    document = read_document(html)
    evidence = read_html(html).evidence
    facts = facts_of(evidence)
    findings = [
        *check_numbers(document.numbers, facts),
        *check_claims(document.claims, facts),
        *_check_seal(html),
    ]
    return VerifyResult(
        len(document.numbers),
        len(document.claims),
        len(evidence.runs),
        tuple(findings),
        evidence.header.reportgen,
    )


def read_document(html: str) -> PrintedDocument:
    """Return the numbers and claims in `html`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return PrintedDocument(tuple(reader.numbers), tuple(reader.claims))


def check_numbers(numbers: tuple[PrintedNumber, ...], facts: Facts) -> Iterator[Finding]:
    """Yield every printed number that differs from what `facts` give."""
    for number in numbers:
        path = number.attributes.get("data-path", "")
        where = f"line {number.line}, {path or 'a number without a path'}"
        try:
            expected = read_number(path, number.attributes.get("data-format", ""), facts)
        except ReportgenError as error:
            yield Finding("number", where, number.text, str(error))
            continue
        if same_text(number.text) != same_text(expected.text):
            yield Finding("number", where, number.text, expected.text)
        # A label in a figure has no attribute for the exact value.
        elif number.attributes.get("value", repr(expected.value)) != repr(expected.value):
            yield Finding("number", where, number.attributes["value"], repr(expected.value))


def check_claims(claims: tuple[PrintedClaim, ...], facts: Facts) -> Iterator[Finding]:
    """Yield every printed claim whose wording differs from what `facts` give."""
    for claim in claims:
        where = f"line {claim.line}, claim {claim.id}"
        known = facts.claims.get(claim.id)
        expected = plain_claim(known.text, facts) if known else "(there is no such claim)"
        if same_text(claim.text) != same_text(expected):
            yield Finding("claim", where, claim.text, expected)


def same_text(text: str) -> str:
    """Return `text` with every run of white space as one space, for comparison."""
    return re.sub(rf"[\s{THIN_SPACE}\N{{NO-BREAK SPACE}}]+", " ", text).strip()


def _check_seal(html: str) -> Iterator[Finding]:
    altered = altered_blocks(html)
    if altered is None:
        yield Finding("altered", "the document", "no seal, or more than one", "one seal")
        return
    for block in altered:
        excerpt = same_text(re.sub(r"<[^>]*>", " ", block.text)) or same_text(block.text)
        yield Finding("altered", f"line {block.line}", excerpt[:120], "other text, as it was built")


_NUMBERS = ("data", "text")
"""Elements that may hold a number: in prose and tables, and in a figure."""


class _Reader(HTMLParser):
    """Collects numbers and claims while the document streams by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.numbers: list[PrintedNumber] = []
        self.claims: list[PrintedClaim] = []
        self._number: tuple[int, dict[str, str], list[str]] | None = None
        self._claim: tuple[int, str, str, list[str]] | None = None
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        if tag == "data":
            self._number = (line, {"value": "", **attributes}, [])
        elif tag == "text" and "data-path" in attributes:
            self._number = (line, attributes, [])
        if self._claim and tag == self._claim[1]:
            self._depth += 1
        elif self._claim is None and "data-claim" in attributes:
            self._claim, self._depth = (line, tag, attributes["data-claim"], []), 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _NUMBERS and self._number:
            line, attributes, parts = self._number
            self.numbers.append(PrintedNumber(line, attributes, "".join(parts)))
            self._number = None
        if self._claim and tag == self._claim[1]:
            self._depth -= 1
            if self._depth == 0:
                line, _, claim, parts = self._claim
                self.claims.append(PrintedClaim(line, claim, "".join(parts)))
                self._claim = None

    def handle_data(self, data: str) -> None:
        if self._number:
            self._number[2].append(data)
        if self._claim:
            self._claim[3].append(data)
