"""A synthetic report of four models, with figures, for the tests of this room."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reportgen.figures.drawing import draw_svg
from reportgen.report.carried import pack
from reportgen.report.view import View, make_view
from reportgen.results.presentation import Presentation
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import PAPER_MODELS, FakeModel, make_build

MODELS = (*PAPER_MODELS[:3], FakeModel("MLP + dropout", "mlp-dropout", "mlp", 0.5, 0.25))
"""The last one is so bad that every comparison with it has a winner."""


def synthetic_view(
    models: Sequence[FakeModel] = MODELS, seeds: int = 2, figures: Collection[str] = ()
) -> View:
    """Return the view of a synthetic build that shows the figures of the given slugs."""
    _, dataset, evidence, _ = make_build(models, seeds, n=300, baseline=True)
    facts = analyse(evidence)
    specs = [spec for spec in plan_figures(facts, dataset) if spec.slug in figures]
    carried = pack(evidence, Presentation("paper", "python -m reportgen build paper"))
    return make_view(carried, facts, [(spec, draw_svg(spec)) for spec in specs])
