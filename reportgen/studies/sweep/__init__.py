"""A sweep: which configurations were tried, which was selected, what mattered.

Its runs are made before the report is planned (`reportgen.pipeline.sweep`).
"""

from __future__ import annotations

from pathlib import Path

from reportgen.studies.study import Study, StudyInputs
from reportgen.studies.sweep.claims import sweep_claims
from reportgen.studies.sweep.figures import sweep_figures
from reportgen.studies.sweep.records import SweepFacts


def _analyse(given: StudyInputs) -> SweepFacts:
    from reportgen.studies.sweep.measures import measure_sweep

    return measure_sweep(given)


study = Study(
    name="sweep",
    title="Selection of settings",
    analyse=_analyse,
    result=SweepFacts,
    claims=sweep_claims,
    figures=sweep_figures,
    section=Path(__file__).with_name("section.md.j2").read_text(encoding="utf-8"),
    automatic={},
)
