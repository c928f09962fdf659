"""The shipped experiments besides that of the paper, with its kept runs and drawings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.studies import shipped_studies
from reportgen.verification import read_report
from reportgen.verification.paper import verify_paper
from tests.end_to_end.command import reportgen_here
from tests.end_to_end.conftest import FEW, SETTINGS, Built, assert_documents_verify, set_all

FEW_STEPS = (
    "studies.sequences.count=10",
    "studies.sequences.lengths=[2, 5, 8]",
    "studies.interpretability.images=20",
    "studies.interpretability.steps=5",
    "studies.interpretability.path=10",
)


@pytest.fixture
def build(
    built: Built, draw_once: Callable[..., str], set_once: None, tmp_path: Path
) -> Callable[..., Path]:
    """Return a function that builds an experiment beside the paper, and verifies its documents."""

    def build(experiment: str, *settings: str) -> Path:
        shutil.copytree(built.folder / "output", tmp_path / "output")
        words = ("build", experiment, *set_all(settings))
        ended = reportgen_here(tmp_path, *words, draw=draw_once)
        assert ended.code == 0, ended.err
        folder = tmp_path / "output" / experiment
        assert_documents_verify(folder)
        return folder

    return build


def test_the_quickstart_builds_and_verifies(build: Callable[..., Path]) -> None:
    """Read as the paper of somebody else, its report does not contradict itself either."""
    folder = build("quickstart", *FEW)
    judged = verify_paper(folder / "report.pdf", read_report(folder / "report.html"))
    assert [each for each in judged if each.outcome == "contradicts"] == []


def test_every_study_builds_and_verifies(build: Callable[..., Path]) -> None:
    """The experiment with all studies, of few images and steps."""
    results = json.loads((build("paper-full", *SETTINGS, *FEW_STEPS) / "results.json").read_bytes())
    assert set(results["studies"]) == set(shipped_studies()) - {"sweep"}
