"""Verify a PDF report: its bytes against its seal, its text against its evidence.

The PDF carries two attachments: the evidence, and the list of the numbers and claims that it
prints. Each of these is recomputed from the evidence and looked for in the text of the pages.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim, read_number
from reportgen.errors import ReportgenError, VerificationFailed
from reportgen.report.seal_pdf import is_sealed
from reportgen.report.verify import Finding, VerifyResult, facts_of
from reportgen.results.evidence_file import decode

EVIDENCE = "evidence.reportgen"
"""Name of the attachment that holds the evidence."""
PRINTED = "printed.json"
"""Name of the attachment that lists what is printed, as JSON:
`{"numbers": [[path, format], …], "claims": [id, …]}`."""


def verify_pdf(content: bytes) -> VerifyResult:
    """Verify a PDF report, given as bytes; raises VerificationFailed without evidence."""
    text, attachments = _read_pdf(content)
    if EVIDENCE not in attachments or PRINTED not in attachments:
        raise VerificationFailed("the PDF carries no evidence: nothing can be recomputed")
    evidence = decode(attachments[EVIDENCE])
    numbers, claims = _read_printed(attachments[PRINTED])
    facts = facts_of(evidence)
    findings = [*_missing_numbers(numbers, facts, text), *_missing_claims(claims, facts, text)]
    if not is_sealed(content):
        findings.append(
            Finding("altered", "the file", "bytes that differ", "the bytes that were built")
        )
    return VerifyResult(len(numbers), len(claims), len(evidence.runs), tuple(findings))


def _read_pdf(content: bytes) -> tuple[str, dict[str, bytes]]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        attachments = {name: parts[0] for name, parts in reader.attachments.items()}
        text = "".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, OSError) as error:
        raise VerificationFailed(f"the PDF cannot be read; it was altered: {error}") from error
    return _squeeze(text), attachments


def _read_printed(content: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        printed: dict[str, Any] = json.loads(content)
        return [(path, name) for path, name in printed["numbers"]], list(printed["claims"])
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationFailed(f"the PDF's list of its numbers is damaged: {error}") from error


def _missing_numbers(numbers: list[tuple[str, str]], facts: Facts, text: str) -> Iterator[Finding]:
    expected: dict[str, list[str]] = {}
    for path, name in numbers:
        try:
            number = read_number(path, name, facts)
        except ReportgenError as error:
            yield Finding("number", path, name, str(error))
            continue
        expected.setdefault(_squeeze(number.text), []).append(path)
    found = Counter({printed: text.count(printed) for printed in expected})
    for printed, paths in expected.items():
        if found[printed] < len(paths):
            where = ", ".join(dict.fromkeys(paths))
            yield Finding(
                "number", where, f"{found[printed]} times {printed}", f"{len(paths)} times"
            )


def _missing_claims(claims: list[str], facts: Facts, text: str) -> Iterator[Finding]:
    for claim in claims:
        known = facts.claims.get(claim)
        expected = plain_claim(known.text, facts) if known else "(there is no such claim)"
        if known is None or _squeeze(expected) not in text:
            yield Finding("claim", f"claim {claim}", "another sentence, or none", expected)


def _squeeze(text: str) -> str:
    # Line breaks, hyphens and thin spaces of the layout are no part of what is said.
    return re.sub(
        r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{SOFT HYPHEN}\N{HYPHEN}-]+", "", text
    )
