"""All claims of a report: every sentence about numbers, each bound to what supports it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from reportgen.analysis.claims.advantages import advantage_claims
from reportgen.analysis.claims.audit import audit_claims
from reportgen.analysis.claims.comparison import comparison_claims
from reportgen.analysis.claims.data import data_claims
from reportgen.analysis.claims.descriptions import description_claims
from reportgen.analysis.claims.glance import glance_claims
from reportgen.analysis.claims.limitations import limitation_claims
from reportgen.analysis.claims.models import model_claims
from reportgen.analysis.claims.setting import setting_claims
from reportgen.analysis.claims.warnings import caution_claims, warning_claims
from reportgen.analysis.facts import Claim, Facts
from reportgen.config.schema import Experiment


def make_claims(
    facts: Facts, experiment: Experiment, further: Iterable[Claim] = ()
) -> dict[str, Claim]:
    """Return every claim by its id; which there are follows from the facts.

    `further` are those of studies. Raises ValueError where two claims have one id.
    """
    made = chain(
        glance_claims(facts),
        warning_claims(facts),
        comparison_claims(facts),
        caution_claims(facts),
        further,
        description_claims(facts),
        model_claims(facts),
        setting_claims(facts, experiment),
        data_claims(facts),
        audit_claims(facts),
        advantage_claims(facts, experiment),
        limitation_claims(facts),
    )
    claims: dict[str, Claim] = {}
    for claim in made:
        if claim.id in claims:
            raise ValueError(f"two claims are called {claim.id!r}")
        claims[claim.id] = claim
    return claims | {"conclusion": _conclude(claims)}


CONCLUDING = ("answer", "recommendation", "scope", "caution")
"""Ids of the claims that the conclusion is made of."""


def _conclude(claims: Mapping[str, Claim]) -> Claim:
    """Return `conclusion`: what was found, what to choose, and what it is confined to.

    What studies and the audit of published figures found follows it, as a list.
    """
    parts = [claims[claim] for claim in CONCLUDING if claim in claims]
    text = " ".join(part.text for part in parts)
    bases = dict.fromkeys(part.rests_on for part in parts)
    return Claim(id="conclusion", text=text, rests_on="; ".join(bases))
