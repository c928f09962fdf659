"""Which model to choose: where accuracy matters most, and where computation does."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.analysis.claims.comparison import scope_text
from reportgen.analysis.claims.warnings import caution_text
from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, join, measure_of, name, pair_of

_LISTED = 3
"""Models with a shared lead that are named; of more, none is recommended."""


def advice_text(facts: Facts) -> str:
    """Return a recommendation, or nothing where the results do not support one.

    They do not where a model failed or has a single run, where the data stand in for others, where
    the computation of a model is unknown or all need the same, or where many models lead.
    """
    leaders = facts.verdict.leaders
    operations = {
        slug: model.summary.multiply_adds for slug, model in facts.models.items() if model.summary
    }
    if facts.dataset.stand_in_for or caution_text(facts) or scope_text(facts):
        return ""
    if len(operations) < len(facts.models) or len(leaders) > _LISTED:
        return ""
    least = min(operations.values())
    if max(operations.values()) == least:
        return ""
    cheapest = _unbeaten(
        facts, [slug for slug in facts.verdict.ranking if operations[slug] == least]
    )
    both = [slug for slug in cheapest if slug in leaders]
    if both:
        return _one_choice(facts, both[0])
    return _two_choices(facts, cheapest[0])


def _unbeaten(facts: Facts, slugs: Sequence[str]) -> list[str]:
    """Return the models that none of the others is shown to be better than."""
    return [
        slug
        for slug in slugs
        if all(pair_of(facts, slug, other)[1].winner != other for other in slugs if other != slug)
    ]


def _one_choice(facts: Facts, slug: str) -> str:
    return (
        f"These results favour {name(facts, slug)}: no model is shown to be "
        f"{measure_of(facts).more}, and none needs less computation ({_operations(slug)} "
        "multiply-adds for each prediction)."
    )


def _two_choices(facts: Facts, cheapest: str) -> str:
    """Return the choice for accuracy and the one for computation, and what the second saves."""
    leaders, measure = facts.verdict.leaders, measure_of(facts)
    better = [slug for slug in leaders if pair_of(facts, slug, cheapest)[1].winner == slug]
    if not better:
        return ""
    lead = join([name(facts, slug) for slug in leaders], "or")
    return capitalise(
        f"where {measure.noun} matters most, choose {lead}; where computation is scarce, choose "
        f"{name(facts, cheapest)}: a prediction takes {_operations(cheapest)} multiply-adds, "
        f"against {_operations(better[0])} with {name(facts, better[0])}."
    )


def _operations(slug: str) -> str:
    return mark(f"models.{slug}.summary.multiply_adds", "magnitude")
