"""Evaluations for studies: right, kept, made only where they are missing, and safe from a kill."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from safetensors.torch import load

from reportgen.config.schema import Experiment
from reportgen.config.spec import RunSpec
from reportgen.data.arrays import DataArrays
from reportgen.errors import DataUnavailable, ReportgenError
from reportgen.pipeline import Reporter, build, explain_build
from reportgen.pipeline.data_check import compare_studies
from reportgen.pipeline.reproduction import ReproductionOptions, find_data, open_report
from reportgen.plugins import find_plugin
from reportgen.report.carried import read_html
from reportgen.results.datasets import load_dataset
from reportgen.results.evidence import Evidence, ModelRun
from reportgen.results.quantisation import restore_odds
from reportgen.results.runs import load_weights
from reportgen.results.store import Store
from reportgen.studies.robustness.corruptions import corrupt
from reportgen.studies.sequences.composition import make_pieces
from reportgen.training.building import build_model
from reportgen.verification.html import verify_html
from tests.pipeline.conftest import html_in, request_in
from tests.support.processes import start_command

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("stub_drawings")]

EXPERIMENT = """
title = "Robust"
[data]
name = "digits"
train_limit = 300
test_limit = 100
[training]
epochs = 1
precision = "float32"
seeds = [0, 1]
[[models]]
name = "MLP"
architecture = "mlp"
[[models]]
name = "Nearest centroid"
estimator = "sklearn.neighbors:NearestCentroid"
[studies.robustness]
corruptions = ["fog", "shear"]
severities = [3]
images = 60
"""


OFF = "studies.robustness.enabled=false"
EXAMINED = [
    OFF,
    *(f"studies.interpretability.{each}" for each in ("images=20", "steps=5", "path=10")),
]


def test_networks_are_evaluated_on_the_changed_images(folder: Path) -> None:
    """Each prediction is what the kept weights give, computed with torch's own layers."""
    html = html_in(folder)
    evidence = read_html(html).evidence
    images = evidence.studied["robustness"]
    inputs = examples_in(folder)[0][images.positions]
    assert list(images.predicted) == [("mlp", 0), ("mlp", 1)]
    for run in evidence.header.runs:
        if run.model != "mlp":
            continue
        for place, each in enumerate(evidence.header.studied["robustness"].sets):
            changed = torch.from_numpy(corrupt(inputs, images.positions, each.recipe))
            expected = logits_of(folder, run, changed).argmax(1).numpy()
            np.testing.assert_array_equal(images.predicted["mlp", run.seed][place], expected)
    verified = verify_html(html.encode())
    assert not verified.findings
    assert_its_images_are_compared(folder, evidence, "robustness")


