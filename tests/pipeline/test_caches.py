"""Facts are computed once: what no fact depends on may change, anything else computes them anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reportgen import studies
from reportgen.pipeline.caches import cached_facts, cached_pdf
from reportgen.report import pdf
from reportgen.report.pdf import PdfRequest
from reportgen.results.evidence import Evidence
from reportgen.results.store import Store
from tests.support.factories import PAPER_MODELS, make_build
from tests.support.facts import make_facts

FACTS = make_facts(PAPER_MODELS[:2])


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The evidence of two models."""
    return make_build(PAPER_MODELS[:2], 1, n=50)[2]


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[Evidence]:
    """The evidence that was analysed so far, instead of analysing it."""
    seen: list[Evidence] = []

    def analyse(evidence: Evidence) -> Any:
        seen.append(evidence)
        return FACTS

    monkeypatch.setattr(studies, "analyse", analyse)
    return seen


def with_setting(evidence: Evidence, table: str, value: Any) -> Evidence:
    """Return the same evidence of an experiment with another setting."""
    experiment = {**evidence.header.experiment, table: value}
    return evidence.with_header(experiment=experiment)


def with_predictions(evidence: Evidence) -> Evidence:
    """Return evidence in which one run predicted another class for one image."""
    pair, run = next(iter(evidence.runs.items()))
    classes = run["test"].classes.copy()
    classes[0] = (classes[0] + 1) % 10
    changed = {**run, "test": replace(run["test"], classes=classes)}
    return replace(evidence, runs={**evidence.runs, pair: changed})


@pytest.mark.parametrize(
    ("edit", "times"),
    [
        (lambda found: found, 1),
        (lambda found: with_setting(found, "title", "Another title"), 1),
        (lambda found: with_setting(found, "notes", {"results": "A note."}), 1),
        (lambda found: with_setting(found, "report", {"date": "today"}), 1),
        (lambda found: with_setting(found, "analysis", {"margin": 0.5}), 2),
        (with_predictions, 2),
    ],
    ids=["nothing", "title", "notes", "report", "analysis", "predictions"],
)
def test_facts_are_computed_again_only_for_what_they_depend_on(
    evidence: Evidence,
    analysed: list[Evidence],
    tmp_path: Path,
    edit: Callable[[Evidence], Evidence],
    times: int,
) -> None:
    """Editing the presentation reads the kept facts; another analysis or prediction does not."""
    store = Store(tmp_path)
    first, second = cached_facts(store, evidence), cached_facts(store, edit(evidence))
    assert len(analysed) == times
    assert first == second == FACTS


@pytest.fixture
def typeset(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was typeset so far, by a typesetter that writes down the text it is given."""
    seen: list[str] = []

    def write_down(request: PdfRequest, measured: object) -> bytes:
        seen.append(request.html)
        return request.html.encode()

    monkeypatch.setattr(pdf, "typeset", write_down)
    monkeypatch.setattr(pdf, "system_fonts", lambda: "fonts")
    return seen


def rebuild(folder: Path, html: str) -> bytes:
    """Return the PDF of one build after the other, each of which publishes it."""
    published = folder / "report.pdf"
    content = cached_pdf(Store(folder / "store"), published, PdfRequest(html, ()))
    published.write_bytes(content)
    return content


def test_a_pdf_is_typeset_once_for_each_text(typeset: list[str], tmp_path: Path) -> None:
    """The last PDF is taken where it would be the same, and only then."""
    texts = ["one", "one", "two", "two", "one"]
    assert [rebuild(tmp_path, text) for text in texts] == [text.encode() for text in texts]
    # The last build was of another text, and no PDF is kept but that of the last build.
    assert typeset == ["one", "two", "one"]


@pytest.mark.parametrize("harm", ["edited", "removed"])
def test_a_pdf_that_is_not_what_was_published_is_typeset_anew(
    typeset: list[str], tmp_path: Path, harm: str
) -> None:
    """Whatever happened to the published file, the next build puts the right one there."""
    rebuild(tmp_path, "one")
    published = tmp_path / "report.pdf"
    published.write_bytes(b"edited") if harm == "edited" else published.unlink()
    assert rebuild(tmp_path, "one") == b"one"
    assert typeset == ["one", "one"]


def test_a_pdf_made_with_other_fonts_is_not_taken(
    typeset: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new font of the system, or a list that cannot be had, means typesetting anew."""
    for fonts in ("fonts", "another", None, None):
        monkeypatch.setattr(pdf, "system_fonts", lambda fonts=fonts: fonts)
        rebuild(tmp_path, "one")
    assert len(typeset) == 4


@pytest.mark.parametrize(
    ("html", "attachments"),
    [("other", ()), ("one", (pdf.Attachment("a", "b", b"other"),))],
    ids=["text", "attachment"],
)
def test_another_document_has_another_key(
    html: str, attachments: tuple[pdf.Attachment, ...]
) -> None:
    """The key covers all that a document is made of."""
    one = PdfRequest("one", ())
    assert one.key() == PdfRequest("one", ()).key() != PdfRequest(html, attachments).key()
