"""`reportgen verify`: render a report again from its own evidence, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say, say_json
from reportgen.cli.options import path_option, print_format_option
from reportgen.wording import plural

if TYPE_CHECKING:
    from reportgen.config.registration import CarriedPlan
    from reportgen.verification import VerifyResult
    from reportgen.verification.signature import Signature

EPILOG = """\b
Examples:
  reportgen verify output/paper/report.html
  reportgen verify report.pdf
  reportgen verify report.html --format json
  reportgen verify report.html --signers allowed_signers      also check who signed it
  reportgen verify report.html --plan mine.plan.json          whether it follows this plan
  reportgen verify report.html --data-dir ~/data              also check labels and images
  reportgen verify my-paper.pdf --against report.html         the numbers of a paper of your own

\b
Exit codes: 0 the document follows from its evidence; 1 something does not, something cannot be
confirmed as another version wrote it, the evidence is damaged, nothing can be compared, none of the
allowed signers signed it, or its plan is another one; 2 a file is missing; 3 with --data-dir, the
data are not available, or not those of the report.
With --against: 1 if numbers contradict the evidence (docs/export.md).
"""
PROVES_PART = """\
This proves: the marked numbers and sentences follow from the document's own evidence.
This does not prove: anything about the rest of the document, or that the evidence is honest.
"""
PROVES_REST = """\
This proves: the document follows from its own evidence, except for sections written by its author.
This does not prove: what these sections state, or that the evidence is honest.
"""
PROVES = """\
This proves: the document follows from its own evidence (predictions, labels, settings).
This does not prove: that the evidence comes from the models and the data that it names.
"""


@click.command(epilog=EPILOG)
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--trust-templates",
    is_flag=True,
    help="Run the author's own templates that came with the report; accept its styles and scripts.",
)
@path_option(
    "--signers", "File of allowed signers (ssh-keygen(1)), one of whom must have signed the report."
)
@path_option(
    "--plan",
    "Plan received from the author before the first run: the report must contain the same.",
)
@path_option(
    "--data-dir",
    "Folder of the data that the report names, to compare labels and images.",
    folder=True,
)
@path_option(
    "--against",
    "Trace the numbers of a paper (PDF, .tex or text) to the evidence of this report.",
    metavar="REPORT",
)
@print_format_option
def command(report: Path, against: Path | None, format_name: str, **checks: Any) -> None:
    """Render REPORT (HTML or PDF) again from its own evidence, and compare everything.

    Needs neither the experiment file, nor the data, nor the trained models: only the report.
    With --against, REPORT is a paper of your own.
    """
    if against is None:
        verify_document(report, format_name, **checks)
    elif any(checks.values()):
        raise click.UsageError("--against can be combined only with --format")
    else:
        print_paper(report, against, format_name)


def verify_document(
    report: Path,
    format_name: str,
    *,
    trust_templates: bool,
    signers: Path | None,
    plan: Path | None,
    data_dir: Path | None,
) -> None:
    """Verify a report and print what was found; raises VerificationFailed where it differs."""
    from reportgen.errors import VerificationFailed
    from reportgen.verification import read_report, verify_report
    from reportgen.verification.findings import summary_of
    from reportgen.verification.signature import check_signature

    result = verify_report(report, trust_templates)
    signature = check_signature(report, signers) if signers else None
    carried = read_report(report).evidence.header.plan if signers or plan else None
    signed = _check_plan(carried, signers) if signers and carried else None
    faults = (*_check_data(report, data_dir), *_compare_plans(carried, plan))
    failure = (
        _describe_findings(report, result)
        or _describe_own_styles(report, result)
        or _describe_signatures(report, signature, signed, carried)
        or (f"{one_line(report)}: {one_line('; '.join(faults))}" if faults else "")
    )
    if format_name == "json":
        checked = {"signature": signature, "plan": signed}
        say_json(summary_of(result) | {name: each for name, each in checked.items() if each})
    else:
        notes = "".join(f"Note: {one_line(note)}.\n" for note in result.notes)
        say(notes if failure else _describe_proof(result) + notes, nl=False)
    if failure:
        raise VerificationFailed(failure)
    if format_name == "text":
        say(f"{one_line(report)}: {_conclude(result)}")
        if signature:
            say(f"{one_line(report)}: {one_line(signature.statement)}")
        if signed:
            say(f"Its plan: {one_line(signed.statement)}")
        if data_dir:
            say("Its labels, and the images that it shows, are those of the data that it names.")


def _describe_proof(result: VerifyResult) -> str:
    """Return what a report that agrees with its evidence proves, and what it does not."""
    if result.own_sections:
        return PROVES_REST
    return PROVES_PART if result.is_partial else PROVES


def _describe_findings(report: Path, result: VerifyResult) -> str:
    if not result.findings:
        return ""
    lines = "\n".join(f"  {one_line(finding)}" for finding in result.findings)
    count = len(result.findings)
    if result.is_inconclusive:
        things = plural(count, "thing", "things")
        return (
            f"{one_line(report)} cannot be confirmed by this copy of reportgen, which prints "
            f"{count} {things} otherwise\n{lines}\n{one_line(report)}: another one wrote it, so "
            "this need not mean that it was altered"
        )
    things = plural(count, "thing does", "things do")
    return (
        f"{one_line(report)} does not agree with its evidence\n{lines}\n"
        f"{one_line(report)}: {count} {things} not follow from the evidence"
    )


def _describe_own_styles(report: Path, result: VerifyResult) -> str:
    """State that styles or scripts of the author's own could show something else; else empty."""
    if not result.own_styles:
        return ""
    names = ", ".join(map(one_line, result.own_styles))
    return (
        f"{one_line(report)}: nothing that was compared contradicts its evidence, but styles or "
        f"scripts of its author's own ({names}) can hide, move or replace what it prints, so what "
        "a reader sees is not confirmed. If you have read and trust them, add --trust-templates"
    )


