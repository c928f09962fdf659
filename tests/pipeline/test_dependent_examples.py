"""A report on rows of patients: what is held out, drawn and counted are patients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from reportgen.data.subsets import digest_positions, draw_held_out, draw_subset
from reportgen.pipeline import Reporter, build, explain_build
from reportgen.report.carried import read_html
from reportgen.results.evidence import Evidence
from reportgen.verification.consistency import check_evidence
from reportgen.verification.html import verify_html
from tests.pipeline.conftest import html_in, request_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("stub_drawings")]

EXPERIMENT = """
title = "Patients"
[data]
source = "patients.csv"
label = "class"
groups = "patient"
[training]
epochs = 6
patience = 2
validation_fraction = 0.25
seeds = [0, 1]
[[models]]
name = "MLP"
architecture = "mlp"
[[models]]
name = "Nearest centroid"
estimator = "sklearn.neighbors:NearestCentroid"
[studies.samples]
sizes = [60]
steps = 8
[sweep]
seeds = 1
"models.mlp.dropout" = [0.0, 0.5]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of 60 patients, and the report on it."""
    folder = tmp_path_factory.mktemp("patients")
    random, patients = np.random.default_rng(0), np.repeat(np.arange(60), 6)
    labels = np.where(random.random(60) < 0.5, "a", "b")[patients]
    values = random.normal(size=(60, 3))[patients] + (labels == "a")[:, None]
    rows = [
        f"{label},p{patient},{','.join(map(str, row))}"
        for label, patient, row in zip(labels, patients, values, strict=True)
    ]
    (folder / "patients.csv").write_text("\n".join(["class,patient,x,y,z", *rows]))
    (folder / "mine.toml").write_text(EXPERIMENT)
    build(request_in(folder), Mock(spec=Reporter))
    return folder


@pytest.fixture(scope="module")
def evidence(folder: Path) -> Evidence:
    """Return what the report carries."""
    return read_html(html_in(folder)).evidence


def test_the_report_follows_from_its_evidence(folder: Path) -> None:
    """Nothing is found by `verify`, nothing is trained again, and the text names the groups."""
    html = html_in(folder)
    assert not verify_html(html.encode()).findings
    explained = explain_build(request_in(folder), Mock(spec=Reporter))
    assert {run.action for run in explained.runs} == {"reuse"}
    assert [each.missing for each in explained.studies] == [0] * len(explained.studies)
    assert "held out for validation are whole groups" in html
    assert "Whole groups were drawn" in html


def test_patients_are_held_out_and_drawn(evidence: Evidence) -> None:
    """Those of the seed, and for the study as many as its size needs."""
    labels, clusters = evidence.train_labels, evidence.train_clusters
    assert clusters is not None
    for run in evidence.header.runs:
        if run.model == "mlp":
            rows = draw_held_out(labels, 0.25, run.seed, clusters)
            validation = run.record.ingredients.validation
            assert validation is not None
            assert validation.positions_sha256 == digest_positions(rows)
            assert not set(clusters[rows]) & set(np.delete(clusters, rows))
    assert len(np.unique(clusters[draw_subset(labels, 60, 0, clusters)])) == 10


def test_other_groups_are_noticed(evidence: Evidence) -> None:
    """By `verify`, for every run that validates on groups, and for the sweep."""
    assert evidence.train_clusters is not None
    altered = replace(evidence, train_clusters=evidence.train_clusters[::-1].copy())
    found = [str(each) for each in check_evidence(altered)]
    assert sum("was validated on are not the groups" in each for each in found) == 2
    assert any("the sweep" in each for each in found)
    assert any("the study samples" in each for each in found)
    without = [str(each) for each in check_evidence(replace(evidence, train_clusters=None))]
    assert any("groups, but not both" in each for each in without)
