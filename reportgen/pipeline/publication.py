"""The documents of a build: rendered, and published whole."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import PdfUnavailable
from reportgen.pipeline.caches import cached_compression, cached_pdf
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.remembered import Analysed, Memory, draft_key
from reportgen.pipeline.requests import BuildOutcome, BuildRequest, Format, Reporter
from reportgen.results.builds import publish_build
from reportgen.results.presentation import Presentation
from reportgen.results.store import Store

if TYPE_CHECKING:
    from reportgen.analysis.facts import PlanFacts
    from reportgen.comments import Comment
    from reportgen.figures.plan.images import ShownImages
    from reportgen.report.document import Document
    from reportgen.report.view import View

REPORT = "report.html"


def publish(
    prepared: Prepared,
    analysed: Analysed,
    previous: Mapping[str, Any] | None,
    memory: Memory,
    reporter: Reporter,
) -> BuildOutcome:
    """Write the documents of one build, and return the outcome.

    `previous` is `results.json` of the last build, where there is one. Where the PDF cannot be
    written, the rest is published before PdfUnavailable is raised.
    """
    from reportgen.analysis.numbers import plain_claim
    from reportgen.diff import changes_paragraph
    from reportgen.report.exports import predictions_archive, results_document, results_json

    request, loaded, store = prepared.request, prepared.loaded, prepared.store
    evidence, facts, figures = analysed.evidence, analysed.facts, analysed.figures
    document = results_document(evidence, facts, [spec for spec, _, _ in figures])
    files = {
        "results.json": results_json(document),
        "predictions.npz": predictions_archive(evidence),
        **{f"figures/{spec.slug}.svg": svg.encode() for spec, svg, _ in figures},
    }
    view = _make_view(prepared, analysed, files["results.json"], memory)
    folder = request.output / loaded.slug
    key = draft_key(prepared, view)
    recall = partial(memory.recall, key) if key else None
    unavailable = _render_documents(store, folder, view, request.formats, files, recall, reporter)
    gone: list[Comment] = []
    carry_comments = partial(_carry_comments, folder / REPORT, gone)
    history = loaded.experiment.report.history
    publish_build(folder, files, history, request.replaces_draft, carry_comments)
    for comment in gone:
        reporter.warn(
            f"the place of a comment no longer exists: {comment.author} on {comment.label}: "
            f"{comment.text}"
        )
    if unavailable:
        raise unavailable
    return BuildOutcome(
        folder=folder,
        documents=tuple(folder / f"report.{name}" for name in request.formats),
        outcomes=analysed.outcomes,
        stand_in_reason=facts.dataset.stand_in_reason,
        verdict=plain_claim(facts.claims["verdict"].text, facts),
        caution=plain_claim(facts.claims["caution"].text, facts)
        if "caution" in facts.claims
        else "",
        changes=changes_paragraph(previous, document) if previous else "",
        deviations=_describe_deviations(facts.plan),
    )


def _describe_deviations(plan: PlanFacts | None) -> str:
    if plan is None or not plan.deviations:
        return ""
    return f"The report deviates from the plan {plan.name}: {'; '.join(plan.deviations)}."


def _make_view(prepared: Prepared, analysed: Analysed, results_file: bytes, memory: Memory) -> View:
    from reportgen.report.carried import pack
    from reportgen.report.view import make_view

    command = rebuild_command(prepared.request)
    presentation = describe_presentation(prepared, analysed.images, command)
    compress = partial(cached_compression, prepared.store, memory)
    carried = pack(analysed.evidence, presentation, compress)
    return make_view(carried, analysed.facts, analysed.figures, results_file)


def describe_presentation(
    prepared: Prepared, images: ShownImages | None, command: str
) -> Presentation:
    """Return how the results of a build are presented; `command` makes the report again."""
    from reportgen.config.keys import code_digest
    from reportgen.report.carried import library_versions
    from reportgen.report.templates import read_templates

    loaded = prepared.loaded
    templates = loaded.experiment.report.templates
    return Presentation(
        slug=loaded.slug,
        command=command,
        inverted=images.inverted if images else False,
        images=images.pixels if images else {},
        templates=read_templates(loaded.path.parent / templates if templates else None),
        versions=library_versions(),
        code=code_digest(),
    )


def rebuild_command(request: BuildRequest) -> str:
    """Return the command that builds the same report again, without paths of this machine."""
    if request.command:
        return shlex.join(["python", "-m", "reportgen", *request.command])
    parts = ["python", "-m", "reportgen", "build"]
    if request.experiment:
        parts.append(Path(request.experiment).name)
    for override in request.overrides:
        parts += ["--set", override]
    if request.name is not None:
        parts += ["--name", request.name]
    # The device is part of every key: `auto` may choose another one on another machine.
    if request.device != "auto":
        parts += ["--device", request.device]
    return shlex.join(parts)


def _render_documents(
    store: Store,
    folder: Path,
    view: View,
    formats: Sequence[Format],
    files: dict[str, bytes],
    recall: Callable[[Callable[[], Document]], Document] | None,
    reporter: Reporter,
) -> PdfUnavailable | None:
    """Add the documents to `files`; return the reason where the PDF cannot be written.

    `folder` holds the last build, whose PDF is taken where nothing has changed.
    """
    from reportgen.report.html import render_html
    from reportgen.report.view import find_warnings

    for warning in find_warnings(view):
        reporter.warn(warning)
    if "html" in formats:
        reporter.stage("Writing the HTML report")
        files[REPORT] = render_html(view, recall).encode()
    if "pdf" in formats:
        reporter.stage("Writing the PDF report")
        from reportgen.report.pdf import render_pdf

        try:
            published, shipped = folder / "report.pdf", not view.presentation.templates
            load_pdf = partial(cached_pdf, store, published, keeps_sections=shipped)
            files["report.pdf"] = render_pdf(view, load_pdf)
        except PdfUnavailable as error:
            return error
    return None


def _carry_comments(
    previous: Path, gone: list[Comment], files: Mapping[str, bytes]
) -> Mapping[str, bytes]:
    """Return the files with the open comments of the last report in the new one.

    `gone` becomes those that have lost their place.
    """
    from reportgen.comments import carry

    try:
        before = previous.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return files
    if REPORT not in files:
        return files
    html, gone[:] = carry(before, files[REPORT].decode())
    return {**files, REPORT: html.encode()}
