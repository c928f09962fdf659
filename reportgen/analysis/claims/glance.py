"""The claims of the page at a glance: the answer to the title's question, and how certain it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.analysis.claims.advice import advice_text, recommendation_text
from reportgen.analysis.claims.comparison import best_of, scope_text, score_interval
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import (
    PAIRED,
    applying_claims,
    are_identical,
    count_word,
    counted,
    is_higher_better,
    join,
    measure_of,
    name,
    names,
    pair_of,
    reads_digits,
    same_runs,
    score_of,
    size_interval,
    subjects_tested,
)
from reportgen.wording import architecture_title, capitalise

LEAST_LEAD = 1e-12
"""A smaller difference is due to rounding alone."""
_NAMED = 4
"""A sentence names up to this many leading models; of more, their number."""


def glance_claims(facts: Facts) -> Iterator[Claim]:
    """Return `answer`, `certainty` and, if any, `scope`, `advice` and `recommendation`."""
    several = len(facts.models) > 1
    basis = PAIRED if several else f"interval of the {measure_of(facts).noun}"
    costed = f"{basis}; multiply-adds of the layers"
    found = {
        "answer": (_answer(facts), basis),
        "certainty": (_lead(facts) if several else _single_certainty(facts), basis),
        "scope": (scope_text(facts), "the number of runs of each model"),
        "advice": (advice_text(facts), costed),
        "recommendation": (recommendation_text(facts), costed),
    }
    return applying_claims(found)


def _answer(facts: Facts) -> str:
    ranking, leaders = facts.verdict.ranking, facts.verdict.leaders
    if len(ranking) == 1:
        return _single(facts, ranking[0])
    split = _split_by_architecture(facts)
    if split is not None:
        return _architectures(facts, *split)
    if len(leaders) == 1:
        return _best(facts)
    if are_identical(facts, leaders) and len(leaders) == len(ranking):
        same = same_runs(facts, ranking[0])
        return (
            f"{names(facts, ranking)} are {same}, so there is no difference between them: "
            f"{_results(facts, ranking[:1], first='each')}."
        )
    if facts.verdict.kind == "tied":
        measure = measure_of(facts)
        good = "accurate" if facts.primary == "accuracy" else f"good in {measure.noun}"
        return (
            f"{_leaders(facts)} are equally {good}, to within the margin of "
            f"{measure.margin}: {_results(facts, _ends(leaders))}."
        )
    which = "which model" if leaders == ranking else f"which of {_leaders(facts)}"
    measure = measure_of(facts)
    degree = measure.more if len(leaders) == 2 else f"the {measure.most}"
    differ = pair_of(facts, *_ends(leaders))[1].difference.value != 0
    doubt = ", and chance alone could explain the difference" if differ else ""
    return f"It is not settled {which} is {degree}: {_results(facts, _ends(leaders))}{doubt}."


def _single(facts: Facts, slug: str) -> str:
    share = f" and gets {score_of(facts, slug)} right" if facts.primary == "accuracy" else ""
    return f"{capitalise(_results(facts, (slug,)))}{share}."


def _best(facts: Facts) -> str:
    first_two = facts.verdict.ranking[:2]
    place = "{}" if len(facts.models) == 2 else "the next best model, {},"
    results = _results(facts, first_two, place)
    return f"{name(facts, first_two[0])} {best_of(facts)}: {results}."


def _architectures(facts: Facts, better: str, worse: str) -> str:
    first, second = (_models_of(facts, each) for each in (better, worse))
    verb = "is" if len(_members(facts, better)) == 1 else "are"
    best = _results(facts, _headline_pair(facts))
    return f"{capitalise(first)} {verb} {measure_of(facts).more} than {second}: {best}."


def _models_of(facts: Facts, architecture: str) -> str:
    """Return `CNN`, `both CNN models`, `all five CNN models`."""
    members = _members(facts, architecture)
    if len(members) == 1:
        return name(facts, members[0])
    every = "both" if len(members) == 2 else f"all {count_word(len(members))}"
    return f"{every} {literal(architecture_title(architecture))} models"


def _members(facts: Facts, architecture: str) -> list[str]:
    return [slug for slug, model in facts.models.items() if model.architecture == architecture]


def _split_by_architecture(facts: Facts) -> tuple[str, str] | None:
    """Return two architectures of which every model of the first beats each of the second."""
    kinds = list(dict.fromkeys(model.architecture for model in facts.models.values()))
    if len(kinds) != 2 or len(facts.models) == 2 or None in kinds:
        return None
    one, other = (kind for kind in kinds if kind is not None)
    for better, worse in ((one, other), (other, one)):
        if all(
            pair_of(facts, first, second)[1].winner == first
            for first in _members(facts, better)
            for second in _members(facts, worse)
        ):
            return better, worse
    return None


def _leaders(facts: Facts) -> str:
    """Return `A, B and C`, or `the six models that lead`."""
    leaders = facts.verdict.leaders
    if len(leaders) <= _NAMED:
        return names(facts, leaders)
    return f"the {counted(len(leaders), 'model')} that lead"


def _ends(slugs: tuple[str, ...]) -> tuple[str, ...]:
    return (slugs[0], slugs[-1])


def _results(facts: Facts, slugs: Sequence[str], second: str = "{}", first: str = "{}") -> str:
    """Return `of 10,000 test digits, CNN misreads 101 and MLP misreads 266`.

    `second` has a place for the second name, `first` for the first. The verb is repeated: names
    may end in a number.
    """
    total = f"{mark('dataset.test', 'integer')} {subjects_tested(facts)}"
    best, *others = (name(facts, slug) for slug in slugs)
    known = [first.format(best), *map(second.format, others)]
    if facts.primary != "accuracy":
        scores = [score_of(facts, slug) for slug in slugs]
        listed = [f"{score} for {who}" for score, who in zip(scores, known, strict=True)]
        return f"on {total} the {measure_of(facts).noun} is {join(listed)}"
    verb = "misreads" if reads_digits(facts) else "misclassifies"
    errors = [mark(f"models.{slug}.errors.mean", "integer") for slug in slugs]
    listed = [f"{who} {verb} {count}" for who, count in zip(known, errors, strict=True)]
    return f"of {total}, {join(listed)}"


def _single_certainty(facts: Facts) -> str:
    """Return how far the answer about one model may be off."""
    measure, slug = measure_of(facts), facts.verdict.ranking[0]
    shown = score_interval(facts, slug)
    return f"With other {subjects_tested(facts)} the {measure.noun} could differ ({shown})."


def _lead(facts: Facts) -> str:
    """Describe the best model's lead over the one that it is set against, and over the second."""
    first, second = _headline_pair(facts)
    others = dict.fromkeys((second, facts.verdict.ranking[1]))
    return " ".join(
        _lead_over(facts, first, other, is_named=not place) for place, other in enumerate(others)
    )


