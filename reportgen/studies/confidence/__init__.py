"""Confidence: whether a model that is 90 % sure is right in 90 % of cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from reportgen.studies.confidence.claims import confidence_claims
from reportgen.studies.confidence.figures import confidence_figures
from reportgen.studies.confidence.records import ConfidenceFacts
from reportgen.studies.study import Study, StudyInputs, StudySettings


class ConfidenceSettings(StudySettings):
    """The table `[studies.confidence]`."""

    extended: bool = True
    """Whether the study goes beyond calibration; without a table it does not."""
    coverage: Annotated[float, Field(ge=0.5, lt=1)] = 0.99
    """In what share of cases conformal sets are to hold the true class."""


def _analyse(given: StudyInputs) -> ConfidenceFacts:
    from reportgen.studies.confidence.measures import measure_confidence

    return measure_confidence(given)


study = Study(
    name="confidence",
    analyse=_analyse,
    result=ConfidenceFacts,
    claims=confidence_claims,
    figures=confidence_figures,
    section=Path(__file__).with_name("section.md.j2").read_text(encoding="utf-8"),
    settings=ConfidenceSettings,
    automatic={"extended": False},
)
