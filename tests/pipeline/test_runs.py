"""The runs of a build: what is asked for before training, and what is said of kept runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen.config.plan import PlannedRun
from reportgen.errors import StoreError, UsageError
from reportgen.pipeline import BuildRequest, Reporter, reproduction, study_jobs
from reportgen.pipeline.runs import finish_runs
from reportgen.plugins import find_plugin
from reportgen.results.runs import save_run
from reportgen.results.store import Store
from tests.support.factories import PAPER_MODELS, make_dataset, make_result


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Any]:
    """Return what prepares a build of one run, on a disk with a megabyte left."""
    usage = shutil.disk_usage(tmp_path)._replace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    result = make_result(PAPER_MODELS[0], 0, make_dataset())
    plugin = find_plugin("cnn", "architecture", Path())
    run = PlannedRun("cnn", 0, result.record.ingredients, result.key, plugin)
    store = Store(tmp_path / "store")

    def prepared(kept: bool) -> Any:
        if kept:
            save_run(store, result, b"weights")
        request = BuildRequest(output=tmp_path)
        return SimpleNamespace(planned=(run,), store=store, request=request, imported={})

    return prepared


def test_a_full_disk_ends_a_build_before_it_trains(prepare: Callable[[bool], Any]) -> None:
    """Where a run is missing, the room for it is asked for first."""
    with pytest.raises(StoreError, match=r"4\.0 MB are needed and 1\.0 MB are free"):
        finish_runs(prepare(False), Mock(spec=Reporter))


def test_nothing_is_trained_on_windows(
    prepare: Callable[[bool], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to use; a report of kept runs is built."""
    monkeypatch.setattr("sys.platform", "win32")
    for train in (
        lambda: finish_runs(prepare(False), Mock(spec=Reporter)),
        lambda: study_jobs._compute(Mock(), Mock(), Mock(), Mock()),
        lambda: reproduction._compute([], Mock(), Mock(), Path(), Mock()),
    ):
        with pytest.raises(UsageError, match=r"on Windows; run the same command in WSL 2"):
            train()
    _, outcomes = finish_runs(prepare(True), Mock(spec=Reporter))
    assert [each.outcome for each in outcomes] == ["reused"]


def test_a_kept_run_needs_no_room(prepare: Callable[[bool], Any]) -> None:
    """Where every run is kept, a nearly full disk is enough."""
    results, outcomes = finish_runs(prepare(True), Mock(spec=Reporter))
    assert list(results) == [("cnn", 0)]
    assert [each.outcome for each in outcomes] == ["reused"]
