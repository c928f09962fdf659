"""Verify an HTML report: render it again from what it carries, and compare the whole document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from reportgen import __version__
from reportgen.analysis.assembly import describe_plan
from reportgen.comments import Comment, split
from reportgen.config.keys import code_digest
from reportgen.errors import ReportgenError, VerificationFailed
from reportgen.figures import FigureSpec
from reportgen.report.carried import Carried, facts_of, library_versions, read_html
from reportgen.report.html import render_html
from reportgen.studies.presentation import own_section
from reportgen.verification.comparison import compare
from reportgen.verification.consistency import unchecked_sources
from reportgen.verification.equivalence import OTHER_DRAWING, RELATIVE, SAME_DRAWING
from reportgen.verification.findings import VerifyResult, describe_differences, limit
from reportgen.verification.own_sections import OwnSections
from reportgen.verification.rendering import (
    Derived,
    contradictions,
    derive,
    derive_from,
    make_view_again,
    nudge,
)
from reportgen.verification.saved import spell
from reportgen.verification.segments import Segment, cut
from reportgen.verification.signature import is_signed
from reportgen.verification.values import Printed, check_values, read_printed
from reportgen.wording import number_of


def verify_html(content: bytes, trust_templates: bool = False) -> VerifyResult:
    """Verify an HTML report, given as bytes.

    Templates of the author's own run only with `trust_templates`. Raises VerificationFailed where
    the evidence is missing or damaged, or nothing can be derived from it.
    """
    try:
        # A mark of the encoding, and white space behind the end, are no part of the document.
        html = content.decode("utf-8-sig").rstrip() + "\n"
    except UnicodeDecodeError as error:
        raise VerificationFailed(
            f"byte {error.start} is not UTF-8: the file is compressed, was saved in another "
            "encoding or was altered; verify it as it was built"
        ) from error
    html, comments = split(html)
    carried = read_html(html)
    reason, other = why_not_rendered(carried, trust_templates), other_code(carried)
    own = OwnSections(reason.own_templates if reason else ())
    with explaining(other):
        if reason and own.are_all:
            result = _verify_rest(html, carried, own, reason)
        elif reason:
            result = _verify_values(html, carried, reason)
        else:
            derived = derive(carried)
            result = compare_with(*_as_saved(html, render_again(derived), comments), derived)
            if result.findings and _is_from_a_browser(html):
                raise VerificationFailed(_FROM_A_BROWSER)
        if result.findings and other:
            result = _verify_values(html, carried, other)
    notes = (*result.notes, _on_comments(comments)) if comments else result.notes
    own_styles = () if trust_templates else find_own_styles(carried, (".css", ".js"))
    return replace(result, comments=len(comments), notes=notes, own_styles=own_styles)


_FROM_A_BROWSER = (
    "a browser saved this page as it showed it, with what scripts had changed in it, so that it "
    "cannot be compared with its evidence, which need not mean that it was altered; verify the "
    "file as it was built (to save it, choose “HTML only”)"
)


def _is_from_a_browser(html: str) -> bool:
    """Return whether a browser wrote the page from what it had parsed: shapes get end tags then."""
    return "<!-- saved from url=" in html[:2000] or "</path>" in html


def find_own_styles(carried: Carried, endings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the styles and scripts of the author's own that came with a report."""
    return tuple(name for name in carried.presentation.templates if name.endswith(endings))


def _as_saved(html: str, expected: str, comments: Sequence[Comment]) -> tuple[str, str]:
    """Spell both documents in one way where a browser may have saved one, with its comments."""
    if not comments or _unix(html) == _unix(expected):
        return html, expected
    return spell(_unix(html)), spell(expected)


def _on_comments(comments: Sequence[Comment]) -> str:
    authors = ", ".join(dict.fromkeys(comment.author for comment in comments))
    count = number_of(len(comments), "comment")
    return (
        f"{count} of reviewers (who give their names as {authors}) not covered, as nothing in them "
        "follows from the evidence; the rest was compared without them"
    )


