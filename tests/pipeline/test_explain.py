"""What a build would do about each run: said without training or writing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen.config.plan import PlannedRun
from reportgen.data.sources import digits_source
from reportgen.pipeline import BuildRequest, Reporter, RunExplanation, explain_build, preparation
from reportgen.plugins import find_plugin
from reportgen.results.records import Run
from reportgen.results.runs import save_run
from reportgen.results.store import Store
from tests.support.factories import PAPER_MODELS, make_dataset, make_result
from tests.support.faults import log_calls

EXPERIMENT = """
title = "Two models"
[data]
name = "digits"
[[models]]
name = "CNN"
architecture = "cnn"
"""


@pytest.fixture
def request_(tmp_path: Path) -> BuildRequest:
    """A build into a folder that is not there yet."""
    path = tmp_path / "two.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return BuildRequest(experiment=str(path), output=tmp_path / "output", device="cpu")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The results of the three runs that the build plans, on data that the store lacks."""
    dataset = make_dataset(50, 50)
    results = [make_result(PAPER_MODELS[0], seed, dataset) for seed in range(3)]
    plugin = find_plugin("cnn", "architecture", Path())
    planned = [PlannedRun("cnn", r.spec.seed, r.record.ingredients, r.key, plugin) for r in results]

    def replace(name: str, value: Any) -> None:
        monkeypatch.setattr(preparation, name, lambda *_, **__: value)

    replace("find_source", digits_source())
    replace("read_arrays", None)
    replace("describe_dataset", dataset)
    replace("plan_runs", tuple(planned))
    return results


def actions(explained: tuple[RunExplanation, ...]) -> list[tuple[int, str]]:
    """Return each seed with what would be done about it."""
    return [(entry.seed, entry.action) for entry in explained]


def test_nothing_is_written(request_: BuildRequest, runs: list[Run]) -> None:
    """No call changes the disk, so that a read-only output folder, or none at all, will do."""
    explained: list[RunExplanation] = []
    calls = log_calls(lambda: explained.extend(explain_build(request_, Mock(spec=Reporter)).runs))
    assert calls == []
    assert actions(tuple(explained)) == [(0, "train"), (1, "train"), (2, "train")]
    assert not request_.output.exists()


def test_each_run_is_explained_by_what_is_kept_of_it(
    request_: BuildRequest, runs: list[Run]
) -> None:
    """A kept run is reused, one with a checkpoint resumed, any other trained; two have reasons."""
    store = Store(request_.output / "store")
    save_run(store, runs[0], b"weights")
    store.write("checkpoint", runs[1].key, {}, {"state": b"of an epoch"})
    explained = explain_build(request_, Mock(spec=Reporter)).runs
    assert actions(explained) == [(0, "reuse"), (1, "resume"), (2, "train")]
    assert [bool(entry.reasons) for entry in explained] == [False, True, True]
