"""What the studies of a report say and show: claims, figures, sections; from its facts alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportgen.analysis.facts import Claim, Facts
from reportgen.figures import FigureSpec
from reportgen.figures import plan_figures as plan_core_figures
from reportgen.figures.plan.images import ShownImages
from reportgen.results.records import Dataset
from reportgen.studies import shipped_studies
from reportgen.studies.study import Study

PLACE = 35
"""Number of the sections of studies among those of the template set: after the results, 30, and
before the conclusion, 40."""


def study_claims(facts: Facts) -> Iterator[Claim]:
    """Yield the claims of all studies of a report."""
    for study, result in _studies_of(facts):
        yield from study.claims(facts, result)


def plan_figures(
    facts: Facts, dataset: Dataset | None, images: ShownImages | None = None
) -> tuple[FigureSpec, ...]:
    """Return every figure of a report, those of its studies last; see `reportgen.figures`."""
    further = (
        spec for study, result in _studies_of(facts) for spec in study.figures(facts, result)
    )
    return (*plan_core_figures(facts, dataset, images), *further)


def study_sections(facts: Facts) -> dict[str, str]:
    """Return the section templates of a report's studies: name in the template set → text."""
    return {
        f"sections/{PLACE}-{study.name}.md.j2": study.section
        for study, _ in _studies_of(facts)
        if study.section
    }


def _studies_of(facts: Facts) -> Iterator[tuple[Study, Any]]:
    for name, study in shipped_studies().items():
        if name in facts.studies:
            yield study, study.read(facts.studies[name])
