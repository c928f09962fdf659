"""Put the facts of a report together: the analysis, then its studies, then all claims."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel

from reportgen.analysis.assembly import compute_numbers, prepare
from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.facts import Claim, Facts, OwnStudy
from reportgen.analysis.numbers import plain_claim
from reportgen.config.schema import Experiment
from reportgen.config.studies import OWN_NAME, known_studies
from reportgen.figures import FigureSpec
from reportgen.figures.generic import check_figure
from reportgen.results.evidence import CustomStudy, Evidence
from reportgen.studies import asked_studies
from reportgen.studies.presentation import study_claims
from reportgen.studies.study import CannotStudy, StudyInputs

MOST_FIGURES = 20
"""Of one study of the user's own."""


def assemble(evidence: Evidence) -> Facts:
    """Return all facts, claims included.

    Raises ValueError or ReportgenError where a study of the user's own cannot be printed.
    """
    return finish(compute(evidence), evidence.header.custom_studies)


def compute(evidence: Evidence) -> StudyInputs:
    """Return the facts without claims and studies of the user's own, and what these are made of."""
    experiment = Experiment.model_validate(evidence.header.experiment)
    models, inputs = prepare(evidence, experiment)
    facts = compute_numbers(evidence, experiment, models, inputs)
    given = StudyInputs(evidence, experiment, models, inputs, facts, None)
    studies: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for study, settings in asked_studies(experiment):
        try:
            studies[study.name] = plain(study.analyse(replace(given, settings=settings)))
        except CannotStudy as reason:
            if study.name in experiment.studies:
                left_out[study.name] = str(reason)
    update = {"studies": studies, "studies_left_out": left_out}
    return replace(given, facts=facts.model_copy(update=update))


def finish(given: StudyInputs, own: Sequence[CustomStudy]) -> Facts:
    """Return the facts with studies of the user's own, which were run before, and all claims.

    Raises ValueError or ReportgenError where one of them cannot be printed.
    """
    facts = given.facts
    further: list[Claim] = []
    for record in own:
        study = _read_study(record)
        if record.left_out:
            left_out = {**facts.studies_left_out, record.name: record.left_out}
            facts = facts.model_copy(update={"studies_left_out": left_out})
            continue
        facts = with_result(facts, record.name, record.result)
        shown = {**facts.own_studies, record.name: study}
        facts = facts.model_copy(update={"own_studies": shown})
        # The conclusion lists them apart from reportgen's own sentences.
        further += [
            claim.model_copy(update={"concluding": False}) for claim in _read_claims(record)
        ]
        for text in (study.question, *(claim.text for claim in further)):
            plain_claim(text, facts)
        for figure in study.figures:
            plain_claim(figure["caption"], facts)
    made = make_claims(facts, given.experiment, (*study_claims(facts), *further))
    return facts.model_copy(update={"claims": made})


def _read_study(record: CustomStudy) -> OwnStudy:
    """Return how a study of the user's own is presented; raises ValueError where it cannot be.

    It may come from an untrusted report. What is read can be printed: names and slugs are apart
    from those of reportgen's own, and figures are of the kinds whose data are checked.
    """
    if not OWN_NAME.fullmatch(record.name) or record.name in known_studies():
        raise ValueError(f"no study of one's own can be called {record.name!r}")
    claims = tuple(_read_claims(record))
    return OwnStudy(
        reference=record.reference,
        title=record.title,
        question=record.question,
        section=record.section,
        claims=tuple(claim.id for claim in claims),
        concluding=tuple(claim.id for claim in claims if claim.concluding),
        figures=tuple(spec.model_dump(mode="json") for spec in _read_figures(record)),
    )


def _read_claims(record: CustomStudy) -> Iterator[Claim]:
    """Yield the claims of a study.

    Raises ValueError for one that is named as if it were another's.
    """
    for each in record.claims:
        claim = Claim.model_validate(each)
        if claim.id != record.name and not claim.id.startswith(f"{record.name}."):
            raise ValueError(
                f"a claim is called {claim.id!r}; call it {record.name!r}, or begin with "
                f"'{record.name}.'"
            )
        yield claim


def _read_figures(record: CustomStudy) -> Iterator[FigureSpec]:
    """Yield the figures of a study, their slugs beginning with that of the study.

    Raises ValueError for a kind that only reportgen's own figures have, or data that do not fit.
    """
    slugs: set[str] = set()
    if len(record.figures) > MOST_FIGURES:
        raise ValueError(f"a study has more than {MOST_FIGURES} figures")
    for each in record.figures:
        spec = check_figure(FigureSpec.model_validate(each))
        if not OWN_NAME.fullmatch(spec.slug) or spec.slug in slugs:
            raise ValueError(
                f"a figure is called {spec.slug!r}; give each a name of its own, of lower-case "
                "letters, digits and hyphens"
            )
        slugs.add(spec.slug)
        # No study's name holds two hyphens: the figures of two studies have different slugs.
        yield spec.model_copy(update={"slug": f"study-{record.name}--{spec.slug}"})


def with_result(facts: Facts, name: str, result: Any) -> Facts:
    """Return the facts with the numbers of one more study."""
    return facts.model_copy(update={"studies": {**facts.studies, name: result}})


def plain(result: Any) -> Any:
    """Return a study's numbers as JSON reads them back.

    Raises TypeError or ValueError for what JSON lacks.
    """
    found = result.model_dump(mode="json") if isinstance(result, BaseModel) else result
    return json.loads(json.dumps(found, allow_nan=False, default=_without_numpy))


def _without_numpy(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no such value")
