"""The 2×2 design: what architecture and dropout do, and whether dropout does the same in both."""

from __future__ import annotations

from reportgen.studies.design.claims import design_claims
from reportgen.studies.design.records import DesignFacts
from reportgen.studies.study import Deferred, Study

study = Study(
    name="design",
    analyse=Deferred("reportgen.studies.design.effects:measure_design"),
    result=DesignFacts,
    claims=design_claims,
    # What the experiment was designed to find out comes before what else was studied.
    place=31,
    automatic={},
)
