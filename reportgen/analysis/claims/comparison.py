"""Claims that compare models: the verdict, the ranking, and one for each pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from reportgen.analysis.facts import Claim, Facts, PairFacts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import (
    LARGEST_STATED,
    MOST_RANKED,
    PAIRED,
    applying_claims,
    are_identical,
    count_word,
    counted,
    examples,
    interval,
    is_higher_better,
    join,
    measure_of,
    name,
    names,
    over_seeds,
    pair_of,
    plural,
    same_runs,
    score_of,
    size_interval,
    these_runs,
)

_LISTED = 6
"""A sentence lists up to this many leading models; of more, only the first and the last."""


def comparison_claims(facts: Facts) -> Iterator[Claim]:
    """Return `verdict`, `ranking` and `pair.<first>--<second>` for every pair."""
    noun = measure_of(facts).noun
    alone = f"interval of the {noun} over test examples"
    found = {
        "verdict": (verdict_text(facts), PAIRED if facts.pairs else alone),
        "ranking": (_ranking(facts), f"mean {noun} over seeds; {PAIRED}"),
        **{f"pair.{key}": (pair_text(facts, key), PAIRED) for key in facts.pairs},
    }
    return applying_claims(found)


def verdict_text(facts: Facts) -> str:
    """Return the verdict of the report, and what it is about where a model has a single run."""
    return f"{_verdict(facts)} {scope_text(facts)}".rstrip()


def scope_text(facts: Facts) -> str:
    """Return the sentence that confines a verdict to the runs as they are.

    Empty where every model has several, and where models with the same runs leave nothing open.
    """
    slugs = list(facts.models)
    single = [slug for slug in slugs if facts.models[slug].has_single_run]
    if not single or (len(slugs) > 1 and are_identical(facts, slugs)):
        return ""
    every = len(single) == len(slugs)
    whose = "each model" if every and len(single) > 1 else names(facts, single)
    left_out = "" if every else ", so variation between seeds is not counted"
    given = all(facts.models[slug].kind == "predictions" for slug in slugs)
    one, another = ("set of predictions", "training run") if given else ("run", "seed")
    return (
        f"This holds only for {these_runs(facts, slugs)}: there is one {one} of {whose}{left_out}, "
        f"and another {another} could {'reverse' if len(slugs) > 1 else 'change'} it."
    )


def _verdict(facts: Facts) -> str:
    if len(facts.models) == 1:
        return _single(facts)
    if len(facts.verdict.leaders) == 1:
        return _best(facts)
    if len(facts.models) == 2:
        return _level_pair(facts)
    return _shared_lead(facts)


def _single(facts: Facts) -> str:
    slug = facts.verdict.ranking[0]
    scores = score_interval(facts, slug)
    return (
        f"{name(facts, slug)} {_achieve(facts, [slug])}, {over_seeds(facts)} ({scores}); "
        "there is no other model to compare it with."
    )


def _best(facts: Facts) -> str:
    measure, (winner, second) = measure_of(facts), facts.verdict.ranking[:2]
    key, pair = pair_of(facts, winner, second)
    other = "" if len(facts.models) == 2 else f" than the next best, {name(facts, second)}"
    path = f"pairs.{key}.difference"
    by = "more" if facts.primary == "accuracy" else "better"
    return (
        f"{name(facts, winner)} {best_of(facts)}: {over_seeds(facts, winner)} it "
        f"{_achieve(facts, [winner])}, "
        f"{measure.size(f'{path}.value')}{measure.long_unit} {by}{other} "
        f"({size_interval(path, pair.difference.value, measure.size_format)})."
    )


def best_of(facts: Facts) -> str:
    """Return what the best model is: `the most accurate of the three models`."""
    measure, ranking = measure_of(facts), facts.verdict.ranking
    if len(ranking) == 2:
        return f"is {measure.more} than {name(facts, ranking[1])}"
    return f"is the {measure.most} of the {counted(len(ranking), 'model')}"


def _level_pair(facts: Facts) -> str:
    """Return the verdict on two models of which none is better."""
    key, pair = next(iter(facts.pairs.items()))
    measure = measure_of(facts)
    if pair.identical:
        return f"{pair_text(facts, key)} Both {_achieve(facts, [pair.first], together=True)}."
    equivalent = f"are equivalent in {measure.noun}, within the margin of {measure.margin}"
    undecided = f"are not shown to differ in {measure.noun}"
    both = (pair.first, pair.second)
    return (
        f"{names(facts, both)} "
        f"{equivalent if pair.verdict == 'equivalent' else undecided}: {over_seeds(facts)} they "
        f"{_achieve(facts, both, together=True)}, a difference of {_signed_difference(facts, key)}."
    )


def _shared_lead(facts: Facts) -> str:
    leaders = facts.verdict.leaders
    scored = [f"{name(facts, slug)} ({score_of(facts, slug)})" for slug in leaders]
    shares = join(scored)
    if len(scored) > _LISTED:
        shares = f"{counted(len(scored), 'model')}, from {scored[0]} to {scored[-1]},"
    relation = _relation(facts, leaders)
    every = len(leaders) == len(facts.models)
    if facts.verdict.kind != "tied":
        start = f"It is not settled which model is the {measure_of(facts).most}"
        if every:
            return f"{start}: of {shares.rstrip(',')}, {relation}."
        return f"{start}: {shares} lead, but {relation}{_others(facts)}."
    if every:
        return f"No model is better than another: {shares}; {relation}."
    return f"{shares} share the lead: {relation}{_others(facts)}."


def _relation(facts: Facts, slugs: tuple[str, ...]) -> str:
    """Return how models compare of which none is shown to be better."""
    pairs = [pair_of(facts, *both)[1] for both in combinations(slugs, 2)]
    between = "the two" if len(slugs) == 2 else "them"
    if all(pair.identical for pair in pairs):
        same = same_runs(facts, slugs[0])
        return f"they are {same}, so there is no difference between {between}"
    if all(pair.identical or pair.verdict == "equivalent" for pair in pairs):
        margin = measure_of(facts).margin
        return f"any difference between {between} is smaller than the margin of {margin}"
    key, widest = pair_of(facts, slugs[0], slugs[-1])
    difference = f"{name(facts, slugs[0])} against {name(facts, slugs[-1])}"
    shown = f"({difference}: {measure_of(facts).difference_from(slugs[0], key, widest)})"
    if any(pair.verdict == "better" for pair in pairs):
        # One that leads with the best is beaten by a model that the best beats, not by the best.
        return f"{name(facts, slugs[0])} is not shown to be better than {names(facts, slugs[1:])}"
    neither = (
        "neither is shown to be better than the other"
        if len(slugs) == 2
        else "none is shown to be better than another"
    )
    if any(pair.difference.low > 0 or pair.difference.high < 0 for pair in pairs):
        return f"after correction for the number of comparisons, {neither} {shown}"
    return f"{neither} {shown}"


def _others(facts: Facts) -> str:
    leaders = facts.verdict.leaders
    others = [slug for slug in facts.verdict.ranking if slug not in leaders]
    if not others:
        return ""
    beaten = [
        [pair_of(facts, leader, other)[1].winner == leader for leader in leaders]
        for other in others
    ]
    if all(map(all, beaten)):
        every = "both" if len(leaders) == 2 else f"all {count_word(len(leaders))}"
        return f"; {every} are {measure_of(facts).more} than {names(facts, others)}"
    which = name(facts, others[0]) if len(others) == 1 else "each of the other models"
    # A model may be beaten by one that leaders beat, and by no leader itself.
    whom = "at least one of them" if all(map(any, beaten)) else "at least one other model"
    return f"; {which} is {measure_of(facts).less} than {whom}"


def _ranking(facts: Facts) -> str:
    ranking = facts.verdict.ranking
    if len(ranking) == 1:
        slug = ranking[0]
        return f"{name(facts, slug)} {_achieve(facts, [slug])}."
    scored = [f"{name(facts, slug)} ({score_of(facts, slug)})" for slug in ranking]
    ends = ("highest", "lowest") if is_higher_better(facts) else ("lowest", "highest")
    (order, last), measure = ends, measure_of(facts).noun
    if len(ranking) > MOST_RANKED:
        first = join(scored[:3])
        start = f"Mean {measure} is {order} for {first}, and {last} for {scored[-1]}."
        return f"{start}{_settled_neighbours(facts)}"
    return f"By mean {measure}, {order} first: {join(scored)}.{_unsettled(facts)}"


def _settled_neighbours(facts: Facts) -> str:
    verdicts = [pair_of(facts, *both)[1].verdict for both in pairwise(facts.verdict.ranking)]
    count = sum(verdict != "better" for verdict in verdicts)
    if not count:
        return f" Each model is shown to be {measure_of(facts).more} than the one after it."
    every = count_word(len(verdicts))
    return f" The order is not settled in {count_word(count)} of {every} pairs of neighbours."


def _unsettled(facts: Facts) -> str:
    neighbours = [
        (names(facts, [one, other]), pair_of(facts, one, other)[1])
        for one, other in pairwise(facts.verdict.ranking)
    ]
    same = [(both, same_runs(facts, pair.first)) for both, pair in neighbours if pair.identical]
    unsettled = [
        f"of {both}" for both, pair in neighbours if pair.verdict != "better" and not pair.identical
    ]
    if not same and not unsettled and len(neighbours) == 1:
        return f" The first is shown to be {measure_of(facts).more} than the second."
    if not same and not unsettled:
        return f" Each is shown to be {measure_of(facts).more} than the one after it."
    sentences = [f" {both} are {what}." for both, what in same]
    if unsettled:
        sentences.append(f" The order {join(unsettled, 'or')} is not settled.")
    return "".join(sentences)


def pair_text(facts: Facts, key: str) -> str:
    """Return the sentence about one pair of models."""
    pair = facts.pairs[key]
    both = (pair.first, pair.second)
    if pair.identical:
        same = same_runs(facts, pair.first)
        return f"{names(facts, both)} are {same}: there is no difference between them."
    write = {"better": _better, "equivalent": _equivalent, "undecided": _open}[pair.verdict]
    single = any(facts.models[slug].has_single_run for slug in both)
    about = f" This holds only for {these_runs(facts, both)}." if single else ""
    return write(facts, key, pair) + about


def _better(facts: Facts, key: str, pair: PairFacts) -> str:
    winner = pair.winner or pair.first
    loser = pair.second if winner == pair.first else pair.first
    path, measure = f"pairs.{key}.difference", measure_of(facts)
    return (
        f"{name(facts, winner)} is {measure.more} than {name(facts, loser)} by "
        f"{measure.size(f'{path}.value')}{measure.long_unit} "
        f"({size_interval(path, pair.difference.value, measure.size_format)})."
    )


def _equivalent(facts: Facts, key: str, pair: PairFacts) -> str:
    return (
        f"{names(facts, (pair.first, pair.second))} are equivalent in "
        f"{measure_of(facts).noun}: the difference, {_signed_difference(facts, key)}, "
        f"lies within the margin of {measure_of(facts).margin}."
    )


def _open(facts: Facts, key: str, pair: PairFacts) -> str:
    between = names(facts, (pair.first, pair.second))
    measure = measure_of(facts)
    smallest = measure.size(f"pairs.{key}.minimum_detectable_difference")
    power = (
        " A comparison like this one has 80\N{NARROW NO-BREAK SPACE}% power for a difference of "
        f"about {smallest}{measure.unit}."
        if pair.minimum_detectable_difference < LARGEST_STATED
        else ""
    )
    if pair.difference.low > 0 or pair.difference.high < 0:
        return (
            f"{between} may differ in {measure.noun}, by {_signed_difference(facts, key)}, but the "
            "difference is not significant after correction for the number of "
            f"comparisons.{power}"
        )
    return (
        f"{between} are not shown to differ in {measure.noun}: "
        f"{_signed_difference(facts, key)}.{power}"
    )


def _signed_difference(facts: Facts, key: str) -> str:
    return measure_of(facts).signed(f"pairs.{key}.difference")


def _achieve(facts: Facts, slugs: Sequence[str], together: bool = False) -> str:
    """Return `classifies 99.12 % of the 10,000 test images correctly`, or the like.

    `together`: with the verb of several models, which may share one score.
    """
    scores, count = join([score_of(facts, slug) for slug in slugs]), 1 + together
    tested = f"{mark('dataset.test', 'integer')} test {examples(facts)}"
    if facts.primary == "accuracy":
        return f"{plural(count, 'classifies', 'classify')} {scores} of the {tested} correctly"
    return (
        f"{plural(count, 'scores', 'score')} {scores} in {measure_of(facts).noun} on the {tested}"
    )


def score_interval(facts: Facts, slug: str) -> str:
    """Return the interval of a model's mean in the primary metric."""
    if facts.primary == "accuracy":
        return interval(f"models.{slug}.accuracy_interval", "percent")
    path = f"metrics.{facts.primary}.models.{slug}.interval"
    return interval(path, facts.metrics[facts.primary].format)
