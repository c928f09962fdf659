"""All claims of a report: every sentence about numbers, each bound to what it rests on."""

from __future__ import annotations

from itertools import chain

from reportgen.analysis.claims.audit import audit_claims
from reportgen.analysis.claims.cautions import caution_claims
from reportgen.analysis.claims.comparison import comparison_claims
from reportgen.analysis.claims.conclusion import conclusion_claims
from reportgen.analysis.claims.data import data_claims
from reportgen.analysis.claims.descriptions import description_claims
from reportgen.analysis.claims.design import design_claims
from reportgen.analysis.claims.models import model_claims
from reportgen.analysis.claims.setting import setting_claims
from reportgen.analysis.facts import Claim, Facts
from reportgen.config.schema import Experiment


def make_claims(facts: Facts, experiment: Experiment) -> dict[str, Claim]:
    """Return every claim by its id; which there are follows from the facts."""
    made = chain(
        comparison_claims(facts),
        caution_claims(facts),
        design_claims(facts),
        description_claims(facts),
        model_claims(facts),
        setting_claims(facts, experiment),
        data_claims(facts),
        audit_claims(facts),
    )
    claims = {claim.id: claim for claim in made}
    return claims | {claim.id: claim for claim in conclusion_claims(facts, claims)}