def _describe_signatures(
    report: Path, signature: Signature | None, plan: Signature | None, carried: CarriedPlan | None
) -> str:
    """State which of two signatures is not from an allowed signer; empty where both are."""
    if signature and signature.signer is None:
        return f"{one_line(report)}: {one_line(signature.statement)}"
    if plan and plan.signer is None and carried and carried.signature is not None:
        return f"the plan in {one_line(report)}: {one_line(plan.statement)}"
    return ""


def _check_data(report: Path, data_dir: Path | None) -> tuple[str, ...]:
    """Return how the labels and images of a report differ from its data in a folder."""
    if data_dir is None:
        return ()
    from reportgen.cli.progress import make_reporter
    from reportgen.pipeline.data_check import check_data

    with make_reporter() as reporter:
        return check_data(report, data_dir, reporter)


def _check_plan(plan: CarriedPlan, signers: Path) -> Signature:
    """Return who signed the plan in a report."""
    from reportgen.verification.signature import Signature, check_content

    if plan.signature is None:
        return Signature(None, "it is not signed, so it does not show when it was made")
    return check_content(plan.text.encode(), plan.signature.encode(), signers)


def _compare_plans(carried: CarriedPlan | None, given: Path | None) -> tuple[str, ...]:
    """Return how the plan in a report differs from the one in a file."""
    from reportgen.errors import UsageError
    from reportgen.reading import read_regular

    if given is None:
        return ()
    try:
        expected = read_regular(given, 2**26)
    except OSError as error:
        raise UsageError(f"--plan {given} cannot be read: {error.strerror}") from error
    if carried is None:
        return (f"it contains no plan to compare with {one_line(given)}",)
    same = carried.text.encode() == expected.replace(b"\r\n", b"\n")
    return () if same else (f"the plan in it differs from {one_line(given)}",)


def _conclude(result: VerifyResult) -> str:
    """Return what was compared, and that it agrees."""
    runs = f"the evidence of {result.runs} {plural(result.runs, 'run')}"
    if result.identical and result.comments:
        return f"rendered again from {runs}, the document is the same; comments are not covered."
    if result.identical:
        return f"rendered again from {runs}, the document is identical byte for byte."
    numbers = f"{result.numbers:,} numbers and {result.claims:,} sentences"
    if result.is_partial:
        return f"{numbers} follow from {runs}; nothing else in it was compared."
    if result.own_sections:
        names = ", ".join(map(one_line, result.own_sections))
        return (
            f"everything follows from {runs}, except for the author's own sections, "
            f"which were not compared: {names}."
        )
    if not result.numbers:
        return f"nothing in it contradicts {runs}."
    return f"{numbers} follow from {runs}; nothing contradicts them."


def print_paper(paper: Path, against: Path, format_name: str) -> None:
    """Print which numbers of a paper follow from the evidence, contradict it, or do neither."""
    from reportgen.errors import VerificationFailed
    from reportgen.verification import read_report
    from reportgen.verification.paper import verify_paper

    judged = verify_paper(paper, read_report(against))
    if format_name == "json":
        say_json(judged)
    headings = {"follows": "traced to the evidence", "untraced": "not traced"}
    for outcome, heading in headings.items() if format_name == "text" else ():
        found = [each for each in judged if each.outcome == outcome]
        say(f"{len(found):,} {plural(len(found), 'number')} {heading}{':' if found else '.'}")
        for each in found:
            reason = f": {one_line(each.reason)}" if each.reason else ""
            say(f"  {one_line(each.printed)}{reason}\n      {one_line(each.where)}")
    if wrong := [each for each in judged if each.outcome == "contradicts"]:
        lines = "\n".join(
            f"  {one_line(each.printed)} {one_line(each.reason)}\n      {one_line(each.where)}"
            for each in wrong
        )
        verb = plural(len(wrong), "number contradicts", "numbers contradict")
        raise VerificationFailed(
            f"{one_line(paper)}: {len(wrong)} {verb} the evidence of {one_line(against)}\n{lines}"
        )
    if format_name == "text":
        say(f"{one_line(paper)}: no number contradicts the evidence of {one_line(against)}.")
