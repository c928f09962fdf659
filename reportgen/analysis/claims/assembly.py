"""All claims of a report: every sentence about numbers, each bound to what supports it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from reportgen.audit.sentences import headline
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
    return claims | {"conclusion": _conclude(facts, claims)}


def _conclude(facts: Facts, claims: Mapping[str, Claim]) -> Claim:
    """Return `conclusion`: a few sentences, each of which occurs elsewhere in the report too."""
    parts = [claims[claim] for claim in _wanted(facts, claims) if claim in claims]
    texts = [part.text for part in parts] + (headline(facts.audit) if facts.audit else [])
    bases = [part.rests_on for part in parts]
    if facts.audit:
        bases.append(claims["audit"].rests_on)
    return Claim(id="conclusion", text=" ".join(texts), rests_on="; ".join(dict.fromkeys(bases)))


def _wanted(facts: Facts, claims: Mapping[str, Claim]) -> Iterator[str]:
    """Yield the ids of the claims that the conclusion is made of: what is shown, and what not."""
    yield "answer"
    yield "certainty"
    yield "scope"
    yield "caution"
    yield from (name for name, claim in claims.items() if claim.concluding)
    pairs = facts.pairs.values()
    undecided = any(pair.verdict == "undecided" and not pair.identical for pair in pairs)
    if len(facts.verdict.leaders) > 1 and undecided:
        yield "limits"
