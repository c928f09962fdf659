"""A sweep: which configurations were tried, which was selected, what mattered.

Its runs are made before the report is planned (`reportgen.pipeline.sweep`).
"""

from __future__ import annotations

from reportgen.studies.study import Deferred, Study
from reportgen.studies.sweep.claims import sweep_claims
from reportgen.studies.sweep.figures import sweep_figures
from reportgen.studies.sweep.records import SweepFacts

study = Study(
    name="sweep",
    title="Selection of settings",
    analyse=Deferred("reportgen.studies.sweep.measures:measure_sweep"),
    result=SweepFacts,
    claims=sweep_claims,
    figures=sweep_figures,
    automatic={},
)
