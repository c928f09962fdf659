"""The runs of a build: what is asked for before training, and what is said of kept runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from reportgen import pipeline
from reportgen.config.plan import PlannedRun
from reportgen.config.schema import Data
from reportgen.data.changed_images import find_images
from reportgen.data.image_folder import find_image_folder
from reportgen.errors import ConfigurationError, DataDamaged, StoreError, UsageError
from reportgen.pipeline import BuildRequest, Reporter, build, reproduction, study_jobs
from reportgen.pipeline.evaluations import _given
from reportgen.pipeline.preparation import read_dataset
from reportgen.pipeline.runs import _read_again, finish_runs
from reportgen.plugins import find_plugin
from reportgen.results.runs import save_run
from reportgen.results.store import Store
from tests.data.own import write_images
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


def test_files_that_change_after_they_were_hashed_are_not_trained_on(tmp_path: Path) -> None:
    """Images that are replaced end the build; those that were hashed are read."""
    store, data = Store(tmp_path / "store"), Data(test_fraction=0.5)
    write_images(tmp_path / "pets", ["cat", "dog"], 4)
    source = find_image_folder(tmp_path / "pets", "pets", "Pets")
    dataset, images = read_dataset(source, data, store, Mock(spec=Reporter), writes=True)
    loaded = SimpleNamespace(experiment=SimpleNamespace(data=data))
    prepared: Any = SimpleNamespace(source=source, loaded=loaded, store=store, dataset=dataset)
    assert images is not None
    assert _read_again(prepared).sha256 == images.sha256

    write_images(tmp_path / "pets", ["cat", "dog"], 4, seed=1)
    with pytest.raises(DataDamaged, match=r"Pets: the files in .*pets changed .* build again"):
        _read_again(prepared)
    assert store.keys("dataset") == ()


def test_changed_images_that_are_replaced_are_not_evaluated(tmp_path: Path) -> None:
    """A file of changed test images is what was hashed, or ends the build."""
    dataset, path = make_dataset(), tmp_path / "fog.npy"
    images = np.zeros((dataset.record.test, *dataset.record.input_shape), np.uint8)
    np.save(path, np.moveaxis(images, 1, 3))
    plan = SimpleNamespace(positions=np.array([1]))
    found: Any = SimpleNamespace(files={"fog": find_images(path, dataset)}, plan=plan)
    np.testing.assert_array_equal(_given(found, "fog"), images[1:2])
    np.save(path, np.moveaxis(images + 1, 1, 3))
    with pytest.raises(DataDamaged, match=r"fog\.npy was changed while the report was built"):
        _given(found, "fog")


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
