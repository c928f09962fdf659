"""Put the facts of a report together: the analysis, then its studies, then all claims."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from reportgen.analysis.assembly import compute_numbers, prepare
from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.facts import Facts
from reportgen.config.schema import Experiment
from reportgen.results.evidence import Evidence
from reportgen.studies import shipped_studies
from reportgen.studies.presentation import study_claims
from reportgen.studies.study import CannotStudy, Study, StudyInputs


def assemble(evidence: Evidence) -> Facts:
    """Return all facts, claims included."""
    experiment = Experiment.model_validate(evidence.header.experiment)
    models, inputs = prepare(evidence, experiment)
    facts = compute_numbers(evidence, experiment, models, inputs)

    def given(settings: Any) -> StudyInputs:
        return StudyInputs(evidence, experiment, models, inputs, facts, settings)

    studies: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for name, study in shipped_studies().items():
        table = experiment.studies.get(name)
        settings = _settings(study, table)
        if settings is None:
            continue
        try:
            studies[name] = _plain(study.analyse(given(settings)))
        except CannotStudy as reason:
            if table is not None:
                left_out[name] = str(reason)
    facts = facts.model_copy(update={"studies": studies, "studies_left_out": left_out})
    claims = make_claims(facts, experiment, study_claims(facts))
    return facts.model_copy(update={"claims": claims})


def _settings(study: Study, table: Mapping[str, Any] | None) -> Any:
    """Return the settings of a study that is to run, else None."""
    if table is None and not study.automatic:
        return None
    settings = study.settings.model_validate(table or {})
    return settings if settings.enabled else None


def _plain(result: Any) -> Any:
    """Return a study's numbers as JSON reads them back; raises ValueError for what JSON lacks."""
    plain = result.model_dump(mode="json") if isinstance(result, BaseModel) else result
    return json.loads(json.dumps(plain, allow_nan=False))
