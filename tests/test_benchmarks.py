"""What `make bench` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import __main__, rebuild, training


def test_without_a_name_both_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command reads its options as when it is called by its name, from the environment too."""
    called: dict[str, Any] = {}
    for command in (training.command, rebuild.command):
        monkeypatch.setattr(command, "callback", lambda **options: called.update(options))
    ended = CliRunner(env={"REPORTGEN_DATA": "somewhere"}).invoke(__main__.main)
    assert ended.exit_code == 0, ended.output
    assert called["data"] == Path("somewhere")


def test_without_data_a_message_says_what_is_missing() -> None:
    """No benchmark starts without the data set."""
    ended = CliRunner(env={"REPORTGEN_DATA": None}).invoke(__main__.main)
    assert ended.exit_code == 2
    assert "Missing option '--data'" in ended.output
