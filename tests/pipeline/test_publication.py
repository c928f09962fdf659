"""What a build writes, and what it still writes where the PDF cannot be had."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen.config.loading import LoadedExperiment
from reportgen.errors import PdfUnavailable
from reportgen.pipeline import BuildRequest, Reporter, publication
from reportgen.pipeline.publication import publish
from reportgen.pipeline.remembered import Analysed
from reportgen.report import html, pdf
from reportgen.results.memory import Memory
from reportgen.results.store import Store
from reportgen.studies import analyse
from tests.support.factories import PAPER_MODELS, make_build


def test_without_pdf_the_rest_is_published_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the PDF cannot be written, HTML and results are there when the error is raised."""

    def fail(*_: object) -> bytes:
        raise PdfUnavailable("Pango is missing")

    monkeypatch.setattr(pdf, "render_pdf", fail)
    monkeypatch.setattr(html, "render_html", lambda *_: "<!doctype html>the report")
    experiment, _, evidence, _ = make_build(PAPER_MODELS[:1], 1, n=50)
    prepared: Any = SimpleNamespace(
        request=BuildRequest(output=tmp_path),
        loaded=LoadedExperiment(experiment, "mine", tmp_path / "mine.toml", ()),
        store=Store(tmp_path / "store"),
    )
    monkeypatch.setattr(publication, "draft_key", lambda *_: None)
    analysed = Analysed(evidence, analyse(evidence), (), None, ())
    with pytest.raises(PdfUnavailable, match="Pango is missing"):
        publish(prepared, analysed, None, Memory(), Mock(spec=Reporter))
    folder = tmp_path / "mine"
    assert (folder / "report.html").read_text() == "<!doctype html>the report"
    assert (folder / "results.json").is_file()
    assert not (folder / "report.pdf").exists()
