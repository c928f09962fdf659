"""The HTML document: one file that asks the network for nothing and reads well with scripts off."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from reportgen.analysis.numbers import plain_claim
from reportgen.report import base85
from reportgen.report.direction import isolate_names
from reportgen.report.document import Document, Medium
from reportgen.report.fonts import embed_fonts
from reportgen.report.requests import (
    refuse_requests,
    refuse_style_requests,
    require_policy,
)
from reportgen.report.templates import read_asset, render
from reportgen.report.view import View, plain

_STYLE_SHEETS = (
    "css/theme.css",
    "css/layout.css",
    "css/content.css",
    "css/print.css",
    "css/glance.css",
    "css/figures.css",
    "css/matrices.css",
    "css/tools.css",
    "css/comments.css",
)
_PAGES = "css/pages.css"
"""CSS for paged media only; a validator of web pages would not accept it."""
_SCRIPTS = (
    "js/page.js",
    "js/contents.js",
    "js/marks.js",
    "js/trace.js",
    "js/highlight.js",
    "js/compare.js",
    "js/sort.js",
    "js/copy.js",
    "js/comments-file.js",
    "js/comments.js",
)
"""Run in this order, as one; the first one is what the others share."""


def render_html(
    view: View, recall: Callable[[Callable[[], Document]], Document] | None = None
) -> str:
    """Return the report as one HTML file; the same view gives the same text.

    `recall` is given a function that makes the draft. It may return the draft of another view
    instead, one that differs in the wording of notes alone. Raises ReportgenError for a template
    that cannot be rendered.
    """
    script = "\n".join(read_asset(view.presentation.templates, name) for name in _SCRIPTS)
    write = partial(Document, view, "html")
    document = (recall(write) if recall else write()).finish(view)
    stash = document.stash
    # What depends on the finished text: which fonts it needs, and which style sheet is allowed. The
    # evidence, which may be most of the file, needs no font.
    late = {"style": "", "policy": "", "evidence": ""}
    frame = render_frame(
        view,
        document,
        "html",
        style=stash.hold(lambda: late["style"]),
        policy=stash.hold(lambda: late["policy"]),
        script=stash.hold(script),
        evidence=stash.hold(lambda: late["evidence"]),
        provenance=stash.hold(_json(_provenance(view))),
    )
    text = stash.fill(frame)
    check_requests(view, document, text)
    late["style"] = read_style(view, "html") + embed_fonts(text)
    late["policy"] = content_security_policy(late["style"], script)
    late["evidence"] = base85.encode(view.evidence)
    return isolate_names(stash.fill(frame), names_of(view))


def names_of(view: View) -> Iterator[str]:
    """Yield the names of all models and classes."""
    yield from (model.name for model in view.facts.models.values())
    yield from (baseline.name for baseline in view.facts.baselines.values())
    yield from view.facts.dataset.classes


def render_frame(view: View, document: Document, medium: Medium, **variables: Any) -> str:
    """Return the whole document, into which the stash has yet to put its pieces back."""
    given = {
        "medium": medium,
        "body": document.stash.hold(document.body),
        "headings": plain(document.headings),
        "description": _description(view),
        "policy": "",
        **variables,
    }
    frame = render(document.environment, "frame.html.j2", given)
    if has_own_templates(view) and medium == "html":
        require_policy(frame, str(given["policy"]))
    return frame


def check_requests(view: View, document: Document, html: str) -> None:
    """Raise ReportgenError where a template of the user's own would have something loaded."""
    if has_own_templates(view):
        refuse_requests(html, document.sections)


def has_own_templates(view: View) -> bool:
    """Return whether a template of the user's own, or the section of a study, prints something."""
    return bool(view.presentation.templates) or any(
        each.section for each in view.facts.own_studies.values()
    )


def read_style(view: View, medium: Medium) -> str:
    """Return the style sheets of the template set as one."""
    names = (*_STYLE_SHEETS, _PAGES) if medium == "pdf" else _STYLE_SHEETS
    return "\n".join(_read_sheet(view.presentation.templates, name) for name in names)


def _read_sheet(own: Mapping[str, str], name: str) -> str:
    style = read_asset(own, name)
    if name in own:
        refuse_style_requests(name, style)
    return style


def content_security_policy(style: str, script: str) -> str:
    """Return the policy that allows this style, this script, and embedded images and fonts."""
    return (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _description(view: View) -> str:
    answer = view.facts.claims.get("answer")
    return plain_claim(answer.text, view.facts) if answer else view.experiment.title


def _provenance(view: View) -> dict[str, Any]:
    """Return what the script shows about where a number comes from."""
    # Numbers of a baseline are means over its runs; no place shows one of them.
    models = {
        slug: {"name": model.name, "runs": list(_sources(view, slug))}
        for slug, model in view.facts.models.items()
    }
    dataset = view.facts.dataset
    return {"data": dataset.sha256, "classes": dataset.classes, "models": models}


def _sources(view: View, slug: str) -> Iterator[dict[str, Any]]:
    for run in view.header.runs:
        if run.model == slug:
            made = run.record.provenance
            yield {
                "seed": run.seed,
                "key": run.record.key,
                "commit": made.commit if made else None,
                "device": made.device if made else None,
            }


def _json(value: Any) -> str:
    """Return JSON that a script element can contain: no `<` in it, and only ASCII."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
