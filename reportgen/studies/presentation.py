"""Claims, figures and sections of the studies of a report, from its facts alone."""

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
    own = (
        FigureSpec.model_validate(spec)
        for study in facts.own_studies.values()
        for spec in study.figures
    )
    return (*plan_core_figures(facts, dataset, images), *further, *own)


def study_sections(facts: Facts) -> dict[str, str]:
    """Return the section templates of a report's studies: name in the template set → text."""
    shipped = {
        f"sections/{study.place}-{study.name}.md.j2": study.section
        for study, _ in _studies_of(facts)
        if study.section
    }
    own = {
        own_section(name): study.section or _MADE_OF_CLAIMS.format(name=name)
        for name, study in facts.own_studies.items()
    }
    return shipped | own


def own_section(name: str) -> str:
    """Return the name of the section template of a study of the user's own."""
    return f"sections/{Study.place}-study-{name}.md.j2"


_MADE_OF_CLAIMS = (
    '{{% from "macros/studies.html.j2" import own_study with context %}}'
    '\n{{{{ own_study("{name}") }}}}'
)
"""The section of a study of the user's own that has no template."""


def _studies_of(facts: Facts) -> Iterator[tuple[Study, Any]]:
    for name, study in shipped_studies().items():
        if name in facts.studies:
            yield study, study.read(facts.studies[name])
