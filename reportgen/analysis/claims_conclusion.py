"""Claims put together from others: the conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reportgen.analysis.facts import Claim, Facts

_CONCLUDING = ("verdict", "interaction", "overfitting", "audit")
"""Claims that the conclusion is made of, where they exist."""


def conclusion_claims(_facts: Facts, claims: Mapping[str, Claim]) -> Iterator[Claim]:
    """Yield `conclusion`: two to four sentences, each a claim of its own elsewhere."""
    parts = [claims[claim] for claim in _CONCLUDING if claim in claims]
    yield Claim(
        id="conclusion",
        text=" ".join(part.text for part in parts),
        rests_on="; ".join(dict.fromkeys(part.rests_on for part in parts)),
    )
