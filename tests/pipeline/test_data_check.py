"""`verify --data-dir` compares labels and images with the data that a report names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reportgen.cli.entry import run as command_line
from reportgen.cli.progress import QuietReporter
from reportgen.config.schema import Experiment
from reportgen.figures.plan.images import show_images
from reportgen.pipeline import BuildRequest, carry
from reportgen.pipeline.data_check import check_data
from reportgen.pipeline.reproduction import Opened, ReproductionOptions, find_data
from reportgen.report.carried import Carried, pack
from reportgen.report.html import render_html
from reportgen.results.evidence import Evidence
from reportgen.results.presentation import Presentation
from reportgen.verification.rendering import derive, make_view_again
from tests.report.samples import stub_svg

pytestmark = pytest.mark.slow

EXPERIMENT = """\
title = "Images that are shown"
[data]
name = "digits"
train_limit = 200
[[models]]
name = "Trees"
estimator = "sklearn.tree:DecisionTreeClassifier"
"""


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Carried:
    """A report of a decision tree on the digits, with the images that it shows."""
    folder = tmp_path_factory.mktemp("data-check")
    (folder / "mine.toml").write_text(EXPERIMENT, encoding="utf-8")
    request = BuildRequest(experiment=str(folder / "mine.toml"), output=folder / "output")
    carried = carry(request, QuietReporter(), "reportgen build mine.toml")
    experiment = Experiment.model_validate(carried.evidence.header.experiment)
    opened = Opened(folder / "report.html", carried.evidence, experiment)
    arrays = find_data(opened, ReproductionOptions(), QuietReporter())
    images = show_images(arrays.test_inputs)
    assert images is not None
    shown = {index: images.pixels[index] for index in range(20)}
    presentation = replace(carried.presentation, inverted=images.inverted, images=shown)
    return pack(carried.evidence, presentation)


@pytest.fixture(autouse=True)
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which images the figures of this report show makes no difference."""
    monkeypatch.setattr("reportgen.verification.rendering.plan_figures", lambda *_: ())


def write(path: Path, evidence: Evidence, presentation: Presentation) -> Path:
    """Write the document of this evidence and this presentation."""
    html = render_html(make_view_again(derive(pack(evidence, presentation)), stub_svg))
    path.write_text(html, encoding="utf-8")
    return path


def test_an_honest_report_shows_its_data(carried: Carried, tmp_path: Path) -> None:
    """The labels and every image are those of the data."""
    path = write(tmp_path / "report.html", carried.evidence, carried.presentation)
    assert check_data(path, tmp_path, QuietReporter()) == ()


def test_another_image_is_named(
    carried: Carried, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An image exchanged in evidence and document follows from itself, and not from the data."""
    images = dict(carried.presentation.images)
    index = min(images)
    images[index] = np.flipud(images[index])
    presentation = replace(carried.presentation, images=images)
    path = write(tmp_path / "report.html", carried.evidence, presentation)
    (fault,) = check_data(path, tmp_path, QuietReporter())
    assert fault == f"1 of {len(images)} images are not those of its data: {index}"
    assert command_line(["verify", str(path), "--data-dir", str(tmp_path)]) == 1
    assert fault in capsys.readouterr().err


def test_images_with_exchanged_shades_and_unknown_ones_are_named(
    carried: Carried, tmp_path: Path
) -> None:
    """Where dark is light, and where an image has a number that the test set does not have."""
    images = {
        **carried.presentation.images,
        99_999: next(iter(carried.presentation.images.values())),
    }
    presentation = replace(
        carried.presentation, images=images, inverted=not carried.presentation.inverted
    )
    path = write(tmp_path / "report.html", carried.evidence, presentation)
    first, second = check_data(path, tmp_path, QuietReporter())
    assert first == "it shows the test image 99999, but there are only 360"
    assert second == "its images are shown with inverted shades"


def test_other_labels_are_named(carried: Carried, tmp_path: Path) -> None:
    """Labels that were exchanged for others are counted."""
    labels = carried.evidence.test_labels.copy()
    labels[:3] = (labels[:3] + 1) % 10
    evidence = replace(carried.evidence, labels={**carried.evidence.labels, "test": labels})
    path = write(tmp_path / "report.html", evidence, carried.presentation)
    assert check_data(path, tmp_path, QuietReporter())[0] == (
        "3 labels of the test set are not those of the data"
    )