def _lead_over(facts: Facts, first: str, second: str, is_named: bool) -> str:
    """Describe one lead; where the sentence before has `first` as its subject, by a pronoun."""
    measure = measure_of(facts)
    key, pair = pair_of(facts, first, second)
    if pair.identical:
        return f"{names(facts, (first, second))} do not differ in any prediction."
    path = f"pairs.{key}.difference"
    if abs(pair.difference.value) < LEAST_LEAD:
        equivalent = f", within the margin of {measure.margin}"
        rest = equivalent if pair.verdict == "equivalent" else ", but may differ"
        shown = measure.interval_from(first, key, pair)
        return f"{names(facts, (first, second))} are level in {measure.noun}{rest} ({shown})."
    size = f"{measure.size(f'{path}.value')}{measure.long_unit}"
    if pair.verdict == "better":
        subject = name(facts, first) if is_named else "It"
        span = size_interval(path, pair.difference.value, measure.size_format)
        return (
            f"{subject} leads {name(facts, second)} by {size} ({span}), more than chance would "
            "explain."
        )
    if pair.verdict == "equivalent":
        doubt = f"is within the margin of {measure.margin}"
    elif pair.difference.low > 0 or pair.difference.high < 0:
        doubt = "may be due to chance, given the number of pairs compared"
    else:
        doubt = "may be due to chance"
    lead = f"The lead of {name(facts, first)}" if is_named else "Its lead"
    # By how much the better value is ahead, not by how much it is higher.
    ahead = first if is_higher_better(facts) else second
    span = measure.interval_from(ahead, key, pair)
    return f"{lead} over {name(facts, second)}, {size} ({span}), {doubt}."


def _headline_pair(facts: Facts) -> tuple[str, str]:
    """Return the best model, and the best one that the answer sets it against."""
    ranking = facts.verdict.ranking
    split = _split_by_architecture(facts)
    if split is None:
        return ranking[0], ranking[1]
    losers = _members(facts, split[1])
    return ranking[0], next(slug for slug in ranking if slug in losers)
