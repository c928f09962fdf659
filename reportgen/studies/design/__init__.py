"""The 2×2 design: what architecture and dropout do, and whether dropout does the same in both."""

from __future__ import annotations

from pathlib import Path

from reportgen.studies.design.claims import design_claims
from reportgen.studies.design.records import DesignFacts
from reportgen.studies.study import CannotStudy, Study, StudyInputs


def _analyse(given: StudyInputs) -> DesignFacts:
    from reportgen.studies.design.effects import measure_design

    found = measure_design(given.inputs, given.models)
    if found is None:
        raise CannotStudy(
            "it needs exactly four networks: two architectures, each without and with dropout"
        )
    return found


study = Study(
    name="design",
    analyse=_analyse,
    result=DesignFacts,
    claims=design_claims,
    section=Path(__file__).with_name("section.md.j2").read_text(encoding="utf-8"),
    # What the experiment was designed to find out comes before what else was studied.
    place=31,
    automatic={},
)
