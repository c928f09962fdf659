"""What a build writes, and what it still writes where the PDF cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen.comments import insert, split
from reportgen.comments.container import EMPTY
from reportgen.config.loading import LoadedExperiment
from reportgen.errors import PdfUnavailable
from reportgen.pipeline import BuildRequest, Reporter, publication
from reportgen.pipeline.publication import publish, rebuild_command
from reportgen.pipeline.remembered import Analysed, Memory
from reportgen.report import html, pdf
from reportgen.results.store import Store
from reportgen.studies import analyse
from tests.comments.test_container import make_comment
from tests.support.factories import PAPER_MODELS, make_build

HTML = f"<!doctype html>the report{EMPTY}"


@pytest.fixture
def publish_mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Reporter], Any]:
    """Return what publishes a report, whose HTML is `HTML`, in the folder `mine`."""
    monkeypatch.setattr(html, "render_html", lambda *_: HTML)
    experiment, _, evidence, _ = make_build(PAPER_MODELS[:1], 1, n=50)
    prepared: Any = SimpleNamespace(
        request=BuildRequest(output=tmp_path),
        loaded=LoadedExperiment(experiment, "mine", tmp_path / "mine.toml", ()),
        store=Store(tmp_path / "store"),
    )
    monkeypatch.setattr(publication, "draft_key", lambda *_: None)
    analysed = Analysed(evidence, analyse(evidence), (), None, ())
    return partial(publish, prepared, analysed, None, Memory())


def test_without_pdf_the_rest_is_published_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish_mine: Callable[[Reporter], Any]
) -> None:
    """Where the PDF cannot be written, HTML and results are there when the error is raised."""

    def fail(*_: object) -> bytes:
        raise PdfUnavailable("Pango is missing")

    monkeypatch.setattr(pdf, "render_pdf", fail)
    with pytest.raises(PdfUnavailable, match="Pango is missing"):
        publish_mine(Mock(spec=Reporter))
    folder = tmp_path / "mine"
    assert (folder / "report.html").read_text() == HTML
    assert (folder / "results.json").is_file()
    assert not (folder / "report.pdf").exists()


def test_comments_that_are_merged_while_the_pdf_is_typeset_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish_mine: Callable[[Reporter], Any]
) -> None:
    """They are carried when the report is replaced, not when it was rendered."""
    report, reporter = tmp_path / "mine" / "report.html", Mock(spec=Reporter)
    monkeypatch.setattr(pdf, "render_pdf", lambda *_: b"PDF")
    publish_mine(reporter)

    def typeset(*_: object) -> bytes:
        report.write_text(insert(HTML, [make_comment()]))
        return b"another PDF"

    monkeypatch.setattr(pdf, "render_pdf", typeset)
    publish_mine(reporter)
    assert [each.text for each in split(report.read_text())[1]] == [make_comment().text]
    (warned,) = reporter.warn.call_args_list
    assert "the place of a comment no longer exists" in warned.args[0]


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (BuildRequest(), "python -m reportgen build"),
        (
            BuildRequest(experiment="/home/me/mine.toml", device="cpu"),
            "python -m reportgen build mine.toml --device cpu",
        ),
        (
            BuildRequest(overrides=("training.seeds=[0, 1]",), workers=2),
            "python -m reportgen build --set 'training.seeds=[0, 1]'",
        ),
    ],
)
def test_the_command_names_what_can_change_the_numbers(
    request_: BuildRequest, command: str
) -> None:
    """Experiment, settings and device stand in it; folders and the number of processes do not."""
    assert rebuild_command(request_) == command


def test_latest_results_are_kept_in_memory() -> None:
    """What was used last stays; what was used longest ago is made anew."""
    memory, made = Memory(most=2), []

    def make(key: str) -> str:
        return memory.recall(key, lambda: made.append(key) or key.upper())  # type: ignore[func-returns-value]

    assert [make(key) for key in "abacba"] == list("ABACBA")
    assert made == ["a", "b", "c", "b", "a"]
