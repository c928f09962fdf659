"""The paper's experiment on real MNIST, with few steps, where the data are there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.end_to_end.command import reportgen_here
from tests.end_to_end.conftest import set_all

DATA = os.environ.get("REPORTGEN_DATA", "")
FEW_STEPS = (
    "training.epochs=1",
    "training.seeds=[0]",
    "data.train_limit=2000",
    "studies.robustness.enabled=false",
    "studies.samples.enabled=false",
)

pytestmark = pytest.mark.skipif(
    not Path(DATA, "MNIST").is_dir(), reason="REPORTGEN_DATA names no folder with MNIST"
)


def test_the_paper_on_real_images(tmp_path: Path) -> None:
    """On real images nothing stands in, and the paper's figures stand beside the reproduction."""
    ended = reportgen_here(
        tmp_path,
        "build",
        *set_all(FEW_STEPS),
        "--data-dir",
        str(Path(DATA).resolve()),
        "--format",
        "html",
    )
    assert ended.code == 0, ended.err
    assert "Warning" not in ended.err
    results = json.loads((tmp_path / "output" / "paper" / "results.json").read_bytes())
    data = results["data"]
    assert (data["name"], data["stand_in_for"]) == ("mnist", None)
    assert (data["train"], data["test"]) == (2_000, 10_000)
    assert data["test_counts"] == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # Two thousand images and one epoch are enough to be far from guessing.
    assert all(model["accuracy"]["mean"] > 0.7 for model in results["models"])
    html = (tmp_path / "output" / "paper" / "report.html").read_text(encoding="utf-8")
    assert 'id="table-published-1"' in html
    assert "Stand-in" not in html
    found = results["claims"]["audit"]["text"]
    assert "consistent with an evaluation on the 60,000 training images" in found
