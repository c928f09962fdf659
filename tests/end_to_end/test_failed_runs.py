"""A run that fails leaves a report of the other models, which names what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.report.carried import read_html
from tests.end_to_end.command import reportgen_here

pytestmark = pytest.mark.slow

MODELS = """\
import torch

class Lost(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(784, 10)
        self.batches = 0

    def forward(self, images):
        self.batches += self.training and len(images) > 2
        if self.batches > 3:
            raise ValueError("out of luck")
        return self.linear(images.flatten(1))
"""
EXPERIMENT = """\
title = "With a model that fails"
[data]
name = "digits"
[training]
epochs = 1
seeds = [0, 1]
[[models]]
name = "Lost"
architecture = "lost.py:Lost"
[[models]]
name = "Kept"
architecture = "mlp"
"""
PICKY = """\
from pathlib import Path
from sklearn.neighbors import KNeighborsClassifier


class Own(KNeighborsClassifier):
    def fit(self, X, y):
        if len(X) == 30:
            with Path(__file__).with_name("tried").open("a") as file:
                file.write("once")
            raise ValueError("too few")
        return super().fit(X, y)
"""
STUDY = """\
title = "With a study that fails"
[data]
name = "digits"
train_limit = 200
[training]
seeds = [0]
[studies.samples]
sizes = [30]
[[models]]
name = "Own"
estimator = "own.py:Own"
[[models]]
name = "Centroids"
estimator = "sklearn.neighbors:NearestCentroid"
"""
QUOTING = EXPERIMENT + "[notes]\nconclusion = \"{{ accuracy('lost') }}\"\n"


def test_a_run_that_fails_leaves_a_report_of_the_others(tmp_path: Path) -> None:
    """The exit code is 1, the first page names the model, and the report verifies."""
    (tmp_path / "lost.py").write_text(MODELS)
    (tmp_path / "mine.toml").write_text(EXPERIMENT)
    arguments = ("build", "mine.toml", "--format", "html", "--workers", "1")

    ended = reportgen_here(tmp_path, *arguments)

    assert ended.code == 1
    failure = "training lost, seeds 0 and 1, failed in epoch 1: ValueError: out of luck"
    assert failure in ended.err
    assert ended.err.count("ValueError: out of luck") == 1
    left = "A report without these models was built: output/mine/report.html"
    assert ended.err.splitlines()[-1] == left
    path = tmp_path / "output" / "mine" / "report.html"
    html = path.read_text(encoding="utf-8")
    assert "Lost is left out of this report: two of its runs failed in training." in html
    header = read_html(html).evidence.header
    assert [(run.model, run.seed) for run in header.runs] == [("kept", 0), ("kept", 1)]
    assert [(run.model, run.seed) for run in header.failed] == [("Lost", 0), ("Lost", 1)]
    assert reportgen_here(tmp_path, "verify", str(path)).code == 0


def test_where_the_rest_is_no_experiment_nothing_is_written(tmp_path: Path) -> None:
    """A note that quotes the model which failed has nothing to quote."""
    (tmp_path / "lost.py").write_text(MODELS)
    (tmp_path / "mine.toml").write_text(QUOTING)

    ended = reportgen_here(tmp_path, "build", "mine.toml", "--workers", "1")

    assert ended.code == 2
    assert "out of luck" in ended.err
    assert not (tmp_path / "output" / "mine").exists()


def test_a_run_of_a_study_that_fails_is_tried_once(tmp_path: Path) -> None:
    """Leaving out no model is no other experiment: the error is that of the run."""
    (tmp_path / "own.py").write_text(PICKY)
    (tmp_path / "mine.toml").write_text(STUDY)

    ended = reportgen_here(tmp_path, "build", "mine.toml", "--workers", "1")

    assert ended.code == 2
    assert "training own with 30 examples, seed 0, failed: own.py:Own" in ended.err
    assert (tmp_path / "tried").read_text() == "once"
