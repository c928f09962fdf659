"""Verify a PDF report: its bytes against its seal, its text against its evidence.

The PDF carries two attachments: the evidence, and the list of the numbers and claims that it
prints. Each of these is recomputed from the evidence and looked for in the text of the pages.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim, read_number
from reportgen.errors import ReportgenError, VerificationFailed
from reportgen.formatting import MINUS
from reportgen.report.carried import Carried, facts_of, unpack
from reportgen.report.pdf import EVIDENCE, PRINTED
from reportgen.report.seal_pdf import is_sealed
from reportgen.verification.findings import Finding, VerifyResult


def verify_pdf(content: bytes) -> VerifyResult:
    """Verify a PDF report, given as bytes; raises VerificationFailed without evidence."""
    pages, attachments = _read_pdf(content)
    evidence = _unpack(attachments).evidence
    numbers, claims = _read_printed(attachments[PRINTED])
    facts = facts_of(evidence)
    findings = [*missing_numbers(numbers, facts, pages), *missing_claims(claims, facts, pages)]
    if not is_sealed(content):
        findings.append(
            Finding("altered", "the file", "bytes that differ", "the bytes that were built")
        )
    return VerifyResult(
        len(numbers),
        len(claims),
        len(evidence.runs),
        tuple(findings),
        evidence.header.reportgen,
    )


def read_pdf(content: bytes) -> Carried:
    """Return what a PDF report carries; raises VerificationFailed where it is damaged."""
    return _unpack(_read_pdf(content)[1])


def _unpack(attachments: Mapping[str, bytes]) -> Carried:
    if EVIDENCE not in attachments or PRINTED not in attachments:
        raise VerificationFailed("the PDF carries no evidence: nothing can be recomputed")
    return unpack(attachments[EVIDENCE])


def _read_pdf(content: bytes) -> tuple[list[str], dict[str, bytes]]:
    from pypdf import PdfReader

    try:
        reader = PdfReader(BytesIO(content))
        attachments = {name: parts[0] for name, parts in reader.attachments.items()}
        pages = [page.extract_text() for page in reader.pages]
    except Exception as error:
        # In a file that was altered, pypdf stumbles over anything, and says so in any exception.
        raise VerificationFailed(f"the PDF cannot be read; it was altered: {error}") from error
    return pages, attachments


def _read_printed(content: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        printed: dict[str, Any] = json.loads(content)
        return [(path, name) for path, name in printed["numbers"]], list(printed["claims"])
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationFailed(f"the PDF's list of its numbers is damaged: {error}") from error


def missing_numbers(
    numbers: Sequence[tuple[str, str]], facts: Facts, pages: Sequence[str]
) -> Iterator[Finding]:
    """Yield every number that the pages print less often than they should.

    `numbers`: path and format, once for each time that the number is printed.
    """
    expected: dict[str, list[str]] = {}
    for path, name in numbers:
        try:
            number = read_number(path, name, facts)
        except ReportgenError as error:
            yield Finding("number", path, name, str(error))
            continue
        expected.setdefault(number.text, []).append(path)
    text = _join_thin_spaces("\n".join(pages))
    for printed, paths in expected.items():
        found = _count(printed, text)
        if found < len(paths):
            where = ", ".join(dict.fromkeys(paths))
            yield Finding("number", where, f"{found} times {printed}", f"{len(paths)} times")


def _count(printed: str, text: str) -> int:
    """Return how often a number stands in `text` by itself, and not as a part of a longer one."""
    words = r"\s*".join(map(re.escape, _join_thin_spaces(printed).split()))
    pattern = rf"(?<![0-9+{MINUS}])(?<![0-9][.,]){words}(?![0-9]|[.,][0-9])"
    return sum(1 for _ in re.finditer(pattern, text))


def _join_thin_spaces(text: str) -> str:
    """Remove the spaces within a number, which a reader of PDF may or may not see."""
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"(?<=[0-9])[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]+(?=%|m?s\b)", "", text)


def missing_claims(claims: Sequence[str], facts: Facts, pages: Sequence[str]) -> Iterator[Finding]:
    """Yield every claim whose sentence the pages do not print."""
    squeezed = [_squeeze(page) for page in pages]
    text = "".join(squeezed)
    for claim in claims:
        known = facts.claims.get(claim)
        expected = plain_claim(known.text, facts) if known else "(there is no such claim)"
        sentence = _squeeze(expected)
        if known and (sentence in text or _runs_over_pages(sentence, squeezed)):
            continue
        yield Finding("claim", f"claim {claim}", "another sentence, or none", expected)


def _runs_over_pages(sentence: str, pages: Sequence[str]) -> bool:
    """Say whether `sentence` ends on the page after the one it begins on.

    Running heads and page numbers, and nothing longer, may stand between its two parts.
    """
    reach = len(sentence) + _RUNNING_HEAD
    for page, following in pairwise(pages):
        end, start = page[-reach:], following[:reach]
        if any(
            sentence[:cut] in end and sentence[cut:] in start for cut in range(1, len(sentence))
        ):
            return True
    return False


_RUNNING_HEAD = 200
"""Characters that the head and the foot of a page take at most, white space left out."""


def _squeeze(text: str) -> str:
    # Line breaks, hyphens, ligatures and thin spaces of the layout are no part of what is said.
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\N{SOFT HYPHEN}\N{HYPHEN}-]+", "", text)
