"""Which model to choose: where the first metric matters most, and where computation does."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.analysis.claims.comparison import scope_text
from reportgen.analysis.claims.warnings import caution_text
from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, measure_of, name, names, pair_of

_LISTED = 3
"""Where more models than this share the lead, none is recommended."""


def advice_text(facts: Facts) -> str:
    """Return a recommendation, or nothing where the results do not support one."""
    choice = _choose(facts)
    if choice is None:
        return ""
    accurate, cheap = choice
    if cheap in accurate:
        return (
            f"These results favour {name(facts, cheap)}: no model is shown to be "
            f"{measure_of(facts).more}, and none needs less computation ({_operations(cheap)} "
            "multiply-adds for each prediction)."
        )
    others = [slug for slug in facts.verdict.leaders if slug != accurate[0]]
    known = ""
    if others:
        verb = "is" if len(others) == 1 else "are"
        rest = f"{verb} equivalent" if facts.verdict.kind == "tied" else "may be as good"
        known = f" ({names(facts, others)} {rest})"
    return capitalise(
        f"where {measure_of(facts).noun} matters most, choose {name(facts, accurate[0])}{known}; "
        "where computation is scarce, "
        f"choose {name(facts, cheap)}: a prediction takes {_operations(cheap)} multiply-adds, "
        f"against {_operations(accurate[0])} with {name(facts, accurate[0])}."
    )


def recommended_model(facts: Facts) -> str | None:
    """Return the model that is recommended where the first metric matters most, if any."""
    choice = _choose(facts)
    return choice[0][0] if choice else None


def recommendation_text(facts: Facts) -> str:
    """Return the recommendation with what it rests on; nothing where there is none."""
    choice = _choose(facts)
    if choice is None:
        return ""
    accurate, cheap = choice
    first, measure = accurate[0], measure_of(facts)
    text = f"{name(facts, first)} is recommended{_reason(facts, accurate)}"
    if cheap == first:
        return f"{text} No model needs less computation."
    key, _ = pair_of(facts, first, cheap)
    loss = measure.size(f"pairs.{key}.difference.value")
    return (
        f"{text} Where computation is scarce, {name(facts, cheap)} is the choice: it needs "
        f"{_operations(cheap)} multiply-adds instead of {_operations(first)}, at the cost of "
        f"{loss}{measure.long_unit} of {measure.noun}."
    )


def _reason(facts: Facts, accurate: Sequence[str]) -> str:
    """State why the first of the cheapest leading models is chosen among all that lead."""
    leaders, measure, first = facts.verdict.leaders, measure_of(facts), accurate[0]
    if len(leaders) == 1:
        return f", because it is shown to be {measure.more} than every other model."
    known = (
        f"{names(facts, leaders)} are equivalent in {measure.noun}"
        if facts.verdict.kind == "tied"
        else f"It is not settled which of {names(facts, leaders)} is {measure.more}"
        if len(leaders) == 2
        else f"It is not settled which of {names(facts, leaders)} is the {measure.most}"
    )
    if len(accurate) == 1:
        need = f"{_operations(first)} multiply-adds"
        return f". {known}, and of these {name(facts, first)} needs the least computation ({need})."
    need = (
        "they need the same amount of computation"
        if len(accurate) == len(leaders)
        else f"of these, {names(facts, accurate)} need the least computation"
    )
    return f". {known}; {need}, so the choice rests on the better mean alone."


def _choose(facts: Facts) -> tuple[list[str], str] | None:
    """Return the cheapest of the leading models, best first, and the best of the cheapest models.

    None where a model failed or has a single run, where the data stand in for others, where the
    computation of a model is unknown or all need the same, where many models lead, or where the
    cheapest model is not shown to be worse.
    """
    leaders = facts.verdict.leaders
    operations = {
        slug: model.summary.multiply_adds for slug, model in facts.models.items() if model.summary
    }
    if facts.dataset.stand_in_for or caution_text(facts) or scope_text(facts):
        return None
    if len(operations) < len(facts.models) or len(leaders) > _LISTED:
        return None
    if len(set(operations.values())) == 1:
        return None
    cheapest = _unbeaten(facts, _cheapest(operations, facts.verdict.ranking))
    accurate = _cheapest(operations, leaders)
    if accurate[0] in cheapest:
        return accurate, accurate[0]
    beaten = any(pair_of(facts, slug, cheapest[0])[1].winner == slug for slug in accurate)
    return (accurate, cheapest[0]) if beaten else None


def _cheapest(operations: dict[str, int], slugs: Sequence[str]) -> list[str]:
    """Return those of the models that need the least computation."""
    least = min(operations[slug] for slug in slugs)
    return [slug for slug in slugs if operations[slug] == least]


def _unbeaten(facts: Facts, slugs: Sequence[str]) -> list[str]:
    """Return the models that none of the others is shown to be better than."""
    return [
        slug
        for slug in slugs
        if all(pair_of(facts, slug, other)[1].winner != other for other in slugs if other != slug)
    ]


def _operations(slug: str) -> str:
    return mark(f"models.{slug}.summary.multiply_adds", "magnitude")
