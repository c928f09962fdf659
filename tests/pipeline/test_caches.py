"""Facts are computed once: what no fact depends on may change, anything else computes them anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reportgen import analysis
from reportgen.pipeline.caches import cached_facts
from reportgen.results.evidence import Evidence
from reportgen.results.store import Store
from tests.analysis.fake_facts import make_facts
from tests.support.factories import PAPER_MODELS, make_build

FACTS = make_facts(PAPER_MODELS[:2])


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The evidence of two models."""
    return make_build(PAPER_MODELS[:2], 1, n=50)[2]


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[Evidence]:
    """The evidence that was analysed so far, instead of analysing it."""
    seen: list[Evidence] = []

    def analyse(evidence: Evidence) -> Any:
        seen.append(evidence)
        return FACTS

    monkeypatch.setattr(analysis, "analyse", analyse)
    return seen


def with_setting(evidence: Evidence, table: str, value: Any) -> Evidence:
    """Return the same evidence of an experiment with another setting."""
    experiment = {**evidence.header.experiment, table: value}
    header = evidence.header.model_copy(update={"experiment": experiment})
    return replace(evidence, header=header)


def with_predictions(evidence: Evidence) -> Evidence:
    """Return evidence in which one run predicted another class for one image."""
    pair, run = next(iter(evidence.runs.items()))
    predicted = run.predicted.copy()
    predicted[0] = (predicted[0] + 1) % 10
    return replace(evidence, runs={**evidence.runs, pair: replace(run, predicted=predicted)})


@pytest.mark.parametrize(
    ("edit", "times"),
    [
        (lambda found: found, 1),
        (lambda found: with_setting(found, "title", "Another title"), 1),
        (lambda found: with_setting(found, "notes", {"results": "A note."}), 1),
        (lambda found: with_setting(found, "report", {"date": "today"}), 1),
        (lambda found: with_setting(found, "analysis", {"margin": 0.5}), 2),
        (with_predictions, 2),
    ],
    ids=["nothing", "title", "notes", "report", "analysis", "predictions"],
)
def test_facts_are_computed_again_only_for_what_they_depend_on(
    evidence: Evidence,
    analysed: list[Evidence],
    tmp_path: Path,
    edit: Callable[[Evidence], Evidence],
    times: int,
) -> None:
    """Editing the presentation reads the kept facts; another analysis or prediction does not."""
    store = Store(tmp_path)
    first, second = cached_facts(store, evidence), cached_facts(store, edit(evidence))
    assert len(analysed) == times
    assert first == second == FACTS
