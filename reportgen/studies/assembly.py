"""Put the facts of a report together: the analysis, then its studies, then all claims."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel

from reportgen.analysis.assembly import compute_numbers, prepare
from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.config.schema import Experiment
from reportgen.results.evidence import CustomStudy, Evidence
from reportgen.studies import shipped_studies
from reportgen.studies.carried import read_claims, read_study
from reportgen.studies.presentation import study_claims
from reportgen.studies.study import CannotStudy, StudyInputs


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
    for name, study in shipped_studies().items():
        table = experiment.studies.get(name)
        settings = study.settings_in(table)
        if settings is None:
            continue
        try:
            studies[name] = plain(study.analyse(replace(given, settings=settings)))
        except CannotStudy as reason:
            if table is not None:
                left_out[name] = str(reason)
    update = {"studies": studies, "studies_left_out": left_out}
    return replace(given, facts=facts.model_copy(update=update))


def finish(given: StudyInputs, own: Sequence[CustomStudy]) -> Facts:
    """Return the facts with studies of the user's own, which were run before, and all claims.

    Raises ValueError or ReportgenError where one of them cannot be printed.
    """
    facts = given.facts
    further: list[Claim] = []
    for record in own:
        study = read_study(record)
        if record.left_out:
            left_out = {**facts.studies_left_out, record.name: record.left_out}
            facts = facts.model_copy(update={"studies_left_out": left_out})
            continue
        facts = with_result(facts, record.name, record.result)
        shown = {**facts.own_studies, record.name: study}
        facts = facts.model_copy(update={"own_studies": shown})
        # The conclusion lists them apart from reportgen's own sentences.
        further += [claim.model_copy(update={"concluding": False}) for claim in read_claims(record)]
        for text in (study.question, *(claim.text for claim in further)):
            plain_claim(text, facts)
        for figure in study.figures:
            plain_claim(figure["caption"], facts)
    claims = make_claims(facts, given.experiment, (*study_claims(facts), *further))
    return facts.model_copy(update={"claims": claims})


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
