"""What a build writes, and what it still writes where the PDF cannot be had."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen.config.loading import LoadedExperiment
from reportgen.errors import PdfUnavailable
from reportgen.pipeline import BuildRequest, Reporter
from reportgen.pipeline.publication import Finished, publish
from reportgen.report import html, pdf
from reportgen.results.store import Store
from reportgen.studies import analyse
from tests.support.factories import PAPER_MODELS, make_build


@pytest.fixture
def finished(tmp_path: Path) -> Finished:
    """One model with one seed, analysed, without figures."""
    experiment, _, evidence, _ = make_build(PAPER_MODELS[:1], 1, n=50)
    prepared: Any = SimpleNamespace(
        request=BuildRequest(output=tmp_path),
        loaded=LoadedExperiment(experiment, "mine", tmp_path / "mine.toml", ()),
        store=Store(tmp_path / "store"),
    )
    return Finished(prepared, evidence, analyse(evidence), (), None, (), None)


def test_without_pdf_the_rest_is_published_first(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the PDF cannot be written, HTML and results are there when the error is raised."""

    def fail(*_: object) -> bytes:
        raise PdfUnavailable("Pango is missing")

    monkeypatch.setattr(pdf, "render_pdf", fail)
    monkeypatch.setattr(html, "render_html", lambda *_: "<!doctype html>the report")
    with pytest.raises(PdfUnavailable, match="Pango is missing"):
        publish(finished, Mock(spec=Reporter))
    folder = tmp_path / "mine"
    assert (folder / "report.html").read_text() == "<!doctype html>the report"
    assert (folder / "results.json").is_file()
    assert not (folder / "report.pdf").exists()