@dataclass(frozen=True)
class NotRendered:
    """Why a document cannot be rendered again."""

    cause: str
    remedy: str
    """What the reader can do, as a sentence without its full stop."""
    own_templates: tuple[str, ...] = ()
    """Templates of the author's own, where nothing else is the cause."""


def why_not_rendered(carried: Carried, trust_templates: bool) -> NotRendered | None:
    """Return why a document cannot be rendered again; None where it can."""
    written_by = carried.evidence.header.reportgen
    studies = carried.evidence.header.custom_studies
    if written_by != __version__:
        return NotRendered(
            f"the report was written by reportgen {written_by}, not by this version, {__version__}",
            f"To compare everything, install reportgen {written_by} from its repository and verify "
            "the report with it",
        )
    own = [name for name in carried.presentation.templates if name.endswith(".j2")]
    own += [own_section(each.name) for each in studies if each.section and not each.left_out]
    if own and not trust_templates:
        return NotRendered(
            f"the report has templates of its author's own ({', '.join(own)}), which are not run",
            "To run them and compare everything, if you trust their author, add --trust-templates",
            tuple(own),
        )
    return None


def other_code(carried: Carried) -> NotRendered | None:
    """Return why differences prove nothing where other code of this version wrote the report.

    It is as between two releases. A document that comes out the same was verified nevertheless.
    """
    written_with = carried.presentation.code
    if written_with in ("", code_digest()):
        return None
    return NotRendered(
        f"the report was written by another copy of reportgen {carried.evidence.header.reportgen}, "
        f"whose code or templates differ (digest {written_with[:12]}, here {code_digest()[:12]})",
        "To compare everything, verify the report with that copy",
    )


@contextmanager
def explaining(other: NotRendered | None) -> Iterator[None]:
    """Add to what cannot be derived that another copy of the code wrote the report."""
    try:
        yield
    except VerificationFailed as error:
        if other is None:
            raise
        raise VerificationFailed(f"{error}; {other.cause}. {other.remedy}") from error


def notes_on(carried: Carried) -> tuple[str, ...]:
    """Name what is the author's own in a document that was rendered again."""
    notes = []
    written = {
        name: text
        for name, text in carried.evidence.header.experiment.get("notes", {}).items()
        if text
    }
    if written:
        notes.append(
            f"the author's own words, which do not follow from the evidence: {', '.join(written)} "
            "(the numbers that they quote were recomputed)"
        )
    header = carried.evidence.header
    own = [(each.title, each.reference) for each in header.custom_metrics]
    own += [(each.title, each.reference) for each in header.custom_studies]
    if own:
        named = ", ".join(f"{title} ({reference})" for title, reference in own)
        notes.append(
            f"computed by the author's own code, which was not run: {named}. What is printed of it "
            "was compared with the code's results when the report was built"
        )
    if unchecked := unchecked_sources(carried.evidence):
        notes.append(
            "runs were fitted with another Python, so it was not checked whether they were made "
            f"with the text of {', '.join(unchecked)} in the report"
        )
    if (plan := describe_plan(header)) and plan.deviations:
        notes.append(f"deviations from the plan {plan.name}: {'; '.join(plan.deviations)}")
    if header.plan and header.plan.signature and is_signed(header.plan) is None:
        notes.append("the signature of the plan was not checked: ssh-keygen is not installed")
    if carried.presentation.templates:
        names = ", ".join(carried.presentation.templates)
        notes.append(f"the author's own templates and styles: {names}")
    return tuple(notes)


def render_again(derived: Derived) -> str:
    """Return the HTML document that follows from what a report carries."""
    from reportgen.figures.drawing import draw_screen

    try:
        return render_html(make_view_again(derived, draw_screen))
    except ReportgenError as error:
        raise VerificationFailed(f"the report cannot be rendered again: {error}") from error


