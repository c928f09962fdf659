"""The claim put together from others: the conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reportgen.analysis.facts import Claim, Facts
from reportgen.audit.sentences import headline


def conclusion_claims(facts: Facts, claims: Mapping[str, Claim]) -> Iterator[Claim]:
    """Yield `conclusion`: a few sentences, each of which occurs elsewhere in the report too."""
    parts = [claims[claim] for claim in _wanted(facts, claims) if claim in claims]
    texts = [part.text for part in parts] + (headline(facts.audit) if facts.audit else [])
    bases = [part.rests_on for part in parts]
    if facts.audit:
        bases.append(claims["audit"].rests_on)
    yield Claim(id="conclusion", text=" ".join(texts), rests_on="; ".join(dict.fromkeys(bases)))


def _wanted(facts: Facts, claims: Mapping[str, Claim]) -> Iterator[str]:
    """Yield the ids of the claims that the conclusion is made of: what is shown, and what not."""
    yield "answer"
    yield "certainty"
    yield "caution"
    yield from (name for name, claim in claims.items() if claim.concluding)
    if len(facts.verdict.leaders) > 1 and _has_open_pairs(facts):
        yield "limits"
    if any(m.overfitting and m.overfitting.gap_interval.low > 0 for m in facts.models.values()):
        yield "overfitting"


def _has_open_pairs(facts: Facts) -> bool:
    return any(pair.verdict == "undecided" and not pair.identical for pair in facts.pairs.values())
