"""The order in which a build does things: what can fail, fails before the slow work."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen import pipeline
from reportgen.config.loading import LoadedExperiment
from reportgen.config.schema import Notes
from reportgen.errors import ConfigurationError
from reportgen.pipeline import BuildRequest, Reporter, build
from tests.analysis.fake_facts import make_facts
from tests.support.factories import PAPER_MODELS, make_experiment


def test_a_wrong_note_ends_the_build_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note that quotes a model which is not there is told, and no figure is asked for."""
    notes = Notes(results='{{ accuracy("no-such-model") }}')
    experiment = make_experiment().model_copy(update={"notes": notes})
    prepared = SimpleNamespace(
        loaded=LoadedExperiment(experiment, "mine", tmp_path / "mine.toml", ()),
        store=None,
        dataset=None,
    )
    drawn: list[object] = []

    def replace(name: str, value: object) -> None:
        monkeypatch.setattr(pipeline, name, lambda *_: value)

    replace("prepare", prepared)
    replace("finish_runs", ({}, {}))
    replace("collect_evidence", None)
    replace("cached_facts", make_facts(PAPER_MODELS))

    def draw(*arguments: Any) -> tuple[()]:
        drawn.append(arguments)
        return ()

    monkeypatch.setattr(pipeline, "cached_figures", draw)
    with pytest.raises(ConfigurationError, match="no-such-model"):
        build(BuildRequest(output=tmp_path), Mock(spec=Reporter))
    assert drawn == []