def compare_with(
    html: str,
    expected: str,
    derived: Derived,
    cut: Callable[[str], tuple[Segment, ...]] = cut,
) -> VerifyResult:
    """Compare an HTML report with its rendering, without what `cut` leaves out."""
    carried = derived.carried
    printed = tuple(read_printed(cut(expected)))
    identical = _unix(html) == _unix(expected)
    ours, theirs = library_versions(), dict(carried.presentation.versions)
    drawing = None
    if ours != theirs:
        same_drawing = ours.get("matplotlib") == theirs.get("matplotlib")
        drawing = SAME_DRAWING if same_drawing else OTHER_DRAWING
    findings = list(contradictions(carried))
    if not identical:
        findings += compare(expected, html, drawing, lambda drawn: _variants(derived, drawn), cut)
    notes = notes_on(carried)
    if not identical and drawing is not None:
        notes = (*notes, _on_versions(ours, theirs, drawing))
    result = _result(carried, printed, notes)
    return replace(result, identical=identical, findings=limit(findings))


def _on_versions(ours: dict[str, str], theirs: dict[str, str], drawing: float) -> str:
    return (
        f"other libraries wrote the report: {describe_differences(ours, theirs)}. Exact values "
        f"were compared to one part in {1 / RELATIVE:,.0f}, and drawings to {drawing:g} points"
    )


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _variants(derived: Derived, drawn: bool) -> Sequence[str]:
    """Render the document with every number moved down, and up, by the tolerance.

    The drawings are made anew only where `drawn`.
    """
    from reportgen.figures.drawing import draw_screen

    def draw(spec: FigureSpec) -> str:
        known = None if drawn else derived.drawings.get(spec.slug)
        return known or draw_screen(spec)

    moved = [
        derive_from(derived.carried, nudge(derived.facts, 1 + sign * RELATIVE)) for sign in (-1, 1)
    ]
    return [render_html(make_view_again(each, draw)) for each in moved]


def _verify_rest(
    html: str, carried: Carried, own: OwnSections, reason: NotRendered
) -> VerifyResult:
    """Compare all but the sections of the author's own; in those, marked numbers and claims."""
    facts = facts_of(carried.evidence)
    derived = derive_from(*own.without(carried, facts, html))
    rest = compare_with(html, render_again(derived), derived, own.cut_rest)
    printed = [each for part in own.taken_out(html) for each in read_printed(part)]
    findings = limit([*rest.findings, *check_values(printed, facts)])
    names = ", ".join(own.names)
    note = (
        f"{reason.cause}: of the sections {names}, which are not derived from the evidence, only "
        "the marked numbers and claims were compared, by value. The table of contents and the "
        f"numbers of figures and tables were not compared. {reason.remedy}"
    )
    return replace(
        rest,
        findings=findings,
        identical=False,
        numbers=rest.numbers + len(printed),
        own_sections=own.names,
        notes=(*rest.notes, note),
    )


def _verify_values(html: str, carried: Carried, reason: NotRendered) -> VerifyResult:
    """Compare only the marked numbers and claims.

    Raises VerificationFailed where there are none, so that nothing would be compared.
    """
    facts = facts_of(carried.evidence)
    printed = tuple(read_printed(cut(html)))
    if not printed:
        raise VerificationFailed(
            f"nothing in this report can be compared: it marks no number, and {reason.cause}. "
            f"{reason.remedy}"
        )
    contradicting = () if other_code(carried) else contradictions(carried)
    findings = limit([*contradicting, *check_values(printed, facts)])
    note = (
        f"{reason.cause}: numbers and claims were compared by value; all other text, the layout of "
        f"tables and the drawings were not compared. {reason.remedy}"
    )
    result = _result(carried, printed, (note,))
    inconclusive = not reason.own_templates
    return replace(result, findings=findings, is_partial=True, is_inconclusive=inconclusive)


def _result(carried: Carried, printed: Sequence[Printed], notes: tuple[str, ...]) -> VerifyResult:
    claims = sum("data-claim" in each.tag.attributes for each in printed)
    return VerifyResult(
        identical=False,
        numbers=len(printed) - claims,
        claims=claims,
        runs=len(carried.evidence.runs),
        findings=(),
        written_by=carried.evidence.header.reportgen,
        notes=notes,
    )
