"""The shipped experiment with all studies."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from reportgen.studies import shipped_studies
from tests.end_to_end.command import reportgen_here
from tests.end_to_end.conftest import Built, assert_documents_verify

FEW_STEPS = (
    "studies.sequences.count=10",
    "studies.sequences.lengths=[2, 5, 8]",
    "studies.interpretability.images=20",
    "studies.interpretability.steps=5",
    "studies.interpretability.path=10",
)


@pytest.mark.usefixtures("set_once")
def test_every_study_builds_and_verifies(
    another: Callable[..., Built], draw_once: Callable[..., str]
) -> None:
    """Its models are those of the paper, whose runs and drawings are kept; the studies are few."""
    settings = (word for setting in FEW_STEPS for word in ("--set", setting))
    built = another("paper-full", *settings, command=partial(reportgen_here, draw=draw_once))
    assert built.ended.code == 0, built.ended.err
    folder = built.folder / "output" / "paper-full"
    results = json.loads((folder / "results.json").read_bytes())
    assert set(results["studies"]) == set(shipped_studies()) - {"sweep"}
    assert_documents_verify(folder)
