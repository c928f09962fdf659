"""The order in which a build does things: what can fail, fails before the slow work."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from reportgen import pipeline
from reportgen.errors import ConfigurationError
from reportgen.pipeline import BuildRequest, Reporter, build

EXPERIMENT = """
title = "Mine"
data.name = "digits"
models = [{name = "CNN", architecture = "cnn"}]
notes.results = '''
One line.
Recall of class eleven: {{ recall("cnn", "eleven") }}'''
"""


def test_a_quoted_class_that_is_not_there_ends_the_build_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as the data are read, a note that quotes an unknown class is named with its line."""
    file = tmp_path / "mine.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    train = Mock()
    monkeypatch.setattr(pipeline, "finish_runs", train)

    with pytest.raises(ConfigurationError) as caught:
        build(BuildRequest(experiment=str(file), output=tmp_path), Mock(spec=Reporter))

    (problem,) = caught.value.problems
    assert str(problem).startswith(
        'notes.results: line 2: `{{ recall("cnn", "eleven") }}` names no class "eleven"; '
    )
    assert not train.called