def examples_in(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the test images and their labels as the store keeps them."""
    store = Store(folder / "output" / "store")
    dataset = load_dataset(store, store.keys("dataset")[0])
    assert dataset is not None
    assert dataset.test_inputs is not None
    return dataset.test_inputs.astype(np.uint8), dataset.test_labels


def logits_of(folder: Path, run: ModelRun, images: torch.Tensor) -> torch.Tensor:
    """Return what the kept weights of a network give for images, computed with torch's layers."""
    spec: RunSpec = run.record.spec
    assert spec.training is not None
    network = build_model(spec, find_plugin("mlp", "architecture", Path()))
    weights = load_weights(Store(folder / "output" / "store"), run.record.key)
    network.load_state_dict(load(weights or b""))
    mean, std = (torch.tensor(each) for each in (spec.training.mean, spec.training.std))
    with torch.no_grad():
        logits: torch.Tensor = network.eval()((images / 255 - mean) / std)
    return logits


def assert_its_images_are_compared(folder: Path, evidence: Evidence, name: str) -> None:
    """`verify --data-dir` finds the images of a study in its data, and others not."""
    opened = open_report(folder / "output" / "mine" / "report.html")
    arrays = find_data(opened, ReproductionOptions(), Mock(spec=Reporter))
    assert not list(compare_studies(evidence, opened.experiment, arrays))
    if name in evidence.studied:
        images = replace(evidence.studied[name], shown=evidence.studied[name].shown[::-1])
        forged = replace(evidence, studied={name: images})
        if name == "robustness":
            assert_processors_may_differ(opened.experiment, evidence, arrays)
    else:
        parts = evidence.examined[name]
        turned = {**parts, "images": parts["images"][:, :, ::-1]}
        forged = replace(evidence, examined={name: turned})
    assert list(compare_studies(forged, opened.experiment, arrays)) == [
        f"the images of the study {name} are not made of its data"
    ]


def assert_processors_may_differ(
    experiment: Experiment, evidence: Evidence, arrays: DataArrays
) -> None:
    """Changed images may be a level off, as another processor may round them, and no more."""
    images = evidence.studied["robustness"]
    for levels, faults in ((1, 0), (2, 1)):
        shown = np.minimum(images.shown.astype(int) + levels, 255).astype(np.uint8)
        studied = {"robustness": replace(images, shown=shown)}
        assert (
            len(list(compare_studies(replace(evidence, studied=studied), experiment, arrays)))
            == faults
        )


def test_pieces_of_sequences_are_read_by_the_kept_weights(folder: Path) -> None:
    """Classes and confidences are those of torch's own layers; blank images have no confidence."""
    asked = ("lengths=[2]", "count=20")
    overrides = [f"studies.sequences.{each}" for each in asked]
    build(request_in(folder, "studies.robustness.enabled=false", *overrides), Mock(spec=Reporter))
    html = html_in(folder)
    evidence = read_html(html).evidence
    images = evidence.studied["sequences"]
    inputs = examples_in(folder)[0][images.positions]
    (run,) = (each for each in evidence.header.runs if (each.model, each.seed) == ("mlp", 1))
    for place, each in enumerate(evidence.header.studied["sequences"].sets):
        pieces = torch.from_numpy(make_pieces(inputs, images.positions, each.recipe))
        largest, expected = logits_of(folder, run, pieces).softmax(1).double().max(1)
        np.testing.assert_array_equal(images.predicted["mlp", 1][place], expected.numpy())
        there = pieces.flatten(1).any(1).numpy()
        codes = images.confidence["mlp", 1][place]
        assert (codes > 0).tolist() == there.tolist()
        odds = torch.logit(largest).numpy()[there]
        np.testing.assert_allclose(restore_odds(codes[there]), odds, atol=0.13)
    assert_its_images_are_compared(folder, evidence, "sequences")
    assert "Misread sequences" in html
    assert not verify_html(html.encode()).findings


def test_foreign_images_are_made_and_read(folder: Path) -> None:
    """The sets are those asked for, and the report is right; the test images are themselves."""
    off = "studies.robustness.enabled=false"
    build(request_in(folder, off, 'studies.confidence.foreign=["noise"]'), Mock(spec=Reporter))
    html = html_in(folder)
    evidence = read_html(html).evidence
    images = evidence.studied["confidence"]

    assert [each.name for each in evidence.header.studied["confidence"].sets] == ["known", "noise"]
    for pair, predicted in images.predicted.items():
        unchanged = evidence.runs[pair]["test"].classes[images.positions]
        np.testing.assert_array_equal(predicted[0], unchanged)
        assert images.confidence[pair].all()
    assert "Foreign images" in html
    assert not verify_html(html.encode()).findings


def test_networks_are_examined_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is kept is computed again, or needs captum; what is missing is explained."""
    overrides = EXAMINED
    asked = request_in(folder, *overrides)
    (study,) = explain_build(asked, Mock(spec=Reporter)).studies
    assert (study.kind, study.total, study.missing) == ("examinations", 3, 3)
    build(asked, Mock(spec=Reporter))
    html = html_in(folder)
    evidence = read_html(html).evidence
    parts = evidence.examined["interpretability"]
    assert [parts[f"mlp/{seed}/curves"].shape for seed in (0, 1)] == [(4, 2, 20, 6)] * 2
    assert "What the networks look at" in html
    assert not verify_html(html.encode()).findings
    assert_its_images_are_compared(folder, evidence, "interpretability")

    monkeypatch.setattr("reportgen.pipeline.examinations.find_spec", lambda _: None)
    build(asked, Mock(spec=Reporter))
    # Images that are shown are no part of what the maps are tested on.
    more = request_in(folder, *overrides, "studies.interpretability.shown=3")
    with monkeypatch.context() as again:
        again.setattr("reportgen.pipeline.examinations.find_spec", lambda _: object())
        (study,) = explain_build(more, Mock(spec=Reporter)).studies
    assert (study.total, study.missing) == (3, 1)
    other = request_in(folder, *overrides, "studies.interpretability.seed=1")
    with pytest.raises(ReportgenError, match=r"needs captum.*reportgen\[studies\]"):
        build(other, Mock(spec=Reporter))


def write_arrays(folder: Path) -> np.ndarray:
    """Write arrays as MNIST-C has them, of the test images turned upside down; return these."""
    images, labels = examples_in(folder)
    turned = images[:, :, ::-1]
    for name in ("fog", "shear"):
        (folder / "mnist_c" / name).mkdir(parents=True)
        # MNIST-C has the channel last.
        np.save(folder / "mnist_c" / name / "test_images.npy", np.moveaxis(turned, 1, 3))
        np.save(folder / "mnist_c" / name / "test_labels.npy", labels)
    return turned


def test_published_arrays_are_evaluated_where_they_are_given(folder: Path) -> None:
    """The images of the files are classified; another file is another evaluation."""
    turned = write_arrays(folder)
    asked = request_in(folder, 'studies.robustness.source="mnist_c"')
    before = set(Store(folder / "output" / "store").keys("evaluation"))
    build(asked, Mock(spec=Reporter))
    html = html_in(folder)
    evidence = read_html(html).evidence
    images, described = evidence.studied["robustness"], evidence.header.studied["robustness"]

    assert [each.name for each in described.sets] == ["shear-1", "fog-1"]
    assert described.files == dict.fromkeys(
        ("fog-1", "shear-1"),
        sha256((folder / "mnist_c" / "fog" / "test_images.npy").read_bytes()).hexdigest(),
    )
    np.testing.assert_array_equal(images.shown[0], turned[images.positions[0]])
    assert "published ones of MNIST\N{NON-BREAKING HYPHEN}C" in html
    assert "in the manner of" not in html
    assert not verify_html(html.encode()).findings

    added = set(Store(folder / "output" / "store").keys("evaluation")) - before
    assert len(added) == 4
    np.save(folder / "mnist_c" / "fog" / "test_images.npy", 255 - np.moveaxis(turned, 1, 3))
    (study,) = explain_build(asked, Mock(spec=Reporter)).studies
    assert (study.total, study.missing) == (4, 2)


@pytest.mark.parametrize(
    ("name", "array", "problem"),
    [
        ("test_images.npy", np.zeros((3, 28, 28), np.uint8), "those of the test set have"),
        ("test_images.npy", np.zeros((100, 28, 28)), "8-bit"),
        ("test_images.npy", None, "does not exist"),
        ("test_labels.npy", np.zeros(100, np.uint8), "not those of the test set"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_before_training(
    folder: Path, tmp_path: Path, name: str, array: np.ndarray | None, problem: str
) -> None:
    """Too few of them, of another type, not there, of other labels."""
    shutil.copy(folder / "mine.toml", tmp_path)
    shutil.copytree(folder / "output" / "store" / "dataset", tmp_path / "output/store/dataset")
    write_arrays(tmp_path)
    file = tmp_path / "mnist_c" / "shear" / name
    file.unlink()
    if array is not None:
        np.save(file, array)
    asked = request_in(tmp_path, 'studies.robustness.source="mnist_c"')
    with pytest.raises(DataUnavailable, match=problem):
        build(asked, Mock(spec=Reporter))
    assert not Store(tmp_path / "output" / "store").keys("run")


def test_only_what_is_new_is_evaluated(folder: Path) -> None:
    """Another severity trains nothing and evaluates that severity alone."""
    store = Store(folder / "output" / "store")
    before = set(store.keys("evaluation"))
    more = request_in(folder, "studies.robustness.severities=[3, 5]")

    explained = explain_build(more, Mock(spec=Reporter))
    assert {run.action for run in explained.runs} == {"reuse"}
    (study,) = explained.studies
    assert (study.study, study.total, study.missing) == ("robustness", 8, 4)

    outcome = build(more, Mock(spec=Reporter))
    assert {run.outcome for run in outcome.outcomes} == {"reused"}
    assert len(set(store.keys("evaluation")) - before) == 4


def test_damaged_evaluations_are_made_again(folder: Path) -> None:
    """Each that is used costs itself and a warning; so does the entry of all of them together."""
    store, reporter = Store(folder / "output" / "store"), Mock(spec=Reporter)
    kept = {
        file: file.read_bytes()
        for kind in ("evaluation", "evaluations")
        for key in store.keys(kind)
        for file in store.folder(kind, key).glob("*.npz")
    }
    for file, content in kept.items():
        file.write_bytes(content[:-20])

    build(request_in(folder, "studies.robustness.severities=[3, 5]"), reporter)

    assert reporter.warn.call_count == 8 + 1
    again = [file for file, content in kept.items() if file.read_bytes() == content]
    assert len([file for file in again if "evaluation" in file.parts]) == 8


@pytest.mark.parametrize(
    ("every", "done"),
    [
        (
            ["studies.robustness.severities=[1, 2, 3, 4, 5]", "studies.robustness.seed=7"],
            "sets of changed images evaluated",
        ),
        ([*EXAMINED, "studies.interpretability.seed=7"], "networks examined"),
    ],
)
def test_a_kill_costs_no_finished_result(folder: Path, every: list[str], done: str) -> None:
    """After SIGKILL no process is left, and the next build makes what is missing alone."""
    words = [word for override in every for word in ("--set", override)]
    store = Store(folder / "output" / "store")
    before = len(store.keys("evaluation"))
    command = ["build", "mine.toml", "--workers", "1", *words, "--format", "html"]
    process = start_command(command, folder)
    process.kill_after(lambda line: done in line and " 0 of" not in line)

    kept = len(store.keys("evaluation")) - before
    (study,) = explain_build(request_in(folder, *every), Mock(spec=Reporter)).studies
    assert kept >= 1
    assert study.missing == study.total - kept
    build(request_in(folder, *every), Mock(spec=Reporter))
    assert len(store.keys("evaluation")) == before + study.total
