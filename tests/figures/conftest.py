"""Facts and figures that the tests of this room share; made once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reportgen.analysis.facts import AuditFacts, Facts, PublishedFigure
from reportgen.figures import FigureSpec
from reportgen.results.evidence import Evidence
from reportgen.results.records import Dataset
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import PAPER_MODELS, FakeModel, make_build, with_tables


@dataclass(frozen=True)
class Drawn:
    """A synthetic build up to its planned figures."""

    facts: Facts
    dataset: Dataset
    evidence: Evidence
    specs: dict[str, FigureSpec]


def plan_build(models: tuple[FakeModel, ...], seeds: int) -> Drawn:
    """Analyse a synthetic build with bars and the whole study of confidence; plan its figures."""
    _, dataset, evidence, _ = make_build(models, seeds, n=300)
    evidence = with_tables(evidence, {"confidence": {}})
    facts = analyse(evidence).model_copy(update={"class_bars": True})
    specs = {spec.slug: spec for spec in plan_figures(facts, dataset)}
    return Drawn(facts, dataset, evidence, specs)


def with_audit(facts: Facts) -> Facts:
    """Return `facts` with published F1 scores of the first model."""
    model = next(iter(facts.models.values()))
    assert model.train_f1 is not None
    comparison = tuple(
        PublishedFigure(
            table="Table 3",
            model=model.slug,
            metric="f1",
            class_index=index,
            printed="0.9512",
            value=0.9512,
            reproduced=summary.f1,
            reproduced_on_train=model.train_f1[index],
            difference=summary.f1.mean - 0.9512,
            agrees=False,
        )
        for index, summary in enumerate(model.per_class)
    )
    audit = AuditFacts(
        source="A paper", figures=(), tables=(), agreements=(), comparison=comparison
    )
    return facts.model_copy(update={"audit": audit})


@pytest.fixture(scope="session")
def paper() -> Drawn:
    """Return four models with two seeds each, one of them bad enough to fill the gallery."""
    models = (*PAPER_MODELS[:3], FakeModel("MLP + dropout", "mlp-dropout", "mlp", 0.5, 0.25))
    drawn = plan_build(models, seeds=2)
    facts = with_audit(drawn.facts)
    specs = {spec.slug: spec for spec in plan_figures(facts, drawn.dataset)}
    return Drawn(facts, drawn.dataset, drawn.evidence, specs)


@pytest.fixture(scope="session")
def single() -> Drawn:
    """Return one model with one seed."""
    return plan_build(PAPER_MODELS[3:], seeds=1)
