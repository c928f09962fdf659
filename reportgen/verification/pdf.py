"""Verify a PDF report: typeset it again from what it carries, and compare.

On the same kind of machine the same bytes come out. Where they do not, the pages are compared: the
words of each, what is drawn on them, the letters of their fonts, links and attachments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reportgen.errors import ReportgenError, VerificationFailed
from reportgen.report.carried import Carried, library_versions, unpack
from reportgen.report.exports import results_document, results_json
from reportgen.report.moves import read_moves
from reportgen.report.pdf import (
    EVIDENCE,
    RESULTS,
    PdfRequest,
    load_weasyprint,
    make_attachments,
    render_pdf,
    typeset,
)
from reportgen.verification.equivalence import OTHER_DRAWING, SAME_DRAWING
from reportgen.verification.findings import Finding, VerifyResult, describe_differences, limit
from reportgen.verification.html import (
    NotRendered,
    explaining,
    find_own_styles,
    notes_on,
    other_code,
    why_not_rendered,
)
from reportgen.verification.pages import PdfFile, read_pdf
from reportgen.verification.pages_comparison import compare_attachments, compare_pages
from reportgen.verification.rendering import Derived, contradictions, derive, make_view_again

_ACTIONS = frozenset(("/OpenAction", "/AA", "/AcroForm"))
"""Entries of a catalogue by which a file runs something, or asks for something."""
_TYPESETTING = ("weasyprint", "pydyf", "fonttools", "pillow", "matplotlib")


def verify_pdf(content: bytes, trust_templates: bool = False) -> VerifyResult:
    """Verify a PDF report, given as bytes.

    Raises VerificationFailed where its evidence is missing or damaged, or where it cannot be
    typeset again, so that nothing would be compared; PdfUnavailable where WeasyPrint cannot be
    loaded.
    """
    found = read_pdf(content)
    packed = _find_evidence(found)
    actions = sorted(found.catalogue & _ACTIONS)
    if actions:
        raise VerificationFailed(
            f"the PDF contains actions, which no report does ({', '.join(actions)}): it was "
            "altered, and its pages were not compared"
        )
    carried = unpack(packed)
    other = other_code(carried)
    with explaining(other):
        derived = derive(carried)
    result = VerifyResult(
        numbers=0,
        claims=len(derived.facts.claims),
        runs=len(carried.evidence.runs),
        findings=limit(contradictions(carried)),
        written_by=carried.evidence.header.reportgen,
        # No PDF runs the scripts.
        own_styles=() if trust_templates else find_own_styles(carried, (".css",)),
    )
    if reason := why_not_rendered(carried, trust_templates):
        raise _not_compared(reason)
    load_weasyprint()
    result = _verify_pages(content, found, derived, result)
    if other is None or result.identical:
        return result
    if result.findings:
        raise _not_compared(other)
    return replace(result, notes=(*result.notes, other.cause))


def _not_compared(reason: NotRendered) -> VerificationFailed:
    """Return the error that nothing was compared.

    Pages do not mark what a section of the author's own prints: any number that is missing
    elsewhere could stand there. So nothing less than all is compared.
    """
    html = ". The HTML of the report can be compared without them" if reason.own_templates else ""
    return VerificationFailed(
        f"the pages of this PDF cannot be compared: {reason.cause}. {reason.remedy}{html}"
    )


def _verify_pages(
    content: bytes, found: PdfFile, derived: Derived, result: VerifyResult
) -> VerifyResult:
    notes = notes_on(derived.carried)
    early = [*result.findings, *_find_early(found, derived)]
    if not found.is_typeset and not early:
        raise VerificationFailed(_WRITTEN_AGAIN)
    if early:
        return replace(result, findings=limit(early), notes=(*notes, _NOT_TYPESET))
    # Another NumPy rounds the last digit of a value otherwise, which makes no other bytes here.
    results = found.attachments[RESULTS]
    html, pdf = typeset_again(derived, found.moves, results)
    if content == pdf:
        return replace(result, identical=results == _results(derived), notes=notes)
    return compare_with(found, html, pdf, derived, result)


_WRITTEN_AGAIN = (
    "another program has written this PDF again, such as a viewer that saved it or a tool that "
    "linearised it, or something was appended. Its pages were not compared, which need not "
    "mean that it was altered; verify the file as it was built"
)
_NOT_TYPESET = (
    "the pages were not compared, as these findings already show that the file was altered"
)


def _find_early(found: PdfFile, derived: Derived) -> Iterator[Finding]:
    """Yield what shows that a file was altered, before anything is drawn and typeset."""
    carried = derived.carried
    settings = carried.evidence.header.experiment
    files = make_attachments(carried.content, _results(derived), settings)
    yield from compare_attachments({file.name: file.content for file in files}, found.attachments)
    for kind, count in found.others.items():
        added = f"{count} annotations of kind {kind} were added"
        yield Finding("described", "the pages", added)


def _results(derived: Derived) -> bytes:
    return results_json(results_document(derived.carried.evidence, derived.facts, derived.specs))


def read_carried(content: bytes) -> Carried:
    """Return what a PDF report carries; raises VerificationFailed where it is damaged."""
    return unpack(_find_evidence(read_pdf(content)))


def _find_evidence(file: PdfFile) -> bytes:
    if EVIDENCE not in file.attachments:
        raise VerificationFailed(
            "there is no evidence in the PDF, so it is not a report or is incomplete"
        )
    return file.attachments[EVIDENCE]


def typeset_again(derived: Derived, moves: str, results: bytes) -> tuple[str, bytes]:
    """Return what the PDF is typeset from that follows from what a report carries, and the PDF.

    `results` is attached to it. Figures and tables are set where `moves` has them; where these are
    never computed, or anything cannot be typeset, VerificationFailed is raised.
    """
    from reportgen.figures.drawing import draw_svg

    html: list[str] = []

    def load(request: PdfRequest) -> bytes:
        html.append(request.html)
        return typeset(request, read_moves(moves))

    try:
        view = replace(make_view_again(derived, draw_svg), results=results)
        pdf = render_pdf(view, load)
    except ReportgenError as error:
        raise VerificationFailed(f"the report cannot be typeset again: {error}") from error
    return html[0], pdf


def compare_with(
    found: PdfFile, html: str, expected: bytes, derived: Derived, result: VerifyResult
) -> VerifyResult:
    """Compare a PDF report with the one that was typeset again from `html`."""
    notes = notes_on(derived.carried)
    ours, theirs = library_versions(), dict(derived.carried.presentation.versions)
    same = ours.get("weasyprint") == theirs.get("weasyprint")
    drawn_alike = ours.get("matplotlib") == theirs.get("matplotlib")
    drawing = SAME_DRAWING if drawn_alike else OTHER_DRAWING
    findings, remarks = compare_pages(read_pdf(expected), found, html, same, drawing)
    typesetting = (
        {name: version for name, version in each.items() if name in _TYPESETTING}
        for each in (ours, theirs)
    )
    differing = describe_differences(*typesetting)
    if differing:
        remarks = (*remarks, f"other libraries typeset the report: {differing}")
    return replace(result, findings=limit([*result.findings, *findings]), notes=(*notes, *remarks))
